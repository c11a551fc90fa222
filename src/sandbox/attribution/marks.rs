//! The mark of a caller on its socket (SO_MARK, socket(7)), which the kernel copies to the
//! packets that leave by it. Only whoever rules the sandbox's network may set it: the stage,
//! and not the application.

use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::sys::socket::{getsockopt, setsockopt, sockopt};

use super::registry::Registry;
use crate::sandbox::sys_notify;

/// Marks the socket that a held call is made on with its caller's number; whether the caller is
/// there at all.
pub(super) fn mark(registry: &mut Registry, thread: u32, descriptor: i32) -> bool {
    match attempt(registry, thread, descriptor) {
        Ok(()) => true,
        Err(Errno::ESRCH) => false,
        Err(errno) => {
            registry.count_unmarked(errno);
            true
        }
    }
}

fn attempt(registry: &mut Registry, thread: u32, descriptor: i32) -> Result<(), Errno> {
    let handle = registry.handle(thread).ok_or(Errno::ESRCH)?;
    let socket = sys_notify::take_descriptor(handle, descriptor)?;
    let current = getsockopt(&socket.as_fd(), sockopt::Mark)?;
    match registry.mark(thread, current) {
        Some(mark) => setsockopt(&socket, sockopt::Mark, &mark),
        None => Ok(()),
    }
}
