//! TCP segments: to their flows, and their data to whoever reads it.

use std::net::SocketAddr;

use super::connection::{Connection, Parties};
use super::conversation::Said;
use super::datagrams::is_update;
use super::entry::Flow;
use super::event::{Event, Passed};
use super::key::End;
use super::listing::Listing;
use super::seen::Seen;
use super::shard::Shard;
use super::tcp::Marks;
use crate::contact::{FlowKey, LookupVia, Phase, Protocol};
use crate::dissect::{DnsMessage, Segment, dns_summary};
use crate::packet::{PacketView, Timestamp};

impl Shard<'_> {
    /// A TCP segment.
    pub(super) fn segment(&mut self, seen: &Seen, segment: &Segment<'_>) {
        let opens = segment.syn() && !segment.ack();
        // A SYN with another sequence number is a new connection on the same 5-tuple.
        let mut before = None;
        if opens
            && self.is_renewed(seen, segment.sequence)
            && let Some(old) = self.table.remove(seen.key)
        {
            before = old.connection.as_ref().map(|connection| connection.analysis);
            self.retire(old);
        }
        // Where the beginning was missed, the lower of the well-known ports is the server's.
        let (source, destination) = seen.ports();
        let answers = source < 1024 && destination >= 1024;
        let begins = if segment.syn() { !segment.ack() } else { !answers };
        // In a capture of unknown beginning, any segment shows a connection.
        let missed = self.setting.phases.is_empty() && !segment.rst();
        let Some(place) = self.flow(seen, begins) else { return };
        let (number, count_marks) = (self.number, self.setting.flows);
        let Some(flow) = self.table.at(place) else { return };
        flow.begun |= segment.syn();
        let sent = seen.sender == flow.client;
        let speaks = segment.length > 0;
        let makes = sent && (opens || speaks) || missed && !flow.has_contact();
        let counted = flow.count(seen.counted(sent, makes));
        flow.closed |= segment.fin() || segment.rst();
        flow.spoke |= sent && speaks;
        let (client, begun, server_port) =
            (flow.client, flow.begun, flow.key.port(flow.client.other()));
        let parties = Parties { client, begun, server_port };
        let connection = flow.connection.get_or_insert_with(|| {
            Box::new(Connection::new(before.unwrap_or_default(), count_marks))
        });
        // Numbers of a broken header say nothing.
        let marks = if segment.whole {
            connection.analyse(seen.sender, seen.time, number, segment)
        } else {
            Marks::NONE
        };
        if let Some(listing) = &mut self.listing {
            let duplicate = connection.analysis.duplicate(seen.sender.index());
            listing.segment(segment, marks, duplicate, connection.relative(seen.sender, segment));
        }
        if !counted {
            self.note_listed(place);
            return self.count("tcp-without-contact");
        }
        let held = connection.held();
        connection.read(seen.sender, segment, parties, &mut self.said);
        let mut holds = connection.held();
        if self.budget.is_exceeded(held, holds) {
            connection.give_up();
            holds = 0;
            *self.counts.overflow.entry("streams").or_default() += 1;
        }
        self.budget.exchange(held, holds);
        if !self.said.is_empty() {
            self.hear(place, seen.time, seen.phase);
        }
        self.note_listed(place);
    }

    /// Whether a SYN begins another connection on the 5-tuple of one before.
    fn is_renewed(&mut self, seen: &Seen, sequence: u32) -> bool {
        let old = self.table.find(seen.key).and_then(|place| self.table.at(place));
        old.is_some_and(|old| {
            let from_client = old.client == seen.sender;
            let opened = old.connection.as_ref().and_then(|c| c.opened[old.client.index()]);
            old.closed || from_client && opened != Some(sequence)
        })
    }

    /// The packet at hand belongs to this flow.
    pub(super) fn note_listed(&mut self, place: u32) {
        if let (Some(listing), Some(flow)) = (&mut self.listing, self.table.at(place)) {
            listing.belongs_to(flow);
        }
    }

    /// What was just said, noted.
    fn hear(&mut self, place: u32, time: Timestamp, phase: Phase) {
        let mut said = std::mem::take(&mut self.said);
        let (mut messages, mut media) = (Vec::new(), Vec::new());
        if let Some(flow) = self.table.at(place) {
            for said in said.drain(..) {
                note(flow, said, phase, &mut self.listing, &mut messages, &mut media);
            }
            let key = flow.key();
            let client = flow.client;
            for (end, message, length) in messages {
                self.dns_over_tcp(key, end == client, (*message, length), time, phase);
            }
        }
        self.said = said;
        self.announce(&media);
    }

    /// Media was announced to go to these places.
    pub(super) fn announce(&mut self, places: &[SocketAddr]) {
        for &place in places {
            self.media.learn(place);
            self.tell(Event::Media(place));
        }
    }

    /// A flow is over: what is left of its data is read.
    pub(super) fn close(&mut self, flow: &mut Flow) {
        let mut left = Vec::new();
        self.budget.exchange(flow.exchange.held(), 0);
        flow.exchange.finish(&mut left);
        let phase = flow.latest_phase();
        left.into_iter().for_each(|message| flow.note(message, true, phase));
        let Some(mut connection) = flow.connection.take() else { return };
        self.budget.exchange(connection.held(), 0);
        let mut said = Vec::new();
        connection.finish(&mut said);
        flow.connection = Some(connection);
        let (mut messages, mut media) = (Vec::new(), Vec::new());
        for said in said {
            note(flow, said, phase, &mut None, &mut messages, &mut media);
        }
        for (end, message, length) in messages {
            let sent = end == flow.client;
            self.dns_over_tcp(flow.key(), sent, (*message, length), flow.last, phase);
        }
        self.announce(&media);
    }

    /// A DNS message on a connection.
    fn dns_over_tcp(
        &mut self,
        key: FlowKey,
        sent: bool,
        (message, length): (DnsMessage, usize),
        time: Timestamp,
        phase: Phase,
    ) {
        if is_update(&message) {
            return;
        }
        let server = if sent == message.response { key.client.ip() } else { key.server.ip() };
        self.tell(Event::Lookup(Box::new(Passed {
            message,
            via: LookupVia::DnsTcp,
            server,
            key,
            time,
            phase,
            bytes: length as u64,
            alone: !self.setting.knows_local(),
        })));
    }
}

/// Notes what was said on a flow; DNS messages are handed back, since they concern no single
/// flow.
fn note(
    flow: &mut Flow,
    said: Said,
    phase: Phase,
    listing: &mut Option<Listing>,
    messages: &mut Vec<(End, Box<DnsMessage>, usize)>,
    media: &mut Vec<SocketAddr>,
) {
    match said {
        Said::Speaks(protocol) => {
            flow.protocol.get_or_insert(protocol);
        }
        Said::Swapped => flow.swap(),
        Said::Dns(end, message, length) => {
            flow.protocol.get_or_insert(Protocol::Dns);
            if let Some(listing) = listing {
                listing.says(Protocol::Dns, dns_summary(&message, Protocol::Dns));
            }
            messages.push((end, message, length));
        }
        Said::Message(end, mut message, answers) => {
            if let Some(lookup) = message.lookup.take() {
                let length = lookup.length;
                messages.push((end, lookup, length));
            }
            if let Some(listing) = listing {
                listing.says(message.protocol, message.summary.clone());
            }
            media.extend(&message.media);
            if let (Some(request), Some(status)) = (answers, message.status) {
                flow.answered(&request, status, phase);
            }
            let sent = end == flow.client;
            flow.note(*message, sent, phase);
        }
    }
}

/// The segment as it was sent: no header makes it longer than its packet was, and one that ends
/// too early may have been cut by the capture alone.
pub(super) fn on_the_wire<'a>(segment: Segment<'a>, packet: &PacketView<'_>) -> Segment<'a> {
    let size = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let left_out = packet.wire_len.saturating_sub(size(packet.data));
    let most = size(segment.payload).saturating_add(left_out);
    let length = segment.length.min(most);
    Segment { length, whole: segment.whole || left_out > 0, ..segment }
}
