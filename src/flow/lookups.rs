//! Lookups: which names were asked for, by whom, and what was answered.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::Setting;
use super::asked::{AskedNames, Contacted};
use super::event::Passed;
use super::names::{AddressBook, resolved};
use super::owners::{Asker, asker};
use super::reverse;
use crate::contact::{Contact, Lookup, LookupRecord, LookupVia, Process};
use crate::dissect::{DnsData, DnsMessage};
use crate::packet::Timestamp;

/// At most this many lookups are kept; what comes after is counted.
const MOST: usize = 1 << 16;

/// At most this many answers are kept of one lookup.
const MOST_ANSWERS: usize = 64;

/// At most this many records are kept of one lookup.
const MOST_RECORDS: usize = 256;

/// What ties queries and answers together. Over multicast whoever knows answers, so there
/// the server is left out, and who asked.
type Key = (LookupVia, Option<IpAddr>, Arc<str>, Cow<'static, str>, Asker);

/// All lookups seen.
#[derive(Debug, Default)]
pub(super) struct Lookups {
    list: Vec<Lookup>,
    /// The latest entry for each question.
    latest: HashMap<Key, usize, RandomState>,
    /// What became of each name, over unicast DNS.
    names: AskedNames,
    /// How many queries found no room.
    pub(super) refused: u64,
}

impl Lookups {
    /// A query was sent.
    pub(super) fn asked(&mut self, passing: &Passed, process: Option<&Process>) {
        for question in &passing.message.questions {
            let key = key(passing, &question.name, question.record_type.clone(), asker(process));
            let full = self.list.len() >= MOST;
            let latest = self.latest.get(&key).and_then(|&at| self.list.get_mut(at));
            match latest.filter(|lookup| lookup.phase == passing.phase) {
                Some(lookup) => {
                    lookup.queries += 1;
                    if lookup.process.is_none() {
                        lookup.process = process.cloned();
                    }
                }
                None if full => self.refused += 1,
                None => {
                    let mut lookup = begun(passing, &question.name, &question.record_type);
                    lookup.queries = 1;
                    lookup.process = process.cloned();
                    self.latest.insert(key, self.list.len());
                    self.list.push(lookup);
                }
            }
            if passing.via.is_unicast() {
                self.names.asked(passing, &question.name, process);
            }
        }
    }

    /// Whether all that a message asks, or answers, was seen before.
    pub(super) fn knows(&self, passing: &Passed, process: Option<&Process>) -> bool {
        passing.message.questions.iter().all(|question| {
            let (name, record_type) = (&question.name, &question.record_type);
            self.latest.contains_key(&key(passing, name, record_type.clone(), asker(process)))
        })
    }

    /// An answer came. Over multicast only answers to what was asked are believed: there
    /// anybody announces anything.
    pub(super) fn answered(
        &mut self,
        number: u64,
        passing: &Passed,
        process: Option<&Process>,
        book: &mut AddressBook,
    ) {
        let asker = asker(process);
        let message = &passing.message;
        let unicast = passing.via.is_unicast();
        let implied: Vec<_> = match message.questions.as_slice() {
            [] => message.answers.iter().map(|r| (&r.owner, &r.record_type)).collect(),
            questions => questions.iter().map(|q| (&q.name, &q.record_type)).collect(),
        };
        let mut known: HashSet<&str, RandomState> = HashSet::default();
        for (name, record_type) in implied {
            let key = key(passing, name, record_type.clone(), asker);
            let mut latest = self.latest.get(&key).copied();
            if latest.is_none() && passing.alone {
                if self.list.len() < MOST {
                    latest = Some(self.list.len());
                    self.list.push(begun(passing, name, record_type));
                    self.latest.insert(key, self.list.len() - 1);
                } else {
                    self.refused += 1;
                }
            }
            if let Some(lookup) = latest.and_then(|at| self.list.get_mut(at)) {
                if !unicast {
                    known.insert(&**name);
                }
                if lookup.status.as_deref() != Some(&*message.status) {
                    lookup.status = Some(message.status.to_string());
                }
                merge_answers(lookup, message, passing.time);
            }
            if unicast {
                self.names.answered(name, asker, passing);
            }
        }
        for record in &message.answers {
            if unicast
                && let DnsData::Name(name) = &record.data
                && record.record_type == "PTR"
                && let Some(address) = reverse::address(&record.owner)
            {
                book.learn_reverse(address, name);
            }
        }
        for (name, address) in resolved(message) {
            if unicast || known.contains(&**name) {
                book.learn(address, name, number, asker);
            }
            if unicast {
                self.names.resolved(name, asker, address);
            }
        }
    }

    /// The lookups in order of their first query, and those that led nowhere as contacts.
    pub(super) fn finish(
        mut self,
        setting: &Setting,
        contacted: &Contacted<'_>,
    ) -> (Vec<Lookup>, Vec<Contact>) {
        self.list.sort_by_key(|lookup| lookup.first);
        (self.list, self.names.alone(setting, contacted))
    }
}

fn key(passing: &Passed, name: &Arc<str>, record_type: Cow<'static, str>, asker: Asker) -> Key {
    let unicast = passing.via.is_unicast();
    let server = unicast.then_some(passing.server);
    let asker = asker.filter(|_| unicast);
    (passing.via, server, Arc::clone(name), record_type, asker)
}

/// A lookup at its first message.
fn begun(passing: &Passed, name: &str, record_type: &str) -> Lookup {
    Lookup {
        name: name.to_owned(),
        record_type: record_type.to_owned(),
        answers: Vec::new(),
        records: Vec::new(),
        status: None,
        via: passing.via,
        server: passing.server,
        phase: passing.phase,
        queries: 0,
        first: passing.time,
        process: None,
    }
}

/// Answers are addresses where the question is for them, otherwise whatever record was asked
/// for; the records are all that came.
fn merge_answers(lookup: &mut Lookup, message: &DnsMessage, time: Timestamp) {
    let answers = message.answers.iter().map(|record| (record, true));
    let more = message.authority.iter().chain(&message.additional).map(|record| (record, false));
    // Most of what comes was there before, and is only compared.
    let mut data = String::new();
    for (record, answers) in answers.chain(more) {
        data.clear();
        let _ = write!(data, "{}", record.data);
        let asked = record.record_type == lookup.record_type || lookup.record_type == "ANY";
        let room = lookup.answers.len() < MOST_ANSWERS;
        if answers && asked && room && !lookup.answers.contains(&data) {
            lookup.answers.push(data.clone());
        }
        let (owner, record_type) = (&*record.owner, &*record.record_type);
        let known = lookup.records.iter().any(|known| {
            known.data == data && known.owner == owner && known.record_type == record_type
        });
        if !known && lookup.records.len() < MOST_RECORDS {
            let (owner, record_type) = (owner.to_owned(), record_type.to_owned());
            lookup.records.push(LookupRecord { owner, record_type, data: data.clone(), time });
        }
    }
}
