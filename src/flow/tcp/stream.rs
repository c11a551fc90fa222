//! One direction of a connection put in order for a reader (RFC 9293 section 3.10.7.4), out of
//! segments as a capture holds them: out of order, repeated, overlapping, some never seen.
//!
//! - What is in order is handed on at once and uncopied; only what comes after a hole is kept.
//! - Where two segments overlap, the bytes that came first count, as with most receivers
//!   (Linux among them) for what they have already handed on.
//! - A hole is given up, and told to the reader as a gap, when the other side acknowledges
//!   beyond it, when more waits behind it than [`MOST_WAITING`] or [`MOST_HELD`] allow, or when
//!   the stream ends.

/// At most this many segments of a stream wait behind a hole.
pub const MOST_WAITING: usize = 64;

/// At most this many bytes of a stream wait behind a hole.
pub const MOST_HELD: usize = 256 << 10;

/// A segment further ahead than this of what is expected, and of what is acknowledged, does
/// not belong to the connection.
const FURTHEST: u32 = 16 << 20;

/// No window is larger (RFC 7323 section 2.3), so no true acknowledgement goes further.
const LARGEST_WINDOW: u32 = 1 << 30;

/// A part of a stream, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The next bytes.
    Bytes(&'a [u8]),
    /// So many bytes that the capture does not hold.
    Gap(u64),
    /// So many bytes of the segment just given that the capture was told to leave out.
    Cut(u64),
}

/// One direction of a connection.
#[derive(Debug, Default)]
pub struct Stream {
    /// The sequence number expected next; none before the first segment.
    next: Option<u32>,
    /// What the other side acknowledged, where that is beyond what is expected.
    acknowledged: Option<u32>,
    /// What waits behind a hole, in order and without overlap.
    waiting: Vec<Waiting>,
    held: usize,
}

/// A segment that waits, or what is left of it.
#[derive(Debug)]
struct Waiting {
    sequence: u32,
    /// On the wire, so at least as long as the bytes.
    length: u32,
    bytes: Vec<u8>,
}

/// Whom the pieces go to.
type Deliver<'a> = &'a mut dyn FnMut(Piece<'_>);

impl Stream {
    /// A stream whose first byte has this sequence number: the one after the SYN's. Where the
    /// SYN was not seen, it begins with the first data.
    pub fn new(first: Option<u32>) -> Self {
        Self { next: first, ..Self::default() }
    }

    /// A segment: its data begins at `sequence` and was `length_on_wire` long, of which
    /// `payload` was captured.
    pub fn take(
        &mut self,
        sequence: u32,
        payload: &[u8],
        length_on_wire: u32,
        deliver: Deliver<'_>,
    ) {
        let captured = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let length = length_on_wire.max(captured);
        if length == 0 || length > LARGEST_WINDOW {
            return;
        }
        let next = match self.next {
            Some(next) => next,
            // A single byte may be a keep-alive, whose byte is not the stream's (RFC 9293
            // section 3.8.4).
            None if length == 1 => {
                self.next = Some(sequence.wrapping_add(1));
                return;
            }
            None => *self.next.insert(sequence),
        };
        if self.waiting.is_empty() && sequence == next {
            return self.deliver(payload, length, deliver);
        }
        self.place(Part { sequence, length, bytes: payload }, deliver);
    }

    /// The other side has acknowledged everything before `acknowledgement`, so what is missing
    /// before that will hardly come any more.
    pub fn acknowledged(&mut self, acknowledgement: u32, deliver: Deliver<'_>) {
        let Some(next) = self.next else { return };
        let ahead = acknowledgement.wrapping_sub(next);
        if ahead == 0 || ahead > LARGEST_WINDOW {
            return;
        }
        self.acknowledged = Some(acknowledgement);
        self.give_up_acknowledged(deliver);
    }

    /// The stream is over: what waits is handed on, with the gaps between.
    pub fn finish(&mut self, deliver: Deliver<'_>) {
        while !self.waiting.is_empty() {
            self.give_up(deliver);
        }
        self.waiting = Vec::new();
    }

    /// How many bytes of memory it holds.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Hands on what comes next.
    fn deliver(&mut self, bytes: &[u8], length: u32, deliver: Deliver<'_>) {
        self.next = self.next.map(|next| next.wrapping_add(length));
        if !bytes.is_empty() {
            deliver(Piece::Bytes(bytes));
        }
        let missing = u64::from(length).saturating_sub(bytes.len() as u64);
        if missing > 0 {
            let piece = if bytes.is_empty() { Piece::Gap } else { Piece::Cut };
            deliver(piece(missing));
        }
    }

    /// Places a segment that is not simply the next.
    fn place(&mut self, mut part: Part<'_>, deliver: Deliver<'_>) {
        loop {
            let Some(next) = self.next else { return };
            let ahead = part.sequence.wrapping_sub(next);
            if ahead > u32::MAX / 2 {
                let seen = next.wrapping_sub(part.sequence);
                if seen >= part.length {
                    return;
                }
                part = part.from(seen);
            } else if ahead > 0 {
                if ahead > self.furthest(next) {
                    return;
                }
                let room = self.waiting.len() < MOST_WAITING
                    && self.held.saturating_add(part.bytes.len()) <= MOST_HELD;
                if room || self.waiting.is_empty() {
                    self.keep(next, part);
                    return self.give_up_acknowledged(deliver);
                }
                self.give_up(deliver);
                continue;
            }
            // In order now, as far as nothing that came earlier is in its place.
            let free = self.waiting.first().map(|first| first.sequence.wrapping_sub(part.sequence));
            let now = free.unwrap_or(part.length).min(part.length);
            let first = part.until(now);
            self.deliver(first.bytes, first.length, deliver);
            self.deliver_waiting(deliver);
            if now == part.length {
                return;
            }
            part = part.from(now);
        }
    }

    /// How far ahead a segment may be.
    fn furthest(&self, next: u32) -> u32 {
        let acknowledged = self.acknowledged.map(|it| it.wrapping_sub(next));
        FURTHEST + acknowledged.filter(|&ahead| ahead <= LARGEST_WINDOW).unwrap_or(0)
    }

    /// Keeps what of a segment is not kept yet.
    fn keep(&mut self, next: u32, part: Part<'_>) {
        let mut rest = Some(part);
        let mut at = self.waiting.partition_point(|it| {
            it.sequence.wrapping_sub(next) < part.sequence.wrapping_sub(next)
        });
        // The one before may reach into it.
        if let Some(earlier) = at.checked_sub(1).and_then(|before| self.waiting.get(before)) {
            let begun = part.sequence.wrapping_sub(earlier.sequence);
            rest = rest.and_then(|part| part.without(earlier.length.saturating_sub(begun)));
        }
        while let Some(part) = rest {
            let later = self.waiting.get(at);
            let free = later.map(|later| later.sequence.wrapping_sub(part.sequence));
            let taken = later.map_or(0, |later| later.length);
            let now = free.unwrap_or(part.length).min(part.length);
            rest = part.without(now).and_then(|rest| rest.without(taken));
            if now > 0 {
                self.waiting.insert(at, part.until(now).kept());
                self.held = self.held.saturating_add(part.until(now).bytes.len());
                at += 1;
            }
            at += 1;
        }
    }

    /// Gives up what is missing before the first that waits.
    fn give_up(&mut self, deliver: Deliver<'_>) {
        let hole = self.next.zip(self.waiting.first());
        if let Some((next, first)) = hole {
            let missing = first.sequence.wrapping_sub(next);
            self.deliver(&[], missing, deliver);
            self.deliver_waiting(deliver);
        }
    }

    /// Gives up the holes that the other side acknowledges to have no more.
    fn give_up_acknowledged(&mut self, deliver: Deliver<'_>) {
        while let (Some(next), Some(acknowledged)) = (self.next, self.acknowledged) {
            let ahead = acknowledged.wrapping_sub(next);
            if ahead > LARGEST_WINDOW {
                self.acknowledged = None;
            }
            let hole = self.waiting.first().map(|first| first.sequence.wrapping_sub(next));
            if ahead > LARGEST_WINDOW || hole.is_none_or(|hole| hole > ahead) {
                return;
            }
            self.give_up(deliver);
        }
    }

    /// Hands on what waited for what has just been handed on.
    fn deliver_waiting(&mut self, deliver: Deliver<'_>) {
        let mut done = 0;
        // Taken out meanwhile, so that handing on may change the rest.
        let mut waiting = std::mem::take(&mut self.waiting);
        for it in &waiting {
            if self.next != Some(it.sequence) {
                break;
            }
            done += 1;
            self.held = self.held.saturating_sub(it.bytes.len());
            self.deliver(&it.bytes, it.length, deliver);
        }
        waiting.drain(..done);
        self.waiting = waiting;
    }
}

/// A part of a segment.
#[derive(Debug, Clone, Copy)]
struct Part<'a> {
    sequence: u32,
    length: u32,
    bytes: &'a [u8],
}

impl<'a> Part<'a> {
    /// Without its first bytes, of which there are as many.
    fn from(self, count: u32) -> Self {
        Self {
            sequence: self.sequence.wrapping_add(count),
            length: self.length.saturating_sub(count),
            bytes: self.bytes.get(count as usize..).unwrap_or_default(),
        }
    }

    /// What is left without its first bytes, if anything.
    fn without(self, count: u32) -> Option<Self> {
        (count < self.length).then(|| self.from(count))
    }

    /// Its first bytes.
    fn until(self, count: u32) -> Self {
        let length = self.length.min(count);
        Self { length, bytes: self.bytes.get(..length as usize).unwrap_or(self.bytes), ..self }
    }

    fn kept(self) -> Waiting {
        Waiting { sequence: self.sequence, length: self.length, bytes: self.bytes.to_vec() }
    }
}
