//! Exit codes: promises to users, documented in `docs/exit-codes.md`.

use std::process::ExitCode;

use apptrace::diff::{Code, Verdict};
use apptrace::harness::Outcome;

/// How the program ends, the one that matters least first: of several scenarios, the
/// greatest decides.
///
/// A proven departure outranks an invalid run, so that a script which repeats invalid runs
/// cannot repeat a failure away; that something was not done at all outranks both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ExitStatus {
    /// What was asked for was done, and every scenario passed.
    Pass,
    /// No snapshot exists where one is required, and nothing else is wrong.
    SnapshotMissing,
    /// A run proves nothing.
    Invalid,
    /// A finding against the application.
    Fail,
    /// The command line, a scenario or a file stood in the way.
    Usage,
}

impl ExitStatus {
    /// The number that the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail => 1,
            Self::Usage => 2,
            Self::Invalid => 3,
            Self::SnapshotMissing => 4,
        }
    }

    /// What one outcome comes to.
    pub(crate) fn of(outcome: &Outcome) -> Self {
        let only_missing =
            outcome.findings.iter().all(|finding| finding.code == Code::SnapshotMissing);
        match outcome.verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Invalid => Self::Invalid,
            Verdict::Fail if only_missing && !outcome.findings.is_empty() => Self::SnapshotMissing,
            Verdict::Fail => Self::Fail,
        }
    }
}

impl From<Verdict> for ExitStatus {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Fail => Self::Fail,
            Verdict::Invalid => Self::Invalid,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_the_one_that_cannot_be_overlooked_decides() {
        use ExitStatus::{Fail, Invalid, Pass, SnapshotMissing, Usage};
        for (several, decides) in [
            (&[Pass, Pass][..], 0),
            (&[Pass, SnapshotMissing], 4),
            (&[SnapshotMissing, Invalid], 3),
            (&[Invalid, Fail, Pass], 1),
            (&[Fail, Usage, Invalid], 2),
        ] {
            assert_eq!(several.iter().max().map(|status| status.code()), Some(decides));
        }
    }

    #[test]
    fn every_code_is_documented() {
        let documented = include_str!("../../docs/exit-codes.md");
        for code in 0..=4 {
            assert!(documented.contains(&format!("| {code} |")), "{code}");
        }
    }
}
