//! One direction of a TCP connection put in order (RFC 9293 section 3.4), as far as a reader
//! needs it.

/// At most this many bytes are kept unread; what comes after is lost to the reader.
pub(super) const WINDOW: usize = 64 * 1024;

/// At most this many segments wait for one that is missing.
const WAITING: usize = 64;

/// A segment further ahead than this does not belong to the connection.
const FURTHEST: u32 = 4 << 20;

/// The bytes of one direction, in order.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The sequence number expected next; none before the first segment.
    next: Option<u32>,
    ready: Vec<u8>,
    /// Bytes to pass over without keeping them: a body that nobody reads.
    passing: u64,
    waiting: Vec<(u32, Vec<u8>)>,
    waiting_bytes: usize,
    full: bool,
}

impl Stream {
    /// A stream whose first byte has this sequence number, where it is known.
    pub(super) fn new(first: Option<u32>) -> Self {
        Self { next: first, ..Self::default() }
    }

    /// Places a segment; what was seen before is ignored.
    pub(super) fn insert(&mut self, sequence: u32, payload: &[u8]) {
        let next = *self.next.get_or_insert(sequence);
        let ahead = sequence.wrapping_sub(next);
        if ahead == 0 || ahead > u32::MAX / 2 {
            self.append(next.wrapping_sub(sequence), payload);
            self.take_waiting();
        } else if ahead <= FURTHEST
            && self.waiting.len() < WAITING
            && self.waiting_bytes + payload.len() <= WINDOW
        {
            self.waiting_bytes += payload.len();
            self.waiting.push((sequence, payload.to_vec()));
        }
    }

    /// What is in order and unread.
    pub(super) fn ready(&self) -> &[u8] {
        &self.ready
    }

    /// Whether bytes in order were lost because the reader did not take those before them.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Marks bytes of what is ready as read.
    pub(super) fn consume(&mut self, count: usize) {
        self.ready.drain(..count.min(self.ready.len()));
    }

    /// Passes over bytes, some of which may be still to come.
    pub(super) fn pass(&mut self, count: u64) {
        let now = usize::try_from(count).unwrap_or(usize::MAX).min(self.ready.len());
        self.consume(now);
        self.passing = count.saturating_sub(now as u64);
    }

    /// How many bytes of memory it holds.
    pub(super) fn held(&self) -> usize {
        self.ready.capacity() + self.waiting_bytes
    }

    /// Appends a segment that begins `seen` bytes before the next expected one.
    fn append(&mut self, seen: u32, payload: &[u8]) {
        let new = usize::try_from(seen).ok().and_then(|seen| payload.get(seen..));
        let Some(new) = new.filter(|new| !new.is_empty()) else { return };
        // A segment is far shorter than 4 GiB, so its length fits.
        self.next = self.next.map(|next| next.wrapping_add(new.len() as u32));
        let passed = usize::try_from(self.passing).unwrap_or(usize::MAX).min(new.len());
        self.passing -= passed as u64;
        let new = new.get(passed..).unwrap_or_default();
        let room = WINDOW.saturating_sub(self.ready.len()).min(new.len());
        self.full |= room < new.len();
        if !self.full || room > 0 {
            self.ready.extend_from_slice(new.get(..room).unwrap_or_default());
        }
    }

    fn take_waiting(&mut self) {
        while !self.waiting.is_empty() {
            let Some(next) = self.next else { return };
            let fits = |&(sequence, _): &(u32, Vec<u8>)| {
                let ahead = sequence.wrapping_sub(next);
                ahead == 0 || ahead > u32::MAX / 2
            };
            let Some(at) = self.waiting.iter().position(fits) else { return };
            let (sequence, payload) = self.waiting.swap_remove(at);
            self.waiting_bytes -= payload.len();
            self.append(next.wrapping_sub(sequence), &payload);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(first: Option<u32>, segments: &[(u32, &str)], expected: &str) {
        let mut stream = Stream::new(first);
        for (sequence, payload) in segments {
            stream.insert(*sequence, payload.as_bytes());
        }
        assert_eq!(String::from_utf8_lossy(stream.ready()), expected, "{segments:?}");
    }

    #[test]
    fn segments_find_their_place() {
        check(None, &[(100, "abc"), (103, "def")], "abcdef");
        check(Some(100), &[(103, "def"), (100, "abc")], "abcdef");
        check(Some(100), &[(106, "ghi"), (103, "def"), (100, "abc")], "abcdefghi");
        check(None, &[(100, "abc"), (100, "abc"), (103, "def")], "abcdef");
        check(None, &[(100, "abc"), (101, "bcde"), (99, "x")], "abcde");
        check(Some(100), &[(102, "cd"), (100, "abc")], "abcd");
        check(Some(u32::MAX - 1), &[(2, "ef"), (u32::MAX - 1, "abcd")], "abcdef");
        check(Some(100), &[(100 + FURTHEST + 1, "no"), (101, "b")], "");
    }

    #[test]
    fn memory_is_bounded() {
        let mut stream = Stream::new(Some(0));
        for at in 0..200_u32 {
            stream.insert(1 + at * 1400, &[0; 1400]);
        }
        assert!(stream.held() <= WINDOW);
        let mut stream = Stream::new(Some(0));
        for at in 0..200_u32 {
            stream.insert(at * 1400, &[0; 1400]);
        }
        assert_eq!(stream.ready().len(), WINDOW);
        assert!(stream.is_full());
    }

    #[test]
    fn bodies_are_passed_over() {
        let mut stream = Stream::new(Some(0));
        stream.insert(0, b"headbo");
        stream.consume(4);
        stream.pass(200_004);
        stream.insert(6, b"dy");
        for at in 0..100_u32 {
            stream.insert(8 + at * 2000, &[0; 2000]);
        }
        stream.insert(200_008, b"next");
        assert_eq!(stream.ready(), b"next");
        assert!(!stream.is_full());
    }
}
