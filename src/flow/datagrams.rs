//! UDP datagrams: lookups among them, and the rest to their flows.

use std::collections::HashSet;
use std::net::SocketAddr;

use foldhash::fast::RandomState;

use super::event::{Event, Passed};
use super::exchange;
use super::seen::{Seen, Side};
use super::shard::Shard;
use crate::contact::{FlowKey, LookupVia, Protocol, Request};
use crate::dissect::{Datagram, DnsFlavour, DnsMessage, Message, dns_message, dns_summary};

/// At most this many places for media are remembered.
const MOST_MEDIA: usize = 1 << 14;

/// Where media was announced to go, by SDP or STUN.
#[derive(Debug, Default)]
pub(super) struct Announced {
    places: HashSet<SocketAddr, RandomState>,
}

impl Announced {
    /// Whether media was announced to go there, or its reports, which go one port higher (RFC
    /// 3550 section 11).
    pub(super) fn holds(&self, place: SocketAddr) -> bool {
        let below = SocketAddr::new(place.ip(), place.port().wrapping_sub(1));
        !self.places.is_empty() && (self.places.contains(&place) || self.places.contains(&below))
    }

    /// Media will go there.
    pub(super) fn learn(&mut self, place: SocketAddr) {
        if self.places.len() < MOST_MEDIA {
            self.places.insert(place);
        }
    }
}

impl Shard<'_> {
    /// A UDP datagram.
    pub(super) fn datagram(&mut self, seen: &Seen, datagram: &Datagram<'_>) {
        let (answers, asks) = seen.ports();
        let mut lookup = None;
        let mut begins = true;
        if let Some((via, flavour)) = service(asks).or_else(|| service(answers))
            && let Some(message) = dns_message(datagram.payload, flavour)
        {
            // Where the local side is not known, an answer cannot begin a flow.
            begins = !(message.response && seen.side == Side::Unknown);
            lookup = Some((via, update(&message)));
            self.lookup(seen, via, message);
        } else if seen.side == Side::Unknown {
            begins = answers >= 1024 || asks < 1024;
        }
        if matches!(lookup, Some((LookupVia::Dns, _))) && self.with_resolver(seen) {
            return self.count("dns");
        }
        let Some(place) = self.flow(seen, begins) else { return };
        let missed = self.setting.phases.is_empty();
        let Some(flow) = self.table.at(place) else { return };
        let sent = seen.sender == flow.client;
        let makes = sent || missed && !flow.has_contact();
        if !flow.count(seen.counted(sent, makes)) {
            self.note_listed(place);
            return self.count("udp-without-contact");
        }
        flow.spoke |= sent;
        match lookup {
            Some((via, update)) => {
                flow.protocol = Some(protocol_of(via));
                update.into_iter().for_each(|message| flow.note(message, sent, seen.phase));
            }
            None => self.exchanged(seen, place, sent, datagram),
        }
        self.note_listed(place);
    }

    /// A datagram that is no lookup by its port.
    fn exchanged(&mut self, seen: &Seen, place: u32, sent: bool, datagram: &Datagram<'_>) {
        let Some(flow) = self.table.at(place) else { return };
        let passing = exchange::Passing {
            payload: datagram.payload,
            seen,
            from_client: sent,
            listed: self.listing.is_some(),
        };
        let mut messages = std::mem::take(&mut self.messages);
        let held = flow.exchange.held();
        if let Some(protocol) = flow.exchange.take(passing, &self.media, &mut messages) {
            let reports = flow.protocol == Some(Protocol::Rtcp);
            flow.protocol = flow.protocol.filter(|_| !reports).or(Some(protocol));
        }
        let mut holds = flow.exchange.held();
        if self.budget.is_exceeded(held, holds) {
            flow.exchange.give_up();
            holds = 0;
            *self.counts.overflow.entry("streams").or_default() += 1;
        }
        self.budget.exchange(held, holds);
        let protocol = flow.protocol;
        let mut media = Vec::new();
        for message in messages.drain(..) {
            media.extend(&message.media);
            if let Some(listing) = &mut self.listing {
                listing.says(message.protocol, &message.summary);
            }
            let registers = message.request.as_ref().is_some_and(|it| it.method == "REGISTER");
            // Only a client registers (RFC 3261 section 10.1): where keep-alives of the server came
            // first, the ends were guessed the wrong way round.
            if registers && !sent && !flow.begun && seen.side == Side::Unknown {
                flow.swap();
            }
            flow.begun |= message.request.is_some();
            let sent = seen.sender == flow.client;
            flow.note(message, sent, seen.phase);
        }
        self.messages = messages;
        self.announce(&media);
        if protocol == Some(Protocol::Dns)
            && let Some(message) = dns_message(datagram.payload, DnsFlavour::Dns)
        {
            self.lookup(seen, LookupVia::Dns, message);
        }
    }

    /// A query of the local side, or an answer to it.
    fn lookup(&mut self, seen: &Seen, via: LookupVia, message: DnsMessage) {
        if let Some(listing) = &mut self.listing {
            listing.says(protocol_of(via), dns_summary(&message, protocol_of(via)));
        }
        let believed = match (message.response, seen.side) {
            (false, side) => matches!(side, Side::Sent | Side::Unknown),
            (true, side) => matches!(side, Side::Received | Side::Overheard | Side::Unknown),
        };
        if !believed || is_update(&message) {
            return;
        }
        let (client, server) = match message.response {
            true => (seen.destination(), seen.source()),
            false => (seen.source(), seen.destination()),
        };
        let transport = seen.key.transport();
        self.tell(Event::Lookup(Box::new(Passed {
            message,
            via,
            server: server.ip(),
            key: FlowKey { transport, client, server },
            time: seen.time,
            phase: seen.phase,
            bytes: seen.bytes,
            alone: seen.side == Side::Unknown,
        })));
    }

    /// Whether the other end is a resolver that the application was given.
    fn with_resolver(&self, seen: &Seen) -> bool {
        let resolvers = &self.setting.resolvers;
        let is_one = |end: SocketAddr| end.port() == 53 && resolvers.contains(&end.ip());
        match seen.side {
            Side::Sent => is_one(seen.destination()),
            Side::Received => is_one(seen.source()),
            _ => is_one(seen.source()) || is_one(seen.destination()),
        }
    }
}

/// Whether a message is a dynamic update (RFC 2136 section 2.2); NetBIOS registers names by an
/// operation of the same number.
pub(super) fn is_update(message: &DnsMessage) -> bool {
    message.opcode == 5 && message.flavour == DnsFlavour::Dns
}

/// A dynamic update asks a server to change a zone: a request, and no lookup.
fn update(message: &DnsMessage) -> Option<Message> {
    let zone = message.questions.first().filter(|_| is_update(message))?;
    let mut said = Message::new(Protocol::Dns, String::new());
    said.request = (!message.response).then(|| Request::new("UPDATE", &*zone.name));
    Some(said)
}

/// What looks names up on a port.
pub(super) fn service(port: u16) -> Option<(LookupVia, DnsFlavour)> {
    match port {
        53 => Some((LookupVia::Dns, DnsFlavour::Dns)),
        5353 => Some((LookupVia::Mdns, DnsFlavour::Dns)),
        5355 => Some((LookupVia::Llmnr, DnsFlavour::Dns)),
        137 => Some((LookupVia::Nbns, DnsFlavour::NetBios)),
        _ => None,
    }
}

fn protocol_of(via: LookupVia) -> Protocol {
    match via {
        LookupVia::Dns | LookupVia::DnsTcp | LookupVia::Dot | LookupVia::Doh => Protocol::Dns,
        LookupVia::Mdns => Protocol::Mdns,
        LookupVia::Llmnr => Protocol::Llmnr,
        LookupVia::Nbns => Protocol::Nbns,
    }
}
