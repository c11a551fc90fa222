//! The files of a capture, read one after another by a thread of their own, so that reading and
//! surveying overlap. It also says which shard of the survey each packet falls to: it has just had
//! their headers in its hands.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use super::inspection::{Damage, FileFacts, InterfaceFacts};
use crate::capture::{Block, CaptureError, Facts, Reader};
use crate::flow::{Lane, Lanes};
use crate::packet::LinkType;

/// So many blocks are handed on at once, each of about a quarter of a mebibyte: a reader is at its
/// fastest with blocks that fit into its processor's own cache, but waking another thread for each
/// of them costs more than that gains.
const TOGETHER: usize = 4;

/// How many times as many blocks wait to be surveyed at most.
const WAITING: usize = 2;

/// At most this many names are kept that files give to addresses.
const MOST_NAMES: usize = 1 << 17;
/// At most this many sections are remembered by what is remarked on them.
const MOST_SECTIONS: usize = 256;

/// What the reading thread has to say.
enum Read {
    Blocks(Vec<Placed>),
    /// A section began, with this remark.
    Section(String),
    /// A file is at its end, or as far as it could be read; with the names that it gives.
    Ended(FileFacts, Vec<(IpAddr, String)>),
    /// It could not be read at all.
    Failed(CaptureError),
}

/// A block, and where each of its packets falls.
pub(super) type Placed = (Block, Vec<Lane>);

/// The files of a capture.
pub(super) struct Files {
    read: Receiver<Read>,
    spare: Sender<Vec<Placed>>,
    links: Vec<LinkType>,
    facts: Vec<FileFacts>,
    /// What the files call addresses.
    names: Vec<(IpAddr, String)>,
    /// What their sections are remarked with.
    sections: Vec<String>,
    /// What was looked at before its turn.
    ahead: Option<Vec<Placed>>,
}

/// Takes blocks back.
pub(super) struct Spare(Sender<Vec<Placed>>);

impl Spare {
    /// Lets the memory of blocks be used again.
    pub(super) fn give_back(&self, blocks: Vec<Placed>) {
        // The thread may have read all there is.
        let _ = self.0.send(blocks);
    }
}

impl Files {
    /// Opens the files: an error in the last is to be told before the first is shown. A file
    /// that can be read only once, as a pipe, is opened when its turn comes.
    pub(super) fn open(paths: &[PathBuf], lanes: Lanes) -> Result<Self, CaptureError> {
        let mut first = None;
        let mut links = Vec::new();
        for (index, path) in paths.iter().enumerate() {
            let is_plain = path.as_os_str() != "-"
                && !std::fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir());
            if index > 0 && !is_plain {
                continue;
            }
            let reader = Reader::open(path)?;
            links.extend(reader.facts().interfaces.iter().map(|interface| interface.link));
            if index == 0 {
                first = Some(reader);
            }
        }
        let (send, read) = sync_channel(WAITING);
        let (spare, spares) = channel();
        let paths = paths.to_vec();
        thread::spawn(move || read_all(first, &paths, lanes, &send, &spares));
        let (facts, names, sections) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { read, spare, links, facts, names, sections, ahead: None })
    }

    /// The link types that the files announce; pcapng may name more later.
    pub(super) fn links(&self) -> Vec<LinkType> {
        self.links.clone()
    }

    /// A look at the next packets.
    pub(super) fn peek(&mut self) -> Result<Option<&Block>, CaptureError> {
        if self.ahead.is_none() {
            self.ahead = self.next()?;
        }
        let first = self.ahead.as_ref().and_then(|blocks| blocks.first());
        Ok(first.map(|(block, _)| block))
    }

    /// The next packets; none where there are no more.
    pub(super) fn next(&mut self) -> Result<Option<Vec<Placed>>, CaptureError> {
        if let Some(blocks) = self.ahead.take() {
            return Ok(Some(blocks));
        }
        loop {
            match self.read.recv() {
                Ok(Read::Blocks(blocks)) => return Ok(Some(blocks)),
                Ok(Read::Section(remark)) if self.sections.len() < MOST_SECTIONS => {
                    self.sections.push(remark);
                }
                Ok(Read::Section(_)) => {}
                Ok(Read::Ended(facts, names)) => {
                    self.facts.push(facts);
                    let room = MOST_NAMES.saturating_sub(self.names.len());
                    self.names.extend(names.into_iter().take(room));
                }
                Ok(Read::Failed(error)) => return Err(error),
                Err(_) => return Ok(None),
            }
        }
    }

    /// Where the blocks go that were surveyed.
    pub(super) fn spare(&self) -> Spare {
        Spare(self.spare.clone())
    }

    /// What the files that were read call addresses.
    pub(super) fn names(&self) -> &[(IpAddr, String)] {
        &self.names
    }

    /// The remarks on the sections that were begun so far.
    pub(super) fn sections(&self) -> &[String] {
        &self.sections
    }

    /// What the files that were read say of themselves.
    pub(super) fn facts(&mut self) -> Vec<FileFacts> {
        std::mem::take(&mut self.facts)
    }
}

/// Reads file after file until nobody listens any more.
fn read_all(
    mut first: Option<Reader>,
    paths: &[PathBuf],
    lanes: Lanes,
    send: &SyncSender<Read>,
    spares: &Receiver<Vec<Placed>>,
) {
    for path in paths {
        let reader = match first.take().map_or_else(|| Reader::open(path), Ok) {
            Ok(reader) => reader,
            Err(error) => {
                let _ = send.send(Read::Failed(error));
                return;
            }
        };
        let Some(ended) = read_one(path, reader, lanes, send, spares) else { return };
        if send.send(ended).is_err() {
            return;
        }
    }
}

fn read_one(
    path: &Path,
    mut reader: Reader,
    lanes: Lanes,
    send: &SyncSender<Read>,
    spares: &Receiver<Vec<Placed>>,
) -> Option<Read> {
    // What somebody is still writing is handed on as it comes.
    let together = if reader.is_live() { 1 } else { TOGETHER };
    let mut sections = 0;
    loop {
        let mut blocks = spares.try_recv().unwrap_or_default();
        blocks.resize_with(together, Placed::default);
        let mut filled = 0;
        let mut more = Ok(true);
        for (block, lanes_of) in &mut blocks {
            more = reader.next_block(block);
            // They stand before the packets of the block.
            for remark in reader.facts().remarks.iter().skip(sections) {
                send.send(Read::Section(remark.clone())).ok()?;
                sections += 1;
            }
            if !matches!(more, Ok(true)) {
                break;
            }
            filled += 1;
            lanes_of.clear();
            lanes_of.extend(block.packets().map(|packet| lanes.of(&packet)));
        }
        blocks.truncate(filled);
        if filled > 0 {
            send.send(Read::Blocks(blocks)).ok()?;
        }
        match more {
            Ok(true) => {}
            Ok(false) => return Some(ended(path, reader.facts(), None)),
            Err(error) => return Some(ended(path, reader.facts(), Some(error))),
        }
    }
}

fn ended(path: &Path, known: &Facts, error: Option<CaptureError>) -> Read {
    Read::Ended(facts(path, known, error), known.names.clone())
}

fn facts(path: &Path, facts: &Facts, error: Option<CaptureError>) -> FileFacts {
    let interfaces = facts.interfaces.iter().map(|interface| InterfaceFacts {
        name: interface.name.clone(),
        description: interface.description.clone(),
        link: interface.link.0,
        received: interface.received,
        dropped: interface.dropped,
    });
    FileFacts {
        file: path.to_owned(),
        format: facts.format,
        compressed: facts.compressed,
        packets: facts.packets,
        bytes: facts.bytes,
        interfaces: interfaces.collect(),
        damage: error.map(|error| Damage {
            packets: facts.packets,
            offset: facts.truncated_at.map_or(facts.bytes, |cut| cut.offset),
            message: error.to_string(),
        }),
    }
}
