//! What an inspection found: inert data, from which every view of it is made.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use serde::Serialize;

use crate::contact::{Contact, DhcpClient, FlowRecord, Lookup, PhaseSpan, RunRecord};
use crate::diff::{Finding, Verdict};
use crate::harness::{ApplicationOutcome, Note, SnapshotOutcome, limits};
use crate::packet::Timestamp;

/// The result of an inspection. Serialises to the keys of a run's outcome
/// (`docs/result-format.md`); verdict and findings only where it was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// The name of the scenario that it was judged by.
    pub scenario: Option<String>,
    /// What the capture proves, where it was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Every departure, the gravest first, where it was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<Finding>>,
    /// Whether only a part was asked for, so that what is not there may have been left out.
    #[serde(skip)]
    pub chosen: bool,
    /// Whom it shows contacted, in order of their first packet.
    pub contacts: Vec<Contact>,
    /// Which names were looked up.
    pub lookups: Vec<Lookup>,
    /// What the clients of DHCP say of themselves, in order of their first message.
    pub dhcp: Vec<DhcpClient>,
    /// Every flow in order of its first packet, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flows: Option<Vec<FlowRecord>>,
    /// Nothing was launched.
    pub application: Option<ApplicationOutcome>,
    /// The phases of the run that saved the capture; empty where none did.
    pub phases: Vec<PhaseSpan>,
    /// The files, and what is in them.
    pub capture: CaptureFacts,
    /// Contacts that are not judged: those with the network's own resolvers, and of a run's
    /// capture those that were made before the launch, too.
    pub noise: Vec<Contact>,
    /// How many of these, from the beginning, are resolvers.
    #[serde(skip)]
    pub resolvers: usize,
    /// What a reader should know that is no finding.
    pub notes: Vec<Note>,
    /// No snapshot is compared.
    pub snapshot: Option<SnapshotOutcome>,
    /// When the first packet was captured.
    pub started: Option<Timestamp>,
    /// The version of apptrace that made this.
    pub version: &'static str,
}

/// The capture's files, and what is in them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct CaptureFacts {
    /// Packets surveyed: all that were read and that the filter let through.
    pub packets: u64,
    /// Packets that were read.
    pub read: u64,
    /// Packets that were not captured for lack of resources, as far as the files say so.
    pub lost: u64,
    /// Packets that made no contact, by what they are: `arp`, `neighbour-discovery`…
    pub other: BTreeMap<&'static str, u64>,
    /// What went beyond a limit of apptrace's, and how often.
    pub overflow: BTreeMap<&'static str, u64>,
    /// The first packet's time.
    pub first: Option<Timestamp>,
    /// The latest packet's time.
    pub last: Option<Timestamp>,
    /// The gateway's addresses, where they were told, or the capture shows them beyond doubt.
    pub gateways: Vec<IpAddr>,
    /// Whether a run of apptrace's made it, so that its sandbox's addresses are known.
    pub own: bool,
    /// The runs that saved it, as they say themselves.
    pub runs: Vec<RunRecord>,
    /// How many packets are earlier than the one before them.
    pub disordered: u64,
    /// Each file in the order in which they were read.
    pub files: Vec<FileFacts>,
}

/// What a capture file says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    /// The file; `-` for standard input.
    pub file: PathBuf,
    /// `pcap`, `pcapng`…
    pub format: &'static str,
    /// Whether it was compressed with gzip.
    pub compressed: bool,
    /// How many packets were read.
    pub packets: u64,
    /// How many bytes were read, after decompression.
    pub bytes: u64,
    /// Its interfaces.
    pub interfaces: Vec<InterfaceFacts>,
    /// Where it was cut off or ceases to make sense.
    pub damage: Option<Damage>,
}

/// An interface that packets were captured on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InterfaceFacts {
    /// What the system calls it.
    pub name: Option<String>,
    /// What a person calls it.
    pub description: Option<String>,
    /// What its packets begin with: the number of a `LINKTYPE_`.
    pub link: u32,
    /// How many packets it received, where the file says so.
    pub received: Option<u64>,
    /// How many packets were dropped, where the file says so.
    pub dropped: Option<u64>,
}

/// Where a file was cut off or ceases to make sense.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// How many packets stand before it.
    pub packets: u64,
    /// The first byte that could not be read, after decompression.
    pub offset: u64,
    /// What is wrong, in a sentence that names the file.
    pub message: String,
}

impl CaptureFacts {
    /// Counts a packet.
    pub(super) fn count(&mut self, time: Timestamp) {
        self.read += 1;
        if let Some(last) = self.last {
            self.disordered += u64::from(time < last);
            self.last = Some(last.max(time));
        } else {
            self.last = Some(time);
        }
        self.first.get_or_insert(time);
    }
}

impl Inspection {
    pub(super) fn new(contacts: Vec<Contact>, lookups: Vec<Lookup>, capture: CaptureFacts) -> Self {
        Self {
            scenario: None,
            verdict: None,
            findings: None,
            chosen: false,
            contacts,
            lookups,
            dhcp: Vec::new(),
            flows: None,
            application: None,
            phases: Vec::new(),
            started: capture.first,
            capture,
            noise: Vec::new(),
            resolvers: 0,
            notes: Vec::new(),
            snapshot: None,
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// Says in sentences what limits the result: damage, losses, bounds that were reached.
    pub(super) fn note_limits(&mut self, judged: bool) {
        let mut notes = Vec::new();
        let mut note = |message: String, hint: Option<&str>| {
            notes.push(Note { message, hint: hint.map(str::to_owned) });
        };
        if self.capture.own {
            let message = "apptrace made this capture in its sandbox, so what is asked of its own \
                           resolver makes no contact, and the control probe is left out";
            note(message.to_owned(), None);
        }
        let saved = self.capture.runs.len();
        if saved > 0 && self.capture.files.len() > 1 {
            let message = "there are no phases, since these are captures of several runs";
            note(message.to_owned(), Some("inspect each file by itself"));
        } else if saved > 1 {
            let message = "this file holds captures of several runs; the phases are the first's";
            note(message.to_owned(), None);
        }
        for damage in self.capture.files.iter().filter_map(|file| file.damage.as_ref()) {
            note(format!("{}; everything before that is here", damage.message), None);
        }
        if self.capture.lost > 0 {
            let message = match self.capture.lost {
                1 => "1 packet was dropped while capturing".to_owned(),
                many => format!("{many} packets were dropped while capturing"),
            };
            note(message, Some("a contact may be missing: capture with a larger buffer"));
        }
        if self.capture.disordered > 0 && self.capture.files.len() > 1 {
            let message = match self.capture.disordered {
                1 => "1 packet is earlier than one before it".to_owned(),
                many => format!("{many} packets are earlier than one before them"),
            };
            note(message, Some("give the files in order of time"));
        }
        // Where it is judged, what could hide a contact is a finding.
        let is_noted = |what: &str| !judged || !limits::invalidates(what);
        for (what, count) in self.capture.overflow.iter().filter(|(what, _)| is_noted(what)) {
            let message = limits::sentence(what, *count);
            let hint = "look at a part of the capture, by `--filter` or in pieces";
            note(message, Some(hint));
        }
        self.notes.extend(notes);
    }
}
