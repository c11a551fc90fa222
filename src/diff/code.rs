//! The finding codes: stable, kebab-case, documented in `docs/finding-codes.md`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What kind of departure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The application contacted a host that no rule expects.
    UnexpectedContact,
    /// The application contacted a host that a `deny` rule names.
    DeniedContact,
    /// The application contacted somebody whom `enforce` does not let it reach, and was refused.
    BlockedContact,
    /// A process that the application left behind contacted somebody, which no rule expects.
    Outlived,
    /// A contact that a rule requires was not made.
    MissingContact,
    /// An expected contact was made in a phase that its rule does not name.
    WrongPhase,
    /// An expected contact was made by a process that its rule does not name.
    WrongProcess,
    /// The time of a rule is over, whether or not a contact relies on it.
    ExpiredRule,
    /// An expected contact comprised more flows than its rule allows.
    TooOften,
    /// The result differs from the committed snapshot.
    SnapshotChanged,
    /// No snapshot exists where one is required (`--ci`).
    SnapshotMissing,
    /// The snapshot could not be read or written.
    SnapshotUnusable,
    /// The kernel or apptrace lost packets.
    PacketsLost,
    /// What was captured went beyond a documented limit, and something was not kept.
    LimitReached,
    /// The control probe was not seen in the capture.
    ProbeNotSeen,
    /// The application could not be launched.
    ApplicationNotStarted,
    /// The application failed before it contacted anybody.
    ApplicationFailed,
    /// A part of the sandbox failed during the run.
    SandboxDegraded,
    /// The capture could not be saved where the user wants it.
    CaptureNotSaved,
    /// The run was interrupted.
    Interrupted,
}

impl Code {
    /// Every code, in the order of the documentation.
    pub const ALL: [Self; 20] = [
        Self::UnexpectedContact,
        Self::DeniedContact,
        Self::BlockedContact,
        Self::Outlived,
        Self::MissingContact,
        Self::WrongPhase,
        Self::WrongProcess,
        Self::ExpiredRule,
        Self::TooOften,
        Self::SnapshotChanged,
        Self::SnapshotMissing,
        Self::SnapshotUnusable,
        Self::PacketsLost,
        Self::LimitReached,
        Self::ProbeNotSeen,
        Self::ApplicationNotStarted,
        Self::ApplicationFailed,
        Self::SandboxDegraded,
        Self::CaptureNotSaved,
        Self::Interrupted,
    ];

    /// The code as users write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnexpectedContact => "unexpected-contact",
            Self::DeniedContact => "denied-contact",
            Self::BlockedContact => "blocked-contact",
            Self::Outlived => "outlived",
            Self::MissingContact => "missing-contact",
            Self::WrongPhase => "wrong-phase",
            Self::WrongProcess => "wrong-process",
            Self::ExpiredRule => "expired-rule",
            Self::TooOften => "too-often",
            Self::SnapshotChanged => "snapshot-changed",
            Self::SnapshotMissing => "snapshot-missing",
            Self::SnapshotUnusable => "snapshot-unusable",
            Self::PacketsLost => "packets-lost",
            Self::LimitReached => "limit-reached",
            Self::ProbeNotSeen => "probe-not-seen",
            Self::ApplicationNotStarted => "application-not-started",
            Self::ApplicationFailed => "application-failed",
            Self::SandboxDegraded => "sandbox-degraded",
            Self::CaptureNotSaved => "capture-not-saved",
            Self::Interrupted => "interrupted",
        }
    }

    /// The code that users write so.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }

    /// Whether a finding of this kind means that the run proves nothing, rather than that
    /// the application departed from what was expected.
    pub fn invalidates(self) -> bool {
        matches!(
            self,
            Self::SnapshotUnusable
                | Self::PacketsLost
                | Self::LimitReached
                | Self::ProbeNotSeen
                | Self::ApplicationNotStarted
                | Self::ApplicationFailed
                | Self::SandboxDegraded
                | Self::CaptureNotSaved
                | Self::Interrupted
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_name(&text).ok_or_else(|| {
            let text = crate::contact::quoted(&text);
            serde::de::Error::custom(format!("this version knows no finding code {text}"))
        })
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document's table holds every code, once, in order, with its exit code.
    #[test]
    fn the_documentation_holds_every_code() {
        let document = include_str!("../../docs/finding-codes.md");
        let rows: Vec<(&str, &str)> = document
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .filter_map(|row| row.split_once("` | "))
            .filter_map(|(code, rest)| Some((code, rest.split_once(" |")?.0)))
            .collect();
        let expected: Vec<(&str, &str)> = Code::ALL
            .iter()
            .map(|code| match code {
                Code::SnapshotMissing => (code.as_str(), "4"),
                _ if code.invalidates() => (code.as_str(), "3"),
                _ => (code.as_str(), "1"),
            })
            .collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn codes_are_kebab_case_and_in_order() {
        assert!(Code::ALL.is_sorted());
        for code in Code::ALL {
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{code}");
        }
    }
}
