//! One side of a conversation: the bytes that could not be read yet, and those to pass over.

use super::reader::Reader;

/// At most this many bytes are kept unread. A message that is longer is read as far as it goes.
pub(super) const WINDOW: usize = 64 * 1024;

/// The first attempts to read on are made at every segment; later ones only where enough has
/// come since, so that a head in one-byte segments costs no more than its length.
const EAGER: u32 = 256;

/// One side.
#[derive(Debug, Default)]
pub(super) struct Side {
    pub(super) reader: Reader,
    /// In order and not read yet.
    pub(super) buffer: Vec<u8>,
    /// How many bytes of a body are still to be passed over.
    pub(super) pass: u64,
    /// What comes next was sent in the same segment, and the capture left it out.
    pub(super) is_left_out: bool,
    /// How many messages were read.
    pub(super) messages: u32,
    attempts: u32,
    retry_at: usize,
}

impl Side {
    /// What is left of the bytes after those that are to be passed over.
    pub(super) fn passing<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let passed = usize::try_from(self.pass).unwrap_or(usize::MAX).min(bytes.len());
        self.pass -= passed as u64;
        bytes.get(passed..).unwrap_or_default()
    }

    /// Puts bytes behind those that wait; whether it is time to read again.
    pub(super) fn wait(&mut self, bytes: &[u8]) -> bool {
        self.buffer.extend_from_slice(bytes);
        self.attempts = self.attempts.saturating_add(1);
        let now = self.attempts < EAGER || self.buffer.len() >= self.retry_at;
        if now {
            self.retry_at = self.buffer.len() + self.buffer.len() / 32;
        }
        now
    }

    /// A message was read: the next one deserves its own eager attempts.
    pub(super) fn progressed(&mut self) {
        self.attempts = 0;
        self.retry_at = 0;
    }

    /// Whether more waits than may.
    pub(super) fn is_full(&self) -> bool {
        self.buffer.len() > WINDOW
    }

    /// Nothing more is read of it.
    pub(super) fn end(&mut self) {
        *self = Self { reader: Reader::Done, ..Self::default() };
    }
}
