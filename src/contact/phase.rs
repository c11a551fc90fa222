//! The phases of a run, in their order.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::packet::Timestamp;

/// A stretch of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The sandbox is up, the application not launched.
    Before,
    /// From the launch until the application has settled.
    Startup,
    /// The application is left alone.
    Idle,
    /// The application has been told to go and has not gone yet.
    Shutdown,
    /// The application has gone; what it left behind still counts.
    After,
}

impl Phase {
    /// All phases, first to last.
    pub const ALL: [Self; 5] =
        [Self::Before, Self::Startup, Self::Idle, Self::Shutdown, Self::After];

    /// The phase's name as it stands in scenarios and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Startup => "startup",
            Self::Idle => "idle",
            Self::Shutdown => "shutdown",
            Self::After => "after",
        }
    }

    /// The phase of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// When a phase began and ended in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseSpan {
    /// Which phase.
    pub phase: Phase,
    /// Its first moment.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
}

impl PhaseSpan {
    /// The phase at a moment; outside all of them, the nearest.
    pub fn nearest(spans: &[Self], time: Timestamp) -> Option<Phase> {
        let distance = |span: &&Self| {
            if time < span.start {
                span.start.0 - time.0
            } else {
                // The end is the first moment after the phase.
                time.0.saturating_add(1).saturating_sub(span.end.0)
            }
        };
        spans.iter().min_by_key(distance).map(|span| span.phase)
    }
}
