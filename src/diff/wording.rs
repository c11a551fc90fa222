//! How findings speak of contacts and rules in a sentence.

use std::fmt::Write;

use crate::contact::HostPattern;
use crate::contact::{Contact, ContactKind, Phase, Transport};
use crate::scenario::{ExpectRule, PortList, ProcessRule, RuleAction};

/// Text that strangers chose, fit for a terminal: control characters and those that change the
/// direction or the width of text are escaped, and what is longer than a name can be is cut.
pub(super) fn printable(text: &str) -> String {
    const LONGEST: usize = 253;
    let mut shown = String::with_capacity(text.len());
    for (index, character) in text.chars().enumerate() {
        if index == LONGEST {
            shown.push('…');
            break;
        }
        let deceives = matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}');
        if character.is_control() || deceives {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// `telemetry.example.com 443/tcp (tls) in startup and idle, by zoiper5`.
pub(super) fn contact_name(contact: &Contact, phases: &[Phase], processes: &[&str]) -> String {
    let mut name = printable(&contact.host.to_string());
    if contact.kind == ContactKind::Lookup {
        name.push_str(" (looked up, nothing sent)");
    } else {
        match contact.port {
            Some(port) => _ = write!(name, " {port}/{}", contact.transport),
            None => _ = write!(name, " {}", contact.transport),
        }
        if let Some(protocol) = contact.protocol {
            _ = write!(name, " ({protocol})");
        }
    }
    _ = write!(name, " in {}", phase_names(phases, "and"));
    if !processes.is_empty() {
        let processes: Vec<String> = processes.iter().map(|name| printable(name)).collect();
        _ = write!(name, ", by {}", joined(&processes, "and"));
    }
    name
}

/// `startup, idle or after`.
pub(super) fn phase_names(phases: &[Phase], word: &str) -> String {
    joined(&phases.iter().map(ToString::to_string).collect::<Vec<_>>(), word)
}

fn joined(words: &[String], word: &str) -> String {
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
    }
}

/// The rule that expects a contact in these phases, by these processes, and nothing else; none
/// where no pattern can name its host.
pub(super) fn rule_for(
    contact: &Contact,
    phases: &[Phase],
    process: Option<ProcessRule>,
) -> Option<ExpectRule> {
    let host: HostPattern = contact.host.to_string().parse().ok()?;
    // A name with a star in it would come out as a wildcard.
    if host.exact_name().is_none() && host.exact_address().is_none() {
        return None;
    }
    let port = contact.port.filter(|&port| port > 0);
    let lookup = contact.kind == ContactKind::Lookup;
    Some(ExpectRule {
        line: 0,
        action: RuleAction::Allow,
        host,
        // A lookup is expected wherever its host is; port 53 keeps the rule from expecting more.
        ports: if lookup { Some(53) } else { port }.map(|port| PortList(vec![port..=port])),
        transport: (!lookup).then_some(contact.transport),
        phases: Some(phases.to_vec()),
        process,
        at_most: None,
        required: false,
        reason: None,
        until: None,
    })
}

/// What a rule speaks of, in a sentence: `*.voip.ms 5060, 5061/udp`.
pub(super) fn rule_name(rule: &ExpectRule) -> String {
    let mut name = printable(&rule.host.to_string());
    match (&rule.ports, rule.transport) {
        (Some(ports), Some(transport)) => _ = write!(name, " {ports}/{transport}"),
        (Some(ports), None) => _ = write!(name, " {ports}"),
        (None, Some(transport @ (Transport::Icmp | Transport::Ip))) => {
            _ = write!(name, " {transport}");
        }
        (None, Some(transport)) => _ = write!(name, " any port/{transport}"),
        (None, None) => {}
    }
    if let Some(phases) = &rule.phases {
        _ = write!(name, " in {}", phase_names(phases, "or"));
    }
    if let Some(process) = &rule.process {
        _ = write!(name, " by {}", printable(&process.to_string()));
    }
    name
}

/// Why a rule is there, as it stands behind a sentence.
pub(super) fn reason(rule: &ExpectRule) -> String {
    rule.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default()
}
