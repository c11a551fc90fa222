//! One flow: who began it, what it speaks, and how much of it fell into each phase.

use super::connection::Connection;
use super::exchange::Exchange;
use super::key::End;
use super::requests::Requests;
use crate::contact::{Evidence, EvidenceKind, FlowKey, Phase, Protocol, Request, Strength};
use crate::dissect::Message;
use crate::packet::Timestamp;

/// At most this many names that a client claims are kept of one flow, and of one contact.
pub(super) const MOST_CLAIMS: usize = 64;

/// A flow, from its first packet on.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) key: FlowKey,
    /// Which end of the table's key is the client.
    pub(super) client: End,
    /// Whether the local side began it: what others begin makes no contact.
    pub(super) ours: bool,
    /// Which end is the client is certain: it was seen to begin.
    pub(super) begun: bool,
    /// It goes to a resolver's port 53: no contact where it speaks DNS.
    pub(super) to_resolver: bool,
    /// The server passes on to others what it is asked for: names within are not its own.
    pub(super) proxied: bool,
    /// Whether the client sent data.
    pub(super) spoke: bool,
    /// It was closed or reset, so a SYN begins another.
    pub(super) closed: bool,
    pub(super) protocol: Option<Protocol>,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    /// Packets from client and server.
    pub(super) packets: [u64; 2],
    /// Bytes on the wire from client and server.
    pub(super) bytes: [u64; 2],
    /// The phase in which it first made a contact, and those after it.
    first_spell: Option<Spell>,
    more_spells: Vec<Spell>,
    /// The number of its first packet.
    pub(super) number: u64,
    pub(super) claims: Vec<Evidence>,
    /// What TCP needs besides.
    pub(super) connection: Option<Box<Connection>>,
    /// What is read over several datagrams.
    pub(super) exchange: Exchange,
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
    pub(super) requests: Option<Box<Requests>>,
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
    pub(super) fn new(key: FlowKey, client: End, ours: bool, time: Timestamp) -> Self {
        Self {
            key,
            client,
            ours,
            begun: false,
            to_resolver: false,
            proxied: false,
            spoke: false,
            closed: false,
            protocol: None,
            first: time,
            last: time,
            packets: [0; 2],
            bytes: [0; 2],
            first_spell: None,
            more_spells: Vec::new(),
            number: 0,
            claims: Vec::new(),
            connection: None,
            exchange: Exchange::default(),
        }
    }

    /// Reads a little of everything that the next packet will need of it.
    pub(super) fn touch(&self) -> u64 {
        let spell = self.first_spell.as_ref().map_or(0, |spell| spell.packets);
        let [packets, _] = self.packets;
        let near = [self.last.0, packets, self.number, u64::from(self.key.server.port()), spell];
        near.into_iter().fold(self.more_spells.len() as u64, u64::wrapping_add)
    }

    /// Counts a packet; false where there is no contact for it to belong to.
    pub(super) fn count(&mut self, packet: Counted) -> bool {
        self.last = self.last.max(packet.time);
        let side = usize::from(!packet.sent);
        if let (Some(packets), Some(bytes)) = (self.packets.get_mut(side), self.bytes.get_mut(side))
        {
            *packets += 1;
            *bytes += packet.bytes;
        }
        let spell = if packet.makes {
            self.spell_of(packet.phase, packet.time)
        } else {
            match self.latest_spell() {
                Some(spell) => spell,
                None => return false,
            }
        };
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

    fn spell_of(&mut self, phase: Phase, time: Timestamp) -> &mut Spell {
        let first = self.first_spell.get_or_insert_with(|| Spell::new(phase, time));
        if first.phase == phase {
            return first;
        }
        let at = match self.more_spells.iter().rposition(|spell| spell.phase == phase) {
            Some(at) => at,
            None => {
                self.more_spells.push(Spell::new(phase, time));
                self.more_spells.len() - 1
            }
        };
        // It is there: it was found or pushed just now.
        self.more_spells.get_mut(at).unwrap_or(first)
    }

    fn latest_spell(&mut self) -> Option<&mut Spell> {
        self.more_spells.last_mut().or(self.first_spell.as_mut())
    }

    /// Whether it made a contact.
    pub(super) fn has_contact(&self) -> bool {
        self.first_spell.is_some()
    }

    /// What it did in each phase.
    pub(super) fn spells(&self) -> impl Iterator<Item = &Spell> {
        self.first_spell.iter().chain(&self.more_spells)
    }

    /// What it did in each phase.
    pub(super) fn take_spells(&mut self) -> impl Iterator<Item = Spell> + use<> {
        self.first_spell.take().into_iter().chain(std::mem::take(&mut self.more_spells))
    }

    /// The phase of its latest contact.
    pub(super) fn latest_phase(&self) -> Phase {
        self.spells().last().map_or(Phase::Startup, |spell| spell.phase)
    }

    /// The ends were taken the wrong way round.
    pub(super) fn swap(&mut self) {
        std::mem::swap(&mut self.key.client, &mut self.key.server);
        self.client = self.client.other();
        self.packets.reverse();
        self.bytes.reverse();
        for spell in self.first_spell.iter_mut().chain(&mut self.more_spells) {
            std::mem::swap(&mut spell.bytes_in, &mut spell.bytes_out);
        }
        self.begun = true;
    }

    /// Notes what a message says of this flow; `sent` where the client says it.
    pub(super) fn note(&mut self, mut message: Message, sent: bool, phase: Phase) {
        self.protocol.get_or_insert(message.protocol);
        if let Some(request) = message.request.as_mut().filter(|_| !sent) {
            // The server asks, and whom it names is the client.
            request.received = true;
            message.names.clear();
        }
        for mut claim in message.names {
            if self.proxied {
                claim.strength = Strength::Weak;
            }
            self.proxied |= claim.kind == EvidenceKind::HttpProxied;
            if self.claims.len() < MOST_CLAIMS && !self.claims.contains(&claim) {
                self.claims.push(claim);
            }
        }
        if let (Some(method), Some(status)) = (&message.answers, message.status) {
            self.requested(phase, |requests| requests.answered_by_method(method, !sent, status));
        }
        if let Some(request) = message.request {
            self.requested(phase, |requests| requests.keep(request));
        }
    }

    /// Notes how a request was answered.
    pub(super) fn answered(&mut self, request: &Request, status: u16, phase: Phase) {
        self.requested(phase, |requests| requests.answered(request, status));
    }

    /// Notes a request that the other end testifies to.
    pub(super) fn testified(&mut self, request: Request, phase: Phase) {
        self.requested(phase, |requests| requests.keep(request));
    }

    /// Forgets the requests that were read from the packets.
    pub(super) fn forget_requests(&mut self) {
        for spell in self.first_spell.iter_mut().chain(&mut self.more_spells) {
            spell.requests = None;
        }
    }

    fn requested(&mut self, phase: Phase, note: impl FnOnce(&mut Requests)) {
        let later = self.more_spells.iter().rposition(|spell| spell.phase == phase);
        let spell = match (later, &mut self.first_spell) {
            (None, Some(first)) if first.phase == phase => Some(first),
            (Some(at), _) => self.more_spells.get_mut(at),
            (None, _) => self.latest_spell(),
        };
        if let Some(spell) = spell {
            note(spell.requests.get_or_insert_default());
        }
    }
}

impl Spell {
    fn new(phase: Phase, time: Timestamp) -> Self {
        Self {
            phase,
            first: time,
            last: time,
            packets: 0,
            bytes_out: 0,
            bytes_in: 0,
            requests: None,
        }
    }
}
