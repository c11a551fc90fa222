//! What a rule would have to say for no finding to be about it any more.
//!
//! A rule may be departed from in several ways at once: in other phases, by other processes, more
//! often. Each finding proposes a rule in place of the old one, and of several proposals only one
//! can stand there, so each of them holds what all the findings need.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

use crate::contact::{Contact, KnownBy, NamePattern, Process};
use crate::scenario::{ExpectRule, ProcessRule};

use super::fit::{Judgement, counts};

/// The rules of a baseline, each widened by what it was departed from.
pub(super) struct Mended(HashMap<*const ExpectRule, ExpectRule>);

impl Mended {
    /// From contacts and how each stands to these rules.
    pub(super) fn new(
        contacts: &[Contact],
        judgements: &[Judgement<'_>],
        rules: &[ExpectRule],
        day: Date,
    ) -> Self {
        let key = |rule: &ExpectRule| std::ptr::from_ref(rule);
        let mut mended: HashMap<_, _> = rules.iter().map(|it| (key(it), it.clone())).collect();
        for (contact, judgement) in contacts.iter().zip(judgements) {
            match judgement {
                Judgement::Expired(rule) => {
                    mended.entry(key(rule)).and_modify(|wider| hold_longer(wider, day));
                }
                Judgement::WrongPhase(rule) => {
                    mended.entry(key(rule)).and_modify(|wider| admit_phase(wider, contact));
                }
                Judgement::WrongProcess(rule) => {
                    mended.entry(key(rule)).and_modify(|wider| admit_process(wider, contact));
                }
                _ => {}
            }
        }
        for rule in rules {
            let Some(wider) = mended.get_mut(&key(rule)) else { continue };
            if let Some(at_most) = wider.at_most {
                let flows = covered(contacts, wider)
                    .fold(0_u64, |sum, (_, contact)| sum.saturating_add(contact.flows));
                wider.at_most = Some(at_most.max(flows));
            }
            // What a rule whose time is over requires, nobody missed.
            if wider.required && !rule.is_expired(day) {
                wider.required = contacts.iter().any(|contact| counts(wider, contact));
            }
        }
        Self(mended)
    }

    /// What is to stand in place of this rule.
    pub(super) fn of<'a>(&'a self, rule: &'a ExpectRule) -> &'a ExpectRule {
        self.0.get(&std::ptr::from_ref(rule)).unwrap_or(rule)
    }
}

/// The contacts that count for a rule, with their indices.
pub(super) fn covered<'c>(
    contacts: &'c [Contact],
    rule: &'c ExpectRule,
) -> impl Iterator<Item = (usize, &'c Contact)> {
    contacts.iter().enumerate().filter(|(_, contact)| counts(rule, contact))
}

/// Another month, not for ever: it was to be looked at again.
fn hold_longer(wider: &mut ExpectRule, day: Date) {
    let month: Span = 30.days();
    wider.until = Some(day.checked_add(month).unwrap_or(Date::MAX));
}

fn admit_phase(wider: &mut ExpectRule, contact: &Contact) {
    if let Some(known) = &mut wider.phases
        && !known.contains(&contact.phase)
    {
        known.push(contact.phase);
        known.sort_unstable();
    }
}

fn admit_process(wider: &mut ExpectRule, contact: &Contact) {
    let pattern = contact.process.as_ref().and_then(named);
    match (&mut wider.process, pattern) {
        (Some(known), Some(pattern)) => {
            if !known.names.contains(&pattern) {
                known.names.push(pattern);
            }
        }
        // Nobody has a name: any process it must be.
        _ => wider.process = None,
    }
}

/// The processes that made these contacts, where each of them is known for certain and a rule
/// can name it.
pub(super) fn certain<'c>(contacts: impl Iterator<Item = &'c Contact>) -> Option<ProcessRule> {
    let mut names: Vec<NamePattern> = Vec::new();
    for contact in contacts {
        let process = contact.process.as_ref()?;
        let name = named(process).filter(|_| process.known_by == KnownBy::Call)?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    (!names.is_empty()).then_some(ProcessRule { names, under: false })
}

/// The pattern that fits this process's name and no other.
fn named(process: &Process) -> Option<NamePattern> {
    // A name with a star in it would come out as a pattern.
    if process.name.contains('*') { None } else { process.name.parse().ok() }
}
