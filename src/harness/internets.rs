//! One scenario in the simulated internet and in the real one: whom only one of the two runs
//! shows.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Outcome;
use crate::contact::{Contact, ContactKind, Host, Transport};
use crate::diff::Verdict;

/// What came of both runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Internets {
    /// The scenario's name.
    pub scenario: String,
    /// What the comparison proves: invalid where one of the runs is, fail where they differ or
    /// one of them departs from the baseline.
    pub verdict: Verdict,
    /// Contacts that only the run in the simulated internet shows.
    pub only_simulated: Vec<Contact>,
    /// Contacts that only the run in the real internet shows.
    pub only_real: Vec<Contact>,
    /// The run in the simulated internet.
    pub simulated: Outcome,
    /// The run in the real one.
    pub real: Outcome,
}

type Place = (Host, Option<u16>, Transport, ContactKind);

/// A contact is the same in both where host, port and transport are, in whatever phase: how long
/// an answer takes differs by nature.
fn place(contact: &Contact) -> Place {
    (contact.host.clone(), contact.port, contact.transport, contact.kind)
}

fn only(these: &[Contact], those: &[Contact]) -> Vec<Contact> {
    let known: BTreeSet<Place> = those.iter().map(place).collect();
    these.iter().filter(|contact| !known.contains(&place(contact))).cloned().collect()
}

impl Internets {
    /// Compares two runs of one scenario. Where one of them proves nothing there is nothing to
    /// compare, and no contact is told as its alone.
    pub fn compare(simulated: Outcome, real: Outcome) -> Self {
        let verdicts = [simulated.verdict, real.verdict];
        let (only_simulated, only_real) = if verdicts.contains(&Verdict::Invalid) {
            (Vec::new(), Vec::new())
        } else {
            let (one, other) = (&simulated.contacts, &real.contacts);
            (only(one, other), only(other, one))
        };
        let is_same = only_simulated.is_empty() && only_real.is_empty();
        let verdict = if verdicts.contains(&Verdict::Invalid) {
            Verdict::Invalid
        } else if is_same && verdicts == [Verdict::Pass; 2] {
            Verdict::Pass
        } else {
            Verdict::Fail
        };
        let scenario = simulated.scenario.clone();
        Self { scenario, verdict, only_simulated, only_real, simulated, real }
    }

    /// Both runs.
    pub fn outcomes(&self) -> [&Outcome; 2] {
        [&self.simulated, &self.real]
    }
}
