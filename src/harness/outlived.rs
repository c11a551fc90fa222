//! What the application left behind, and whom that contacted: a detached sender is the classic
//! way to phone home unseen.

use std::collections::{BTreeMap, BTreeSet};

use super::Note;
use crate::contact::{Ancestry, Contact, NamePattern, Phase, PhaseSpan, ProcessRecord, printable};
use crate::diff::{Code, Finding, Outlived, Since};
use crate::packet::Timestamp;

/// How many of them a note names.
const MOST_NAMED: usize = 3;

/// How an application went.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leave<'a> {
    /// Its processes.
    pub(super) processes: &'a [ProcessRecord],
    /// Its first process, by its id inside the sandbox.
    pub(super) first: Option<u32>,
    /// When that was heard to have ended.
    pub(super) heard: Option<Timestamp>,
    /// When each phase was.
    pub(super) spans: &'a [PhaseSpan],
    /// Whether nobody else is on the wire, so that what nobody is known to have sent is its doing.
    pub(super) is_alone: bool,
}

impl Leave<'_> {
    /// The contacts that were made when the application itself had gone, by their index: those of
    /// the phase `after`, and those of other processes than the first after its end.
    pub(super) fn outlived(&self, contacts: &[Contact]) -> BTreeMap<usize, Outlived> {
        let all = contacts.iter().enumerate();
        all.filter_map(|(index, contact)| Some((index, self.of(contact)?))).collect()
    }

    fn of(&self, contact: &Contact) -> Option<Outlived> {
        let ended = self.ended();
        let is_first = contact.process.as_ref().is_some_and(|it| Some(it.pid) == self.first);
        let is_late = ended.is_some_and(|ended| contact.first > ended) && !is_first;
        if contact.phase != Phase::After && !is_late {
            return None;
        }
        let (since, moment) = match ended {
            Some(ended) => (Since::Ended(self.name()), ended),
            None => (Since::ToldToGo, self.start(Phase::Shutdown)?),
        };
        let process = contact.process.as_ref();
        if process.is_none() && !self.is_alone {
            return None;
        }
        Some(Outlived {
            chain: process.map(|process| process.chain.clone()).unwrap_or_default(),
            pid: process.map(|process| process.pid),
            after: contact.first.since(moment),
            since,
        })
    }

    /// Where nothing is expected, what outlived the first process before the end of the run is
    /// worth a remark: the application may work so.
    pub(super) fn note(&self, contacts: &[Contact]) -> Option<Note> {
        let early: Vec<String> = self
            .outlived(contacts)
            .iter()
            .filter_map(|(&index, outlived)| Some((contacts.get(index)?, outlived)))
            .filter(|(contact, _)| contact.phase != Phase::After)
            .map(|(contact, outlived)| {
                let host = contact.host.to_string();
                let after = outlived.after.as_secs_f64();
                format!("{} contacted {} {after:.1} s later", outlived.who(), printable(&host))
            })
            .collect();
        let named = listed(&early)?;
        let message = format!("its first process, {}, had ended, and {named}", self.name());
        Some(Note { message, hint: None })
    }

    /// The finding that something stayed but what is known to; whom it contacted is another's.
    pub(super) fn stayed(&self, known: &[NamePattern]) -> Option<Finding> {
        let is_known = |it: &&ProcessRecord| known.iter().any(|pattern| pattern.matches(&it.name));
        let staying: Vec<&ProcessRecord> = self.alive().filter(|it| !is_known(it)).collect();
        let who: Vec<String> = staying.iter().map(|record| self.who(record)).collect();
        let named = match listed(&who) {
            Some(named) => named,
            None if self.alive().next().is_none() => "processes that are not known".to_owned(),
            None => return None,
        };
        let message = format!("left behind, and ended with the run: {named}");
        // A name that cannot be written as it is goes by a pattern that fits it.
        let names = staying.iter().map(|it| match it.name.parse::<NamePattern>() {
            Ok(pattern) => pattern.to_string(),
            Err(_) => "*".to_owned(),
        });
        let mut all: Vec<String> = known.iter().map(ToString::to_string).chain(names).collect();
        let mut seen = BTreeSet::new();
        all.retain(|name| seen.insert(name.clone()));
        let list = serde_json::Value::from(all);
        let hint = (!staying.is_empty()).then(|| {
            format!("where they are to stay, put under `application`: left-behind: {list}")
        });
        Some(Finding::new(Code::Outlived, message, hint))
    }

    /// Says which processes were alive at the end.
    pub(super) fn left_behind(&self) -> Note {
        let names: Vec<String> = self.alive().map(|record| self.who(record)).collect();
        let named = listed(&names).map(|names| format!(": {names}")).unwrap_or_default();
        let message = format!("it left processes behind, which were ended with the run{named}");
        Note { message, hint: None }
    }

    /// The processes that were alive at the end.
    fn alive(&self) -> impl Iterator<Item = &ProcessRecord> {
        let start = self.start(Phase::After).unwrap_or_default();
        let alive =
            self.processes.iter().filter(move |it| it.ended.is_none() && it.last_seen >= start);
        alive.filter(|it| Some(it.pid) != self.first || self.heard.is_none())
    }

    /// A process with its chain: `nc (sh › nc, pid 7)`.
    fn who(&self, record: &ProcessRecord) -> String {
        let chain = Ancestry::new(self.processes).of(record.pid);
        let names: Vec<_> = chain.iter().map(|it| printable(&it.name)).collect();
        format!("{} ({}, pid {})", printable(&record.name), names.join(" › "), record.pid)
    }

    /// When the first process ended, as exactly as that is known.
    fn ended(&self) -> Option<Timestamp> {
        self.record().and_then(|record| record.ended).or(self.heard)
    }

    fn record(&self) -> Option<&ProcessRecord> {
        self.processes.iter().find(|record| Some(record.pid) == self.first)
    }

    fn name(&self) -> String {
        self.record().map(|record| record.name.clone()).unwrap_or_else(|| "it".to_owned())
    }

    fn start(&self, phase: Phase) -> Option<Timestamp> {
        self.spans.iter().find(|span| span.phase == phase).map(|span| span.start)
    }
}

/// The first few, and how many more there are; none of nothing.
fn listed(items: &[String]) -> Option<String> {
    let (named, rest) = items.split_at(items.len().min(MOST_NAMED));
    let more = match rest.len() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    (!named.is_empty()).then(|| format!("{}{more}", named.join("; ")))
}

#[cfg(test)]
#[path = "outlived_tests.rs"]
mod tests;
