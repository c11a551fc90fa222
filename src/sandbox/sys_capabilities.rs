//! Capabilities of the calling process (capabilities(7)), for which nix has no wrapper.
#![expect(unsafe_code, reason = "a system call without a safe wrapper")]

use nix::errno::Errno;

/// _LINUX_CAPABILITY_VERSION_3: sets of 64 bits, in two halves.
const VERSION: u32 = 0x2008_0522;

/// Keeps these capabilities of the calling thread, and no others; none of them is handed on to
/// a program of an ordinary user's. To be called while the process has one thread.
pub(super) fn keep_capabilities(kept: u64) -> Result<(), Errno> {
    let halves = [kept as u32, (kept >> 32) as u32];
    let header = [VERSION, 0];
    // Effective, permitted and inheritable, of the lower half and then of the upper.
    let data = [halves[0], halves[0], 0, halves[1], halves[1], 0];
    // SAFETY: capset(2) reads a header of two words and, by its version, two records of three
    // words; both arrays are exactly that long and live until the call has returned. It writes
    // to the header alone where the version is unknown, and for that the copy is mutable.
    let result = unsafe {
        let mut header = header;
        libc::syscall(libc::SYS_capset, (&raw mut header).cast::<libc::c_void>(), data.as_ptr())
    };
    Errno::result(result).map(drop)
}
