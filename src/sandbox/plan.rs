//! What the sandbox is to hold and to launch: plain data, in the order it is carried out, so
//! that it can be printed, sent and tested without a sandbox.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::trust;

/// Everything the sandbox's first process has to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What is launched.
    pub launch: Launch,
    /// HOME inside, and outside: the user's own home folder is hidden behind it.
    pub home: Home,
    /// Files put into HOME before the launch.
    pub files: Vec<File>,
    /// Host folders and files shown at their own path where the sandbox would hide them.
    pub shown: Vec<Shown>,
    /// The application's own trust stores, by their absolute paths inside.
    pub stores: Vec<PathBuf>,
    /// What the sandbox trusts besides what the machine does.
    pub trust: Option<Trust>,
}

impl Plan {
    /// Has the sandbox trust a certificate authority: its trust stores, and clients that have
    /// roots of their own, by variables that give way to those of the scenario.
    pub fn trust(&mut self, certificate: String) {
        for (variable, value) in trust::environment() {
            self.launch.environment.entry(variable.to_owned()).or_insert_with(|| value.to_owned());
        }
        self.trust = Some(Trust { certificate });
    }
}

/// A certificate authority that the sandbox, and only the sandbox, trusts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    /// Its certificate, as PEM.
    pub certificate: String,
}

/// What is launched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// The program's absolute path.
    pub program: PathBuf,
    /// What it is told it is called: the command as the user wrote it.
    pub name: String,
    /// Its arguments, without its name.
    pub arguments: Vec<String>,
    /// Its whole environment.
    pub environment: BTreeMap<String, String>,
    /// Where it starts; created where it lies in HOME and is missing.
    pub directory: PathBuf,
    /// The user and group that it sees itself as.
    pub user: u32,
    /// See `user`.
    pub group: u32,
    /// Whether standard input is a terminal that it shall control.
    pub terminal: bool,
}

/// HOME.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// Its path inside, which $HOME and, where that was possible, the user database name.
    pub path: PathBuf,
    /// Host folders to hide: the user's own home.
    pub hidden: Vec<PathBuf>,
    /// A host folder to use as HOME, writable, in place of a fresh one.
    pub from: Option<PathBuf>,
}

/// A file put into HOME.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Relative to HOME, without `..`.
    pub path: PathBuf,
    /// What it holds.
    pub content: String,
    /// Its permission bits.
    pub mode: u32,
}

/// A host folder or file shown inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Its path, the same on both sides.
    pub path: PathBuf,
    /// Whether the application may write there.
    pub writable: bool,
}

/// The host name inside.
pub const HOSTNAME: &str = "sandbox";
/// The machine id inside (machine-id(5)), fixed so that nothing derived from it differs.
pub const MACHINE_ID: &str = "a9950ca1e1fb4ce6a4b2b5a1e6a00001";
/// Where programs are looked for inside.
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\
                        :/usr/local/games:/usr/games";

/// Hidden behind fresh, empty folders, with their mount options. /run holds the sockets of systemd-resolved, nscd,
/// avahi, D-Bus, docker and the display; /tmp those of X11.
pub const FRESH: [(&str, &str); 6] = [
    ("/tmp", "mode=1777"),
    ("/var/tmp", "mode=1777"),
    ("/dev/shm", "mode=1777"),
    ("/run", "mode=755"),
    ("/var/run", "mode=755"),
    // sssd's sockets, by which the user database and host names can be asked for.
    ("/var/lib/sss/pipes", "mode=755"),
];

/// The clean environment that every application starts from: built up from nothing, so that
/// `CI`, `DO_NOT_TRACK` and the like do not silence what is looked for.
pub fn environment(user_name: &str, user: u32, home: &str) -> BTreeMap<String, String> {
    [
        ("HOME", home),
        ("USER", user_name),
        ("LOGNAME", user_name),
        ("SHELL", "/bin/sh"),
        ("PATH", PATH),
        ("LANG", "C.UTF-8"),
        ("TZ", "UTC"),
        ("TERM", "xterm-256color"),
        ("XDG_RUNTIME_DIR", &runtime_directory(user)),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .collect()
}

/// The user's runtime folder inside (XDG Base Directory Specification).
pub(super) fn runtime_directory(user: u32) -> String {
    format!("/run/user/{user}")
}
