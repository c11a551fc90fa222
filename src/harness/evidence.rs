//! The capture file: spooled where nothing is left of it, kept where it was asked for.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::session::Trouble;
use super::{Note, Outcome};
use crate::capture::write_with_keys;
use crate::diff::{Code, Finding, Verdict};

/// A capture in a temporary folder. Once it is being written the folder is removed, and only
/// open descriptors hold the file: should the harness be killed, nothing is left of it.
pub(super) struct Kept {
    folder: Option<TempDir>,
    file: PathBuf,
    opened: Option<File>,
    /// The TLS keys that decrypt it, where the application noted any.
    pub(super) keys: String,
}

impl Kept {
    pub(super) fn spool() -> Result<Self, Trouble> {
        let folder = tempfile::Builder::new()
            .prefix("apptrace-")
            .tempdir()
            .map_err(|error| trouble("make a folder for the capture", &error))?;
        let file = folder.path().join("capture.pcap");
        Ok(Self { folder: Some(folder), file, opened: None, keys: String::new() })
    }

    /// Where it is written and, later, read.
    pub(super) fn path(&self) -> PathBuf {
        match &self.opened {
            Some(opened) => PathBuf::from(format!("/proc/self/fd/{}", opened.as_raw_fd())),
            None => self.file.clone(),
        }
    }

    /// Removes the folder: the file is open for writing elsewhere, and from here on here.
    pub(super) fn detach(&mut self) -> Result<(), Trouble> {
        let opened = File::open(&self.file).map_err(|error| trouble("open the capture", &error))?;
        self.opened = Some(opened);
        // Dropped, it is removed.
        self.folder = None;
        Ok(())
    }

    /// Writes it somewhere, with the keys where there are any.
    fn write(&self, target: &Path) -> io::Result<()> {
        if self.keys.is_empty() {
            copy(&self.path(), target)
        } else {
            write_with_keys(&self.path(), target, &self.keys)
        }
    }

    fn is_empty(&self) -> bool {
        fs::metadata(self.path()).map_or(true, |found| found.len() == 0)
    }
}

fn trouble(step: &str, error: &io::Error) -> Trouble {
    let folder = std::env::temp_dir();
    Trouble::Sandbox {
        message: format!("cannot {step} in {}: {error}", folder.display()),
        hint: Some("free some space there, or set TMPDIR to another folder".to_owned()),
    }
}

/// Copies the capture into `folder`. Asked for by the user, a failure is a finding of its own.
pub(super) fn keep(kept: &Kept, folder: &Path, asked_for: bool, outcome: &mut Outcome) {
    if kept.is_empty() {
        return;
    }
    let ending = if kept.keys.is_empty() { "pcap" } else { "pcapng" };
    let target = folder.join(format!("{}.{ending}", outcome.scenario));
    match fs::create_dir_all(folder).and_then(|()| kept.write(&target)) {
        Ok(()) => outcome.capture.file = Some(target),
        Err(error) => {
            let message = format!("cannot keep the capture as {}: {error}", target.display());
            let hint = Some("name a folder that can be written with --save-capture DIR".to_owned());
            outcome.capture.file = fall_back(kept).ok();
            if asked_for {
                let code = Code::SandboxDegraded;
                outcome.findings.push(Finding::new(code, message, hint));
                outcome.verdict = Verdict::from_findings(&outcome.findings);
            } else {
                outcome.notes.push(Note { message, hint });
            }
        }
    }
}

/// Evidence that has no place is kept in the temporary folder.
fn fall_back(kept: &Kept) -> io::Result<PathBuf> {
    let folder = tempfile::Builder::new().prefix("apptrace-").tempdir()?;
    let target = folder.path().join("capture.pcap");
    kept.write(&target)?;
    let _ = folder.keep();
    Ok(target)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to).map(drop).inspect_err(|_| {
        // Half a capture would mislead.
        let _ = fs::remove_file(to);
    })
}
