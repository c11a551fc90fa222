//! What all formats of capture files have in common for the reader.

use super::block::Record;
use super::facts::{Facts, Interface};
use super::pcap_format::PcapFormat;
use super::pcapng::PcapNg;
use super::snoop::Snoop;

/// The longest packet that is believed in: beyond it a length is taken for damage. What
/// libpcap allows the links with the longest packets is eight times as much, and then a
/// damaged file could ask for all of it.
pub(super) const MOST_PACKET: u32 = 16 << 20;

/// The formats, each with what it must keep in mind.
pub(super) enum Format {
    Pcap(PcapFormat),
    PcapNg(Box<PcapNg>),
    Snoop(Snoop),
}

/// Where the records found in a piece of a file go.
pub(super) struct Found<'a> {
    pub(super) records: &'a mut Vec<Record>,
    pub(super) comments: &'a mut Vec<(u32, String)>,
    pub(super) facts: &'a mut Facts,
}

/// How far a piece of a file could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// This many bytes were whole records.
    pub(super) consumed: usize,
    pub(super) then: Then,
}

/// What the reader must do for the format to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Then {
    /// Bring at least this many bytes, from the first not consumed on.
    Need(usize),
    /// Pass over this many bytes after those consumed, and go on.
    Skip(u64),
    /// End: what comes next contradicts the format.
    Bad(String),
}

impl Step {
    pub(super) fn need(consumed: usize, bytes: usize) -> Self {
        Self { consumed, then: Then::Need(bytes) }
    }

    pub(super) fn bad(consumed: usize, reason: impl Into<String>) -> Self {
        Self { consumed, then: Then::Bad(reason.into()) }
    }
}

impl Format {
    /// The format that a file's first bytes announce, with the length of its header; none where
    /// they announce none. For all of them the first 24 bytes are enough.
    pub(super) fn announced(start: &[u8]) -> Result<Option<(Self, usize)>, String> {
        if let Some(header) = start.first_chunk()
            && let Some(format) = PcapFormat::announced(header)?
        {
            return Ok(Some((Self::Pcap(format), 24)));
        }
        if let Some(header) = start.first_chunk()
            && let Some(format) = Snoop::announced(header)?
        {
            return Ok(Some((Self::Snoop(format), 16)));
        }
        let ng = PcapNg::is_announced(start);
        Ok(ng.then(|| (Self::PcapNg(Box::default()), 0)))
    }

    /// What the header says.
    pub(super) fn facts(&self) -> Facts {
        let (format, interface) = match self {
            Self::Pcap(format) => (format.name(), Some(format.interface())),
            Self::Snoop(format) => ("snoop", Some(format.interface())),
            Self::PcapNg(_) => ("pcapng", None),
        };
        let sections = u32::from(interface.is_some());
        let interfaces: Vec<Interface> = interface.into_iter().collect();
        Facts { format, sections, interfaces, ..Facts::default() }
    }

    /// Finds the records in a piece of the file that begins with one.
    pub(super) fn find(&mut self, bytes: &[u8], found: &mut Found<'_>) -> Step {
        match self {
            Self::Pcap(format) => format.find(bytes, found.records),
            Self::PcapNg(format) => format.find(bytes, found),
            Self::Snoop(format) => format.find(bytes, found.records),
        }
    }
}

/// A place in a block. Blocks are far shorter than four gigabytes.
pub(super) fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
