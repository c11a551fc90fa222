//! What can go wrong with snapshots on disk.

use std::io;
use std::path::PathBuf;

/// A snapshot could not be read, written or found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The folder could not be made.
    #[error("cannot make the snapshot folder {}", folder.display())]
    MakeFolder {
        /// Which.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The folder could not be listed.
    #[error("cannot list the snapshot folder {}", folder.display())]
    ListFolder {
        /// Which.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file could not be read.
    #[error("cannot read the snapshot {}", file.display())]
    Read {
        /// Which.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file is there but is no snapshot.
    #[error("{} is no snapshot that apptrace can read: {reason}", file.display())]
    Corrupt {
        /// Which.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file could not be written; what was there before is still there.
    #[error("cannot write the snapshot {}", file.display())]
    Write {
        /// Which.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file could not be removed.
    #[error("cannot remove {}", file.display())]
    Remove {
        /// Which.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// No pending snapshot has this name.
    #[error("no snapshot named `{name}` is pending in {}", folder.display())]
    NotPending {
        /// The name that was given.
        name: String,
        /// Where it was looked for.
        folder: PathBuf,
        /// The pending name that is most like it.
        nearest: Option<String>,
    },
    /// A name that cannot be a snapshot's.
    #[error("`{name}` is no snapshot name: a name holds no path separators and no dots in front")]
    BadName {
        /// The name that was given.
        name: String,
    },
}
