//! What a TCP flow needs besides what every flow has: its analysis, its streams, and what the
//! two ends say.

use std::collections::BTreeMap;

use super::conversation::{Conversation, Said};
use super::key::End;
use super::tcp::{Analysis, Marks, SegmentFacts, Stream};
use crate::contact::Mark;
use crate::dissect::Segment;
use crate::packet::Timestamp;

/// What a TCP flow needs besides what every flow has.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) analysis: Analysis,
    /// What reads its data; none before there is any, and once nothing more is to be read.
    reading: Option<Box<Reading>>,
    /// Nothing more is to be read.
    over: bool,
    /// How many bytes of memory waited to be read when it was counted last.
    held: usize,
    /// The sequence number of each end's SYN, where it was seen.
    pub(super) opened: [Option<u32>; 2],
    /// The sequence number from which each end's are shown.
    base: [Option<u32>; 2],
    /// How many segments bear each mark, where somebody wants to know.
    marks: Option<Box<[u32; Mark::ALL.len()]>>,
}

/// What reads a connection's data.
#[derive(Debug)]
struct Reading {
    /// One for each end of the table's key.
    streams: [Stream; 2],
    talk: Conversation,
}

/// Who takes part in a connection, as far as it is known when its data is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parties {
    pub(super) client: End,
    /// Which end is the client is certain.
    pub(super) begun: bool,
    pub(super) server_port: u16,
}

impl Connection {
    /// A connection of which nothing was seen. Its segments go on from the state of the one
    /// before on the same ends; their marks are counted where somebody wants to know.
    pub(super) fn new(analysis: Analysis, count_marks: bool) -> Self {
        Self {
            analysis,
            reading: None,
            over: false,
            held: 0,
            opened: [None; 2],
            base: [None; 2],
            marks: count_marks.then(Box::default),
        }
    }

    /// Reads a little of everything that the next segment will need of it.
    pub(super) fn touch(&self) -> u64 {
        self.analysis.touch().wrapping_add(u64::from(self.over || self.opened[0].is_some()))
    }

    /// The same of what reads its data.
    pub(super) fn touch_reading(&self) -> u64 {
        let Some(reading) = &self.reading else { return 0 };
        reading.streams.iter().map(Stream::held).sum::<usize>() as u64
            + u64::from(reading.talk.is_done(End::Low))
            + u64::from(reading.talk.is_done(End::High))
    }

    /// How many segments bear each mark.
    pub(super) fn marks(&self) -> BTreeMap<&'static str, u64> {
        let counts = self.marks.as_deref().into_iter().flatten();
        let counted = Mark::ALL.iter().zip(counts).filter(|&(_, &count)| count > 0);
        counted.map(|(mark, &count)| (mark.code(), u64::from(count))).collect()
    }

    /// How many bytes of memory wait to be read.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// Counts them; they change by nothing but reading.
    fn count_held(&mut self) {
        self.held = self.reading.as_ref().map_or(0, |reading| {
            reading.streams.iter().map(Stream::held).sum::<usize>() + reading.talk.held()
        });
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
            flags: segment.flags,
            length: segment.length,
            options: segment.options,
        };
        let marks = self.analysis.take(end.index(), time, &facts);
        if let Some(counts) = self.marks.as_deref_mut().filter(|_| !marks.is_empty()) {
            for (mark, count) in Mark::ALL.iter().zip(counts) {
                *count += u32::from(marks.has(*mark));
            }
        }
        marks
    }

    /// The sequence and acknowledgement numbers counted from the first that was seen.
    pub(super) fn relative(&mut self, end: End, segment: &Segment<'_>) -> (u32, u32) {
        let [own, other] = [end, end.other()].map(End::index);
        // Without a SYN the first byte seen is the first byte.
        let before = u32::from(!segment.syn());
        let base = *self.base[own].get_or_insert(segment.sequence.wrapping_sub(before));
        let sequence = segment.sequence.wrapping_sub(base);
        if !segment.ack() {
            return (sequence, 0);
        }
        let first = segment.acknowledgement.wrapping_sub(1);
        let base = *self.base[other].get_or_insert(first);
        (sequence, segment.acknowledgement.wrapping_sub(base))
    }

    /// Reads on: the segment's own data, and what its acknowledgement shows to be missing.
    pub(super) fn read(
        &mut self,
        end: End,
        segment: &Segment<'_>,
        parties: Parties,
        said: &mut Vec<Said>,
    ) {
        let own = end.index();
        if segment.syn() && self.opened[own] != Some(segment.sequence) {
            self.opened[own] = Some(segment.sequence);
            if let Some(reading) = &mut self.reading {
                reading.streams[own] = Stream::new(Some(segment.sequence.wrapping_add(1)));
            }
        }
        if self.over || self.reading.is_none() && segment.length == 0 {
            return;
        }
        let opened = self.opened;
        let reading = self.reading.get_or_insert_with(|| {
            let first = |syn: Option<u32>| Stream::new(syn.map(|number| number.wrapping_add(1)));
            let talk = Conversation::new(parties.client, parties.begun, parties.server_port);
            Box::new(Reading { streams: opened.map(first), talk })
        });
        let Reading { streams, talk } = &mut **reading;
        let [low, high] = streams;
        let (own, other) = match end {
            End::Low => (low, high),
            End::High => (high, low),
        };
        if segment.length > 0 && !talk.is_done(end) {
            // A SYN takes one number of its own (RFC 9293 section 3.4).
            let sequence = segment.sequence.wrapping_add(u32::from(segment.syn()));
            own.take(sequence, segment.payload, segment.length, &mut |piece| {
                talk.take(end, piece, said);
            });
        }
        if segment.ack() && !talk.is_done(end.other()) {
            other.acknowledged(segment.acknowledgement, &mut |piece| {
                talk.take(end.other(), piece, said);
            });
        }
        if talk.is_done(end) && talk.is_done(end.other()) {
            self.give_up();
        }
        self.count_held();
    }

    /// No more is to come.
    pub(super) fn finish(&mut self, said: &mut Vec<Said>) {
        if let Some(reading) = &mut self.reading {
            let Reading { streams, talk } = &mut **reading;
            for (stream, end) in streams.iter_mut().zip([End::Low, End::High]) {
                stream.finish(&mut |piece| talk.take(end, piece, said));
            }
            talk.finish(said);
        }
        self.give_up();
    }

    /// Nothing more is read.
    pub(super) fn give_up(&mut self) {
        self.reading = None;
        self.over = true;
        self.held = 0;
    }
}
