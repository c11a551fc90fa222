//! From flows to contacts: one for each host, port, transport, phase and process.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use foldhash::fast::RandomState;

use super::asked::Contacted;
use super::background::{OthersBefore, Sender};
use super::entry::{Flow, MOST_CLAIMS};
use super::host::{Known, host_of};
use super::names::AddressBook;
use super::owners::{Asker, asker};
use super::requests::Requests;
use super::spell::{Amounts, Spell};
use super::{Setting, class_of};
use crate::contact::{
    AddressClass, Contact, ContactKind, Evidence, EvidenceKind, FlowRecord, Host, Phase, Process,
    TlsSession, Transport,
};

/// At most this many contacts are kept, and as many flow records where they are asked for;
/// what comes after is counted.
const MOST: usize = 1 << 17;

/// The texts of all requests together may take this many bytes; what comes after is counted.
const MOST_REQUEST_BYTES: usize = 24 << 20;

type Place = (Host, Option<u16>, Transport);

/// The process that made a contact, and the program that it was then.
type Maker = (u32, String);

/// Contacts as they come together.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    made: HashMap<(Place, Phase, Option<Maker>), Box<Making>, RandomState>,
    /// Every address to which something was sent, and by whom.
    addressed: HashSet<(IpAddr, Asker), RandomState>,
    /// The flows, where they are asked for.
    pub(super) flows: Vec<FlowRecord>,
    /// Flows whose contacts or records found no room.
    pub(super) refused: u64,
    /// Requests beyond those that are kept.
    pub(super) requests_beyond: u64,
    request_bytes: usize,
}

/// A contact, and its requests while they are still looked up.
#[derive(Debug)]
struct Making {
    contact: Contact,
    requests: Requests,
    /// Whether some of it is the application's, though it is not known by which process.
    is_application: bool,
}

impl Contacts {
    /// Adds what a flow did.
    pub(super) fn absorb(
        &mut self,
        mut flow: Box<Flow>,
        Sender { process, is_application }: Sender<'_>,
        tls: Option<TlsSession>,
        setting: &Setting,
        book: &AddressBook,
    ) {
        let key = flow.key();
        let address = key.server.ip();
        let class = class_of(address, setting);
        let known = host_of(&mut flow, asker(process), class, setting, book);
        if setting.flows {
            self.record(&flow, class, &known, process);
        }
        let port = key.server.port();
        let ported = matches!(key.transport, Transport::Tcp | Transport::Udp | Transport::Sctp);
        let place = (known.host.clone(), ported.then_some(port), key.transport);
        if flow.has_contact() {
            self.addressed.insert((address, asker(process)));
        }
        // The last phase of a flow, mostly its only one, takes the place as it is.
        let mut place = Some(place);
        let mut spells = flow.take_spells().peekable();
        while let Some(spell) = spells.next() {
            let full = self.made.len() >= MOST;
            let here = if spells.peek().is_some() { place.clone() } else { place.take() };
            let Some(here) = here else { break };
            let maker = process.map(|process| (process.pid, process.name.clone()));
            let making = match self.made.entry((here, spell.phase, maker)) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(_) if full => {
                    self.refused += 1;
                    continue;
                }
                Entry::Vacant(entry) => {
                    let contact = begun(&entry.key().0, address, class, &spell);
                    let requests = Requests::default();
                    entry.insert(Box::new(Making { contact, requests, is_application }))
                }
            };
            making.is_application |= is_application;
            let contact = &mut making.contact;
            contact.protocol = contact.protocol.or(flow.protocol);
            // One certain name among several flows is enough.
            contact.guessed &= known.guessed;
            if contact.process.is_none() {
                contact.process = process.cloned();
            }
            if spell.first < contact.first {
                contact.first = spell.first;
                contact.address = Some(address);
            }
            contact.last = contact.last.max(spell.last);
            add_session(&mut contact.tls, tls.as_ref());
            contact.flows += 1;
            let Amounts { packets, bytes: [out, back] } = spell.amounts;
            contact.packets += packets.iter().sum::<u64>();
            contact.bytes_out += out;
            contact.bytes_in += back;
            for piece in &known.evidence {
                if contact.evidence.len() < MOST_CLAIMS && !contact.evidence.contains(piece) {
                    contact.evidence.push(piece.clone());
                }
            }
            let Some(requests) = spell.requests else { continue };
            self.requests_beyond += requests.beyond;
            for request in requests.into_list() {
                let bytes = request.size();
                if self.request_bytes + bytes > MOST_REQUEST_BYTES {
                    self.requests_beyond += 1;
                    continue;
                }
                self.request_bytes += bytes;
                making.requests.keep(request);
            }
        }
    }

    fn record(
        &mut self,
        flow: &Flow,
        class: AddressClass,
        known: &Known,
        process: Option<&Process>,
    ) {
        if self.flows.len() >= MOST {
            self.refused += 1;
            return;
        }
        let mut evidence = known.evidence.clone();
        let (key, Amounts { packets, bytes }) = (flow.key(), flow.amounts());
        settle_evidence(&mut evidence, Some(key.server.ip()));
        let mut requests = Vec::new();
        for spell in flow.spells() {
            let list = spell.requests.as_ref().map(|requests| requests.list());
            requests.extend_from_slice(list.unwrap_or_default());
        }
        self.flows.push(FlowRecord {
            key,
            host: known.host.clone(),
            guessed: known.guessed,
            protocol: flow.protocol,
            class,
            process: process.cloned(),
            evidence,
            requests,
            first: flow.first,
            last: flow.last,
            packets_out: packets[0],
            packets_in: packets[1],
            bytes_out: bytes[0],
            bytes_in: bytes[1],
            marks: flow.connection.as_ref().map(|tcp| tcp.marks()).unwrap_or_default(),
        });
    }

    /// What was contacted, and by whom.
    pub(super) fn contacted(&self) -> Contacted<'_> {
        let named = self.made.iter().filter_map(|(((host, ..), ..), making)| match host {
            Host::Name(name) => Some((name.as_str(), asker(making.contact.process.as_ref()))),
            Host::Address(_) => None,
        });
        Contacted { names: named.collect(), addresses: &self.addressed }
    }

    /// The contacts with those of lookups, in order of their first packet; and beside them the
    /// noise: what was there before the application was, and goes to the same place later. Where
    /// there are others on the wire, it is whatever goes to the hosts that they contacted `before`
    /// and nobody is known to have sent.
    pub(super) fn finish(
        self,
        lookups: Vec<Contact>,
        others_before: Option<&OthersBefore<'_>>,
    ) -> (Vec<Contact>, Vec<Contact>) {
        let ours = self.made.iter().filter(|(_, making)| making.is_application);
        let ours: HashSet<(Place, Phase)> =
            ours.map(|((place, phase, _), _)| (place.clone(), *phase)).collect();
        let made = self
            .made
            .into_values()
            .map(|making| Contact { requests: making.requests.into_list(), ..making.contact });
        let mut all: Vec<_> = made.chain(lookups).collect();
        for contact in &mut all {
            settle_evidence(&mut contact.evidence, contact.address);
        }
        all.sort_by(|a, b| {
            let pid = |c: &Contact| c.process.as_ref().map(|process| process.pid);
            let place = |c: &Contact| (c.first, c.kind, c.port, c.transport, c.phase, pid(c));
            place(a).cmp(&place(b)).then_with(|| a.host.cmp(&b.host))
        });
        let places = |contact: &Contact| {
            let by_address = contact.address.map(Host::Address);
            let hosts = [Some(contact.host.clone()), by_address];
            hosts.map(|host| host.map(|host| (host, contact.port, contact.transport, contact.kind)))
        };
        let before = all.iter().filter(|contact| contact.phase == Phase::Before);
        let before: HashSet<_> = before.flat_map(places).flatten().collect();
        if before.is_empty() && others_before.is_none() {
            return (all, Vec::new());
        }
        let is_noise = |contact: &Contact| match others_before {
            Some(known) => {
                let place = (contact.host.clone(), contact.port, contact.transport);
                known.may_have_made(contact) && !ours.contains(&(place, contact.phase))
            }
            None => places(contact).iter().flatten().any(|place| before.contains(place)),
        };
        all.into_iter().partition(|contact| !is_noise(contact))
    }
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
        guessed: true,
        process: None,
        evidence: Vec::new(),
        tls: None,
        requests: Vec::new(),
        flows: 0,
        first: spell.first,
        last: spell.last,
        packets: 0,
        bytes_out: 0,
        bytes_in: 0,
    }
}

/// One session stands for all of a contact: one that was refused with an alert, if any was. One
/// that ended without a word may be a spare connection's, where another shows that the client
/// accepts what it is shown: browsers close such.
fn add_session(known: &mut Option<TlsSession>, session: Option<&TlsSession>) {
    let gravity = |session: &TlsSession| match &session.refused {
        Some(refusal) if refusal.alert.is_some() => 2,
        None => 1,
        Some(_) => 0,
    };
    if let Some(session) = session
        && known.as_ref().is_none_or(|known| gravity(known) < gravity(session))
    {
        *known = Some(session.clone());
    }
}

/// Strongest first; the address where there is nothing else.
pub(super) fn settle_evidence(evidence: &mut Vec<Evidence>, address: Option<IpAddr>) {
    evidence.sort_by_key(|piece| (Reverse(piece.strength), piece.kind));
    if evidence.is_empty()
        && let Some(address) = address
    {
        evidence.push(Evidence::new(EvidenceKind::Address, address.to_string()));
    }
}
