//! What a TCP flow needs besides what every flow has: its analysis, its streams, and what the
//! two ends say.

use std::collections::BTreeMap;

use super::conversation::{Conversation, Said};
use super::key::End;
use super::tcp::{Analysis, Mark, Marks, SegmentFacts, Stream};
use crate::dissect::Segment;
use crate::packet::Timestamp;

/// What a TCP flow needs besides what every flow has.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) analysis: Analysis,
    /// One for each end of the table's key.
    streams: [Stream; 2],
    talk: Conversation,
    /// The sequence number of each end's SYN, where it was seen.
    pub(super) opened: [Option<u32>; 2],
    /// The sequence number from which each end's are shown.
    base: [Option<u32>; 2],
    marks: [u32; Mark::ALL.len()],
}

impl Connection {
    pub(super) fn new(client: End, begun: bool, port: u16, analysis: Analysis) -> Self {
        Self {
            analysis,
            streams: Default::default(),
            talk: Conversation::new(client, begun, port),
            opened: [None; 2],
            base: [None; 2],
            marks: [0; Mark::ALL.len()],
        }
    }

    /// How many segments bear each mark.
    pub(super) fn marks(&self) -> BTreeMap<&'static str, u64> {
        let counted = Mark::ALL.iter().zip(self.marks);
        let counted = counted.filter(|&(_, count)| count > 0);
        counted.map(|(mark, count)| (mark.code(), u64::from(count))).collect()
    }

    pub(super) fn held(&self) -> usize {
        self.streams.iter().map(Stream::held).sum::<usize>() + self.talk.held()
    }

    /// Marks a segment and remembers where its end's sequence numbers begin.
    pub(super) fn analyse(
        &mut self,
        end: End,
        time: Timestamp,
        number: u64,
        segment: &Segment<'_>,
    ) -> Marks {
        let facts = SegmentFacts {
            number,
            sequence: segment.sequence,
            acknowledgement: segment.acknowledgement,
            window: segment.window,
            flags: flags(segment),
            length: segment.length,
            options: segment.options,
        };
        let marks = self.analysis.take(end.index(), time, &facts);
        if !marks.is_empty() {
            for (mark, count) in Mark::ALL.iter().zip(&mut self.marks) {
                *count += u32::from(marks.has(*mark));
            }
        }
        marks
    }

    /// The sequence and acknowledgement numbers counted from the first that was seen.
    pub(super) fn relative(&mut self, end: End, segment: &Segment<'_>) -> (u32, u32) {
        let [own, other] = [end, end.other()].map(End::index);
        // Without a SYN the first byte seen is the first byte.
        let before = u32::from(!segment.syn);
        let base = *self.base[own].get_or_insert(segment.sequence.wrapping_sub(before));
        let sequence = segment.sequence.wrapping_sub(base);
        if !segment.ack {
            return (sequence, 0);
        }
        let first = segment.acknowledgement.wrapping_sub(1);
        let base = *self.base[other].get_or_insert(first);
        (sequence, segment.acknowledgement.wrapping_sub(base))
    }

    /// Reads on: the segment's own data, and what its acknowledgement shows to be missing.
    pub(super) fn read(&mut self, end: End, segment: &Segment<'_>, said: &mut Vec<Said>) {
        let Self { streams, talk, opened, .. } = self;
        let [low, high] = streams;
        let (own, other) = match end {
            End::Low => (low, high),
            End::High => (high, low),
        };
        if segment.syn && opened[end.index()] != Some(segment.sequence) {
            opened[end.index()] = Some(segment.sequence);
            *own = Stream::new(Some(segment.sequence.wrapping_add(1)));
        }
        if segment.length > 0 && !talk.is_done(end) {
            // A SYN takes one number of its own (RFC 9293 section 3.4).
            let sequence = segment.sequence.wrapping_add(u32::from(segment.syn));
            own.take(sequence, segment.payload, segment.length, &mut |piece| {
                talk.take(end, piece, said);
            });
        }
        if segment.ack && !talk.is_done(end.other()) {
            other.acknowledged(segment.acknowledgement, &mut |piece| {
                talk.take(end.other(), piece, said);
            });
        }
    }

    pub(super) fn finish(&mut self, said: &mut Vec<Said>) {
        let Self { streams, talk, .. } = self;
        for (stream, end) in streams.iter_mut().zip([End::Low, End::High]) {
            stream.finish(&mut |piece| talk.take(end, piece, said));
        }
        talk.finish(said);
    }

    pub(super) fn give_up(&mut self) {
        self.streams = Default::default();
        self.talk.end();
    }
}

/// The control bits as they stand in the header (RFC 9293 section 3.1).
fn flags(segment: &Segment<'_>) -> u8 {
    let bits = [
        segment.fin,
        segment.syn,
        segment.rst,
        segment.psh,
        segment.ack,
        segment.urg,
        segment.ece,
        segment.cwr,
    ];
    bits.iter().rev().fold(0, |flags, &bit| flags << 1 | u8::from(bit))
}
