//! A piece of a capture file: whole records in one buffer that is used again and again.

use crate::packet::{LinkType, PacketView, Timestamp};

/// How much of a file one block holds, as long as no single record is longer: whoever reads it
/// finds its records while it is still in the processor's own cache.
pub(super) const BLOCK_BYTES: usize = 256 << 10;

/// Where a packet lies in its block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    pub(super) time: Timestamp,
    pub(super) start: u32,
    pub(super) length: u32,
    pub(super) wire_len: u32,
    pub(super) link: LinkType,
}

/// A run of packets out of a capture file. [`super::Reader::next_block`] fills it; a thread
/// that reads can so hand it to one that analyses, and get it back.
#[derive(Debug, Default)]
pub struct Block {
    /// Its length is what could be read into it, so that growing alone ever writes zeros.
    pub(super) bytes: Vec<u8>,
    pub(super) records: Vec<Record>,
    pub(super) comments: Vec<(u32, String)>,
    pub(super) first: u64,
}

impl Block {
    /// An empty block; its memory comes with the first use.
    pub fn new() -> Self {
        Self::default()
    }

    /// The packets in the file's order.
    pub fn packets(&self) -> impl ExactSizeIterator<Item = PacketView<'_>> {
        self.records.iter().map(|record| self.view(record))
    }

    /// The packet at a place in it, counted from 0.
    pub fn packet(&self, at: usize) -> Option<PacketView<'_>> {
        self.records.get(at).map(|record| self.view(record))
    }

    fn view(&self, record: &Record) -> PacketView<'_> {
        let start = record.start as usize;
        let data = self.bytes.get(start..start + record.length as usize).unwrap_or_default();
        let Record { time, link, wire_len, .. } = *record;
        PacketView { time, link, wire_len, data }
    }

    /// How many packets it holds.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether it holds no packets.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Comments on packets of this block, by their place in it from 0 (`opt_comment` of
    /// pcapng). Strangers may have written them: escape them before they are shown.
    pub fn comments(&self) -> impl Iterator<Item = (usize, &str)> {
        self.comments.iter().map(|(at, text)| (*at as usize, text.as_str()))
    }

    pub(super) fn clear(&mut self, first: u64) {
        self.records.clear();
        self.comments.clear();
        self.first = first;
        // What one long record needed is not kept for all the others.
        if self.bytes.len() > BLOCK_BYTES {
            self.bytes.truncate(BLOCK_BYTES);
            self.bytes.shrink_to_fit();
        }
        self.grow(BLOCK_BYTES);
    }

    /// Makes room for at least this many bytes.
    pub(super) fn grow(&mut self, room: usize) {
        if self.bytes.len() < room {
            // The system hands out zeros for less than writing them costs.
            let mut grown = vec![0; room];
            if let Some(start) = grown.get_mut(..self.bytes.len()) {
                start.copy_from_slice(&self.bytes);
            }
            self.bytes = grown;
        }
    }
}
