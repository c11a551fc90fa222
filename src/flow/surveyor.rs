//! The survey as it proceeds, packet by packet.

use super::lane::Lane;
use super::ledger::Ledger;
use super::shard::Shard;
use super::{Attributed, Setting, Survey};
use crate::contact::PacketLine;
use crate::packet::PacketView;

/// A survey under way: packets are given to it one after another, in order of time.
#[derive(Debug)]
pub struct Surveyor<'a> {
    /// How many packets were given.
    number: u64,
    shard: Shard<'a>,
    ledger: Ledger<'a>,
}

impl<'a> Surveyor<'a> {
    /// A survey that has seen nothing yet.
    pub fn new(setting: &'a Setting) -> Self {
        Self { number: 0, shard: Shard::new(setting, (0, 1)), ledger: Ledger::new(setting) }
    }

    /// Takes a packet.
    pub fn take(&mut self, packet: &PacketView<'_>) {
        self.number += 1;
        self.shard.take(self.number, Lane::ONLY, packet);
        self.enter();
    }

    /// Learns who sends a flow from the next packet on, where the capture itself says so.
    pub fn learn(&mut self, said: Attributed) {
        self.ledger.learn(said);
    }

    /// Takes a packet and says what it is in one line.
    pub fn take_listed(&mut self, packet: &PacketView<'_>) -> PacketLine {
        self.number += 1;
        let listing = self.shard.take_listed(self.number, packet);
        self.enter();
        listing.line(self.number, packet, &self.ledger.book)
    }

    /// Everything seen so far.
    pub fn finish(mut self) -> Survey {
        self.shard.finish(self.number);
        self.enter();
        self.ledger.finish([self.shard.counts])
    }

    fn enter(&mut self) {
        for (number, event) in self.shard.events.drain(..) {
            self.ledger.enter(number, event);
        }
    }
}
