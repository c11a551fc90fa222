//! Fragments of IP packets, kept until their packet is whole: bounded in number, in bytes and
//! in time, and the oldest give way.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use foldhash::fast::RandomState;

use crate::dissect::Fragment;
use crate::packet::Timestamp;

/// How many packets may wait for more of their fragments.
const MOST_PACKETS: usize = 4096;
/// How many bytes all that waits may take. A packet that nobody completes takes 64 KiB at most,
/// so that one sender alone does not push out what others send.
const MOST_BYTES: usize = 8 << 20;
/// How long a packet waits: the longer of the two times that systems allow (RFC 8200 section
/// 4.5; RFC 1122 section 3.3.2).
const PATIENCE: Duration = Duration::from_secs(60);
/// What a piece costs besides its bytes.
const PIECE_COST: usize = 64;
/// No packet is longer.
const MOST_LENGTH: usize = 65_535;

/// What a packet that fragments belong to is known by (RFC 791 section 3.2, RFC 8200 section
/// 4.5). The protocol counts in IPv4 alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    from: IpAddr,
    to: IpAddr,
    id: u32,
    protocol: u8,
}

#[derive(Debug)]
struct Waiting {
    /// By offset; they never overlap.
    pieces: BTreeMap<usize, Vec<u8>>,
    /// How much of the packet is there.
    held: usize,
    /// How long the packet is, as soon as its last fragment said so.
    total: Option<usize>,
    /// What it carries, by its first fragment.
    protocol: u8,
    first_seen: Timestamp,
    /// Its place among all that wait, the oldest first.
    serial: u64,
    /// Its fragments contradict each other: no more of them is taken (RFC 5722 section 4).
    refused: bool,
}

/// A packet put together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Complete {
    pub(super) protocol: u8,
    pub(super) payload: Vec<u8>,
}

/// A first fragment whose packet was given up.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Alone {
    pub(super) addresses: (IpAddr, IpAddr),
    pub(super) protocol: u8,
    pub(super) payload: Vec<u8>,
    pub(super) first_seen: Timestamp,
}

/// What waits for more fragments.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    waiting: HashMap<Key, Waiting, RandomState>,
    /// By age.
    order: BTreeMap<u64, Key>,
    serial: u64,
    bytes: usize,
    alone: VecDeque<Alone>,
    refused: u64,
}

impl Fragments {
    /// Takes a fragment; gives the packet back where it was the last one missing.
    pub(super) fn take(
        &mut self,
        time: Timestamp,
        addresses: (IpAddr, IpAddr),
        fragment: &Fragment<'_>,
    ) -> Option<Complete> {
        self.expire(time);
        let (from, to) = addresses;
        let v4 = from.is_ipv4();
        let protocol = if v4 { fragment.protocol } else { 0 };
        let key = Key { from, to, id: fragment.id, protocol };
        let waiting = self.waiting.entry(key).or_insert_with(|| {
            self.serial += 1;
            self.order.insert(self.serial, key);
            Waiting::new(time, self.serial, fragment.protocol)
        });
        let before = waiting.cost();
        let taken = waiting.take(fragment, v4);
        if taken == Taken::Contradiction {
            self.alone.extend(waiting.refuse(addresses));
            self.refused += 1;
        }
        self.bytes = (self.bytes + waiting.cost()).saturating_sub(before);
        if taken == Taken::Whole {
            let waiting = self.remove(key)?;
            let payload = waiting.pieces.into_values().collect::<Vec<_>>().concat();
            return Some(Complete { protocol: waiting.protocol, payload });
        }
        while self.waiting.len() > MOST_PACKETS || self.bytes > MOST_BYTES {
            if !self.give_up_oldest() {
                break;
            }
        }
        None
    }

    /// A first fragment whose packet was given up since the last call, so that its ports still
    /// count.
    pub(super) fn evicted(&mut self) -> Option<Alone> {
        self.alone.pop_front()
    }

    /// How many packets were given up.
    pub(super) fn refused(&self) -> u64 {
        self.refused
    }

    /// Gives up everything: no more fragments will come. Then [`Self::evicted`] has what there
    /// is of it.
    pub(super) fn finish(&mut self) {
        while self.give_up_oldest() {}
    }

    fn expire(&mut self, now: Timestamp) {
        while let Some((_, key)) = self.order.first_key_value()
            && let Some(oldest) = self.waiting.get(key)
            && now.since(oldest.first_seen) > PATIENCE
        {
            self.give_up_oldest();
        }
    }

    fn give_up_oldest(&mut self) -> bool {
        let Some((_, &key)) = self.order.first_key_value() else { return false };
        if let Some(mut waiting) = self.remove(key) {
            self.refused += u64::from(!waiting.refused);
            self.alone.extend(waiting.refuse((key.from, key.to)));
        }
        true
    }

    fn remove(&mut self, key: Key) -> Option<Waiting> {
        let waiting = self.waiting.remove(&key)?;
        self.order.remove(&waiting.serial);
        self.bytes = self.bytes.saturating_sub(waiting.cost());
        Some(waiting)
    }
}

/// What became of a fragment.
#[derive(Debug, PartialEq, Eq)]
enum Taken {
    Kept,
    Whole,
    Contradiction,
}

impl Waiting {
    fn new(first_seen: Timestamp, serial: u64, protocol: u8) -> Self {
        let (pieces, held, total) = (BTreeMap::new(), 0, None);
        Self { pieces, held, total, protocol, first_seen, serial, refused: false }
    }

    fn cost(&self) -> usize {
        self.held + self.pieces.len() * PIECE_COST
    }

    fn take(&mut self, fragment: &Fragment<'_>, v4: bool) -> Taken {
        let mut data = fragment.payload;
        if self.refused {
            return Taken::Kept;
        }
        if fragment.more && !fragment.cut && !data.len().is_multiple_of(8) {
            // RFC 8200 section 4.5 refuses such a fragment; in IPv4 what is over is left out,
            // as Linux does.
            if !v4 {
                return Taken::Kept;
            }
            data = data.get(..data.len() / 8 * 8).unwrap_or_default();
        }
        let end = fragment.offset + data.len();
        let beyond = self.total.is_some_and(|total| end > total);
        if end > MOST_LENGTH || beyond {
            return Taken::Contradiction;
        }
        // A last fragment that the snaplen cut does not say how long the packet is; it will
        // not be whole in any case.
        if !fragment.more && !fragment.cut {
            let reach = self.pieces.last_key_value().map_or(0, |(at, piece)| at + piece.len());
            if reach > end || self.total.is_some_and(|total| total != end) {
                return Taken::Contradiction;
            }
            self.total = Some(end);
        }
        if fragment.offset == 0 {
            self.protocol = fragment.protocol;
        }
        if !self.insert(fragment.offset, data, v4) {
            return Taken::Contradiction;
        }
        if self.total == Some(self.held) { Taken::Whole } else { Taken::Kept }
    }

    /// Puts a piece in its place; false where it contradicts one that is there. An exact
    /// duplicate is none (RFC 8200 section 4.5). Other overlaps are one in IPv6 (RFC 5722); in
    /// IPv4, where routers on different paths may have cut differently, only where the bytes
    /// differ.
    fn insert(&mut self, offset: usize, data: &[u8], v4: bool) -> bool {
        let end = offset + data.len();
        if self.pieces.get(&offset).is_some_and(|piece| piece == data) {
            return true;
        }
        let mut gaps = Vec::new();
        let mut at = offset;
        // The one before may reach into it; those that begin within it do.
        let before = self.pieces.range(..offset).next_back();
        for (&start, piece) in before.into_iter().chain(self.pieces.range(offset..end)) {
            let (from, to) = (start.max(offset), (start + piece.len()).min(end));
            if from >= to {
                continue;
            }
            let (ours, theirs) = (
                data.get(from - offset..to - offset).unwrap_or_default(),
                piece.get(from - start..to - start).unwrap_or_default(),
            );
            if !v4 || ours != theirs {
                return false;
            }
            if at < from {
                gaps.push((at, from));
            }
            at = to;
        }
        if at < end {
            gaps.push((at, end));
        }
        for (from, to) in gaps {
            let piece = data.get(from - offset..to - offset).unwrap_or_default();
            self.held += piece.len();
            self.pieces.insert(from, piece.to_vec());
        }
        true
    }

    /// Forgets all but the first fragment, which is handed out, and takes no more.
    fn refuse(&mut self, addresses: (IpAddr, IpAddr)) -> Option<Alone> {
        self.refused = true;
        self.held = 0;
        let payload = std::mem::take(&mut self.pieces).remove(&0)?;
        let Self { protocol, first_seen, .. } = *self;
        Some(Alone { addresses, protocol, payload, first_seen })
    }
}

#[cfg(test)]
mod tests;
