//! System calls of seccomp's user notification and of pidfds, each with the reason why calling
//! it so is sound (seccomp_unotify(2), pidfd_open(2), pidfd_getfd(2), pidfd_send_signal(2)).
#![expect(unsafe_code, reason = "system calls without a safe wrapper")]

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;

/// Linux 6.9: the pidfd is a thread's, not its process's.
const PIDFD_THREAD: libc::c_uint = libc::O_EXCL as libc::c_uint;
/// Linux 6.6: whoever waits for the other is woken on the same processor.
const SYNC_WAKE_UP: libc::c_ulong = 1;

/// An ioctl's number by its direction (1 is write, 2 is read) and its argument's size
/// (include/uapi/asm-generic/ioctl.h); seccomp's type is `!`.
const fn ioctl_number(direction: u32, number: u32, size: usize) -> u32 {
    direction << 30 | (size as u32) << 16 | (b'!' as u32) << 8 | number
}

const RECEIVE: u32 = ioctl_number(3, 0, size_of::<libc::seccomp_notif>());
const SEND: u32 = ioctl_number(3, 1, size_of::<libc::seccomp_notif_resp>());
const IS_VALID: u32 = ioctl_number(1, 2, size_of::<u64>());
const SET_FLAGS: u32 = ioctl_number(1, 4, size_of::<u64>());

/// Has the kernel ask `program` about every system call of this process and of all that it will
/// start, and gives the descriptor by which those are heard that it wants decided by another
/// process (seccomp(2)). The process must be root of its user namespace.
pub(super) fn filter_with_listener(program: &[libc::sock_filter]) -> Result<OwnedFd, Errno> {
    // Without the second, which is Linux 5.19's, signals that are handled restart calls that
    // are being looked at.
    let plain = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
    match install(program, plain | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) {
        Err(Errno::EINVAL) => install(program, plain),
        other => other,
    }
}

fn install(program: &[libc::sock_filter], flags: libc::c_ulong) -> Result<OwnedFd, Errno> {
    let program = libc::sock_fprog {
        len: u16::try_from(program.len()).map_err(|_| Errno::E2BIG)?,
        filter: program.as_ptr().cast_mut(),
    };
    let mode = libc::SECCOMP_SET_MODE_FILTER;
    // SAFETY: the kernel reads `len` instructions behind `filter`, all of which the borrowed
    // slice has, writes none, and keeps a copy of its own: nothing is borrowed afterwards.
    let result = unsafe { libc::syscall(libc::SYS_seccomp, mode, flags, &raw const program) };
    owned(result)
}

/// What a system call returned as a descriptor of ours.
fn owned(result: libc::c_long) -> Result<OwnedFd, Errno> {
    let number = RawFd::try_from(Errno::result(result)?).map_err(|_| Errno::EBADF)?;
    // SAFETY: the callers are system calls that return a new descriptor, which nothing else
    // owns.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Asks for wake-ups on the same processor, where the kernel knows them.
pub(super) fn wake_on_same_processor(listener: BorrowedFd<'_>) {
    // SAFETY: SECCOMP_IOCTL_NOTIF_SET_FLAGS takes an integer, no pointer. An older kernel
    // refuses it, and is slower.
    unsafe { libc::ioctl(listener.as_raw_fd(), SET_FLAGS as _, SYNC_WAKE_UP) };
}

/// Waits for the next call.
pub(super) fn receive(listener: BorrowedFd<'_>) -> Result<libc::seccomp_notif, Errno> {
    let mut notification = libc::seccomp_notif {
        id: 0,
        pid: 0,
        flags: 0,
        data: libc::seccomp_data { nr: 0, arch: 0, instruction_pointer: 0, args: [0; 6] },
    };
    // SAFETY: the kernel writes one seccomp_notif, whose size the ioctl's number states, into
    // a zeroed one that is borrowed for the call alone.
    let result = unsafe { libc::ioctl(listener.as_raw_fd(), RECEIVE as _, &raw mut notification) };
    Errno::result(result).map(|_| notification)
}

/// Has a call go on (`errno` none) or fail.
pub(super) fn answer(listener: BorrowedFd<'_>, id: u64, errno: Option<Errno>) -> Result<(), Errno> {
    let mut response = libc::seccomp_notif_resp {
        id,
        val: 0,
        error: errno.map_or(0, |errno| -(errno as i32)),
        flags: if errno.is_none() { libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32 } else { 0 },
    };
    // SAFETY: the kernel reads one seccomp_notif_resp, whose size the ioctl's number states,
    // and keeps nothing of it.
    let result = unsafe { libc::ioctl(listener.as_raw_fd(), SEND as _, &raw mut response) };
    Errno::result(result).map(drop)
}

/// Whether the call still waits for its answer, so that what was read of its process since it
/// was received is that process's.
pub(super) fn is_valid(listener: BorrowedFd<'_>, id: u64) -> bool {
    // SAFETY: the kernel reads one 64-bit number and keeps nothing.
    let result = unsafe { libc::ioctl(listener.as_raw_fd(), IS_VALID as _, &raw const id) };
    result == 0
}

/// A descriptor that stands for the process with this id.
pub(super) fn open_process(id: u32) -> Result<OwnedFd, Errno> {
    // SAFETY: pidfd_open takes two integers.
    owned(unsafe { libc::syscall(libc::SYS_pidfd_open, id, 0) })
}

/// A descriptor that stands for the thread with this id, where the kernel knows such.
pub(super) fn open_thread(id: u32) -> Result<OwnedFd, Errno> {
    // SAFETY: pidfd_open takes two integers.
    owned(unsafe { libc::syscall(libc::SYS_pidfd_open, id, PIDFD_THREAD) })
}

/// Whether the process or thread that a descriptor stands for still has its id.
pub(super) fn is_alive(process: BorrowedFd<'_>) -> bool {
    let no_information: *const libc::siginfo_t = std::ptr::null();
    // SAFETY: signal 0 is sent to nobody, the kernel only looks whether it could be; the null
    // pointer is documented to stand for no information.
    let result = unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            process.as_raw_fd(),
            0 as libc::c_int,
            no_information,
            0 as libc::c_uint,
        )
    };
    result == 0
}

/// A duplicate of a descriptor of another process.
pub(super) fn take_descriptor(process: BorrowedFd<'_>, number: i32) -> Result<OwnedFd, Errno> {
    let flags: libc::c_uint = 0;
    // SAFETY: pidfd_getfd takes three integers.
    owned(unsafe { libc::syscall(libc::SYS_pidfd_getfd, process.as_raw_fd(), number, flags) })
}
