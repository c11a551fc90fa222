//! The files of a capture, read one after another.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::vec::IntoIter;

use super::inspection::{Damage, FileFacts, InterfaceFacts};
use crate::capture::{Block, CaptureError, Facts, Reader};
use crate::packet::LinkType;

/// At most this many names are kept that files give to addresses.
const MOST_NAMES: usize = 1 << 17;
/// At most this many sections are remembered by what is remarked on them.
const MOST_SECTIONS: usize = 256;

/// The files of a capture.
pub(super) struct Files {
    current: Option<Current>,
    to_come: IntoIter<PathBuf>,
    links: Vec<LinkType>,
    facts: Vec<FileFacts>,
    /// What the files call addresses.
    names: Vec<(IpAddr, String)>,
    /// What their sections are remarked with.
    sections: Vec<String>,
}

/// The file that is being read.
struct Current {
    path: PathBuf,
    reader: Reader,
    /// How many remarks on its sections were taken.
    remarks: usize,
}

impl Files {
    /// Opens the files: an error in the last is to be told before the first is shown. A file
    /// that can be read only once, as a pipe, is opened when its turn comes.
    pub(super) fn open(paths: &[PathBuf]) -> Result<Self, CaptureError> {
        let mut current = None;
        let mut links = Vec::new();
        for (index, path) in paths.iter().enumerate() {
            let is_plain = path.as_os_str() != "-"
                && !std::fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir());
            if index > 0 && !is_plain {
                continue;
            }
            let opened = Current::open(path)?;
            let interfaces = &opened.reader.facts().interfaces;
            links.extend(interfaces.iter().map(|interface| interface.link));
            if index == 0 {
                current = Some(opened);
            }
        }
        let to_come: Vec<PathBuf> = paths.iter().skip(1).cloned().collect();
        let (facts, names, sections) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { current, to_come: to_come.into_iter(), links, facts, names, sections })
    }

    /// The link types that the files announce; pcapng may name more later.
    pub(super) fn links(&self) -> Vec<LinkType> {
        self.links.clone()
    }

    /// Fills the block with the next packets; false where there are no more.
    pub(super) fn next(&mut self, block: &mut Block) -> Result<bool, CaptureError> {
        loop {
            let Some(current) = &mut self.current else {
                let Some(path) = self.to_come.next() else { return Ok(false) };
                self.current = Some(Current::open(&path)?);
                continue;
            };
            let more = current.reader.next_block(block);
            let remarks = current.reader.facts().remarks.iter().skip(current.remarks);
            let before = self.sections.len();
            self.sections.extend(remarks.take(MOST_SECTIONS.saturating_sub(before)).cloned());
            current.remarks = current.reader.facts().remarks.len();
            if matches!(more, Ok(true)) {
                return Ok(true);
            }
            let known = current.reader.facts();
            let room = MOST_NAMES.saturating_sub(self.names.len());
            self.names.extend(known.names.iter().take(room).cloned());
            self.facts.push(facts(&current.path, known, more.err()));
            self.current = None;
        }
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

impl Current {
    fn open(path: &Path) -> Result<Self, CaptureError> {
        Ok(Self { path: path.to_owned(), reader: Reader::open(path)?, remarks: 0 })
    }
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
