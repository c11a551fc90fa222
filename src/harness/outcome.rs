//! What a run found: inert data, from which every report is made.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Excerpt;
use crate::contact::{Contact, Lookup, Phase, PhaseSpan, ProcessRecord};
use crate::diff::{Finding, Verdict};
use crate::packet::Timestamp;
use crate::scenario::{Internet, Sandbox};

/// The result of one run. Serialises to the JSON of `docs/result-format.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The scenario's name; the program's for a trace.
    pub scenario: String,
    /// The scenario's file; none for a trace.
    pub source: Option<PathBuf>,
    /// What the sandbox's network led to.
    pub internet: Internet,
    /// Where the application ran.
    #[serde(default)]
    pub sandbox: Sandbox,
    /// What the run proves.
    pub verdict: Verdict,
    /// Every departure, the gravest first.
    pub findings: Vec<Finding>,
    /// Whom the application contacted, in order of their first packet.
    pub contacts: Vec<Contact>,
    /// Which names were looked up.
    pub lookups: Vec<Lookup>,
    /// What was launched, and how it went.
    pub application: ApplicationOutcome,
    /// When each phase began and ended.
    pub phases: Vec<PhaseSpan>,
    /// What was captured.
    pub capture: CaptureSummary,
    /// Contacts made in `before`, and those to the same place later: subtracted as noise.
    pub noise: Vec<Contact>,
    /// On the machine itself: contacts of others, and those that were there before the launch,
    /// which were left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub background: Vec<Contact>,
    /// What a reader should know that is no finding.
    pub notes: Vec<Note>,
    /// How the result stands to the committed snapshot; none for a trace.
    pub snapshot: Option<SnapshotOutcome>,
    /// When the run began.
    pub started: Timestamp,
    /// The version of apptrace that made this.
    pub version: String,
    /// The first packets of each contact that is explained of each finding, where they were asked
    /// for.
    #[serde(skip)]
    pub excerpts: Vec<Vec<Excerpt>>,
}

impl Outcome {
    /// When the application was launched, from which moments are told; when the run began, where
    /// it was not.
    pub fn launched(&self) -> Timestamp {
        let startup = self.phases.iter().find(|span| span.phase == Phase::Startup);
        startup.map_or(self.started, |span| span.start)
    }
}

/// What was launched, and how it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationOutcome {
    /// Program and arguments as launched.
    pub command: Vec<String>,
    /// Whether this was the command or its stand-in.
    pub launched_as: LaunchedAs,
    /// How its first process ended; none where it did not end by itself or was never
    /// started.
    pub exit: Option<Exit>,
    /// The process tree, as far as sampling saw it.
    pub processes: Vec<ProcessRecord>,
}

/// What was launched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LaunchedAs {
    /// The scenario's command.
    Command,
    /// The scenario's stand-in, the command not being installed.
    StandIn,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// With this status.
    Status(i32),
    /// By this signal's number.
    Signal(i32),
}

/// What was captured.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CaptureSummary {
    /// Packets in the capture, the control probe's left out.
    pub packets: u64,
    /// Packets that the kernel or apptrace lost.
    pub lost: u64,
    /// Packets that made no contact, by what they are: `arp`, `neighbour-discovery`…
    pub other: std::collections::BTreeMap<String, u64>,
    /// Where the capture was kept, if it was.
    pub file: Option<PathBuf>,
}

/// What a reader should know that is no finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// One sentence.
    pub message: String,
    /// What to do about it, where there is something to do.
    pub hint: Option<String>,
}

/// How a result stands to its snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotOutcome {
    /// The snapshot's file.
    pub file: PathBuf,
    /// How it compares.
    pub state: SnapshotState,
    /// The unified diff from the committed snapshot to this result, where they differ.
    pub diff: Option<String>,
}

/// How a result compares with its snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotState {
    /// They are the same.
    Unchanged,
    /// There was none; this result was written as the first.
    Written,
    /// They differ; this result lies beside it as `.snap.new`.
    Changed,
    /// They differed; this result has replaced it (`--update`).
    Updated,
    /// There is none, and none may be written (`--ci`).
    Missing,
    /// They were not compared: the run is invalid.
    NotCompared,
}
