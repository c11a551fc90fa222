//! The supervisor's end of the filter: calls that are held, and what becomes of them.

use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;

use super::call::Call;
use crate::sandbox::{SandboxError, sys_notify};

/// Hears the calls of the processes under the filter.
#[derive(Debug)]
pub struct Listener(OwnedFd);

/// A call that is held until it is answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub(super) id: u64,
    /// The calling thread, by its id in this process's pid namespace.
    pub(super) thread: u32,
    /// None where the filter holds what this does not know.
    pub(super) call: Option<Call>,
    pub(super) arguments: [u64; 6],
}

impl Listener {
    /// Takes the listener of a process below this one, by the number that it has there.
    ///
    /// # Errors
    /// Where the kernel is older than Linux 5.6, or forbids to look into other processes.
    pub fn of(process: u32, number: i32) -> Result<Self, SandboxError> {
        let failed = |step| move |errno| SandboxError::Attribution { step, errno };
        let process = sys_notify::open_process(process)
            .map_err(failed("open the sandbox's first process by its id"))?;
        let listener = sys_notify::take_descriptor(process.as_fd(), number)
            .map_err(failed("take the listener for system calls from it"))?;
        sys_notify::wake_on_same_processor(listener.as_fd());
        Ok(Self(listener))
    }

    /// Waits for the next call; none where one was broken off meanwhile.
    ///
    /// # Errors
    /// Where no process is left under the filter.
    pub(super) fn receive(&self) -> Result<Option<Held>, Errno> {
        match sys_notify::receive(self.0.as_fd()) {
            Ok(heard) => Ok(Some(Held {
                id: heard.id,
                thread: heard.pid,
                call: Call::of(heard.data.arch, heard.data.nr.cast_unsigned()),
                arguments: heard.data.args,
            })),
            // A caller that a signal ended, or this thread interrupted.
            Err(Errno::EINTR | Errno::ENOENT) => Ok(None),
            Err(errno) => Err(errno),
        }
    }

    /// Whether a call is still held, so that what was read of its process is its own.
    pub(super) fn is_held(&self, held: &Held) -> bool {
        sys_notify::is_valid(self.0.as_fd(), held.id)
    }

    /// Lets a call go on, or has it fail.
    pub(super) fn answer(&self, held: &Held, errno: Option<Errno>) {
        // The caller has been killed where the kernel does not know it any more.
        let _ = sys_notify::answer(self.0.as_fd(), held.id, errno);
    }
}
