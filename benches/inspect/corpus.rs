//! The corpus's captures, to be played again as often as wanted: each time by other clients, to
//! the same servers, so that the answers of their DNS still lead to them.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::rc::Rc;

use pcap::{Capture, Linktype, Precision};
use serde_json::Value;

use crate::source::{Frame, Source};
use crate::wire::{self, Network};

/// A capture takes no longer than this when it is played again.
const LONGEST: u64 = 60_000_000_000;

/// No longer frame is captured of Ethernet, whatever cards put together.
const LONGEST_FRAME: u32 = 65_600;

/// One capture of the corpus.
pub(crate) struct Recorded {
    frames: Vec<Frame>,
    /// Whether an address is a client's, for each that begins or answers something.
    clients: HashMap<IpAddr, bool>,
}

impl Recorded {
    pub(crate) fn packets(&self) -> u64 {
        self.frames.len() as u64
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.frames.iter().map(|frame| frame.data.len() as u64).sum()
    }
}

/// Reads the Ethernet captures of the corpus that are whole and well-formed.
pub(crate) fn read(folder: &Path) -> io::Result<Vec<Rc<Recorded>>> {
    let index: Value = serde_json::from_slice(&std::fs::read(folder.join("index.json"))?)?;
    let captures = index["captures"].as_array().cloned().unwrap_or_default();
    let mut found = Vec::new();
    for capture in captures {
        let tags = capture["tags"].as_array().cloned().unwrap_or_default();
        let broken = |tag: &Value| tag.as_str().is_some_and(|tag| tag.starts_with("malformed"));
        let Some(file) = capture["file"].as_str().filter(|_| !tags.iter().any(broken)) else {
            continue;
        };
        if let Some(recorded) = open(&folder.join(file)) {
            found.push(Rc::new(recorded));
        }
    }
    Ok(found)
}

/// None where libpcap cannot open it, its link is another, or frames are not whole.
fn open(file: &Path) -> Option<Recorded> {
    let mut capture = Capture::from_file_with_precision(file, Precision::Nano).ok()?;
    if capture.get_datalink() != Linktype::ETHERNET {
        return None;
    }
    let mut frames: Vec<Frame> = Vec::new();
    while let Ok(packet) = capture.next_packet() {
        let length = packet.header.len;
        // What a snaplen cut, or never was a frame, is not what is to be measured.
        if length > LONGEST_FRAME || packet.data.len() != length as usize {
            return None;
        }
        if wire::is_odd_arp(packet.data) {
            continue;
        }
        let stamp = packet.header.ts;
        let seconds = u64::try_from(stamp.tv_sec).unwrap_or(0);
        let time = seconds * 1_000_000_000 + u64::try_from(stamp.tv_usec).unwrap_or(0);
        frames.push(Frame { time, length, data: packet.data.to_vec() });
    }
    let begun = frames.iter().map(|frame| frame.time).min()?;
    let took = frames.iter().map(|frame| frame.time).max()?.saturating_sub(begun);
    let mut latest = 0;
    for frame in &mut frames {
        let since = u128::from(frame.time - begun);
        let since = since * u128::from(LONGEST.min(took)) / u128::from(took.max(1));
        latest = latest.max(u64::try_from(since).unwrap_or(0));
        frame.time = latest;
    }
    let clients = clients(&frames);
    Some(Recorded { frames, clients })
}

/// Who begins is the client, unless the port says otherwise.
fn clients(frames: &[Frame]) -> HashMap<IpAddr, bool> {
    let mut clients = HashMap::new();
    for frame in frames {
        let Some(network) = Network::of(&frame.data) else { continue };
        let (source, destination) = network.addresses(&frame.data);
        if clients.contains_key(&source) || clients.contains_key(&destination) {
            clients.entry(source).or_insert(false);
            clients.entry(destination).or_insert(false);
            continue;
        }
        let answers =
            network.ports(&frame.data).is_some_and(|(from, to)| from < 1024 && to >= 1024);
        clients.insert(source, !answers);
        clients.insert(destination, answers);
    }
    clients.retain(|address, client| *client && !wire::is_shared(*address));
    clients
}

/// A capture played again by other clients.
pub(crate) struct Replay {
    recorded: Rc<Recorded>,
    start: u64,
    /// What the clients' addresses are changed by; zero leaves them.
    mask: u16,
    at: usize,
}

impl Replay {
    pub(crate) fn new(recorded: Rc<Recorded>, start: u64, mask: u16) -> Self {
        Self { recorded, start, mask, at: 0 }
    }
}

impl Source for Replay {
    fn time(&self) -> Option<u64> {
        self.recorded.frames.get(self.at).map(|frame| self.start + frame.time)
    }

    fn write(&mut self, into: &mut Vec<u8>) -> u32 {
        let Some(frame) = self.recorded.frames.get(self.at) else { return 0 };
        self.at += 1;
        into.extend_from_slice(&frame.data);
        if let Some(network) = Network::of(into) {
            let is_client = |address| self.recorded.clients.contains_key(&address);
            network.readdress(into, self.mask, is_client);
        }
        frame.length
    }
}
