//! What can go wrong in the sandbox, step by step.

use std::path::PathBuf;

use nix::errno::Errno;
use serde::{Deserialize, Serialize};

/// A step of setting the sandbox up that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The program that enters the namespaces could not be started.
    #[error("cannot start apptrace itself as the sandbox's first process: {0}")]
    Spawn(#[source] std::io::Error),
    /// Entering the namespaces failed.
    #[error("cannot {step}: {source}")]
    Enter {
        /// What was attempted.
        step: EntryStep,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A socket pair or pipe could not be made.
    #[error("cannot create {what}: {errno}")]
    Create {
        /// What was to be made.
        what: &'static str,
        /// Why it failed.
        errno: Errno,
    },
    /// A network namespace could not be made, opened or entered.
    #[error("cannot {what} a network namespace: {errno}")]
    NetworkNamespace {
        /// Make, open or enter.
        what: &'static str,
        /// Why it failed.
        errno: Errno,
    },
    /// Netlink refused a link, an address or a route.
    #[error("cannot set up the sandbox's network ({step}): {message}")]
    Link {
        /// What was attempted.
        step: &'static str,
        /// Why it failed.
        message: String,
    },
    /// nf_tables refused the rules that bring every port to one listener.
    #[error("cannot divert the sandbox's traffic by nf_tables ({step}): {errno}")]
    Divert {
        /// What was attempted.
        step: &'static str,
        /// Why it failed.
        errno: Errno,
    },
    /// The kernel's packet queue, or the rules that send to it, could not be had.
    #[error("cannot hold the sandbox's packets back ({step}): {errno}")]
    Hold {
        /// What was attempted.
        step: &'static str,
        /// Why it failed.
        errno: Errno,
    },
    /// The line could not be made slow, narrow or lossy.
    #[error("cannot impair the sandbox's line: {}", impairing(*.errno))]
    Impair {
        /// Why it failed.
        errno: Errno,
    },
    /// A mount of the sandbox's file system failed.
    #[error("cannot {step} {path} in the sandbox: {errno}", path = path.display())]
    Mount {
        /// What was attempted.
        step: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        errno: Errno,
    },
    /// A file or folder of the sandbox could not be written.
    #[error("cannot write {path} in the sandbox: {source}", path = path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A trust store of the application's own could not be given the certificate.
    #[error("cannot have {path} trust the simulated internet: {reason}", path = path.display())]
    Trust {
        /// Which.
        path: PathBuf,
        /// Why it failed.
        reason: String,
    },
    /// Another step of the sandbox's first process failed.
    #[error("cannot {step} in the sandbox: {errno}")]
    Init {
        /// What was attempted.
        step: &'static str,
        /// Why it failed.
        errno: Errno,
    },
    /// A part of what tells processes at their calls could not be had.
    #[error("cannot {step}: {errno}")]
    Attribution {
        /// What was attempted.
        step: &'static str,
        /// Why it failed.
        errno: Errno,
    },
    /// The other side of a channel went away.
    #[error("the sandbox's {who} ended unexpectedly{}", reason(.message))]
    Gone {
        /// Who.
        who: &'static str,
        /// Its last words, where it had any.
        message: String,
    },
}

/// The kernel's word for a queueing discipline that it has not got is that of a missing file.
fn impairing(errno: Errno) -> String {
    match errno {
        Errno::ENOENT => {
            "this kernel has neither sch_netem nor a packet queue for nf_tables".to_owned()
        }
        errno => format!("sch_netem is refused: {errno}"),
    }
}

fn reason(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

impl SandboxError {
    /// The error number behind this, where there is one.
    pub fn errno(&self) -> Option<Errno> {
        match self {
            Self::Spawn(source) | Self::Enter { source, .. } | Self::Write { source, .. } => {
                source.raw_os_error().map(Errno::from_raw)
            }
            Self::Create { errno, .. }
            | Self::NetworkNamespace { errno, .. }
            | Self::Divert { errno, .. }
            | Self::Hold { errno, .. }
            | Self::Impair { errno }
            | Self::Mount { errno, .. }
            | Self::Attribution { errno, .. }
            | Self::Init { errno, .. } => Some(*errno),
            Self::Link { .. } | Self::Trust { .. } | Self::Gone { .. } => None,
        }
    }

    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Enter { step: EntryStep::Unshare, source } => match source.raw_os_error() {
                Some(libc::ENOSPC) => Some(
                    "this machine allows no further user namespaces: raise the limit with \
                     `sysctl user.max_user_namespaces=15000` as root, in the outermost \
                     container if there are several",
                ),
                Some(libc::EPERM) => Some(
                    "user namespaces are forbidden to this user: on Debian set \
                     `sysctl kernel.unprivileged_userns_clone=1`, on Ubuntu 24.04 and later \
                     `sysctl kernel.apparmor_restrict_unprivileged_userns=0`, in a container \
                     run it with `--security-opt seccomp=unconfined`, each as root",
                ),
                _ => None,
            },
            Self::Enter { step: EntryStep::MapUser | EntryStep::MapGroup, .. } => Some(
                "user namespaces seem to be restricted (AppArmor on Ubuntu 24.04 and later): \
                 `sysctl kernel.apparmor_restrict_unprivileged_userns=0` as root lifts it",
            ),
            Self::Divert { .. } => Some(
                "the kernel needs nf_tables with tproxy: as root run \
                 `modprobe -a nf_tables nft_tproxy`",
            ),
            Self::Hold { .. } => Some(
                "the kernel needs a packet queue for nf_tables: as root run \
                 `modprobe -a nfnetlink_queue nft_queue nft_reject_inet nft_tproxy`",
            ),
            Self::Impair { errno: Errno::ENOENT } => Some(
                "`network.conditions` needs one of them: as root run `modprobe sch_netem`, or \
                 `modprobe -a nfnetlink_queue nft_queue`, or leave the key out",
            ),
            Self::Mount { step: "mount", path, .. } if path == std::path::Path::new("/proc") => {
                Some(
                    "/proc is partly masked here, as it is in an unprivileged container: run \
                     the container with `--security-opt systempaths=unconfined`",
                )
            }
            Self::Trust { .. } => Some(
                "`application.trust` takes certificates in PEM, Java trust stores, and \
                 `cert9.db` in a profile that is still to be made",
            ),
            Self::Attribution { errno: Errno::EBUSY, .. } => Some(
                "another program is told of all system calls here already, and there can be one \
                 alone: run apptrace outside of it",
            ),
            Self::Attribution { errno: Errno::EPERM | Errno::EACCES, .. } => Some(
                "looking into one's own processes is forbidden here: as root run \
                 `sysctl kernel.yama.ptrace_scope=1`, in a container run it with \
                 `--security-opt seccomp=unconfined`",
            ),
            Self::Attribution { errno: Errno::ENOSYS | Errno::EINVAL, .. } => {
                Some("telling processes at their system calls needs Linux 5.6 or later")
            }
            Self::Attribution { .. } => Some(
                "the kernel needs a log for nf_tables: as root run \
                 `modprobe -a nfnetlink_log nft_log`",
            ),
            Self::Link { .. } => {
                Some("the kernel needs virtual Ethernet pairs: as root run `modprobe veth`")
            }
            _ => None,
        }
    }
}

/// A step between fork and exec of the process that enters the namespaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum EntryStep {
    /// A session of its own, so that Ctrl-C reaches the harness alone.
    Session = 1,
    /// unshare(2).
    Unshare = 2,
    /// /proc/self/setgroups.
    DenyGroups = 3,
    /// /proc/self/uid_map.
    MapUser = 4,
    /// /proc/self/gid_map.
    MapGroup = 5,
    /// PR_SET_PDEATHSIG.
    DeathSignal = 6,
    /// Keeping the control socket open across exec.
    KeepControl = 7,
    /// The controlling terminal.
    Terminal = 8,
    /// Closing what the sandbox must not inherit.
    Descriptors = 9,
    /// Signals as they are by default.
    Signals = 10,
}

impl EntryStep {
    /// The step by the byte that the child wrote.
    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        [
            Self::Session,
            Self::Unshare,
            Self::DenyGroups,
            Self::MapUser,
            Self::MapGroup,
            Self::DeathSignal,
            Self::KeepControl,
            Self::Terminal,
            Self::Descriptors,
            Self::Signals,
        ]
        .into_iter()
        .find(|step| *step as u8 == byte)
    }
}

impl std::fmt::Display for EntryStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Session => "begin a session for the sandbox",
            Self::Unshare => "create the sandbox's user namespace and the others within it",
            Self::DenyGroups => "give up changing groups in the sandbox",
            Self::MapUser => "map the user into the sandbox",
            Self::MapGroup => "map the group into the sandbox",
            Self::DeathSignal => "tie the sandbox's life to apptrace's",
            Self::KeepControl => "keep the sandbox's control socket",
            Self::Terminal => "give the application its terminal",
            Self::Signals => "have signals do in the sandbox what they do by default",
            Self::Descriptors => "keep open files out of the sandbox",
        })
    }
}
