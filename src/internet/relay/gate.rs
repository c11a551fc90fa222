//! What the relay needs of the sandbox and of the machine, so that it knows neither.

use std::io;
use std::os::fd::OwnedFd;

use crate::contact::{Fate, Transport};

/// What an application is told where the machine was told this.
pub(super) fn fate_of(error: &io::Error) -> Fate {
    match error.kind() {
        // It has waited as long as it would have by itself.
        io::ErrorKind::TimedOut => Fate::Drop,
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable => Fate::NoRoute,
        io::ErrorKind::HostUnreachable => Fate::Unreachable,
        io::ErrorKind::PermissionDenied => Fate::Prohibit,
        // Larger than the way allows: lost, as it would have been.
        _ if error.raw_os_error() == Some(nix::libc::EMSGSIZE) => Fate::Drop,
        // The machine has no IPv6 at all.
        _ if error.raw_os_error() == Some(nix::libc::EAFNOSUPPORT) => Fate::NoRoute,
        _ => Fate::Refuse,
    }
}

/// Holds packets back until their fate is told.
pub trait Gate: Send + Sync {
    /// Waits for the next packet: its number, and its bytes from the IP header on; none for a
    /// message that is no packet.
    ///
    /// # Errors
    /// Where the gate cannot be read; `ENOBUFS` where packets were lost.
    fn receive(&self, buffer: &mut [u8]) -> io::Result<Option<(u32, Vec<u8>)>>;

    /// Tells a packet's fate.
    fn decide(&self, number: u32, fate: Fate);
}

/// The machine's network.
pub trait Outside: Send + Sync {
    /// A socket of it, non-blocking, unconnected.
    ///
    /// # Errors
    /// Where the machine refuses one.
    fn socket(&self, transport: Transport, is_v6: bool) -> io::Result<OwnedFd>;
}
