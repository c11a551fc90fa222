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
pub struct Lane {
    shard: u16,
    /// Where the flow table may have its flow.
    hint: u32,
}

impl Lane {
    const EVERY: Self = Self { shard: u16::MAX, hint: 0 };

    /// That of a packet that is as if it were not there.
    pub const NOWHERE: Self = Self { shard: u16::MAX - 1, hint: 0 };

    /// The one shard of a survey that has no more.
    pub(super) const ONLY: Self = Self { shard: 0, hint: 0 };

    /// Whether no other shard is given the packet.
    pub(super) fn is_one(self) -> bool {
        self.shard != Self::EVERY.shard
    }

    /// Whether a shard, by its place among all of them, is given the packet.
    pub(super) fn includes(self, shard: usize) -> bool {
        self.shard == Self::EVERY.shard || usize::from(self.shard) == shard
    }

    /// Where the flow table may have its flow.
    pub(super) fn hint(self) -> u32 {
        self.hint
    }
}

impl Lanes {
    /// A survey of so many shards, up to as many as can be told apart.
    pub fn new(shards: usize) -> Self {
        let most = Lane::NOWHERE.shard - 1;
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
    pub fn of(self, packet: &PacketView<'_>) -> Lane {
        let Some((_, from, to)) = plain_ends(packet.link, packet.data) else { return Lane::EVERY };
        let part = part_of(from.ip(), to.ip(), self.count());
        let Ok(shard) = u16::try_from(part) else { return Lane::EVERY };
        Lane { shard, hint: hint_of(from, to) }
    }
}
