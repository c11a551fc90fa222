//! The rules under `expect`.

use super::error::Problem;
use super::expect_more::{day, process};
use super::network::{pattern, ports};
use super::phases::{NAMES, longest};
use super::read::{Fields, flag, list, mismatch, sentence, whole, word};
use super::tree::{Node, Value};
use crate::contact::{HostPattern, quoted};
use crate::contact::{Phase, Transport};
use crate::scenario::model::{ExpectRule, Phases, RuleAction};

const KEYS: [&str; 12] = [
    "host",
    "port",
    "transport",
    "phases",
    "process",
    "at-most",
    "required",
    "action",
    "reason",
    "until",
    "allow",
    "deny",
];

const TRANSPORTS: [(&str, Transport); 5] = [
    ("tcp", Transport::Tcp),
    ("udp", Transport::Udp),
    ("icmp", Transport::Icmp),
    ("sctp", Transport::Sctp),
    ("ip", Transport::Ip),
];

/// Reads the rules; `line_of` tells the line of a byte offset.
pub(super) fn expect(
    node: &Node,
    phases: &Phases,
    line_of: impl Fn(usize) -> usize,
) -> Result<Vec<ExpectRule>, Problem> {
    // A text that does not stand in the file as it is has no offset; the rule before it is
    // the nearest place then.
    let mut line = node.offset.map_or(1, &line_of);
    let mut rules = Vec::new();
    for item in list(node, "rules")? {
        line = first_offset(item).map_or(line, &line_of);
        rules.push(rule(item, phases, line)?);
    }
    Ok(rules)
}

/// The offset of a rule's first text.
fn first_offset(node: &Node) -> Option<usize> {
    match &node.value {
        Value::Map(entries) => entries.iter().find_map(|(key, value)| key.offset.or(value.offset)),
        _ => node.offset,
    }
}

fn rule(node: &Node, phases: &Phases, line: usize) -> Result<ExpectRule, Problem> {
    if let Value::Text(_) = node.value {
        return Ok(plain(pattern(node)?, line));
    }
    let what = "a host or a mapping with `host`, `allow` or `deny`";
    let fields = Fields::of(node, what, &KEYS)?;
    let (action, host) = host(&fields)?;
    let rule = ExpectRule {
        action,
        ports: fields.read("port", ports)?,
        transport: fields.read("transport", |node| word(node, &TRANSPORTS))?,
        phases: fields.read("phases", |node| rule_phases(node, phases))?,
        process: fields.read("process", process)?,
        at_most: fields.read("at-most", at_most)?,
        required: fields.read("required", flag)?.unwrap_or(false),
        reason: fields.read("reason", sentence)?,
        until: fields.read("until", day)?,
        ..plain(host, line)
    };
    contradictions(&fields, &rule).map_or(Ok(rule), Err)
}

fn plain(host: HostPattern, line: usize) -> ExpectRule {
    ExpectRule {
        line,
        action: RuleAction::Allow,
        host,
        ports: None,
        transport: None,
        phases: None,
        process: None,
        at_most: None,
        required: false,
        reason: None,
        until: None,
    }
}

/// The host with its action, in the long form or in one of the short ones.
fn host(fields: &Fields<'_>) -> Result<(RuleAction, HostPattern), Problem> {
    let forms = ["host", "allow", "deny"];
    let mut given = forms.iter().filter_map(|form| fields.key(form).map(|key| (*form, key)));
    let (form, _) = match given.next() {
        Some(first) => first,
        None => {
            return Err(fields
                .need("host", "host: www.example.org")
                .err()
                .unwrap_or_else(|| Problem::text("the key `host` is missing")));
        }
    };
    if let Some((second, key)) = given.next() {
        return Err(Problem::new(key, format!("`{second}` beside `{form}`"))
            .help("one of `host`, `allow` and `deny` names the host"));
    }
    let host = pattern(fields.need(form, "host: www.example.org")?)?;
    if form == "host" {
        let words = [("allow", RuleAction::Allow), ("deny", RuleAction::Deny)];
        let action = fields.read("action", |node| word(node, &words))?.unwrap_or_default();
        return Ok((action, host));
    }
    if let Some(key) = fields.key("action") {
        return Err(Problem::new(key, format!("`action` beside `{form}`, which is one already"))
            .help("leave `action` out"));
    }
    Ok((if form == "deny" { RuleAction::Deny } else { RuleAction::Allow }, host))
}

fn rule_phases(node: &Node, phases: &Phases) -> Result<Vec<Phase>, Problem> {
    let items = match &node.value {
        Value::Text(_) => std::slice::from_ref(node),
        _ => list(node, "phases")?,
    };
    if items.is_empty() {
        return Err(Problem::new(node, "the list of phases is empty")
            .help("leave `phases` out to mean any"));
    }
    let mut named = Vec::new();
    for item in items {
        let phase = word(item, &NAMES)?;
        if named.contains(&phase) {
            return Err(Problem::new(item, format!("`{phase}` stands here twice")));
        }
        if phase == Phase::Before {
            return Err(Problem::new(item, "the application has not been launched in `before`")
                .help("what the sandbox itself sends there is subtracted, no rule is needed"));
        }
        if longest(phases, phase).is_zero() {
            return Err(Problem::new(item, format!("`{phase}` lasts no time in this scenario"))
                .help(format!("give `phases.{phase}` a length, or leave the phase out here")));
        }
        named.push(phase);
    }
    named.sort_unstable();
    Ok(named)
}

fn at_most(node: &Node) -> Result<u64, Problem> {
    if let Value::Whole(0) = node.value {
        return Err(Problem::new(node, "a rule that allows nothing")
            .help("write `deny: HOST`, or leave the rule out"));
    }
    let number = whole(node, 1..=i128::from(u32::MAX), "a number of flows")?;
    u64::try_from(number).map_err(|_| mismatch(node, "a number of flows"))
}

/// Keys of one rule that cannot both be meant.
fn contradictions(fields: &Fields<'_>, rule: &ExpectRule) -> Option<Problem> {
    if rule.action == RuleAction::Deny {
        if let Some(place) = fields.get("required").filter(|_| rule.required) {
            return Some(Problem::new(place, "a denied contact cannot be required"));
        }
        if let Some(key) = fields.key("at-most") {
            return Some(Problem::new(key, "a denied contact has no number that is allowed"));
        }
    }
    let transport = rule.transport.filter(|t| matches!(t, Transport::Icmp | Transport::Ip))?;
    let key = fields.key("port")?;
    let shown = quoted(&transport.to_string());
    Some(Problem::new(key, format!("a contact over {shown} has no port")))
}
