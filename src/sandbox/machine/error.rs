//! What can go wrong on the machine, and what to do about it.

use nix::errno::Errno;

/// A step of watching the machine that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MachineError {
    /// The interfaces could not be listed.
    #[error("cannot list the machine's network interfaces: {0}")]
    Interfaces(Errno),
    /// No interface of this name is up.
    #[error("no interface `{name}` is up on this machine; there are {known}")]
    NoInterface {
        /// What was asked for.
        name: String,
        /// Those that are up.
        known: String,
    },
    /// No interface is up at all.
    #[error("no network interface of this machine is up")]
    NothingUp,
    /// There is no such user.
    #[error("there is no user `{0}` on this machine")]
    NoUser(String),
    /// Only root can launch a program as somebody else.
    #[error("only root can launch the application as the user `{0}`")]
    OtherUser(String),
    /// The privileges could not be given up.
    #[error("cannot {step}: {errno}")]
    LetGo {
        /// What was attempted.
        step: &'static str,
        /// Why it failed.
        errno: Errno,
    },
    /// The kernel does not tell its sockets.
    #[error("cannot ask the kernel for its sockets, by netlink ({step}): {errno}")]
    SocketTables {
        /// What was attempted.
        step: &'static str,
        /// Why it failed.
        errno: Errno,
    },
}

impl MachineError {
    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoInterface { .. } => {
                Some("name one of them under `host: { interfaces: [...] }`, or with --interface")
            }
            Self::NothingUp => Some("bring one up, or name `lo` to watch what stays here"),
            Self::OtherUser(_) => Some("run apptrace with sudo, or leave the user out"),
            Self::SocketTables { .. } => {
                Some("load the kernel modules inet_diag, tcp_diag and udp_diag")
            }
            _ => None,
        }
    }
}
