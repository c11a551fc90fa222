//! The capture of a run: spooled where nothing is left of it, saved as evidence where it was
//! asked for (`docs/evidence.md`).

mod destination;
mod names;
mod remarks;
mod saved;

use std::fs::{self, File};
use std::io;
use std::net::IpAddr;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

pub use destination::{SaveError, SaveTo};

use super::host::Seen;
use super::message::Keys;
use super::session::Trouble;
use super::state::State;
use super::{Note, Outcome};
use crate::contact::FlowKey;
use crate::diff::{Code, Finding, Verdict};
use crate::flow::{Owners, Setting};

/// A capture in a temporary folder. Once it is being written the folder is removed, and only
/// open descriptors hold the file: should the harness be killed, nothing is left of it.
pub(super) struct Kept {
    folder: Option<TempDir>,
    files: Vec<Spooled>,
    known: Known,
}

/// The packets of one interface.
struct Spooled {
    interface: String,
    description: String,
    file: PathBuf,
    opened: Option<File>,
}

/// What is known of a capture besides its packets.
#[derive(Default)]
struct Known {
    owners: Owners,
    others: Option<Owners>,
    /// The machine, where there was no sandbox.
    host: Option<Seen>,
    resolvers: Vec<IpAddr>,
    /// The harness's own flows.
    own: Vec<FlowKey>,
    /// The TLS keys that decrypt it.
    keys: Keys,
    /// Packets that the kernel dropped.
    dropped: u64,
}

impl Kept {
    /// For the packets of these interfaces, each with what it is.
    pub(super) fn spool(interfaces: &[(&str, &str)]) -> Result<Self, Trouble> {
        let folder = tempfile::Builder::new()
            .prefix("apptrace-")
            .tempdir()
            .map_err(|error| trouble("make a folder for the capture", &error))?;
        let spooled = interfaces.iter().enumerate().map(|(at, (interface, description))| Spooled {
            interface: (*interface).to_owned(),
            description: (*description).to_owned(),
            file: folder.path().join(format!("capture-{at}.pcap")),
            opened: None,
        });
        let files = spooled.collect();
        Ok(Self { folder: Some(folder), files, known: Known::default() })
    }

    /// Where they are written and, later, read, each interface's by itself.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        let path = |spooled: &Spooled| match &spooled.opened {
            Some(opened) => PathBuf::from(format!("/proc/self/fd/{}", opened.as_raw_fd())),
            None => spooled.file.clone(),
        };
        self.files.iter().map(path).collect()
    }

    /// Removes the folder: the file is open for writing elsewhere, and from here on here.
    pub(super) fn detach(&mut self) -> Result<(), Trouble> {
        for spooled in &mut self.files {
            let opened = File::open(&spooled.file);
            spooled.opened = Some(opened.map_err(|error| trouble("open the capture", &error))?);
        }
        // Dropped, it is removed.
        self.folder = None;
        Ok(())
    }

    /// Learns what the run came to know of its flows, and takes the keys.
    pub(super) fn learn(&mut self, state: &mut State, setting: &Setting) {
        self.known.owners = setting.owners.clone();
        self.known.others.clone_from(&setting.others);
        self.known.resolvers.clone_from(&setting.resolvers);
        if let Some(completed) = &mut state.completed {
            self.known.host.clone_from(&completed.host);
            self.known.own.clone_from(&completed.probes);
            self.known.keys = std::mem::take(&mut completed.keys);
            self.known.dropped = completed.dropped;
        }
    }

    /// Has it read as if it were saved; as it was captured where there is no room for that.
    pub(super) fn lend<T>(&self, outcome: &Outcome, read: impl FnOnce(&Path) -> T) -> T {
        let copied = tempfile::Builder::new().prefix("apptrace-").tempdir().and_then(|folder| {
            let file = folder.path().join("capture.pcapng");
            self.save_as(&file, outcome).map(|()| (folder, file))
        });
        match copied {
            Ok((_folder, file)) => read(&file),
            // Of several interfaces, the first one's.
            Err(_) => read(&self.paths().into_iter().next().unwrap_or_default()),
        }
    }

    fn is_empty(&self) -> bool {
        self.paths().iter().all(|path| fs::metadata(path).map_or(true, |found| found.len() == 0))
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
                outcome.findings.push(Finding::new(code, message, hint));
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
