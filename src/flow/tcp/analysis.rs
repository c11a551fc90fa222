//! What the sequence and acknowledgement numbers of a segment tell a reader, given those before
//! it. The marks are given where tshark 4.0 gives them, so that who knows one reads the other.

use super::marks::Marks;
use super::options;
use super::side::{Scale, Side};
use crate::contact::Mark;
use crate::packet::Timestamp;

/// RFC 9293 section 3.1: the control bits.
const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

/// A retransmission within this time of duplicate acknowledgements was asked for by them.
const FAST: u64 = 20_000_000;
/// Where the round trip is unknown, a segment this close to the one it belongs before cannot
/// have been sent again.
const OUT_OF_ORDER: u64 = 3_000_000;
/// In place of a count of duplicates: an acknowledgement of what was never seen was marked.
const UNSEEN: u32 = u32::MAX;

/// What the analysis needs of a segment.
#[derive(Debug, Clone, Copy)]
pub struct SegmentFacts<'a> {
    /// The packet's number in the capture, from one.
    pub number: u64,
    /// The sequence number (RFC 9293 section 3.1).
    pub sequence: u32,
    /// The acknowledgement number, whether or not the flags say that it counts.
    pub acknowledgement: u32,
    /// The window field, not scaled.
    pub window: u16,
    /// The control bits, FIN being the lowest.
    pub flags: u8,
    /// How long its data was on the wire.
    pub length: u32,
    /// The raw options.
    pub options: &'a [u8],
}

impl SegmentFacts<'_> {
    fn has(&self, any: u8) -> bool {
        self.flags & any != 0
    }

    /// The sequence number after it: SYN and FIN take one (RFC 9293 section 3.4).
    fn end(&self) -> u32 {
        self.sequence.wrapping_add(self.length).wrapping_add(u32::from(self.has(SYN | FIN)))
    }
}

/// What is known of a connection for marking its next segment. It has a fixed size and never
/// allocates.
#[derive(Debug, Clone, Copy, Default)]
pub struct Analysis {
    sides: [Side; 2],
    /// When the latest SYN was seen, in nanoseconds; zero before.
    opened: u64,
    /// From that SYN to the first acknowledgement after it; zero before.
    round_trip: u64,
    /// The kinds of Multipath TCP options seen.
    multipath: u8,
}

impl Analysis {
    /// Marks a segment. `direction` is 0 or 1 and the same for all segments of one sender.
    ///
    /// A SYN that begins another connection on the same addresses and ports is known by the
    /// state of the one before: whoever makes a new flow of it hands the state on.
    pub fn take(&mut self, direction: usize, time: Timestamp, segment: &SegmentFacts<'_>) -> Marks {
        let mut marks = self.reused(direction & 1, segment);
        let [first, second] = &mut self.sides;
        let (own, other) = if direction & 1 == 0 { (first, second) } else { (second, first) };
        if own.base.is_none() {
            let before = u32::from(!segment.has(SYN));
            own.base = Some(segment.sequence.wrapping_sub(before));
        }
        if other.base.is_none() && segment.has(ACK) {
            other.base = Some(segment.acknowledgement.wrapping_sub(1));
        }
        marks = marks | numbers(own, other, self.multipath, segment);
        if segment.acknowledgement != own.acknowledged {
            own.first_to_acknowledge = segment.number;
            own.duplicates = 0;
        }
        if acknowledges_unseen(other, segment) {
            marks |= Mark::AckLostSegment;
        }
        if (segment.length > 0 || segment.has(SYN | FIN)) && !marks.has(Mark::KeepAlive) {
            let soon = if self.round_trip == 0 { OUT_OF_ORDER } else { self.round_trip };
            marks = marks | sent_again(own, other, time.0, soon, segment);
        }
        remember(own, time.0, marks, segment);
        own.multipath = self.multipath;
        self.handshake(direction & 1, time.0, segment);
        marks
    }

    /// Reads a little of all of it, which brings it near.
    pub(in crate::flow) fn touch(&self) -> u64 {
        let sides = self
            .sides
            .iter()
            .map(|side| side.latest.wrapping_add(side.next.into()))
            .fold(0, u64::wrapping_add);
        sides.wrapping_add(self.opened)
    }

    /// How often the sender's latest acknowledgement has been repeated, and the packet that
    /// gave it first: for a segment just marked as a duplicate.
    pub fn duplicate(&self, direction: usize) -> (u32, u64) {
        let side = self.sides[direction & 1];
        (side.duplicates, side.first_to_acknowledge)
    }

    /// Whether a SYN is another than the one known, and what it means for the state.
    fn reused(&mut self, direction: usize, segment: &SegmentFacts<'_>) -> Marks {
        if !segment.has(SYN) {
            return Marks::NONE;
        }
        let own = &mut self.sides[direction];
        match own.base {
            Some(base) if base == segment.sequence => {
                // A reset may have carried any sequence number.
                if !segment.has(ACK) {
                    own.next = own.reach;
                }
                Marks::NONE
            }
            Some(_) if segment.has(ACK) => {
                own.base = Some(segment.sequence);
                Mark::ReusedPorts.into()
            }
            Some(_) => {
                *self = Self::default();
                Mark::ReusedPorts.into()
            }
            None => Marks::NONE,
        }
    }

    /// Learns from a handshake what later segments are judged by.
    fn handshake(&mut self, direction: usize, time: u64, segment: &SegmentFacts<'_>) {
        let found = options::read(segment.options);
        self.multipath |= found.multipath;
        let [first, second] = &mut self.sides;
        let (own, other) = if direction == 0 { (first, second) } else { (second, first) };
        if segment.has(SYN) {
            if !segment.has(ACK) {
                self.opened = time;
            }
            own.opening = true;
            if let Some(shift) = found.shift {
                own.scale = Scale::By(shift);
            }
            // Scaling needs the offer of both (RFC 7323 section 2.2).
            if own.scale == Scale::Unknown {
                own.scale = Scale::None;
                other.scale = Scale::None;
            } else if segment.has(ACK) && other.scale == Scale::None {
                own.scale = Scale::None;
            }
        } else if segment.has(ACK) {
            if self.opened != 0 && self.round_trip == 0 {
                self.round_trip = time.wrapping_sub(self.opened);
            }
            own.opening = false;
        }
    }
}

/// Whether `a` is before `b` in the circle of sequence numbers (RFC 9293 section 3.4).
fn before(a: u32, b: u32) -> bool {
    a.wrapping_sub(b) > u32::MAX / 2
}

/// What its numbers and window say beside those that the sender gave before.
fn numbers(own: &mut Side, other: &Side, multipath: u8, segment: &SegmentFacts<'_>) -> Marks {
    let mut marks = Marks::NONE;
    let plain = !segment.has(SYN | FIN | RST);
    let expected = segment.sequence == own.next;
    if segment.length == 1 && expected && other.window == Some(0) {
        return Mark::ZeroWindowProbe.into();
    }
    if segment.window == 0 && plain {
        marks |= Mark::ZeroWindow;
    }
    if own.next != 0 && before(own.next, segment.sequence) && !segment.has(RST) {
        marks |= Mark::LostSegment;
    }
    if plain && segment.length <= 1 && segment.sequence == own.next.wrapping_sub(1) {
        marks |= Mark::KeepAlive;
    }
    if plain && segment.length > 0 {
        let edge = other.offered().map(|window| other.acknowledged.wrapping_add(window));
        if edge == Some(segment.sequence.wrapping_add(segment.length)) {
            marks |= Mark::WindowFull;
        }
    }
    let repeats = expected && segment.acknowledgement == own.acknowledged;
    if !(plain && segment.length == 0 && repeats) {
        return marks;
    }
    match (segment.window, own.window == Some(segment.window)) {
        (0, true) if other.last.has(Mark::ZeroWindowProbe) => marks |= Mark::ZeroWindowProbeAck,
        (0, _) => {}
        (_, false) => marks |= Mark::WindowUpdate,
        (_, true) if other.last.has(Mark::KeepAlive) => marks |= Mark::KeepAliveAck,
        // RFC 8684 section 3.3.1: there a repetition may carry options alone.
        (_, true) if own.multipath != multipath => {}
        (_, true) => {
            own.duplicates = match own.duplicates {
                UNSEEN => 1,
                duplicates => duplicates.saturating_add(1),
            };
            marks |= Mark::DuplicateAck;
        }
    }
    marks
}

/// Whether it acknowledges what the other side was not seen to send; said once of each hole.
fn acknowledges_unseen(other: &mut Side, segment: &SegmentFacts<'_>) -> bool {
    let unseen =
        other.reach != 0 && segment.has(ACK) && before(other.reach, segment.acknowledgement);
    if !unseen {
        return false;
    }
    if before(other.reach, other.next) {
        other.reach = other.next;
        return true;
    }
    let first = other.duplicates == 0;
    other.duplicates = UNSEEN;
    first
}

/// Whether and why data that does not come after what was seen was sent.
fn sent_again(own: &Side, other: &Side, time: u64, soon: u64, segment: &SegmentFacts<'_>) -> Marks {
    let again = Marks::from(Mark::Retransmission);
    let after = segment.sequence.wrapping_add(segment.length);
    if segment.length > 0 && other.acknowledged != 0 && !before(other.acknowledged, after) {
        return again | Mark::SpuriousRetransmission.into();
    }
    // More than one byte, the first of them repeated: the one before was a probe.
    let follows_probe = segment.length > 1 && own.next.wrapping_sub(1) == segment.sequence;
    if own.next == 0 || !before(segment.sequence, own.next) || follows_probe {
        return Marks::NONE;
    }
    // The answer to what was never seen asks for it too.
    let asked = other.duplicates >= 2 && other.acknowledged == segment.sequence;
    if asked && time.wrapping_sub(other.latest) < FAST {
        return again | Mark::FastRetransmission.into();
    }
    // What ends where the data ends was sent again.
    if time.wrapping_sub(own.next_time) < soon && own.next != segment.end() {
        return Mark::OutOfOrder.into();
    }
    again
}

/// Keeps what the next segment of this side, or its answer, is compared with.
fn remember(own: &mut Side, time: u64, marks: Marks, segment: &SegmentFacts<'_>) {
    let end = segment.end();
    if !marks.has(Mark::ZeroWindowProbe) {
        if own.next == 0 || before(own.next, end) {
            own.next = end;
            own.next_time = time;
        }
        if own.reach == 0 || segment.sequence == own.reach {
            own.reach = own.next;
        }
    }
    own.window = Some(segment.window);
    own.acknowledged = segment.acknowledgement;
    own.latest = time;
    own.last = marks;
}
