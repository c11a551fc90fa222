//! What became of the names that were asked for over unicast DNS, and which of them led nowhere: a
//! lookup belongs to whoever asked.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::Setting;
use super::event::Passed;
use super::owners::{Asker, asker};
use super::reverse;
use crate::contact::{
    AddressClass, Contact, ContactKind, Evidence, EvidenceKind, Host, LookupVia, Phase, Process,
    Protocol, Transport,
};
use crate::packet::Timestamp;

/// At most this many names are kept, each as often as different processes asked for it.
const MOST: usize = 1 << 16;

/// The names that were asked for.
#[derive(Debug, Default)]
pub(super) struct AskedNames(HashMap<(Arc<str>, Asker), Asked, RandomState>);

/// What became of a name that somebody asked for.
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

/// What was contacted, and by whom.
#[derive(Debug)]
pub(super) struct Contacted<'c> {
    /// The names that contacts go by.
    pub(super) names: HashSet<(&'c str, Asker), RandomState>,
    /// Every address to which something was sent.
    pub(super) addresses: &'c HashSet<(IpAddr, Asker), RandomState>,
}

impl AskedNames {
    /// A name was asked for.
    pub(super) fn asked(&mut self, passing: &Passed, name: &Arc<str>, process: Option<&Process>) {
        let key = (Arc::clone(name), asker(process));
        if self.0.len() >= MOST && !self.0.contains_key(&key) {
            return;
        }
        let encrypted = matches!(passing.via, LookupVia::Dot | LookupVia::Doh);
        let asked = self.0.entry(key).or_insert_with(|| Asked {
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

    /// Whoever asked for a name was answered.
    pub(super) fn answered(&mut self, name: &Arc<str>, asker: Asker, passing: &Passed) {
        if let Some(asked) = self.0.get_mut(&(Arc::clone(name), asker)) {
            asked.last = asked.last.max(passing.time);
            asked.packets += 1;
            asked.bytes_in += passing.bytes;
        }
    }

    /// Whoever asked for a name was told this address.
    pub(super) fn resolved(&mut self, name: &Arc<str>, asker: Asker, address: IpAddr) {
        if let Some(asked) = self.0.get_mut(&(Arc::clone(name), asker)) {
            asked.addresses.insert(address);
        }
    }

    /// A contact for each name that was asked for and to which nothing was sent, neither by name
    /// nor to an address of it.
    ///
    /// What was sent belongs to the lookup of the process that sent it; where that made none, to
    /// everybody's: a program may have one process look up for another.
    pub(super) fn alone(self, setting: &Setting, contacted: &Contacted<'_>) -> Vec<Contact> {
        let is_somebody_known = contacted.addresses.iter().any(|(_, sender)| sender.is_some());
        let senders = is_somebody_known.then(|| contacted.senders());
        let mut askers: HashMap<Arc<str>, HashSet<u32, RandomState>, RandomState> =
            HashMap::default();
        for (name, asker) in self.0.keys().filter_map(|(name, asker)| Some((name, (*asker)?))) {
            askers.entry(Arc::clone(name)).or_default().insert(asker);
        }
        let is_alone = |name: &Arc<str>, asker: Asker, asked: &Asked| {
            if contacted.by(name, &asked.addresses, asker)
                || contacted.by(name, &asked.addresses, None)
            {
                return false;
            }
            let Some(senders) = &senders else { return true };
            let own = asker.and_then(|_| askers.get(name));
            let asked_too = |sender: &u32| own.is_some_and(|askers| askers.contains(sender));
            senders.of(name, &asked.addresses).all(asked_too)
        };
        let led_nowhere = self.0.into_iter().filter(|((name, asker), asked)| {
            !is_own(name, setting) && !is_made_up(name, setting) && is_alone(name, *asker, asked)
        });
        led_nowhere.map(|((name, _), asked)| asked.into_contact(&name)).collect()
    }
}

impl<'c> Contacted<'c> {
    fn by(&self, name: &str, addresses: &HashSet<IpAddr, RandomState>, sender: Asker) -> bool {
        self.names.contains(&(name, sender))
            || addresses.iter().any(|address| self.addresses.contains(&(*address, sender)))
    }

    fn senders(&self) -> Senders<'c> {
        let mut senders = Senders::default();
        for (name, sender) in &self.names {
            senders.to_names.entry(name).or_default().extend(sender);
        }
        for (address, sender) in self.addresses {
            senders.to_addresses.entry(*address).or_default().extend(sender);
        }
        senders
    }
}

/// The processes that sent something to each name and address.
#[derive(Debug, Default)]
struct Senders<'c> {
    to_names: HashMap<&'c str, Vec<u32>, RandomState>,
    to_addresses: HashMap<IpAddr, Vec<u32>, RandomState>,
}

impl Senders<'_> {
    fn of<'a>(
        &'a self,
        name: &str,
        addresses: &'a HashSet<IpAddr, RandomState>,
    ) -> impl Iterator<Item = &'a u32> {
        let to_addresses = addresses.iter().filter_map(|address| self.to_addresses.get(address));
        self.to_names.get(name).into_iter().chain(to_addresses).flatten()
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
