//! Compares contacts with the baseline.
//!
//! The rules of the comparison, which `docs/scenario-format.md` tells to users:
//!
//! - a deny rule beats every allow rule;
//! - of several allow rules for a contact, one whose phases fit suffices;
//! - a name that was only looked up is expected wherever its host is, whatever the port and
//!   transport, since nobody connects without a lookup; it counts for `at-most` and `required`
//!   only where the rule names port 53;
//! - what stays on the loopback is no contact with anybody.

use crate::contact::{AddressClass, Contact, ContactKind, Host, Phase, Transport};
use crate::scenario::{ExpectRule, RuleAction};

use super::wording::{contact_name, phase_names, rule_for, rule_name, yaml};
use super::{Code, Finding};

const DNS_PORT: u16 = 53;

/// Sets each contact's `expected` and tells every departure from the rules, gravest first.
/// Without a baseline there is nothing to depart from.
pub fn compare(contacts: &mut [Contact], expect: Option<&[ExpectRule]>) -> Vec<Finding> {
    let Some(rules) = expect else {
        for contact in contacts {
            contact.expected = None;
        }
        return Vec::new();
    };
    let judgements: Vec<_> = contacts.iter().map(|contact| judge(contact, rules)).collect();
    for (contact, judgement) in contacts.iter_mut().zip(&judgements) {
        contact.expected = match judgement {
            Judgement::Ignored => None,
            Judgement::Expected => Some(true),
            _ => Some(false),
        };
    }
    let mut findings: Vec<Finding> =
        merge(contacts, &judgements).iter().map(|group| departure(contacts, group)).collect();
    for rule in rules.iter().filter(|rule| rule.action == RuleAction::Allow) {
        findings.extend(too_often(contacts, rule));
        findings.extend(missing(contacts, rule));
    }
    // Stable: findings of one kind stay in the order of the contacts, or of the rules.
    findings.sort_by_key(|finding| finding.code);
    findings
}

/// How a contact stands to the rules.
#[derive(Clone, Copy)]
enum Judgement<'r> {
    Ignored,
    Expected,
    Unexpected,
    Denied(&'r ExpectRule),
    /// The first rule that would fit but for its phases.
    WrongPhase(&'r ExpectRule),
}

fn judge<'r>(contact: &Contact, rules: &'r [ExpectRule]) -> Judgement<'r> {
    if contact.class == AddressClass::Loopback {
        return Judgement::Ignored;
    }
    let mut wrong_phase = None;
    let mut expected = false;
    for rule in rules {
        let in_phase = phase_fits(rule, contact.phase);
        match rule.action {
            RuleAction::Deny if in_phase && denies(rule, contact) => {
                return Judgement::Denied(rule);
            }
            RuleAction::Allow if allows(rule, contact) => {
                expected |= in_phase;
                if !in_phase {
                    wrong_phase = wrong_phase.or(Some(rule));
                }
            }
            _ => {}
        }
    }
    match (expected, wrong_phase) {
        (true, _) => Judgement::Expected,
        (false, Some(rule)) => Judgement::WrongPhase(rule),
        (false, None) => Judgement::Unexpected,
    }
}

fn phase_fits(rule: &ExpectRule, phase: Phase) -> bool {
    rule.phases.as_ref().is_none_or(|phases| phases.contains(&phase))
}

fn service_fits(rule: &ExpectRule, contact: &Contact) -> bool {
    let port_fits = match (&rule.ports, contact.port) {
        (None, _) => true,
        (Some(ports), Some(port)) => ports.contains(port),
        (Some(_), None) => false,
    };
    port_fits && rule.transport.is_none_or(|transport| transport == contact.transport)
}

/// Whether a rule names port 53, and so speaks of lookups themselves.
fn names_dns(rule: &ExpectRule) -> bool {
    rule.ports.as_ref().is_some_and(|ports| ports.contains(DNS_PORT))
}

/// Whether an allow rule speaks of a contact, phases left aside.
fn allows(rule: &ExpectRule, contact: &Contact) -> bool {
    rule.host.matches(&contact.host)
        && (contact.kind == ContactKind::Lookup || service_fits(rule, contact))
}

/// Whether a deny rule speaks of a contact, phases left aside. One that names a service does not
/// condemn the mere lookup: what it denies was not done.
fn denies(rule: &ExpectRule, contact: &Contact) -> bool {
    let lookup = contact.kind == ContactKind::Lookup;
    let any_service = rule.ports.is_none() && rule.transport.is_none();
    rule.host.matches(&contact.host)
        && if lookup { any_service || names_dns(rule) } else { service_fits(rule, contact) }
}

/// Whether a contact counts for a rule's `at-most` and `required`.
fn counts(rule: &ExpectRule, contact: &Contact) -> bool {
    contact.class != AddressClass::Loopback
        && allows(rule, contact)
        && phase_fits(rule, contact.phase)
        && (contact.kind == ContactKind::Traffic || names_dns(rule))
}

/// Contacts with one host and service that depart in one way, over all their phases.
struct Group<'r> {
    judgement: Judgement<'r>,
    members: Vec<usize>,
}

fn merge<'r>(contacts: &[Contact], judgements: &[Judgement<'r>]) -> Vec<Group<'r>> {
    type Key<'c> = (Code, usize, &'c Host, Option<u16>, Transport, ContactKind);
    let mut places = std::collections::HashMap::<Key<'_>, usize>::new();
    let mut groups: Vec<Group<'r>> = Vec::new();
    for (index, (contact, judgement)) in contacts.iter().zip(judgements).enumerate() {
        let (code, line) = match judgement {
            Judgement::Ignored | Judgement::Expected => continue,
            Judgement::Unexpected => (Code::UnexpectedContact, 0),
            Judgement::Denied(rule) => (Code::DeniedContact, rule.line),
            Judgement::WrongPhase(rule) => (Code::WrongPhase, rule.line),
        };
        let key = (code, line, &contact.host, contact.port, contact.transport, contact.kind);
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.members.push(index),
            None => groups.push(Group { judgement: *judgement, members: vec![index] }),
        }
    }
    groups
}

fn departure(contacts: &[Contact], group: &Group<'_>) -> Finding {
    let first = group.members[0];
    let contact = &contacts[first];
    let mut phases: Vec<Phase> = group.members.iter().map(|&i| contacts[i].phase).collect();
    phases.sort_unstable();
    phases.dedup();
    let mut processes: Vec<&str> = Vec::new();
    for process in group.members.iter().filter_map(|&i| contacts[i].process.as_ref()) {
        if !processes.contains(&process.name.as_str()) {
            processes.push(&process.name);
        }
    }
    let name = contact_name(contact, &phases, &processes);
    let (code, message, hint) = match group.judgement {
        Judgement::Denied(rule) => {
            let reason =
                rule.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let message = format!("{name}: denied by the rule on line {}{reason}", rule.line);
            let hint = format!("line {} of the scenario would have to go", rule.line);
            (Code::DeniedContact, message, Some(hint))
        }
        Judgement::WrongPhase(rule) => {
            let expected = rule.phases.as_deref().unwrap_or_default();
            let expected = phase_names(expected, "or");
            let message =
                format!("{name}: the rule on line {} expects it in {expected} only", rule.line);
            let mut wider = rule.clone();
            if let Some(known) = &mut wider.phases {
                known.extend(&phases);
                known.sort_unstable();
                known.dedup();
            }
            (Code::WrongPhase, message, Some(yaml(&wider)))
        }
        _ => {
            let hint = rule_for(contact, &phases).map(|rule| yaml(&rule));
            (Code::UnexpectedContact, format!("{name}: no rule expects it"), hint)
        }
    };
    Finding { code, message, contact: Some(first), hint }
}

fn too_often(contacts: &[Contact], rule: &ExpectRule) -> Option<Finding> {
    let at_most = rule.at_most?;
    let covered = || contacts.iter().enumerate().filter(|(_, contact)| counts(rule, contact));
    let flows = covered().fold(0_u64, |sum, (_, contact)| sum.saturating_add(contact.flows));
    if flows <= at_most {
        return None;
    }
    let times = if at_most == 1 { "once".to_owned() } else { format!("{at_most} times") };
    let message = format!(
        "{}: contacted {flows} times, the rule on line {} allows it at most {times}",
        rule_name(rule),
        rule.line
    );
    let hint = yaml(&ExpectRule { at_most: Some(flows), ..rule.clone() });
    let contact = covered().next().map(|(index, _)| index);
    Some(Finding { code: Code::TooOften, message, contact, hint: Some(hint) })
}

fn missing(contacts: &[Contact], rule: &ExpectRule) -> Option<Finding> {
    if !rule.required || contacts.iter().any(|contact| counts(rule, contact)) {
        return None;
    }
    let looked_up =
        contacts.iter().any(|contact| contact.kind == ContactKind::Lookup && allows(rule, contact));
    let instead = if looked_up { "; its name was looked up, but nothing was sent" } else { "" };
    let message = format!(
        "{}: not contacted, though the rule on line {} requires it{instead}",
        rule_name(rule),
        rule.line
    );
    let hint = yaml(&ExpectRule { required: false, ..rule.clone() });
    Some(Finding { code: Code::MissingContact, message, contact: None, hint: Some(hint) })
}

#[cfg(test)]
mod tests;
