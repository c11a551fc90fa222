//! Lookups: which names were asked for, what was answered, and which of them led nowhere.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::Setting;
use super::event::Passed;
use super::names::{AddressBook, resolved};
use super::reverse;
use crate::contact::{
    AddressClass, Contact, ContactKind, Evidence, EvidenceKind, Host, Lookup, LookupRecord,
    LookupVia, Phase, Process, Protocol, Transport,
};
use crate::dissect::{DnsData, DnsMessage};
use crate::packet::Timestamp;

/// At most this many lookups are kept; what comes after is counted.
const MOST: usize = 1 << 16;

/// At most this many answers are kept of one lookup.
const MOST_ANSWERS: usize = 64;

/// At most this many records are kept of one lookup.
const MOST_RECORDS: usize = 256;

/// What ties queries and answers together. Over multicast whoever knows answers, so there
/// the server is left out.
type Key = (LookupVia, Option<IpAddr>, Arc<str>, Cow<'static, str>);

/// All lookups seen.
#[derive(Debug, Default)]
pub(super) struct Lookups {
    list: Vec<Lookup>,
    /// The latest entry for each question.
    latest: HashMap<Key, usize, RandomState>,
    /// What became of each name, over unicast DNS.
    names: HashMap<Arc<str>, Asked, RandomState>,
    /// How many queries found no room.
    pub(super) refused: u64,
}

/// What became of a name that was asked for.
#[derive(Debug)]
struct Asked {
    phase: Phase,
    first: Timestamp,
    last: Timestamp,
    over_udp: bool,
    port: u16,
    queries: u64,
    packets: u64,
    bytes_out: u64,
    bytes_in: u64,
    addresses: HashSet<IpAddr, RandomState>,
    process: Option<Process>,
}

impl Lookups {
    /// A query was sent.
    pub(super) fn asked(&mut self, passing: &Passed, process: Option<&Process>) {
        for question in &passing.message.questions {
            let key = key(passing, &question.name, question.record_type.clone());
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
            self.name_asked(passing, &question.name, process);
        }
    }

    /// Whether all that a message asks, or answers, was seen before.
    pub(super) fn knows(&self, passing: &Passed) -> bool {
        passing.message.questions.iter().all(|question| {
            self.latest.contains_key(&key(passing, &question.name, question.record_type.clone()))
        })
    }

    fn name_asked(&mut self, passing: &Passed, name: &Arc<str>, process: Option<&Process>) {
        if !passing.via.is_unicast() {
            return;
        }
        if self.names.len() >= MOST && !self.names.contains_key(name) {
            return;
        }
        let encrypted = matches!(passing.via, LookupVia::Dot | LookupVia::Doh);
        let asked = self.names.entry(Arc::clone(name)).or_insert_with(|| Asked {
            phase: passing.phase,
            first: passing.time,
            last: passing.time,
            over_udp: false,
            port: if encrypted { passing.key.server.port() } else { 53 },
            queries: 0,
            packets: 0,
            bytes_out: 0,
            bytes_in: 0,
            addresses: HashSet::default(),
            process: None,
        });
        asked.last = asked.last.max(passing.time);
        asked.over_udp |= passing.via == LookupVia::Dns;
        asked.queries += 1;
        asked.packets += 1;
        asked.bytes_out += passing.bytes;
        if asked.process.is_none() {
            asked.process = process.cloned();
        }
    }

    /// An answer came. Over multicast only answers to what was asked are believed: there
    /// anybody announces anything.
    pub(super) fn answered(&mut self, number: u64, passing: &Passed, book: &mut AddressBook) {
        let message = &passing.message;
        let unicast = passing.via.is_unicast();
        let implied: Vec<_> = match message.questions.as_slice() {
            [] => message.answers.iter().map(|r| (&r.owner, &r.record_type)).collect(),
            questions => questions.iter().map(|q| (&q.name, &q.record_type)).collect(),
        };
        let mut known: HashSet<&str, RandomState> = HashSet::default();
        for (name, record_type) in implied {
            let key = key(passing, name, record_type.clone());
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
            if unicast && let Some(asked) = self.names.get_mut(&**name) {
                asked.last = asked.last.max(passing.time);
                asked.packets += 1;
                asked.bytes_in += passing.bytes;
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
            if unicast || known.contains(name) {
                book.learn(address, name, number);
            }
            if unicast && let Some(asked) = self.names.get_mut(name) {
                asked.addresses.insert(address);
            }
        }
    }

    /// The lookups in order of their first query, and a contact for each name that was
    /// asked for and to which nothing was sent, neither by name nor to an address of it.
    pub(super) fn finish(
        mut self,
        setting: &Setting,
        contacted: &HashSet<&str, RandomState>,
        addressed: &HashSet<IpAddr, RandomState>,
    ) -> (Vec<Lookup>, Vec<Contact>) {
        let alone = self.names.into_iter().filter(|(name, asked)| {
            !is_own(name, setting)
                && !is_made_up(name, setting)
                && !contacted.contains(&**name)
                && asked.addresses.is_disjoint(addressed)
        });
        let contacts = alone.map(|(name, asked)| asked.into_contact(&name)).collect();
        self.list.sort_by_key(|lookup| lookup.first);
        (self.list, contacts)
    }
}

impl Asked {
    fn into_contact(self, name: &str) -> Contact {
        Contact {
            evidence: vec![Evidence::new(EvidenceKind::Dns, name)],
            host: Host::Name(name.to_owned()),
            address: None,
            port: Some(self.port),
            transport: if self.over_udp { Transport::Udp } else { Transport::Tcp },
            protocol: Some(Protocol::Dns),
            phase: self.phase,
            class: AddressClass::Outward,
            kind: ContactKind::Lookup,
            expected: None,
            guessed: false,
            process: self.process,
            tls: None,
            requests: Vec::new(),
            flows: self.queries,
            first: self.first,
            last: self.last,
            packets: self.packets,
            bytes_out: self.bytes_out,
            bytes_in: self.bytes_in,
        }
    }
}

fn key(passing: &Passed, name: &Arc<str>, record_type: Cow<'static, str>) -> Key {
    let unicast = passing.via.is_unicast();
    let server = unicast.then_some(passing.server);
    (passing.via, server, Arc::clone(name), record_type)
}

/// The machine's own names, and the root, which names no host.
fn is_own(name: &str, setting: &Setting) -> bool {
    let own = |own: &String| own.strip_suffix('.').unwrap_or(own).eq_ignore_ascii_case(name);
    name == "." || name == "localhost" || setting.own_names.iter().any(own)
}

/// The reverse name of an address that the simulated internet made up: whose it is, the lookup
/// that it was given out for says, and the next run may give it to another name.
fn is_made_up(name: &str, setting: &Setting) -> bool {
    let address = reverse::address(name);
    address.is_some_and(|address| setting.outward.iter().any(|block| block.contains(&address)))
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
