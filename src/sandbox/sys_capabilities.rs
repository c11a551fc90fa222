//! Capabilities of the calling thread (capabilities(7)), for which nix has no wrapper.
#![expect(unsafe_code, reason = "system calls without a safe wrapper")]

use nix::errno::Errno;

/// _LINUX_CAPABILITY_VERSION_3: sets of 64 bits, in two halves.
const VERSION: u32 = 0x2008_0522;

/// The sets of a thread, a bit for each capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Capabilities {
    /// What the kernel lets it do now.
    pub(super) effective: u64,
    /// What it may take up.
    pub(super) permitted: u64,
    /// What it may hand on.
    pub(super) inheritable: u64,
}

/// Those of the calling thread.
pub(super) fn capabilities() -> Result<Capabilities, Errno> {
    let mut header = [VERSION, 0];
    let mut data = [0_u32; 6];
    // SAFETY: capget(2) reads a header of two words and, by its version, writes two records of
    // three words; both arrays are exactly that long and live until the call has returned. It
    // writes to the header alone where the version is unknown, and for that it is mutable.
    let result = unsafe {
        libc::syscall(
            libc::SYS_capget,
            header.as_mut_ptr().cast::<libc::c_void>(),
            data.as_mut_ptr(),
        )
    };
    Errno::result(result)?;
    let [effective, permitted, inheritable] =
        [0, 1, 2].map(|at| u64::from(data[at]) | u64::from(data[at + 3]) << 32);
    Ok(Capabilities { effective, permitted, inheritable })
}

/// Has the calling thread have these. What it may take up, and what a program is given beyond
/// that (the ambient set), can only become less.
pub(super) fn set_capabilities(wanted: Capabilities) -> Result<(), Errno> {
    let Capabilities { effective, permitted, inheritable } = wanted;
    let sets = [effective, permitted, inheritable];
    let [low, high] = [sets.map(|set| set as u32), sets.map(|set| (set >> 32) as u32)];
    let mut header = [VERSION, 0];
    let data = [low, high].concat();
    // SAFETY: capset(2) reads a header of two words and, by its version, two records of three
    // words, which is what `data` holds; both live until the call has returned. It writes to the
    // header alone where the version is unknown, and for that it is mutable.
    let result = unsafe {
        libc::syscall(libc::SYS_capset, header.as_mut_ptr().cast::<libc::c_void>(), data.as_ptr())
    };
    Errno::result(result).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_can_give_up_what_it_has_and_nothing_else() {
        let thread = std::thread::spawn(|| {
            let all = capabilities().unwrap();
            let less = Capabilities { effective: 0, ..all };
            set_capabilities(less).unwrap();
            assert_eq!(capabilities(), Ok(less));
            set_capabilities(all).unwrap();
            assert_eq!(capabilities(), Ok(all));
            let none = Capabilities { effective: 0, permitted: 0, inheritable: 0 };
            set_capabilities(none).unwrap();
            assert_eq!(capabilities(), Ok(none));
            let some = Capabilities { permitted: 1, ..none };
            assert_eq!(set_capabilities(some), Err(Errno::EPERM));
        });
        thread.join().unwrap();
    }
}
