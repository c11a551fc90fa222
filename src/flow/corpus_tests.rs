//! Captures with known contents, where `APPTRACE_CORPUS` says that they are at hand, and the
//! speed, where it is asked for.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::wire::{LOCAL, Wire, at, setting};
use crate::capture::CaptureFile;
use crate::flow::{Setting, survey};

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
