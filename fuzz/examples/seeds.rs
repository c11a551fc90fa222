//! Takes seeds for every target out of the corpus of captures: whole small files, packets,
//! streams put in order, datagrams. Nothing of it is committed.
//!
//! `APPTRACE_CORPUS=… cargo run --manifest-path fuzz/Cargo.toml --example seeds`

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use apptrace::capture::{Block, Reader};
use apptrace::dissect::{
    Body, Step, dissect, http_head, is_dtls, is_quic, looks_like_tls, of_ip_payload,
    sip_datagram_head, sip_head,
};
use apptrace::flow::tcp::{Piece, Stream};
use apptrace::packet::{LinkType, PacketView};
use apptrace_fuzz::{LINKS, PORTS, part};

/// Larger inputs make a fuzzer slow, and hold little more.
const LARGEST: usize = 16 << 10;
/// No more of a stream is read.
const STREAM: usize = 6 << 10;
/// At most so many for a target.
const MOST: usize = 1500;

fn main() -> io::Result<()> {
    let Some(corpus) = std::env::var_os("APPTRACE_CORPUS").map(PathBuf::from) else {
        return Err(io::Error::other("APPTRACE_CORPUS is not set: there is nothing to take from"));
    };
    let index = std::fs::read(corpus.join("index.json"))?;
    let index: serde_json::Value = serde_json::from_slice(&index)?;
    let mut seeds = Seeds::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus"));
    for capture in index["captures"].as_array().into_iter().flatten() {
        let Some(file) = capture["file"].as_str().map(|file| corpus.join(file)) else { continue };
        let Ok(bytes) = std::fs::read(&file) else { continue };
        if bytes.len() <= LARGEST {
            seeds.keep("reader", &bytes)?;
        }
        let mut found = Capture::default();
        found.read(&file, &mut seeds)?;
        found.hand_over(&mut seeds)?;
    }
    for (target, count) in &seeds.counts {
        println!("{target}: {count} seeds");
    }
    Ok(())
}

/// Where the seeds go: a folder for each target.
struct Seeds {
    folder: PathBuf,
    counts: BTreeMap<&'static str, usize>,
    kept: HashSet<u64>,
}

impl Seeds {
    fn new(folder: PathBuf) -> Self {
        Self { folder, counts: BTreeMap::new(), kept: HashSet::new() }
    }

    fn keep(&mut self, target: &'static str, input: &[u8]) -> io::Result<()> {
        let mut hasher = DefaultHasher::new();
        (target, input).hash(&mut hasher);
        let hash = hasher.finish();
        let count = self.counts.entry(target).or_default();
        if input.len() > LARGEST || *count >= MOST || !self.kept.insert(hash) {
            return Ok(());
        }
        *count += 1;
        let folder = self.folder.join(target);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(format!("{hash:016x}")), input)
    }
}

/// What one capture has.
#[derive(Default)]
struct Capture {
    streams: HashMap<(SocketAddr, SocketAddr), (Stream, Vec<u8>)>,
    /// The datagrams between two ends, with who sent each.
    datagrams: HashMap<(SocketAddr, SocketAddr), Vec<(u8, Vec<u8>)>>,
    frames: Vec<u8>,
    kinds: HashSet<(u32, &'static str, usize)>,
    fragments: Vec<u8>,
}

impl Capture {
    fn read(&mut self, file: &Path, seeds: &mut Seeds) -> io::Result<()> {
        let Ok(mut reader) = Reader::open(file) else { return Ok(()) };
        let mut block = Block::new();
        while let Ok(true) = reader.next_block(&mut block) {
            for packet in block.packets() {
                self.packet(&packet, seeds)?;
            }
        }
        Ok(())
    }

    fn packet(&mut self, packet: &PacketView<'_>, seeds: &mut Seeds) -> io::Result<()> {
        let frame = dissect(packet.link, packet.data);
        let kind = (packet.link.0, frame.body.name(), packet.data.len() / 16);
        if let Some(link) = LINKS.iter().position(|link| *link == packet.link.0)
            && self.kinds.insert(kind)
        {
            seeds.keep("frame", &[&[link as u8], packet.data].concat())?;
        }
        if packet.link == LinkType::ETHERNET && self.frames.len() + packet.data.len() < LARGEST {
            self.frames.extend(part(1, packet.data));
        }
        let Some((from, to)) = frame.addresses else { return Ok(()) };
        let body = match &frame.body {
            Body::Fragment(fragment) => {
                let said = u8::from(from.is_ipv6()) | u8::from(fragment.more) << 1 | 8;
                let head = [(fragment.offset / 8) as u8, fragment.id as u8];
                let room = LARGEST.saturating_sub(self.fragments.len()).min(fragment.payload.len());
                self.fragments.extend(part(said, &[&head, &fragment.payload[..room]].concat()));
                of_ip_payload((from, to), fragment.protocol, fragment.payload, true).body
            }
            body => *body,
        };
        match body {
            Body::Tcp(segment) => {
                let key = (
                    SocketAddr::new(from, segment.source_port),
                    SocketAddr::new(to, segment.destination_port),
                );
                let (stream, bytes) = self.streams.entry(key).or_default();
                let sequence = segment.sequence.wrapping_add(u32::from(segment.syn()));
                stream.take(sequence, segment.payload, 0, &mut |piece| keep(bytes, piece));
            }
            Body::Udp(datagram) => {
                let source = SocketAddr::new(from, datagram.source_port);
                let destination = SocketAddr::new(to, datagram.destination_port);
                let sent = !self.datagrams.contains_key(&(destination, source));
                let key = if sent { (source, destination) } else { (destination, source) };
                let list = self.datagrams.entry(key).or_default();
                if list.len() < 12 {
                    list.push((u8::from(!sent), datagram.payload.to_vec()));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn hand_over(mut self, seeds: &mut Seeds) -> io::Result<()> {
        seeds.keep("survey", &self.frames)?;
        if !self.fragments.is_empty() {
            seeds.keep("fragments", &self.fragments)?;
        }
        for ((from, to), (stream, bytes)) in &mut self.streams {
            stream.finish(&mut |piece| keep(bytes, piece));
            if !bytes.is_empty() {
                stream_seed(seeds, from.port(), to.port(), bytes)?;
            }
        }
        for ((from, to), list) in &self.datagrams {
            datagram_seeds(seeds, from.port(), to.port(), list)?;
        }
        Ok(())
    }
}

fn keep(bytes: &mut Vec<u8>, piece: Piece<'_>) {
    if let Piece::Bytes(more) = piece {
        let room = STREAM.saturating_sub(bytes.len()).min(more.len());
        bytes.extend_from_slice(&more[..room]);
    }
}

/// The place of a port among those of the small protocols.
fn choice(from: u16, to: u16) -> u8 {
    let known = |port: u16| PORTS.iter().position(|it| *it == port);
    known(to).or_else(|| known(from)).unwrap_or(0) as u8
}

fn stream_seed(seeds: &mut Seeds, from: u16, to: u16, bytes: &[u8]) -> io::Result<()> {
    let with = |said: u8| [&[said], bytes].concat();
    if looks_like_tls(bytes) == Some(true) {
        // The lower port is the server's.
        return seeds.keep("tls", &with(u8::from(from < to)));
    }
    if bytes.starts_with(b"PRI * HTTP/2") || bytes.starts_with(&[0, 0]) && bytes.get(3) == Some(&4)
    {
        return seeds.keep("http2", &with(0));
    }
    if from == 53 || to == 53 {
        return seeds.keep("dns", &with(2));
    }
    if matches!(sip_head(bytes, true), Step::Read { .. }) {
        return seeds.keep("sip", &with(0));
    }
    if let Step::Read { length, .. } = http_head(bytes, true) {
        let chunked = bytes[..length].windows(7).any(|it| it.eq_ignore_ascii_case(b"chunked"));
        if chunked && let Some(body) = bytes.get(length..).filter(|body| !body.is_empty()) {
            seeds.keep("http", &[&[0xfe], body].concat())?;
        }
        return seeds.keep("http", &with(1));
    }
    seeds.keep("small", &with(choice(from, to)))
}

fn datagram_seeds(
    seeds: &mut Seeds,
    from: u16,
    to: u16,
    list: &[(u8, Vec<u8>)],
) -> io::Result<()> {
    let all: Vec<u8> = list.iter().flat_map(|(side, bytes)| part(*side, bytes)).collect();
    let Some((_, first)) = list.first() else { return Ok(()) };
    if is_dtls(first) {
        return seeds.keep("dtls", &all);
    }
    if is_quic(first) || to == 443 {
        return seeds.keep("quic", &all);
    }
    for (_, bytes) in list.iter().filter(|(_, bytes)| !bytes.is_empty()).take(4) {
        let with = |said: u8| [&[said], &bytes[..]].concat();
        match (from, to) {
            (53 | 5353 | 5355, _) | (_, 53 | 5353 | 5355) => seeds.keep("dns", &with(0))?,
            (137, _) | (_, 137) => seeds.keep("dns", &with(1))?,
            _ if sip_datagram_head(bytes).is_some() => seeds.keep("sip", &with(1))?,
            _ => seeds.keep("small", &with(choice(from, to)))?,
        }
    }
    Ok(())
}
