//! As whom apptrace is run: the result must be the same for root and for everybody else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use nix::unistd::geteuid;

/// The user and the group `nobody` and `nogroup`, which every machine has.
const NOBODY: u32 = 65_534;

/// As whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum User {
    /// Whoever runs the tests.
    Own,
    /// An ordinary one, which only root can become.
    Ordinary,
}

impl User {
    /// Everyone that the tests can be. In CI both root and an ordinary user must be among
    /// them: a test that silently leaves one out there would prove half of what it says.
    pub(crate) fn all() -> Vec<Self> {
        if geteuid().is_root() {
            return vec![Self::Own, Self::Ordinary];
        }
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "in CI these tests must be run by root, who can become an ordinary user as well"
        );
        vec![Self::Own]
    }

    /// The user's id.
    pub(crate) fn id(self) -> u32 {
        match self {
            Self::Own => geteuid().as_raw(),
            Self::Ordinary => NOBODY,
        }
    }

    /// The words to put before a command, so that this user runs it.
    pub(crate) fn prefix(self) -> Vec<String> {
        let words: &[&str] = match self {
            Self::Own => &[],
            Self::Ordinary => {
                &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
            }
        };
        words.iter().copied().map(str::to_owned).collect()
    }

    /// A program's path by which this user can execute it, in `folder` where the build's own
    /// may lie in a home that others may not enter.
    pub(crate) fn reachable(self, program: &Path, folder: &Path) -> PathBuf {
        if self == Self::Own {
            return program.to_owned();
        }
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        let reachable = folder.join(program.file_name().unwrap());
        if fs::hard_link(program, &reachable).is_err() {
            install(program, &reachable);
        }
        reachable
    }

    /// Gives a file or folder to this user.
    pub(crate) fn own(self, path: &Path) {
        if self == Self::Ordinary {
            let (user, group) = (NOBODY.into(), NOBODY.into());
            nix::unistd::chown(path, Some(user), Some(group)).unwrap();
        }
    }
}

/// Copies a program, by another process: had this one the file open for writing, a process
/// that another test forks just then would too, and nobody could execute it (ETXTBSY).
pub(crate) fn install(from: &Path, to: &Path) {
    Command::new("install").args(["-m", "755"]).args([from, to]).assert().success();
}
