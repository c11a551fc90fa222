//! One flow: who began it, what it speaks, and how much of it fell into each phase.

use std::net::SocketAddr;

use super::connection::Connection;
use super::exchange::Exchange;
use super::key::{End, Key};
use super::requests::Requests;
use super::spell::{Amounts, Counted, Spell};
use crate::contact::{Evidence, EvidenceKind, FlowKey, Phase, Protocol, Request, Strength};
use crate::dissect::Message;
use crate::packet::Timestamp;

/// At most this many names that a client claims are kept of one flow, and of one contact.
pub(super) const MOST_CLAIMS: usize = 64;

/// A flow, from its first packet on. Tens of thousands of them are followed at once, and each
/// packet waits for its own to come near: what every packet needs stands together, in the lines
/// of the processor's cache that come first.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Flow {
    pub(super) key: Key,
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
    pub(super) last: Timestamp,
    /// What TCP needs besides.
    pub(super) connection: Option<Box<Connection>>,
    /// The phase in which it first made a contact.
    first_spell: Option<Spell>,
    /// What is read over several datagrams.
    pub(super) exchange: Exchange,
    pub(super) first: Timestamp,
    /// The number of its first packet.
    pub(super) number: u64,
    more: Option<Box<More>>,
}

/// What not every flow has.
#[derive(Debug, Default)]
struct More {
    claims: Vec<Evidence>,
    /// The phases in which it made a contact, after the first of them.
    spells: Vec<Spell>,
    /// What came before any contact.
    before: Amounts,
}

impl Flow {
    /// A flow at its first packet.
    pub(super) fn new(key: Key, client: End, ours: bool, time: Timestamp) -> Self {
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
            last: time,
            connection: None,
            first_spell: None,
            exchange: Exchange::default(),
            first: time,
            number: 0,
            more: None,
        }
    }

    /// Between whom it is.
    pub(super) fn key(&self) -> FlowKey {
        self.key.flow(self.client)
    }

    /// Whom it addresses.
    pub(super) fn server(&self) -> SocketAddr {
        self.key.place(self.client.other())
    }

    /// What was claimed of its host.
    pub(super) fn claims(&self) -> &[Evidence] {
        self.more.as_deref().map(|more| more.claims.as_slice()).unwrap_or_default()
    }

    /// The same, which it forgets.
    pub(super) fn take_claims(&mut self) -> Vec<Evidence> {
        self.more.as_deref_mut().map(|more| std::mem::take(&mut more.claims)).unwrap_or_default()
    }

    /// Reads a little of everything that the next packet will need of it.
    pub(super) fn touch(&self) -> u64 {
        let spell = self.first_spell.as_ref().map_or(0, |spell| spell.last.0);
        let near = [self.last.0, spell, self.number, u64::from(self.more.is_some())];
        near.into_iter().fold(0, u64::wrapping_add)
    }

    /// Counts a packet; false where there is no contact for it to belong to.
    pub(super) fn count(&mut self, packet: Counted) -> bool {
        self.last = self.last.max(packet.time);
        let spell = if packet.makes {
            self.spell_of(packet.phase, packet.time)
        } else {
            match self.latest_spell() {
                Some(spell) => spell,
                None => {
                    self.more.get_or_insert_default().before.add(&packet);
                    return false;
                }
            }
        };
        spell.first = spell.first.min(packet.time);
        spell.last = spell.last.max(packet.time);
        spell.amounts.add(&packet);
        true
    }

    fn spell_of(&mut self, phase: Phase, time: Timestamp) -> &mut Spell {
        let first = self.first_spell.get_or_insert_with(|| Spell::new(phase, time));
        if first.phase == phase {
            return first;
        }
        let spells = &mut self.more.get_or_insert_default().spells;
        let at = match spells.iter().rposition(|spell| spell.phase == phase) {
            Some(at) => at,
            None => {
                spells.push(Spell::new(phase, time));
                spells.len() - 1
            }
        };
        // It is there: it was found or pushed just now.
        spells.get_mut(at).unwrap_or(first)
    }

    fn latest_spell(&mut self) -> Option<&mut Spell> {
        let later = self.more.as_deref_mut().and_then(|more| more.spells.last_mut());
        later.or(self.first_spell.as_mut())
    }

    fn each_spell(&mut self) -> impl Iterator<Item = &mut Spell> {
        let later = self.more.as_deref_mut().into_iter().flat_map(|more| &mut more.spells);
        self.first_spell.iter_mut().chain(later)
    }

    /// Whether it made a contact.
    pub(super) fn has_contact(&self) -> bool {
        self.first_spell.is_some()
    }

    /// What it did in each phase.
    pub(super) fn spells(&self) -> impl Iterator<Item = &Spell> {
        let later = self.more.as_deref().into_iter().flat_map(|more| &more.spells);
        self.first_spell.iter().chain(later)
    }

    /// How much went there and back in all.
    pub(super) fn amounts(&self) -> Amounts {
        let mut all = self.more.as_deref().map(|more| more.before).unwrap_or_default();
        self.spells().for_each(|spell| all.join(&spell.amounts));
        all
    }

    /// What it did in each phase.
    pub(super) fn take_spells(&mut self) -> impl Iterator<Item = Spell> + use<> {
        let later = self.more.as_deref_mut().map(|more| std::mem::take(&mut more.spells));
        self.first_spell.take().into_iter().chain(later.unwrap_or_default())
    }

    /// The phase of its latest contact.
    pub(super) fn latest_phase(&self) -> Phase {
        self.spells().last().map_or(Phase::Startup, |spell| spell.phase)
    }

    /// The ends were taken the wrong way round.
    pub(super) fn swap(&mut self) {
        self.client = self.client.other();
        self.each_spell().for_each(|spell| spell.amounts.swap());
        if let Some(more) = self.more.as_deref_mut() {
            more.before.swap();
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
            let claims = &mut self.more.get_or_insert_default().claims;
            if claims.len() < MOST_CLAIMS && !claims.contains(&claim) {
                claims.push(claim);
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
        self.each_spell().for_each(|spell| spell.requests = None);
    }

    fn requested(&mut self, phase: Phase, note: impl FnOnce(&mut Requests)) {
        // A phase has one spell; where it has none, the latest stands for it.
        let is_known = self.spells().any(|spell| spell.phase == phase);
        let spell = if is_known {
            self.each_spell().find(|spell| spell.phase == phase)
        } else {
            self.latest_spell()
        };
        if let Some(spell) = spell {
            note(spell.requests.get_or_insert_default());
        }
    }
}
