//! Compares contacts with the baseline.
//!
//! The rules of the comparison, which `docs/scenario-format.md` tells to users:
//!
//! - a deny rule beats every allow rule;
//! - of several allow rules for a contact, one suffices whose phases and processes fit and whose
//!   time is not over;
//! - a name that was only looked up is expected wherever its host is, whatever the port and
//!   transport, since nobody connects without a lookup; it counts for `at-most` and `required`
//!   only where the rule names port 53;
//! - what stays on the loopback is no contact with anybody;
//! - a rule whose time is over is a finding, whoever relies on it.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::contact::{AddressClass, Contact, ContactKind, Host, Phase, Transport};
use crate::scenario::{ExpectRule, RuleAction};

use super::departure::{Departed, departure};
use super::fit::{Judgement, allows, counts, judge};
use super::mended::{Mended, covered};
use super::wording::{reason, rule_name};
use super::{Code, Finding, Outlived, RuleLine, yaml};

/// What contacts are judged by.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// The baseline; without one there is nothing to depart from.
    pub expect: Option<&'a [ExpectRule]>,
    /// The day, in UTC, on which rules hold or do not hold any more.
    pub day: Date,
    /// Contacts that the application's leavings made, by their index.
    pub outlived: &'a BTreeMap<usize, Outlived>,
}

/// Sets each contact's `expected` and tells every departure from the rules, gravest first.
pub fn compare(contacts: &mut [Contact], judged: &Judged<'_>) -> Vec<Finding> {
    let rules = judged.expect.unwrap_or_default();
    let judgements: Vec<_> = contacts
        .iter()
        .enumerate()
        .map(|(index, contact)| match judged.expect {
            Some(rules) => judge(contact, rules, judged.day),
            None => unjudged(contact, judged.outlived.get(&index)),
        })
        .collect();
    for (contact, judgement) in contacts.iter_mut().zip(&judgements) {
        contact.expected = match judgement {
            Judgement::Ignored => None,
            _ if judged.expect.is_none() => None,
            Judgement::Expected => Some(true),
            _ => Some(false),
        };
    }
    let mended = Mended::new(contacts, &judgements, rules, judged.day);
    let groups = merge(contacts, &judgements, judged.outlived);
    let mut findings: Vec<Finding> =
        groups.into_iter().map(|group| departure(contacts, group, judged, &mended)).collect();
    for rule in rules {
        if rule.is_expired(judged.day) {
            findings.extend(unused(rule, &judgements));
        } else if rule.action == RuleAction::Allow {
            findings.extend(too_often(contacts, rule, mended.of(rule)));
            findings.extend(missing(contacts, rule, mended.of(rule)));
        }
    }
    // Stable: findings of one kind stay in the order of the contacts, or of the rules.
    findings.sort_by_key(|finding| finding.code);
    findings
}

/// Without a baseline only what is sent when everything should be over is a departure.
fn unjudged(contact: &Contact, outlived: Option<&Outlived>) -> Judgement<'static> {
    let is_late = outlived.is_some() && contact.phase == Phase::After;
    match contact.class {
        AddressClass::Loopback => Judgement::Ignored,
        _ if is_late => Judgement::Unexpected,
        _ => Judgement::Ignored,
    }
}

/// Contacts with one host and service that depart in one way, over all their phases and
/// processes.
fn merge<'r>(
    contacts: &[Contact],
    judgements: &[Judgement<'r>],
    outlived: &BTreeMap<usize, Outlived>,
) -> Vec<Departed<'r>> {
    type Key<'c> = (Code, usize, &'c Host, Option<u16>, Transport, ContactKind);
    let mut places = std::collections::HashMap::<Key<'_>, usize>::new();
    let mut groups: Vec<Departed<'r>> = Vec::new();
    for (index, (contact, judgement)) in contacts.iter().zip(judgements).enumerate() {
        let (code, rule) = match judgement {
            Judgement::Ignored | Judgement::Expected => continue,
            Judgement::Unexpected => (Code::UnexpectedContact, None),
            Judgement::Denied(rule) => (Code::DeniedContact, Some(*rule)),
            Judgement::Expired(rule) => (Code::ExpiredRule, Some(*rule)),
            Judgement::WrongPhase(rule) => (Code::WrongPhase, Some(*rule)),
            Judgement::WrongProcess(rule) => (Code::WrongProcess, Some(*rule)),
        };
        let is_undue =
            matches!(code, Code::UnexpectedContact | Code::WrongPhase | Code::WrongProcess);
        let code = if is_undue && outlived.contains_key(&index) { Code::Outlived } else { code };
        let line = rule.map_or(0, |rule| rule.line);
        let key = (code, line, &contact.host, contact.port, contact.transport, contact.kind);
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.members.push(index),
            None => groups.push(Departed { code, judgement: *judgement, members: vec![index] }),
        }
    }
    groups
}

/// A rule whose time is over is told even where nobody relies on it: it misleads its readers.
fn unused(rule: &ExpectRule, judgements: &[Judgement<'_>]) -> Option<Finding> {
    let is_this =
        |it: &Judgement<'_>| matches!(it, Judgement::Expired(used) if std::ptr::eq(*used, rule));
    if judgements.iter().any(is_this) {
        return None;
    }
    let until = rule.until?;
    let effect = match rule.action {
        RuleAction::Allow => "and no contact relies on it",
        RuleAction::Deny => "so that it denies nothing any more",
    };
    let message = format!(
        "{}: the rule on line {} expired on {until}, {effect}{}",
        rule_name(rule),
        rule.line,
        reason(rule)
    );
    let hint = format!("take line {} out of the scenario, or give it another `until`", rule.line);
    Some(Finding {
        rule: Some(named(rule)),
        ..Finding::new(Code::ExpiredRule, message, Some(hint))
    })
}

/// A rule as findings name it.
pub(super) fn named(rule: &ExpectRule) -> RuleLine {
    RuleLine { line: rule.line, text: yaml::line(rule) }
}

fn too_often(contacts: &[Contact], rule: &ExpectRule, wider: &ExpectRule) -> Option<Finding> {
    let at_most = rule.at_most?;
    let flows =
        covered(contacts, rule).fold(0_u64, |sum, (_, contact)| sum.saturating_add(contact.flows));
    if flows <= at_most {
        return None;
    }
    let times = if at_most == 1 { "once".to_owned() } else { format!("{at_most} times") };
    let message = format!(
        "{}: contacted {flows} times, the rule on line {} allows it at most {times}",
        rule_name(rule),
        rule.line
    );
    let members = covered(contacts, rule).map(|(index, _)| index).collect();
    Some(replacing(rule, Code::TooOften, message, wider).of(members))
}

fn missing(contacts: &[Contact], rule: &ExpectRule, wider: &ExpectRule) -> Option<Finding> {
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
    Some(replacing(rule, Code::MissingContact, message, wider))
}

/// A finding that another rule in place of this one would settle.
pub(super) fn replacing(
    rule: &ExpectRule,
    code: Code,
    message: String,
    wider: &ExpectRule,
) -> Finding {
    Finding {
        rule: Some(named(rule)),
        accept: Some(yaml::block(wider)),
        ..Finding::new(code, message, Some(yaml::line(wider)))
    }
}

#[cfg(test)]
mod tests;
