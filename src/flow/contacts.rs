//! From flows to contacts: one for each host, port, transport and phase.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use super::connection::{Flow, MOST_CLAIMS, Spell, keep};
use super::{Setting, class_of};
use crate::contact::{
    AddressClass, Contact, ContactKind, Evidence, EvidenceKind, Host, Phase, Transport,
};

/// At most this many contacts are kept; what comes after is counted.
const MOST: usize = 1 << 17;

type Place = (Host, Option<u16>, Transport);

/// Contacts as they come together.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    made: HashMap<(Place, Phase), Contact>,
    /// Every address to which something was sent.
    pub(super) addressed: HashSet<IpAddr>,
    /// Flows whose contacts found no room.
    pub(super) refused: u64,
    /// Requests beyond those that are kept.
    pub(super) requests_beyond: u64,
}

impl Contacts {
    /// Adds what a flow did.
    pub(super) fn absorb(&mut self, flow: Flow, setting: &Setting) {
        let address = flow.key.server.ip();
        let class = class_of(address, setting);
        let (host, evidence) = host_of(&flow, class, setting);
        let port = flow.key.server.port();
        let ported =
            matches!(flow.key.transport, Transport::Tcp | Transport::Udp | Transport::Sctp);
        let place = (host, ported.then_some(port), flow.key.transport);
        let process = setting.owners.get(&flow.key);
        if !flow.spells.is_empty() {
            self.addressed.insert(address);
        }
        for spell in flow.spells {
            self.requests_beyond += spell.beyond;
            let full = self.made.len() >= MOST;
            let contact = match self.made.entry((place.clone(), spell.phase)) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(_) if full => {
                    self.refused += 1;
                    continue;
                }
                Entry::Vacant(entry) => entry.insert(begun(&place, address, class, &spell)),
            };
            contact.protocol = contact.protocol.or(flow.protocol);
            if contact.process.is_none() {
                contact.process = process.cloned();
            }
            if spell.first < contact.first {
                contact.first = spell.first;
                contact.address = Some(address);
            }
            contact.last = contact.last.max(spell.last);
            contact.flows += 1;
            contact.packets += spell.packets;
            contact.bytes_out += spell.bytes_out;
            contact.bytes_in += spell.bytes_in;
            for request in spell.requests {
                self.requests_beyond += u64::from(!keep(&mut contact.requests, request));
            }
            for piece in &evidence {
                if contact.evidence.len() < MOST_CLAIMS && !contact.evidence.contains(piece) {
                    contact.evidence.push(piece.clone());
                }
            }
        }
    }

    /// The names that contacts go by.
    pub(super) fn names(&self) -> HashSet<&str> {
        let hosts = self.made.keys().map(|((host, ..), _)| host);
        let names = hosts.filter_map(|host| match host {
            Host::Name(name) => Some(name.as_str()),
            Host::Address(_) => None,
        });
        names.collect()
    }

    /// The contacts with those of lookups, in order of their first packet; and beside them the
    /// noise: what was there before the application was, and goes to the same place later.
    pub(super) fn finish(self, lookups: Vec<Contact>) -> (Vec<Contact>, Vec<Contact>) {
        let mut all: Vec<_> = self.made.into_values().chain(lookups).collect();
        for contact in &mut all {
            settle_evidence(contact);
        }
        all.sort_by(|a, b| {
            let place = |c: &Contact| (c.first, c.kind, c.port, c.transport, c.phase);
            place(a).cmp(&place(b)).then_with(|| a.host.cmp(&b.host))
        });
        let places = |contact: &Contact| {
            let by_address = contact.address.map(Host::Address);
            let hosts = [Some(contact.host.clone()), by_address];
            hosts.map(|host| host.map(|host| (host, contact.port, contact.transport, contact.kind)))
        };
        let before = all.iter().filter(|contact| contact.phase == Phase::Before);
        let before: HashSet<_> = before.flat_map(places).flatten().collect();
        let is_noise = |contact: &Contact| {
            places(contact).iter().flatten().any(|place| before.contains(place))
        };
        all.into_iter().partition(|contact| !is_noise(contact))
    }
}

/// The host of a flow, and how it is known.
///
/// A name that the application asked for and got this address for is exact. Without one:
/// in a simulated internet (`outward` is set) every name has been asked of apptrace itself, so
/// an address without an answer was written into the application, and whatever name is
/// claimed for it may be invented; in any other capture the answer may have been missed, and
/// the strongest claim is the best there is. A group or broadcast address is no host's.
fn host_of(flow: &Flow, class: AddressClass, setting: &Setting) -> (Host, Vec<Evidence>) {
    let address = flow.key.server.ip();
    if matches!(class, AddressClass::Multicast | AddressClass::Broadcast) {
        return (Host::Address(address), flow.claims.clone());
    }
    if let Some(name) = &flow.name {
        let mut evidence = vec![Evidence::new(EvidenceKind::Dns, &**name)];
        evidence.extend(flow.claims.iter().cloned());
        return (Host::from_text(name), evidence);
    }
    let mut host = Host::Address(address);
    if setting.outward.is_empty() {
        let rank = |kind| match kind {
            EvidenceKind::TlsSni | EvidenceKind::QuicSni | EvidenceKind::DtlsSni => 0,
            EvidenceKind::SipUri => 1,
            _ => 2,
        };
        let claims =
            flow.claims.iter().map(|claim| (rank(claim.kind), Host::from_text(&claim.name)));
        let names = claims.filter(|(_, host)| matches!(host, Host::Name(_)));
        if let Some((_, name)) = names.min_by_key(|(rank, _)| *rank) {
            host = name;
        }
    }
    (host, flow.claims.clone())
}

fn begun(place: &Place, address: IpAddr, class: AddressClass, spell: &Spell) -> Contact {
    let (host, port, transport) = place.clone();
    Contact {
        host,
        address: Some(address),
        port,
        transport,
        protocol: None,
        phase: spell.phase,
        class,
        kind: ContactKind::Traffic,
        expected: None,
        guessed: false,
        process: None,
        evidence: Vec::new(),
        requests: Vec::new(),
        flows: 0,
        first: spell.first,
        last: spell.last,
        packets: 0,
        bytes_out: 0,
        bytes_in: 0,
    }
}

/// Strongest first; the address where there is nothing else.
fn settle_evidence(contact: &mut Contact) {
    contact.evidence.sort_by_key(|piece| (Reverse(piece.strength), piece.kind));
    if contact.evidence.is_empty()
        && let Some(address) = contact.address
    {
        contact.evidence.push(Evidence::new(EvidenceKind::Address, address.to_string()));
    }
}
