//! With `sys_notify` the only file with `unsafe`: system calls that no safe wrapper of nix covers, each with the
//! reason why calling it so is sound.
#![expect(unsafe_code, reason = "the one place where system calls without a safe wrapper live")]

use std::ffi::CString;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::Path;

use nix::errno::Errno;
use nix::unistd::Pid;

/// Which side of a fork this is.
pub(super) enum Side {
    /// The new process.
    Child,
    /// The old one, with the new one's id in its own pid namespace.
    Parent(Pid),
}

/// Forks into a new pid namespace, as whose first process the child goes on with everything
/// that this one has. The calling process must have one thread.
///
/// Not unshare(2) and fork(2): a process whose children belong to another pid namespace than
/// itself can start no thread any more (EINVAL, see unshare(2)).
pub(super) fn fork_into_pid_namespace() -> Result<Side, Errno> {
    if threads() != 1 {
        return Err(Errno::EDEADLK);
    }
    let flags = libc::c_ulong::from((libc::CLONE_NEWPID | libc::SIGCHLD).cast_unsigned());
    // SAFETY: without CLONE_VM and without a stack, clone(2) is fork(2): the child has its own
    // copy of all memory and goes on on its copy of this stack. With one thread (checked
    // above) no lock can be held by a thread that the child lacks. The null pointers are for
    // flags that are not given.
    let pid = unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) };
    match Errno::result(pid)? {
        0 => Ok(Side::Child),
        pid => Ok(Side::Parent(Pid::from_raw(i32::try_from(pid).unwrap_or_default()))),
    }
}

/// Has the kernel ask `program` about every system call of this process and of all that it will
/// start (seccomp(2)). The process must be root of its user namespace.
pub(super) fn filter_system_calls(program: &[libc::sock_filter]) -> Result<(), Errno> {
    let program = libc::sock_fprog {
        len: u16::try_from(program.len()).map_err(|_| Errno::E2BIG)?,
        filter: program.as_ptr().cast_mut(),
    };
    // SAFETY: the kernel reads `len` instructions behind `filter`, all of which the borrowed
    // slice has, writes none, and keeps a copy of its own: nothing is borrowed afterwards.
    let result = unsafe {
        libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const program)
    };
    Errno::result(result).map(drop)
}

/// How many threads this process has; none where /proc does not say.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

/// Has `hook` run in the child between fork and exec.
///
/// The hook must do nothing but system calls on what it was given: no allocation, no locks;
/// but in a process of one thread, where none can be held.
pub(super) fn before_exec<F>(command: &mut std::process::Command, hook: F)
where
    F: FnMut() -> io::Result<()> + Send + Sync + 'static,
{
    // SAFETY: pre_exec is unsafe because the hook runs in a forked child, where a lock may be
    // held by a thread that the child lacks. Entry::enter only makes system calls on memory
    // prepared before the fork. launch::exec also allocates, in a child of the sandbox's first
    // process, which has no other thread.
    unsafe {
        command.pre_exec(hook);
    }
}

/// Takes ownership of a descriptor that this process inherited by its number.
pub(super) fn inherited(number: RawFd) -> Result<OwnedFd, Errno> {
    // An unused number must be an error here, not a surprise later.
    // SAFETY: F_GETFD only reads the descriptor table and takes no pointer.
    if unsafe { libc::fcntl(number, libc::F_GETFD) } < 0 {
        return Err(Errno::last());
    }
    // SAFETY: the descriptor is open (checked above) and, being named on the command line of
    // a process started for this purpose alone, owned by nothing else in it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Makes the mount at `path`, with all mounts below it where `recursive`, read-only or
/// writable again (mount_setattr(2), Linux 5.12).
pub(super) fn set_read_only(path: &Path, read_only: bool, recursive: bool) -> Result<(), Errno> {
    use std::os::unix::ffi::OsStrExt;
    let path = CString::new(path.as_os_str().as_bytes()).map_err(|_| Errno::EINVAL)?;
    let attributes = libc::mount_attr {
        attr_set: if read_only { libc::MOUNT_ATTR_RDONLY } else { 0 },
        attr_clr: if read_only { 0 } else { libc::MOUNT_ATTR_RDONLY },
        propagation: 0,
        userns_fd: 0,
    };
    let flags = if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path is a NUL-terminated string and the attributes a struct of the size
    // given; the kernel reads both during the call and keeps neither.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    Errno::result(result).map(drop)
}

/// Makes the terminal on standard input the controlling one of this session (tty_ioctl(4)).
pub(super) fn take_terminal() -> Result<(), Errno> {
    // SAFETY: TIOCSCTTY takes an integer argument, no pointer, and only changes the kernel's
    // notion of this session.
    Errno::result(unsafe { libc::ioctl(0, libc::TIOCSCTTY, 0) }).map(drop)
}

/// Borrows a descriptor by its number, for use between fork and exec.
pub(super) fn borrow(number: RawFd) -> std::os::fd::BorrowedFd<'static> {
    // SAFETY: the only caller runs between fork and exec, with a number taken from a
    // descriptor that the parent holds open across the launch; the child never closes it.
    unsafe { std::os::fd::BorrowedFd::borrow_raw(number) }
}

/// Has every descriptor but the standard streams closed at the next exec (close_range(2),
/// Linux 5.11). For use between fork and exec.
pub(super) fn close_on_exec_all() -> Result<(), Errno> {
    // SAFETY: close_range takes three integers; with CLOSE_RANGE_CLOEXEC it closes nothing
    // now, so no descriptor that this process owns becomes invalid.
    let result =
        unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    Errno::result(result).map(drop)
}

/// Has every signal do what it does by default, and blocks none. For use between fork and
/// exec: what is ignored or blocked stays so across it (execve(2)).
pub(super) fn reset_signals() -> Result<(), Errno> {
    for number in 1..=libc::SIGRTMAX() {
        // SAFETY: SIG_DFL is no function that could be called, and signal(2) takes integers.
        // KILL, STOP and those of the C library itself are refused, and are as they should be.
        unsafe { libc::signal(number, libc::SIG_DFL) };
    }
    nix::sys::signal::SigSet::empty().thread_set_mask()
}

/// Ends this process at once, without running anything registered by the one it was forked
/// from.
pub(super) fn exit_now(status: i32) -> ! {
    // SAFETY: _exit takes an integer, touches no memory of ours, and does not return.
    unsafe { libc::_exit(status) }
}
