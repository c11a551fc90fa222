//! Findings, and the verdict that follows from them.

use std::fmt;

use serde::Serialize;

use super::Code;

/// One departure from what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind.
    pub code: Code,
    /// One sentence for the person who reads it.
    pub message: String,
    /// The contact it is about, as an index into the result's contacts.
    pub contact: Option<usize>,
    /// What to do about it, where there is something to do.
    pub hint: Option<String>,
}

/// What a run proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The application did what was expected and nothing else.
    Pass,
    /// The application departed from what was expected.
    Fail,
    /// The run proves nothing.
    Invalid,
}

impl Verdict {
    /// The verdict that follows from the findings: an invalid run is never a pass, and not a
    /// failure of the application either. `SnapshotMissing` alone fails.
    pub fn from_findings(findings: &[Finding]) -> Self {
        if findings.iter().any(|finding| finding.code.invalidates()) {
            Self::Invalid
        } else if findings.is_empty() {
            Self::Pass
        } else {
            Self::Fail
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Invalid => "invalid",
        })
    }
}
