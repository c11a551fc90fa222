//! The handshake that CRYPTO frames carry, put in order (RFC 9000 section 19.6): browsers cut
//! a hello into pieces, shuffle them, and spread them over several packets.

use super::Message;
use super::tls_handshake::{Carrier, Joiner, Next, tell};

/// More pieces that do not touch each other are not held.
const MOST_PIECES: usize = 64;

/// A piece is not held that lies further ahead than this.
const FARTHEST: usize = 32 * 1024;

/// One side's handshake.
#[derive(Debug, Default)]
pub(super) struct CryptoStream {
    /// How much was read.
    read: u64,
    /// What lies ahead of it, by place, no two overlapping.
    ahead: Vec<(u64, Vec<u8>)>,
    joiner: Joiner,
    done: bool,
}

impl CryptoStream {
    /// Takes a piece, and tells the messages that become whole.
    pub(super) fn take(&mut self, offset: u64, bytes: &[u8], client: bool, out: &mut Vec<Message>) {
        if self.done {
            return;
        }
        if offset <= self.read {
            self.read_from(offset, bytes, client, out);
        } else {
            self.keep(offset, bytes);
        }
        while let Some((offset, _)) = self.ahead.first()
            && *offset <= self.read
        {
            let (offset, piece) = self.ahead.remove(0);
            self.read_from(offset, &piece, client, out);
        }
    }

    /// Tells what there is of a message that will not be whole.
    pub(super) fn finish(&mut self, client: bool, out: &mut Vec<Message>) {
        self.joiner.finish(|kind, body| tell(Carrier::Quic, client, kind, body, out));
        self.stop();
    }

    /// How much is held.
    pub(super) fn held(&self) -> usize {
        self.joiner.held() + self.ahead.iter().map(|(_, piece)| piece.capacity()).sum::<usize>()
    }

    fn read_from(&mut self, offset: u64, bytes: &[u8], client: bool, out: &mut Vec<Message>) {
        let known = usize::try_from(self.read.saturating_sub(offset)).unwrap_or(usize::MAX);
        let Some(new) = bytes.get(known..) else { return };
        self.read = self.read.saturating_add(u64::try_from(new.len()).unwrap_or(u64::MAX));
        let each = |kind, body: &[u8]| tell(Carrier::Quic, client, kind, body, out);
        if self.joiner.take(new, each) == Next::Nothing {
            self.stop();
        }
    }

    fn keep(&mut self, offset: u64, bytes: &[u8]) {
        let end = offset.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let farthest = u64::try_from(FARTHEST).unwrap_or(u64::MAX);
        if end - self.read > farthest || self.ahead.len() >= MOST_PIECES || bytes.is_empty() {
            return;
        }
        // A piece that another covers already adds nothing; one that is sent again longer
        // takes the place of the shorter.
        let end_of = |(offset, piece): &(u64, Vec<u8>)| offset + piece.len() as u64;
        if self.ahead.iter().any(|held| held.0 <= offset && end_of(held) >= end) {
            return;
        }
        self.ahead.retain(|held| held.0 < offset || end_of(held) > end);
        let at = self.ahead.partition_point(|held| held.0 < offset);
        self.ahead.insert(at, (offset, bytes.to_vec()));
    }

    fn stop(&mut self) {
        self.done = true;
        self.ahead = Vec::new();
        self.joiner.forget();
    }
}
