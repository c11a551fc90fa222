//! A contact that departs from the rules, as a finding: what is wrong with it, and the rule that
//! would expect it.

use crate::contact::{Contact, Phase};
use crate::scenario::ExpectRule;

use super::compare::{Judged, named, replacing};
use super::fit::Judgement;
use super::mended::{Mended, certain};
use super::wording::{contact_name, phase_names, printable, reason, rule_for};
use super::{Code, Finding, yaml};

/// Contacts with one host and service that depart in one way.
pub(super) struct Departed<'r> {
    pub(super) code: Code,
    pub(super) judgement: Judgement<'r>,
    /// Their indices; never empty.
    pub(super) members: Vec<usize>,
}

/// The finding.
pub(super) fn departure(
    contacts: &[Contact],
    departed: Departed<'_>,
    judged: &Judged<'_>,
    mended: &Mended,
) -> Finding {
    let members = || departed.members.iter().filter_map(|&index| contacts.get(index));
    let first = departed.members.first().copied();
    let mut phases: Vec<Phase> = members().map(|contact| contact.phase).collect();
    phases.sort_unstable();
    phases.dedup();
    let mut processes: Vec<&str> = Vec::new();
    for process in members().filter_map(|contact| contact.process.as_ref()) {
        if !processes.contains(&process.name.as_str()) {
            processes.push(&process.name);
        }
    }
    let Some(contact) = first.and_then(|index| contacts.get(index)) else {
        return Finding::new(departed.code, String::new(), None);
    };
    let name = contact_name(contact, &phases, &processes);
    let finding = match departed.judgement {
        Judgement::Denied(rule) => denied(rule, &name),
        Judgement::Expired(rule) => expired(rule, &name, mended.of(rule)),
        Judgement::WrongPhase(rule) => wrong_phase(rule, &name, mended.of(rule)),
        Judgement::WrongProcess(rule) => wrong_process(rule, &name, members(), mended.of(rule)),
        _ => {
            let wider = rule_for(contact, &phases, certain(members()));
            let message = match judged.expect {
                Some(_) => format!("{name}: no rule expects it"),
                None => format!("{name}: there is no baseline that could expect it"),
            };
            Finding {
                accept: wider.as_ref().map(yaml::block),
                ..Finding::new(departed.code, message, wider.as_ref().map(yaml::line))
            }
        }
    };
    let code = departed.code;
    let mut finding = Finding { code, ..finding.of(departed.members) };
    let outlived = first.and_then(|index| judged.outlived.get(&index));
    if let Some(outlived) = outlived.filter(|_| code == Code::Outlived) {
        finding.message.push_str(&format!("; {}", outlived.sentence()));
    }
    finding
}

fn denied(rule: &ExpectRule, name: &str) -> Finding {
    let message = format!("{name}: denied by the rule on line {}{}", rule.line, reason(rule));
    let hint = format!("line {} of the scenario would have to go", rule.line);
    Finding { rule: Some(named(rule)), ..Finding::new(Code::DeniedContact, message, Some(hint)) }
}

fn expired(rule: &ExpectRule, name: &str, wider: &ExpectRule) -> Finding {
    let until = rule.until.map(|until| until.to_string()).unwrap_or_default();
    let message = format!(
        "{name}: the rule on line {} that expected it expired on {until}{}",
        rule.line,
        reason(rule)
    );
    replacing(rule, Code::ExpiredRule, message, wider)
}

fn wrong_phase(rule: &ExpectRule, name: &str, wider: &ExpectRule) -> Finding {
    let expected = phase_names(rule.phases.as_deref().unwrap_or_default(), "or");
    let message = format!("{name}: the rule on line {} expects it in {expected} only", rule.line);
    replacing(rule, Code::WrongPhase, message, wider)
}

fn wrong_process<'c>(
    rule: &ExpectRule,
    name: &str,
    mut members: impl Iterator<Item = &'c Contact>,
    wider: &ExpectRule,
) -> Finding {
    let expected = rule.process.as_ref().map(|process| printable(&process.to_string()));
    let is_unknown = members.any(|contact| contact.process.is_none());
    let unknown = if is_unknown { "; who made it is not known for certain" } else { "" };
    let message = format!(
        "{name}: the rule on line {} expects it of {} only{unknown}",
        rule.line,
        expected.unwrap_or_default()
    );
    replacing(rule, Code::WrongProcess, message, wider)
}
