//! The outcome and its snapshot.

use std::error::Error as _;
use std::path::{Path, PathBuf};

use super::run::Job;
use super::{LaunchedAs, Outcome, SnapshotOutcome, SnapshotState};
use crate::diff::{Code, Finding, Verdict};
use crate::snapshot::{Mode, SnapshotInput, State, Store};

/// The scenario's file as seen from the folder that holds the snapshots' folder, so that the
/// snapshot says the same wherever the project lies.
fn from_project(source: &Path, store: &Store) -> PathBuf {
    let project = store.folder().parent().filter(|folder| *folder != Path::new(""));
    let project = project.unwrap_or(Path::new(".")).canonicalize();
    let whole = source.canonicalize();
    match (project, whole) {
        (Ok(project), Ok(whole)) => whole.strip_prefix(project).unwrap_or(source).to_owned(),
        _ => source.to_owned(),
    }
}

/// Compares a result with its snapshot. An invalid run proves nothing and is not compared.
pub(super) fn compare(job: &Job, store: &Store, mode: Mode, outcome: &mut Outcome) {
    let stand_in = outcome.application.launched_as == LaunchedAs::StandIn;
    let internet = job.other_internet.then(|| job.internet.name());
    if outcome.verdict == Verdict::Invalid {
        outcome.snapshot = Some(SnapshotOutcome {
            file: store.file(&job.name, stand_in, internet),
            state: SnapshotState::NotCompared,
            diff: None,
        });
        return;
    }
    let source = job.source.as_deref().map(|source| from_project(source, store));
    let input = SnapshotInput {
        scenario: &job.name,
        description: job.description.as_deref(),
        source: source.as_deref(),
        command: &job.wanted.command,
        stand_in,
        internet,
        contacts: &outcome.contacts,
        requests: &job.requests,
        processes: job.processes,
    };
    let compared = match store.compare(&input, mode) {
        Ok(compared) => compared,
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            let hint = "mend the file or folder, name another with --snapshots DIR, or compare \
                        without writing with --ci";
            let message = format!("{error}{cause}");
            let finding = Finding::new(Code::SnapshotUnusable, message, Some(hint.to_owned()));
            outcome.findings.push(finding);
            return;
        }
    };
    let file = compared.file.display();
    // What `apptrace accept` knows it by: a stand-in's has a name of its own.
    let name = compared.file.file_stem().unwrap_or_default().to_string_lossy();
    let (state, finding) = match compared.state {
        State::Unchanged => (SnapshotState::Unchanged, None),
        State::Written => (SnapshotState::Written, None),
        State::Updated => (SnapshotState::Updated, None),
        State::Changed => (
            SnapshotState::Changed,
            Some(Finding::new(
                Code::SnapshotChanged,
                format!("the result differs from the snapshot {file}"),
                Some(match mode {
                    Mode::Ci => "run it without --ci, look at the change with `apptrace review`, \
                                 and commit the snapshot where it is right"
                        .to_owned(),
                    _ => format!(
                        "`apptrace review` shows the change and asks; `apptrace accept {}` \
                         accepts it",
                        name
                    ),
                }),
            )),
        ),
        State::Missing => (
            SnapshotState::Missing,
            Some(Finding::new(
                Code::SnapshotMissing,
                format!("there is no snapshot {file}, and --ci writes none"),
                Some("run it once without --ci and commit the snapshot".to_owned()),
            )),
        ),
    };
    outcome.findings.extend(finding);
    outcome.snapshot = Some(SnapshotOutcome { file: compared.file, state, diff: compared.diff });
}
