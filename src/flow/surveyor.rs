//! The survey as it proceeds, packet by packet.

use super::ledger::Ledger;
use super::shard::Shard;
use super::{Setting, Survey};
use crate::contact::PacketLine;
use crate::packet::PacketView;

/// A survey under way: packets are given to it one after another, in order of time.
#[derive(Debug)]
pub struct Surveyor<'a> {
    shard: Shard<'a>,
    ledger: Ledger<'a>,
}

impl<'a> Surveyor<'a> {
    /// A survey that has seen nothing yet.
    pub fn new(setting: &'a Setting) -> Self {
        Self { shard: Shard::new(setting, (0, 1)), ledger: Ledger::new(setting) }
    }

    /// Takes a packet.
    pub fn take(&mut self, packet: &PacketView<'_>) {
        self.shard.take(packet);
        self.enter();
    }

    /// Takes a packet and says what it is in one line.
    pub fn take_listed(&mut self, packet: &PacketView<'_>) -> PacketLine {
        let listing = self.shard.take_listed(packet);
        self.enter();
        listing.line(self.shard.number, packet, &self.ledger.book)
    }

    /// Everything seen so far.
    pub fn finish(mut self) -> Survey {
        self.shard.finish();
        self.enter();
        self.ledger.finish([self.shard.counts])
    }

    fn enter(&mut self) {
        for (number, event) in self.shard.events.drain(..) {
            self.ledger.enter(number, event);
        }
    }
}
