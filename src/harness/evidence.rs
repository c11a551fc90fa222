//! The capture of a run: spooled where nothing is left of it, saved as evidence where it was
//! asked for (`docs/evidence.md`).

mod destination;
mod names;
mod remarks;
mod saved;

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::path::PathBuf;

use tempfile::TempDir;

pub use destination::{SaveError, SaveTo};

use super::message::Keys;
use super::session::{State, Trouble};
use super::{Note, Outcome, attributed};
use crate::contact::FlowKey;
use crate::diff::{Code, Finding, Verdict};
use crate::flow::Owners;

/// A capture in a temporary folder. Once it is being written the folder is removed, and only
/// open descriptors hold the file: should the harness be killed, nothing is left of it.
pub(super) struct Kept {
    folder: Option<TempDir>,
    file: PathBuf,
    opened: Option<File>,
    known: Known,
}

/// What is known of a capture besides its packets.
#[derive(Default)]
struct Known {
    owners: Owners,
    /// The harness's own flows.
    own: Vec<FlowKey>,
    /// The TLS keys that decrypt it.
    keys: Keys,
    /// Packets that the kernel dropped.
    dropped: u64,
}

impl Kept {
    pub(super) fn spool() -> Result<Self, Trouble> {
        let folder = tempfile::Builder::new()
            .prefix("apptrace-")
            .tempdir()
            .map_err(|error| trouble("make a folder for the capture", &error))?;
        let file = folder.path().join("capture.pcap");
        Ok(Self { folder: Some(folder), file, opened: None, known: Known::default() })
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

    /// Learns what the run came to know of its flows, and takes the keys.
    pub(super) fn learn(&mut self, state: &mut State) {
        if let Some(completed) = &mut state.completed {
            self.known.owners = attributed::owners(&completed.attributed, &state.sightings);
            self.known.own.clone_from(&completed.probes);
            self.known.keys = std::mem::take(&mut completed.keys);
            self.known.dropped = completed.dropped;
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

/// Saves the capture. Asked for by the user, a failure is a finding of its own.
pub(super) fn save(kept: &Kept, to: &SaveTo, asked_for: bool, outcome: &mut Outcome) {
    if kept.is_empty() {
        return;
    }
    let target = to.file(&outcome.scenario);
    let saved = to.make_folder().and_then(|()| kept.save_as(&target, outcome));
    match saved {
        Ok(()) => outcome.capture.file = Some(target),
        Err(error) => {
            let mut message = format!("cannot save the capture as {}: {error}", target.display());
            outcome.capture.file = fall_back(kept, outcome).ok();
            if let Some(file) = &outcome.capture.file {
                message = format!("{message}; it is kept as {} instead", file.display());
            }
            let hint = Some("see whether the disk is full, or name another place".to_owned());
            if asked_for {
                let code = Code::CaptureNotSaved;
                outcome.findings.push(Finding { code, message, contact: None, hint });
                outcome.verdict = Verdict::from_findings(&outcome.findings);
            } else {
                outcome.notes.push(Note { message, hint });
            }
        }
    }
    if kept.known.keys.beyond > 0 && outcome.capture.file.is_some() {
        let message = format!(
            "the saved capture lacks {} TLS keys, for which there was no room, so what was said \
             in the last sessions cannot be read in it",
            kept.known.keys.beyond
        );
        outcome.notes.push(Note { message, hint: None });
    }
}

/// Evidence that has no place is kept in the temporary folder.
fn fall_back(kept: &Kept, outcome: &Outcome) -> io::Result<PathBuf> {
    let folder = tempfile::Builder::new().prefix("apptrace-").tempdir()?;
    let target = folder.path().join("capture.pcapng");
    kept.save_as(&target, outcome)?;
    let _ = folder.keep();
    Ok(target)
}
