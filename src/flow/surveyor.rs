//! The survey as it proceeds: each packet to its flow, each flow to its contacts.

use std::net::{IpAddr, SocketAddr};

use super::connection::{Counted, Flow, Reading};
use super::contacts::Contacts;
use super::lookups::Lookups;
use super::names::AddressBook;
use super::reader::Event;
use super::table::FlowTable;
use super::{Setting, Survey, class_of};
use crate::contact::{AddressClass, FlowKey, Phase, PhaseSpan, Protocol, Transport};
use crate::dissect::{Body, Frame, dissect, is_dhcp, of_ip_payload};
use crate::packet::{Packet, Timestamp};

/// A survey under way.
pub(super) struct Surveyor<'a> {
    pub(super) setting: &'a Setting,
    pub(super) table: FlowTable,
    pub(super) book: AddressBook,
    pub(super) lookups: Lookups,
    contacts: Contacts,
    pub(super) survey: Survey,
    /// What the readers of all streams hold.
    pub(super) held: usize,
}

/// A packet that has a place in some flow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) time: Timestamp,
    pub(super) phase: Phase,
    pub(super) bytes: u64,
    pub(super) transport: Transport,
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) side: Side,
}

/// Which way a packet goes, seen from the local side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Sent,
    Received,
    /// To a group or to all, by somebody else.
    Overheard,
    /// Between others.
    Foreign,
    /// Nobody said which addresses are local.
    Unknown,
}

impl<'a> Surveyor<'a> {
    pub(super) fn new(setting: &'a Setting) -> Self {
        Self {
            setting,
            table: FlowTable::default(),
            book: AddressBook::default(),
            lookups: Lookups::default(),
            contacts: Contacts::default(),
            survey: Survey::default(),
            held: 0,
        }
    }

    /// Takes a packet.
    pub(super) fn take(&mut self, packet: &Packet) {
        let frame = begun(dissect(packet.link, &packet.data));
        let (transport, source_port, destination_port) = match frame.body {
            Body::Tcp(s) => (Transport::Tcp, s.source_port, s.destination_port),
            Body::Udp(d) if is_dhcp(&d) => return self.set_aside("dhcp"),
            Body::Udp(d) => (Transport::Udp, d.source_port, d.destination_port),
            Body::Sctp { source_port, destination_port, .. } => {
                (Transport::Sctp, source_port, destination_port)
            }
            Body::EchoRequest(_) | Body::EchoReply(_) => (Transport::Icmp, 0, 0),
            Body::OtherIp(_) => (Transport::Ip, 0, 0),
            _ => return self.set_aside(frame.body.name()),
        };
        let Some((from, to)) = frame.addresses else { return self.set_aside(frame.body.name()) };
        let seen = Seen {
            time: packet.time,
            phase: phase_at(packet.time, self.setting),
            bytes: u64::from(packet.wire_len),
            transport,
            source: SocketAddr::new(from, source_port),
            destination: SocketAddr::new(to, destination_port),
            side: self.side(from, to),
        };
        if self.is_probe(&seen) {
            return;
        }
        self.survey.packets += 1;
        match frame.body {
            Body::Tcp(segment) => self.segment(seen, segment),
            Body::Udp(datagram) => self.datagram(seen, datagram),
            Body::EchoReply(_) => {
                // A reply belongs to the request before it, or to nothing.
                let flow = self.table.get(Transport::Icmp, seen.source, seen.destination);
                let ours = flow.filter(|f| f.ours && f.key.server == seen.source);
                if !ours.is_some_and(|flow| flow.count(seen.counted(false, false))) {
                    self.count("icmp-echo-reply");
                }
            }
            // Without ports, being asked and asking would be one flow.
            Body::EchoRequest(_) if seen.side == Side::Received => self.count("inbound"),
            _ => {
                let Some(flow) = self.flow(&seen, true) else { return };
                let sent = seen.source == flow.key.client;
                if !flow.count(seen.counted(sent, sent)) {
                    self.count(frame.body.name());
                }
            }
        }
    }

    /// Everything seen so far.
    pub(super) fn finish(mut self) -> Survey {
        for flow in self.table.take_all() {
            self.retire(flow);
        }
        let names = self.contacts.names();
        let addressed = &self.contacts.addressed;
        let refused = [
            ("lookups", self.lookups.refused),
            ("names", self.book.refused),
            ("contacts", self.contacts.refused),
            ("requests", self.contacts.requests_beyond),
        ];
        let (lookups, alone) = self.lookups.finish(self.setting, &names, addressed);
        for (name, count) in refused.into_iter().filter(|&(_, count)| count > 0) {
            self.survey.overflow.insert(name, count);
        }
        self.survey.lookups = lookups;
        (self.survey.contacts, self.survey.noise) = self.contacts.finish(alone);
        self.survey
    }

    /// Counts a packet that makes no contact.
    pub(super) fn count(&mut self, name: &'static str) {
        *self.survey.other.entry(name).or_default() += 1;
    }

    fn set_aside(&mut self, name: &'static str) {
        self.survey.packets += 1;
        self.count(name);
    }

    fn side(&self, from: IpAddr, to: IpAddr) -> Side {
        let local = &self.setting.local;
        if local.is_empty() {
            Side::Unknown
        } else if local.contains(&from) {
            Side::Sent
        } else if local.contains(&to) {
            Side::Received
        } else {
            match class_of(to, self.setting) {
                AddressClass::Multicast | AddressClass::Broadcast => Side::Overheard,
                _ => Side::Foreign,
            }
        }
    }

    /// Whether a packet belongs to the harness's own probes; those sent are counted by flow.
    fn is_probe(&mut self, seen: &Seen) -> bool {
        let between = |client, server| {
            let key = FlowKey { transport: seen.transport, client, server };
            self.setting.probes.contains(&key).then_some(key)
        };
        if self.setting.probes.is_empty() {
            return false;
        }
        if let Some(key) = between(seen.source, seen.destination) {
            *self.survey.probe_packets.entry(key).or_default() += 1;
            return true;
        }
        between(seen.destination, seen.source).is_some()
    }

    /// The flow of a packet, begun with it where there is none; none, and counted, where the
    /// local side has no part in it or did not begin it. `begins` says that a first packet
    /// like this one is its client's.
    pub(super) fn flow(&mut self, seen: &Seen, begins: bool) -> Option<&mut Flow> {
        match seen.side {
            Side::Foreign => self.count("foreign"),
            Side::Overheard => self.count("inbound"),
            _ => {
                let known = self.table.get(seen.transport, seen.source, seen.destination);
                let ours = match known.map(|flow| flow.ours) {
                    Some(ours) => ours,
                    None => self.begin(seen, begins),
                };
                if ours {
                    return self.table.get(seen.transport, seen.source, seen.destination);
                }
                self.count("inbound");
            }
        }
        None
    }

    /// Begins a flow; whether the local side did.
    fn begin(&mut self, seen: &Seen, begins: bool) -> bool {
        if self.table.is_full() {
            let silent = self.table.take_silent();
            *self.survey.overflow.entry("flows").or_default() += silent.len() as u64;
            for flow in silent {
                self.retire(flow);
            }
        }
        let (client, server) =
            if begins { (seen.source, seen.destination) } else { (seen.destination, seen.source) };
        let ours = match seen.side {
            Side::Sent => begins,
            Side::Received => !begins,
            _ => true,
        };
        let key = FlowKey { transport: seen.transport, client, server };
        let mut flow = Flow::new(key, ours, seen.time);
        flow.name = self.book.name(server.ip());
        flow.to_resolver = server.port() == 53 && self.setting.resolvers.contains(&server.ip());
        self.table.insert(flow);
        ours
    }

    /// A flow is over: what is left of its data is read, and its contacts are made.
    pub(super) fn retire(&mut self, mut flow: Flow) {
        let key = flow.key;
        for reading in std::mem::take(&mut flow.readers) {
            if let Reading::On(mut reader) = reading {
                self.held = self.held.saturating_sub(reader.held());
                let phase = flow.spells.last().map_or(Phase::Startup, |spell| spell.phase);
                for event in flow.note(reader.finish(), phase) {
                    if let Event::Dns(message, length) = event {
                        self.dns_over_tcp(key, message, length, flow.last, phase);
                    }
                }
            }
        }
        if flow.to_resolver && (flow.protocol == Some(Protocol::Dns) || !flow.spoke) {
            let packets = flow.spells.iter().map(|spell| spell.packets).sum::<u64>();
            *self.survey.other.entry("dns").or_default() += packets;
            return;
        }
        self.contacts.absorb(flow, self.setting);
    }
}

impl Seen {
    pub(super) fn counted(&self, sent: bool, makes: bool) -> Counted {
        Counted { time: self.time, phase: self.phase, bytes: self.bytes, sent, makes }
    }
}

/// A first fragment for what it says of the whole packet: it has the ports.
fn begun(frame: Frame<'_>) -> Frame<'_> {
    match (frame.body, frame.addresses) {
        (Body::Fragment(first), Some(addresses)) if first.offset == 0 => {
            of_ip_payload(addresses, first.protocol, first.payload, false)
        }
        _ => frame,
    }
}

/// The phase at a moment; outside all of them, the nearest.
fn phase_at(time: Timestamp, setting: &Setting) -> Phase {
    let distance = |span: &&PhaseSpan| {
        if time < span.start {
            span.start.0 - time.0
        } else {
            // The end is the first moment after the phase.
            time.0.saturating_add(1).saturating_sub(span.end.0)
        }
    };
    setting.phases.iter().min_by_key(distance).map_or(Phase::Startup, |span| span.phase)
}
