//! Which shard of a survey a packet falls to, told from its first bytes by whoever reads the
//! packets, so that no shard looks at those of the others.

use super::key::part_of;
use crate::dissect::plain_ends;
use crate::packet::PacketView;

/// How many shards a survey has.
#[derive(Debug, Clone, Copy)]
pub struct Lanes(u16);

/// The shard that a packet falls to, or all of them where only dissecting it can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane(u16);

impl Lane {
    const EVERY: Self = Self(u16::MAX);

    /// The one shard of a survey that has no more.
    pub(super) const ONLY: Self = Self(0);

    /// Whether no other shard is given the packet.
    pub(super) fn is_one(self) -> bool {
        self != Self::EVERY
    }

    /// Whether a shard, by its place among all of them, is given the packet.
    pub(super) fn includes(self, shard: usize) -> bool {
        self == Self::EVERY || usize::from(self.0) == shard
    }
}

impl Lanes {
    /// A survey of so many shards, up to as many as can be told apart.
    pub fn new(shards: usize) -> Self {
        let most = Lane::EVERY.0 - 1;
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
        if self.0 == 1 {
            return Lane::ONLY;
        }
        let Some((from, to)) = plain_ends(packet.link, packet.data) else { return Lane::EVERY };
        u16::try_from(part_of(from, to, self.count())).map_or(Lane::EVERY, Lane)
    }
}
