//! The capture file: spooled into a temporary folder, kept where it was asked for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::session::Trouble;
use super::{Note, Outcome};
use crate::diff::{Code, Finding, Verdict};

/// A capture in a temporary folder, removed with this unless it was kept.
pub(super) struct Kept {
    folder: TempDir,
    file: PathBuf,
}

impl Kept {
    pub(super) fn spool() -> Result<Self, Trouble> {
        let folder = tempfile::Builder::new().prefix("apptrace-").tempdir().map_err(|error| {
            Trouble::Sandbox {
                message: format!(
                    "cannot make a folder for the capture in {}: {error}",
                    std::env::temp_dir().display()
                ),
                hint: Some("free some space there, or set TMPDIR to another folder".to_owned()),
            }
        })?;
        let file = folder.path().join("capture.pcap");
        Ok(Self { folder, file })
    }

    pub(super) fn path(&self) -> &Path {
        &self.file
    }
}

/// Moves the capture into `folder`. Where that fails the evidence stays where it is; asked for
/// by the user, the failure is a finding of its own.
pub(super) fn keep(kept: Kept, folder: &Path, asked_for: bool, outcome: &mut Outcome) {
    if !kept.path().exists() {
        return;
    }
    let target = folder.join(format!("{}.pcap", outcome.scenario));
    let moved = fs::create_dir_all(folder).and_then(|()| move_file(kept.path(), &target));
    match moved {
        Ok(()) => outcome.capture.file = Some(target),
        Err(error) => {
            let message = format!("cannot keep the capture as {}: {error}", target.display());
            let spooled = kept.file.clone();
            // From here on the temporary folder is the evidence.
            let _ = kept.folder.keep();
            outcome.capture.file = Some(spooled);
            let hint = Some("--save-capture DIR names a folder for it".to_owned());
            if asked_for {
                let code = Code::SandboxDegraded;
                outcome.findings.push(Finding { code, message, contact: None, hint });
                outcome.verdict = Verdict::from_findings(&outcome.findings);
            } else {
                outcome.notes.push(Note { message, hint });
            }
        }
    }
}

/// Renames, or copies where the other folder is on another file system.
fn move_file(from: &Path, to: &Path) -> io::Result<()> {
    if fs::rename(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to).map(drop).inspect_err(|_| {
        // Half a capture would mislead.
        let _ = fs::remove_file(to);
    })
}
