//! A part of the survey: the flows that fall to it, each packet to its flow. What concerns more
//! than one flow is handed on as events.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

use super::budget::{Budget, MOST_STREAM_BYTES};
use super::conversation::Said;
use super::datagrams::Announced;
use super::entry::Flow;
use super::event::Event;
use super::fragments::Fragments;
use super::key::{End, Key, part_of_addresses};
use super::lane::Lane;
use super::listing::Listing;
use super::reassembly::Inflater;
use super::seen::{Seen, Side, phase_at};
use super::segments::on_the_wire;
use super::table::{FlowTable, MOST_FLOWS};
use super::{Setting, class_of};
use crate::contact::{AddressClass, FlowKey, Transport};
use crate::dissect::{Body, Frame, Message, dissect, is_dhcp, plain};
use crate::packet::PacketView;

/// What a shard counted.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) packets: u64,
    pub(super) other: BTreeMap<&'static str, u64>,
    pub(super) probe_packets: HashMap<FlowKey, u64>,
    pub(super) overflow: BTreeMap<&'static str, u64>,
}

/// A part of a survey under way. Every shard is given every packet that is not known to fall to
/// another, and takes those between the pairs of addresses that fall to it.
#[derive(Debug)]
pub(super) struct Shard<'a> {
    pub(super) setting: &'a Setting,
    /// Which of how many shards this is.
    pub(super) part: (usize, usize),
    /// Whether no other shard is given the packet at hand.
    pub(super) alone: bool,
    pub(super) table: FlowTable,
    pub(super) fragments: Fragments,
    pub(super) inflater: Inflater,
    /// Where media was announced to go.
    pub(super) media: Announced,
    /// What the streams and handshakes of all flows hold.
    pub(super) budget: Budget,
    /// The packet's place in the capture, from one.
    pub(super) number: u64,
    /// What is to be said of the packet at hand, where that is wanted.
    pub(super) listing: Option<Listing>,
    /// What was just said; kept for its memory.
    pub(super) said: Vec<Said>,
    /// The messages of a datagram; kept for its memory.
    pub(super) messages: Vec<Message>,
    /// What happened, with the packet's number.
    pub(super) events: Vec<(u64, Event)>,
    pub(super) counts: Counts,
}

impl<'a> Shard<'a> {
    /// A shard that has seen nothing yet: this one of so many.
    pub(super) fn new(setting: &'a Setting, part: (usize, usize)) -> Self {
        Self {
            setting,
            part,
            alone: part.1 <= 1,
            table: FlowTable::new(MOST_FLOWS / part.1.max(1)),
            fragments: Fragments::default(),
            inflater: Inflater::default(),
            media: Announced::default(),
            budget: Budget::new(MOST_STREAM_BYTES / part.1.max(1)),
            number: 0,
            listing: None,
            said: Vec::new(),
            messages: Vec::new(),
            events: Vec::new(),
            counts: Counts::default(),
        }
    }

    /// Takes a packet by its place in the capture.
    pub(super) fn take(&mut self, number: u64, lane: Lane, packet: &PacketView<'_>) {
        self.number = number;
        self.alone = lane.is_one();
        match plain(packet.link, packet.data).filter(|_| self.alone) {
            Some((ends, body)) if !matches!(body, Body::Udp(d) if is_dhcp(&d)) => {
                let (key, sender) = Key::of_ends(&ends);
                self.between(packet, key, sender, &body);
            }
            _ => self.frame(packet, dissect(packet.link, packet.data)),
        }
    }

    /// Takes a packet, and notes what there is to say of it.
    pub(super) fn take_listed(&mut self, number: u64, packet: &PacketView<'_>) -> Listing {
        self.number = number;
        let frame = dissect(packet.link, packet.data);
        self.listing = Some(Listing::of(&frame));
        self.frame(packet, frame);
        self.listing.take().unwrap_or_default()
    }

    /// Whether it speaks for all shards that are given the packet at hand: the only one, or the
    /// first of them.
    pub(super) fn is_first(&self) -> bool {
        self.alone || self.part.0 == 0
    }

    /// Something happened that others must know.
    pub(super) fn tell(&mut self, event: Event) {
        self.events.push((self.number, event));
    }

    pub(super) fn body(&mut self, packet: &PacketView<'_>, frame: &Frame<'_>) {
        let (transport, source_port, destination_port) = match frame.body {
            Body::Tcp(s) => (Transport::Tcp, s.source_port, s.destination_port),
            Body::Udp(d) if is_dhcp(&d) && self.leasing(packet, frame, &d) => {
                return self.set_aside("dhcp");
            }
            Body::Udp(d) => (Transport::Udp, d.source_port, d.destination_port),
            Body::Sctp { source_port, destination_port, .. } => {
                (Transport::Sctp, source_port, destination_port)
            }
            Body::EchoRequest(_) | Body::EchoReply(_) => (Transport::Icmp, 0, 0),
            Body::OtherIp(_) | Body::Compressed(_) => (Transport::Ip, 0, 0),
            Body::IcmpError(message) => {
                self.quoted(packet, &message);
                return self.set_aside(frame.body.name());
            }
            _ => {
                self.discovering(frame);
                return self.set_aside(frame.body.name());
            }
        };
        let Some((from, to)) = frame.addresses else { return self.set_aside(frame.body.name()) };
        if !self.alone && part_of_addresses(from, to, self.part.1) != self.part.0 {
            return;
        }
        let source = SocketAddr::new(from, source_port);
        let destination = SocketAddr::new(to, destination_port);
        let (key, sender) = Key::of(transport, source, destination);
        self.between(packet, key, sender, &frame.body);
    }

    /// A packet between two ends.
    #[inline]
    fn between(&mut self, packet: &PacketView<'_>, key: Key, sender: End, body: &Body<'_>) {
        let seen = Seen {
            time: packet.time,
            phase: phase_at(packet.time, self.setting),
            bytes: u64::from(packet.wire_len),
            key,
            sender,
            side: self.side(&key, sender),
        };
        if self.is_probe(&seen) {
            return;
        }
        self.counts.packets += 1;
        match *body {
            Body::Tcp(segment) => self.segment(&seen, &on_the_wire(segment, packet)),
            Body::Udp(datagram) => self.datagram(&seen, &datagram),
            ref other => self.without_ports(&seen, other),
        }
    }

    /// A packet that has no ports, or whose ports are all that is known of it.
    fn without_ports(&mut self, seen: &Seen, body: &Body<'_>) {
        match body {
            Body::EchoReply(_) => {
                // A reply belongs to the request before it, or to nothing.
                let place = self.table.find(seen.key);
                let flow = place.and_then(|place| self.table.at(place));
                let ours = flow.filter(|f| f.ours && f.server() == seen.source());
                if !ours.is_some_and(|flow| flow.count(seen.counted(false, false))) {
                    self.count("icmp-echo-reply");
                }
            }
            // Without ports, being asked and asking would be one flow.
            Body::EchoRequest(_) if seen.side == Side::Received => self.count("inbound"),
            _ => {
                let Some(place) = self.flow(seen, true) else { return };
                let Some(flow) = self.table.at(place) else { return };
                let sent = seen.sender == flow.client;
                let counted = flow.count(seen.counted(sent, sent));
                if let Some(listing) = &mut self.listing {
                    listing.belongs_to(flow);
                }
                if !counted {
                    self.count(body.name());
                }
            }
        }
    }

    /// Counts a packet that makes no contact.
    pub(super) fn count(&mut self, name: &'static str) {
        *self.counts.other.entry(name).or_default() += 1;
    }

    /// Counts a packet that has no flow; the first of the shards that have it does it for all.
    pub(super) fn set_aside(&mut self, name: &'static str) {
        if !self.is_first() {
            return;
        }
        self.counts.packets += 1;
        self.count(name);
    }

    fn side(&self, key: &Key, sender: End) -> Side {
        if !self.setting.knows_local() {
            return Side::Unknown;
        }
        let (from, to) = (key.place(sender).ip(), key.place(sender.other()).ip());
        if self.setting.is_local(from) {
            Side::Sent
        } else if self.setting.is_local(to) {
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
        let from = |client| {
            let key = seen.key.flow(client);
            self.setting.probes.contains(&key).then_some(key)
        };
        if self.setting.probes.is_empty() {
            return false;
        }
        if let Some(key) = from(seen.sender) {
            *self.counts.probe_packets.entry(key).or_default() += 1;
            return true;
        }
        from(seen.sender.other()).is_some()
    }

    /// The flow of a packet, begun with it where there is none; none, and counted, where the
    /// local side has no part in it or did not begin it. `begins` says that a first packet
    /// like this one is its client's.
    pub(super) fn flow(&mut self, seen: &Seen, begins: bool) -> Option<u32> {
        match seen.side {
            Side::Foreign => self.count("foreign"),
            Side::Overheard => self.count("inbound"),
            _ => {
                let place = match self.table.find(seen.key) {
                    Some(place) => place,
                    None => self.begin(seen, begins),
                };
                if self.table.at(place)?.ours {
                    return Some(place);
                }
                self.count("inbound");
            }
        }
        None
    }

    /// Begins a flow.
    fn begin(&mut self, seen: &Seen, begins: bool) -> u32 {
        if self.table.is_full() {
            let left = self.table.make_room(seen.time);
            if left.early > 0 {
                *self.counts.overflow.entry("flows").or_default() += left.early as u64;
            }
            for flow in left.flows {
                self.retire(flow);
            }
        }
        let client = if begins { seen.sender } else { seen.sender.other() };
        let server = seen.key.place(client.other());
        let ours = match seen.side {
            Side::Sent => begins,
            Side::Received => !begins,
            _ => true,
        };
        let mut flow = Flow::new(seen.key, client, ours, seen.time);
        flow.number = self.number;
        flow.to_resolver = server.port() == 53 && self.setting.resolvers.contains(&server.ip());
        self.table.insert(flow)
    }
}
