//! The big capture: the corpus played many times over, transfers, calls and typing, all at once.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::rc::Rc;

use crate::corpus::{self, Replay};
use crate::random::Random;
use crate::source::Source;
use crate::talk::{Call, Transfer, Typing};

/// As the capture that the goals were set on: 2.49 million packets in 980 MB.
const PACKETS: u64 = 2_490_000;
const BYTES: u64 = 980_000_000;
/// How often the corpus is played.
const ROUNDS: u16 = 30;
/// Everything begins within ten minutes.
const BEGINNINGS: u64 = 600_000_000_000;
/// 2026-01-01, in nanoseconds since the epoch.
const BEGIN: u64 = 1_767_225_600_000_000_000;
/// Before each packet (<https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html>).
const RECORD: u64 = 16;

/// What was made.
pub(crate) struct Made {
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) recorded: u64,
    pub(crate) conversations: usize,
}

/// Writes the capture; the same bytes each time.
pub(crate) fn compose(corpus: &Path, file: &Path) -> io::Result<Made> {
    let mut random = Random::new(3);
    let noise = Rc::new(random.bytes(1 << 16));
    let recorded = corpus::read(corpus)?;
    let mut sources: Vec<Box<dyn Source>> = Vec::new();
    let (mut packets, mut bytes) = (0, 24);
    for round in 0..ROUNDS {
        for capture in &recorded {
            packets += capture.packets();
            bytes += capture.bytes() + capture.packets() * RECORD;
            let start = random.within(0, BEGINNINGS);
            let mask = round.wrapping_mul(0x9e37);
            sources.push(Box::new(Replay::new(Rc::clone(capture), start, mask)));
        }
    }
    let replayed = packets;
    // Two of three packets of a transfer are full; the others fill up to the wanted number.
    let (full, small) = (1038 + RECORD, 170 + RECORD);
    let left = PACKETS.saturating_sub(packets);
    let fast = BYTES.saturating_sub(bytes).saturating_sub(left * small) / (full - small);
    let until = packets + fast;
    while packets < until {
        let start = random.within(0, BEGINNINGS);
        let transfer = Transfer::new(&mut random, &noise, start);
        packets += transfer.packets();
        sources.push(Box::new(transfer));
    }
    while packets < PACKETS {
        let start = random.within(0, BEGINNINGS);
        let call = Call::new(&mut random, &noise, start);
        let typing = Typing::new(&mut random, &noise, start);
        packets += call.packets() + typing.packets();
        sources.push(Box::new(call));
        sources.push(Box::new(typing));
    }
    let conversations = sources.len();
    let (packets, bytes) = merge(sources, file)?;
    Ok(Made { packets, bytes, recorded: replayed, conversations })
}

/// Writes all packets in the order of their times.
fn merge(mut sources: Vec<Box<dyn Source>>, file: &Path) -> io::Result<(u64, u64)> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(file)?);
    let words = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, 1];
    out.write_all(&words.map(u32::to_le_bytes).concat())?;
    let (mut packets, mut bytes) = (0, 24);
    let due = |at: usize, source: &dyn Source| source.time().map(|time| Reverse((time, at)));
    let mut queue: BinaryHeap<_> =
        sources.iter().enumerate().filter_map(|(at, it)| due(at, it.as_ref())).collect();
    let mut data = Vec::new();
    while let Some(Reverse((time, at))) = queue.pop() {
        let Some(source) = sources.get_mut(at) else { continue };
        data.clear();
        let length = source.write(&mut data);
        let time = BEGIN + time;
        let micros = (time / 1000 % 1_000_000) as u32;
        let words = [(time / 1_000_000_000) as u32, micros, data.len() as u32, length];
        out.write_all(&words.map(u32::to_le_bytes).concat())?;
        out.write_all(&data)?;
        packets += 1;
        bytes += RECORD + data.len() as u64;
        queue.extend(due(at, source.as_ref()));
    }
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok((packets, bytes))
}
