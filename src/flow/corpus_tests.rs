//! Captures with known contents, where `APPTRACE_CORPUS` says that they are at hand, and the
//! speed, where it is asked for.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::wire::{LOCAL, Wire, at, setting};
use crate::capture::{Block, CaptureFile, Reader};
use crate::flow::{Setting, Surveyor, survey};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Whatever is not a capture file is passed over: only a panic fails this.
#[test]
fn the_corpus_is_surveyed_without_a_panic() {
    let Some(folder) = std::env::var_os("APPTRACE_CORPUS") else {
        println!("APPTRACE_CORPUS is not set: the corpus was not surveyed");
        return;
    };
    let mut found = Vec::new();
    files(Path::new(&folder), &mut found);
    let (mut captures, mut packets, mut contacts, mut lookups) = (0, 0, 0, 0);
    for path in found {
        let Ok(file) = CaptureFile::open(&path) else { continue };
        let survey = survey(file.map_while(Result::ok), &Setting::default());
        captures += 1;
        packets += survey.packets;
        contacts += survey.contacts.len();
        lookups += survey.lookups.len();
    }
    println!("{captures} captures, {packets} packets: {contacts} contacts, {lookups} lookups");
}

/// A number that looks random and is the same in every run (xorshift).
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 16).unwrap_or(0)
}

/// Every capture cut, with bits flipped, and with pieces of it exchanged, gives packets and
/// then an end or an error in words; only a panic fails this.
#[test]
fn the_corpus_damaged_gives_a_result_or_an_error() {
    let Some(folder) = std::env::var_os("APPTRACE_CORPUS") else {
        println!("APPTRACE_CORPUS is not set: the corpus was not damaged");
        return;
    };
    let mut found = Vec::new();
    files(Path::new(&folder), &mut found);
    found.sort();
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let (mut whole, mut errors) = (0, 0);
    for path in found.iter().filter(|path| !path.ends_with("index.json")) {
        let bytes = std::fs::read(path).unwrap();
        if bytes.is_empty() || bytes.len() > 1 << 18 {
            continue;
        }
        let cut = bytes[..next(&mut state) % bytes.len()].to_vec();
        let mut flipped = bytes.clone();
        for _ in 0..=bytes.len() / 500 {
            let at = next(&mut state) % flipped.len();
            flipped[at] ^= 1 << (next(&mut state) % 8);
        }
        let mut reordered = bytes.clone();
        let (one, other) = (next(&mut state) % bytes.len(), next(&mut state) % bytes.len());
        let length = (bytes.len() - one.max(other)).min(200);
        for at in 0..length {
            reordered.swap(one + at, other + at);
        }
        for damaged in [cut, flipped, reordered] {
            let setting = Setting { flows: true, ..Setting::default() };
            let mut surveyor = Surveyor::new(&setting);
            let reader = Reader::from_read("damaged", Box::new(std::io::Cursor::new(damaged)));
            let Ok(mut reader) = reader.inspect_err(|error| assert!(!error.to_string().is_empty()))
            else {
                errors += 1;
                continue;
            };
            let mut block = Block::new();
            let ended = loop {
                match reader.next_block(&mut block) {
                    Ok(true) => block.packets().for_each(|packet| {
                        let line = surveyor.take_listed(&packet);
                        assert!(!line.info.contains(char::is_control), "{:?}", line.info);
                    }),
                    Ok(false) => break None,
                    Err(error) => break Some(error),
                }
            };
            match ended {
                None => whole += 1,
                Some(error) => {
                    errors += 1;
                    assert!(error.to_string().contains("at byte"), "{error}");
                }
            }
            surveyor.finish();
        }
    }
    println!("{whole} damaged captures read to their end, {errors} with an error");
}

/// `cargo test --release --lib -- --ignored --nocapture survey_speed`
#[test]
#[ignore = "a measurement, not a test"]
fn survey_speed() {
    let mut wire = Wire::from(11);
    for flow in 0..1000_u16 {
        let us = at(&format!("{LOCAL}:{}", 10_000 + flow));
        let them = at(&format!("198.18.{}.{}:443", flow / 250, flow % 250));
        wire.udp(us, them, &[0x40; 1200]);
        wire.connection(us, them, &[[0; 1400].as_slice(); 90]);
    }
    let (packets, setting) = (wire.packets, setting());
    let (count, start) = (packets.len(), Instant::now());
    let contacts = survey(packets, &setting).contacts.len();
    let seconds = start.elapsed().as_secs_f64();
    println!("{count} packets, {contacts} contacts: {:.0} packets/s", count as f64 / seconds);
}
