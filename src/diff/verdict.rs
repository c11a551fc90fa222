//! Findings, and the verdict that follows from them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Code;

/// One departure from what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind.
    pub code: Code,
    /// One sentence for the person who reads it.
    pub message: String,
    /// The first contact it is about, as an index into the result's contacts.
    pub contact: Option<usize>,
    /// Every contact it is about, that one among them; empty too where it was written before
    /// there was more than one ([`Self::about`]).
    #[serde(default)]
    pub contacts: Vec<usize>,
    /// The processes it is about where it is about no contact, by their ids inside the sandbox.
    #[serde(default)]
    pub processes: Vec<u32>,
    /// What to do about it, where there is something to do.
    pub hint: Option<String>,
    /// The rule that was departed from, where it is one.
    pub rule: Option<RuleLine>,
    /// The YAML that would accept it, to stand under `expect`: in place of the rule where there
    /// is one, beside the others where there is none.
    pub accept: Option<String>,
}

impl Finding {
    /// A finding that is about no contact and no rule.
    pub fn new(code: Code, message: impl Into<String>, hint: Option<String>) -> Self {
        let message = message.into();
        Self {
            code,
            message,
            contact: None,
            contacts: Vec::new(),
            processes: Vec::new(),
            hint,
            rule: None,
            accept: None,
        }
    }

    /// The same, about these contacts.
    pub fn of(self, contacts: Vec<usize>) -> Self {
        Self { contact: contacts.first().copied(), contacts, ..self }
    }

    /// The contacts it is about, by their indices.
    pub fn about(&self) -> &[usize] {
        if self.contacts.is_empty() { self.contact.as_slice() } else { &self.contacts }
    }
}

/// A rule of the baseline, as a finding names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleLine {
    /// The line of the scenario file that it begins on, counted from 1.
    pub line: usize,
    /// The rule as one line of YAML.
    pub text: String,
}

/// What a run proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
