//! One flow: who began it, what it speaks, and how much of it fell into each phase.

use std::rc::Rc;

use super::reader::{Event, Reader};
use crate::contact::{Evidence, FlowKey, Phase, Protocol, Request};
use crate::packet::Timestamp;

/// At most this many distinct requests are kept of one flow in one phase, and of one contact.
pub(super) const MOST_REQUESTS: usize = 256;

/// At most this many names that a client claims are kept of one flow, and of one contact.
pub(super) const MOST_CLAIMS: usize = 64;

/// A flow, from its first packet on.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) key: FlowKey,
    /// Whether the local side began it: what others begin makes no contact.
    pub(super) ours: bool,
    /// The name its server's address was given for, when it began.
    pub(super) name: Option<Rc<str>>,
    /// It goes to a resolver's port 53: no contact where it speaks DNS.
    pub(super) to_resolver: bool,
    pub(super) protocol: Option<Protocol>,
    pub(super) claims: Vec<Evidence>,
    /// One entry for each phase in which it made a contact.
    pub(super) spells: Vec<Spell>,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    /// Whether the client sent data.
    pub(super) spoke: bool,
    /// The sequence number of the client's SYN, and of the server's.
    pub(super) opened: [Option<u32>; 2],
    /// It was closed or reset, so a SYN begins another.
    pub(super) closed: bool,
    /// What reads the client's data, and the server's where it answers DNS over TCP.
    pub(super) readers: [Reading; 2],
}

/// Whether a direction is being read.
#[derive(Debug, Default)]
pub(super) enum Reading {
    /// Nothing has come yet.
    #[default]
    Waiting,
    /// It is being read.
    On(Box<Reader>),
    /// There is nothing more to read.
    Over,
}

/// What a flow did in one phase.
#[derive(Debug)]
pub(super) struct Spell {
    pub(super) phase: Phase,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) packets: u64,
    pub(super) bytes_out: u64,
    pub(super) bytes_in: u64,
    pub(super) requests: Vec<Request>,
    /// Requests beyond those that are kept.
    pub(super) beyond: u64,
}

/// A packet of a flow, as far as counting needs it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub(super) time: Timestamp,
    pub(super) phase: Phase,
    pub(super) bytes: u64,
    /// From the client to the server.
    pub(super) sent: bool,
    /// It makes a contact in its phase; otherwise it only adds to the latest one.
    pub(super) makes: bool,
}

impl Flow {
    /// A flow at its first packet.
    pub(super) fn new(key: FlowKey, ours: bool, time: Timestamp) -> Self {
        Self {
            key,
            ours,
            name: None,
            to_resolver: false,
            protocol: None,
            claims: Vec::new(),
            spells: Vec::new(),
            first: time,
            last: time,
            spoke: false,
            opened: [None, None],
            closed: false,
            readers: [Reading::Waiting, Reading::Waiting],
        }
    }

    /// Counts a packet; false where there is no contact for it to belong to.
    pub(super) fn count(&mut self, packet: Counted) -> bool {
        self.last = self.last.max(packet.time);
        let at = if packet.makes {
            match self.spells.iter().rposition(|spell| spell.phase == packet.phase) {
                Some(at) => at,
                None => {
                    self.spells.push(Spell::new(packet));
                    self.spells.len() - 1
                }
            }
        } else {
            self.spells.len().wrapping_sub(1)
        };
        let Some(spell) = self.spells.get_mut(at) else { return false };
        spell.first = spell.first.min(packet.time);
        spell.last = spell.last.max(packet.time);
        spell.packets += 1;
        if packet.sent {
            spell.bytes_out += packet.bytes;
        } else {
            spell.bytes_in += packet.bytes;
        }
        true
    }

    /// Notes what was read; DNS messages are given back, since they concern no single flow.
    pub(super) fn note(&mut self, events: Vec<Event>, phase: Phase) -> Vec<Event> {
        let mut messages = Vec::new();
        for event in events {
            match event {
                Event::Speaks(protocol) => self.protocol = Some(protocol),
                Event::Claims(kind, name) => {
                    let claim = Evidence::new(kind, name);
                    if self.claims.len() < MOST_CLAIMS && !self.claims.contains(&claim) {
                        self.claims.push(claim);
                    }
                }
                Event::Requests(request) => {
                    let spell = self.spells.iter().rposition(|spell| spell.phase == phase);
                    let last = self.spells.len().wrapping_sub(1);
                    if let Some(spell) = self.spells.get_mut(spell.unwrap_or(last)) {
                        spell.beyond += u64::from(!keep(&mut spell.requests, request));
                    }
                }
                Event::Dns(..) => messages.push(event),
            }
        }
        messages
    }
}

impl Spell {
    fn new(packet: Counted) -> Self {
        Self {
            phase: packet.phase,
            first: packet.time,
            last: packet.time,
            packets: 0,
            bytes_out: 0,
            bytes_in: 0,
            requests: Vec::new(),
            beyond: 0,
        }
    }
}

/// Keeps a request unless it is there already; false where there is no room.
pub(super) fn keep(requests: &mut Vec<Request>, request: Request) -> bool {
    if requests.contains(&request) {
        return true;
    }
    let room = requests.len() < MOST_REQUESTS;
    if room {
        requests.push(request);
    }
    room
}
