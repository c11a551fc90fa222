//! How a contact stands to the rules of the baseline.

use jiff::civil::Date;

use crate::contact::{AddressClass, Contact, ContactKind, Phase};
use crate::scenario::{ExpectRule, RuleAction};

const DNS_PORT: u16 = 53;

/// How a contact stands to the rules.
#[derive(Clone, Copy)]
pub(super) enum Judgement<'r> {
    Ignored,
    Expected,
    Unexpected,
    Denied(&'r ExpectRule),
    /// The first rule that would fit if its time were not over.
    Expired(&'r ExpectRule),
    /// The first rule that would fit but for its phases.
    WrongPhase(&'r ExpectRule),
    /// The first rule that would fit but for its processes.
    WrongProcess(&'r ExpectRule),
}

/// Judges a contact on a day.
pub(super) fn judge<'r>(contact: &Contact, rules: &'r [ExpectRule], day: Date) -> Judgement<'r> {
    if contact.class == AddressClass::Loopback {
        return Judgement::Ignored;
    }
    let (mut expired, mut wrong_phase, mut wrong_process) = (None, None, None);
    let mut expected = false;
    for rule in rules {
        let in_phase = phase_fits(rule, contact.phase);
        let by_process = process_fits(rule, contact);
        let holds = !rule.is_expired(day);
        match rule.action {
            RuleAction::Deny => {
                if holds && in_phase && by_process && denies(rule, contact) {
                    return Judgement::Denied(rule);
                }
            }
            RuleAction::Allow if !allows(rule, contact) => {}
            RuleAction::Allow => match (holds, in_phase, by_process) {
                (true, true, true) => expected = true,
                (false, true, true) => expired = expired.or(Some(rule)),
                (true, false, true) => wrong_phase = wrong_phase.or(Some(rule)),
                (true, true, false) => wrong_process = wrong_process.or(Some(rule)),
                _ => {}
            },
        }
    }
    match (expected, expired, wrong_phase, wrong_process) {
        (true, ..) => Judgement::Expected,
        (_, Some(rule), ..) => Judgement::Expired(rule),
        (_, _, Some(rule), _) => Judgement::WrongPhase(rule),
        (_, _, _, Some(rule)) => Judgement::WrongProcess(rule),
        _ => Judgement::Unexpected,
    }
}

fn phase_fits(rule: &ExpectRule, phase: Phase) -> bool {
    rule.phases.as_ref().is_none_or(|phases| phases.contains(&phase))
}

fn process_fits(rule: &ExpectRule, contact: &Contact) -> bool {
    rule.process.as_ref().is_none_or(|process| process.fits(contact.process.as_ref()))
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

/// Whether an allow rule speaks of a contact, phases and processes left aside.
pub(super) fn allows(rule: &ExpectRule, contact: &Contact) -> bool {
    rule.host.matches(&contact.host)
        && (contact.kind == ContactKind::Lookup || service_fits(rule, contact))
}

/// Whether a deny rule speaks of a contact, phases and processes left aside. One that names a
/// service does not condemn the mere lookup: what it denies was not done.
fn denies(rule: &ExpectRule, contact: &Contact) -> bool {
    let lookup = contact.kind == ContactKind::Lookup;
    let any_service = rule.ports.is_none() && rule.transport.is_none();
    rule.host.matches(&contact.host)
        && if lookup { any_service || names_dns(rule) } else { service_fits(rule, contact) }
}

/// Whether a contact counts for a rule's `at-most` and `required`.
pub(super) fn counts(rule: &ExpectRule, contact: &Contact) -> bool {
    contact.class != AddressClass::Loopback
        && allows(rule, contact)
        && phase_fits(rule, contact.phase)
        && process_fits(rule, contact)
        && (contact.kind == ContactKind::Traffic || names_dns(rule))
}
