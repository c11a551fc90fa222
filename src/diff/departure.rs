//! A contact that departs from the rules, as a finding: what is wrong with it, and the rule that
//! would expect it.

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

use crate::contact::{Contact, NamePattern, Phase, Process};
use crate::scenario::ExpectRule;

use super::compare::{Judged, named, replacing};
use super::fit::Judgement;
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
    departed: &Departed<'_>,
    judged: &Judged<'_>,
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
        Judgement::Expired(rule) => expired(rule, &name, judged.day),
        Judgement::WrongPhase(rule) => wrong_phase(rule, &name, &phases),
        Judgement::WrongProcess(rule) => wrong_process(rule, &name, members()),
        _ => {
            let wider = rule_for(contact, &phases);
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
    let mut finding = Finding { code: departed.code, contact: first, ..finding };
    let outlived = first.and_then(|index| judged.outlived.get(&index));
    if let Some(outlived) = outlived.filter(|_| departed.code == Code::Outlived) {
        finding.message.push_str(&format!("; {}", outlived.sentence()));
    }
    finding
}

fn denied(rule: &ExpectRule, name: &str) -> Finding {
    let message = format!("{name}: denied by the rule on line {}{}", rule.line, reason(rule));
    let hint = format!("line {} of the scenario would have to go", rule.line);
    Finding { rule: Some(named(rule)), ..Finding::new(Code::DeniedContact, message, Some(hint)) }
}

/// Proposed is another month, not for ever: it was to be looked at again.
fn expired(rule: &ExpectRule, name: &str, day: Date) -> Finding {
    let until = rule.until.map(|until| until.to_string()).unwrap_or_default();
    let message = format!(
        "{name}: the rule on line {} that expected it expired on {until}{}",
        rule.line,
        reason(rule)
    );
    let month: Span = 30.days();
    let until = day.checked_add(month).unwrap_or(Date::MAX);
    let longer = ExpectRule { until: Some(until), ..rule.clone() };
    replacing(rule, Code::ExpiredRule, message, &longer)
}

fn wrong_phase(rule: &ExpectRule, name: &str, phases: &[Phase]) -> Finding {
    let expected = phase_names(rule.phases.as_deref().unwrap_or_default(), "or");
    let message = format!("{name}: the rule on line {} expects it in {expected} only", rule.line);
    let mut wider = rule.clone();
    if let Some(known) = &mut wider.phases {
        known.extend(phases);
        known.sort_unstable();
        known.dedup();
    }
    replacing(rule, Code::WrongPhase, message, &wider)
}

fn wrong_process<'c>(
    rule: &ExpectRule,
    name: &str,
    members: impl Iterator<Item = &'c Contact>,
) -> Finding {
    let expected = rule.process.as_ref().map(|process| printable(&process.to_string()));
    let processes: Vec<Option<&Process>> =
        members.map(|contact| contact.process.as_ref()).collect();
    let unknown =
        if processes.contains(&None) { "; who made it is not known for certain" } else { "" };
    let message = format!(
        "{name}: the rule on line {} expects it of {} only{unknown}",
        rule.line,
        expected.unwrap_or_default()
    );
    let mut wider = rule.clone();
    for process in processes {
        // A name with a star in it would come out as a pattern.
        let pattern = process
            .map(|process| process.name.as_str())
            .filter(|name| !name.contains('*'))
            .and_then(|name| name.parse::<NamePattern>().ok());
        match (&mut wider.process, pattern) {
            (Some(known), Some(pattern)) if !known.names.contains(&pattern) => {
                known.names.push(pattern);
            }
            (Some(_), Some(_)) => {}
            // Nobody has a name: any process it must be.
            _ => wider.process = None,
        }
    }
    replacing(rule, Code::WrongProcess, message, &wider)
}
