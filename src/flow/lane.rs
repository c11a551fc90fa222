//! Which shard of a survey a packet falls to, told from its first bytes by whoever reads the
//! packets, so that no shard looks at those of the others.

use super::key::{hint_of, part_of};
use crate::dissect::plain_ends;
use crate::packet::PacketView;

/// How many shards a survey has.
#[derive(Debug, Clone, Copy)]
pub struct Lanes(u16);

/// The shard that a packet falls to, or all of them where only dissecting it can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lane {
    shard: u16,
    /// Where the flow table may have its flow.
    hint: u32,
}

/// A packet's place in a piece of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Among all packets that lie there.
    pub at: u32,
    /// Among those that are surveyed.
    pub(super) nth: u32,
    pub(super) lane: Lane,
}

/// The packets of a piece of a capture that are surveyed, by the shards that they fall to.
#[derive(Debug, Default)]
pub struct Places {
    shards: Vec<Vec<Place>>,
    surveyed: u32,
}

impl Lane {
    const EVERY: Self = Self { shard: u16::MAX, hint: 0 };

    /// The one shard of a survey that has no more.
    pub(super) const ONLY: Self = Self { shard: 0, hint: 0 };

    /// Whether no other shard is given the packet.
    pub(super) fn is_one(self) -> bool {
        self.shard != Self::EVERY.shard
    }

    /// Where the flow table may have its flow.
    pub(super) fn hint(self) -> u32 {
        self.hint
    }
}

impl Lanes {
    /// A survey of so many shards, up to as many as can be told apart.
    pub fn new(shards: usize) -> Self {
        let most = Lane::EVERY.shard - 1;
        Self(u16::try_from(shards).unwrap_or(most).clamp(1, most))
    }

    /// A shard for each processor.
    pub fn for_processors() -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// How many shards there are.
    pub(super) fn count(self) -> usize {
        usize::from(self.0)
    }

    /// Where a packet falls.
    #[inline]
    fn of(self, packet: &PacketView<'_>) -> Lane {
        let Some(ends) = plain_ends(packet.link, packet.data) else { return Lane::EVERY };
        let part = part_of(ends.from.0, ends.to.0, self.count());
        let Ok(shard) = u16::try_from(part) else { return Lane::EVERY };
        Lane { shard, hint: hint_of(&ends) }
    }
}

impl Places {
    /// Forgets all of them, and begins another piece for so many shards.
    pub fn begin(&mut self, lanes: Lanes) {
        self.shards.resize_with(lanes.count(), Vec::new);
        self.shards.iter_mut().for_each(Vec::clear);
        self.surveyed = 0;
    }

    /// The packet that lies here is to be surveyed. They are told in their order.
    #[inline]
    pub fn add(&mut self, lanes: Lanes, at: u32, packet: &PacketView<'_>) {
        let lane = lanes.of(packet);
        let place = Place { at, nth: self.surveyed, lane };
        self.surveyed += 1;
        match self.shards.get_mut(usize::from(lane.shard)) {
            Some(shard) => shard.push(place),
            None => self.shards.iter_mut().for_each(|shard| shard.push(place)),
        }
    }

    /// Those that a shard is given, in their order.
    pub fn of(&self, shard: usize) -> &[Place] {
        self.shards.get(shard).map(Vec::as_slice).unwrap_or_default()
    }

    /// How many are surveyed.
    pub fn surveyed(&self) -> u64 {
        u64::from(self.surveyed)
    }
}
