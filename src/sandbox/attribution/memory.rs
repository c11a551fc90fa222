//! The memory of a process whose call is held. It may die, or write over it, at any moment, and
//! any pointer may lead nowhere: then there is nothing to be read.

use std::io::IoSliceMut;

use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

/// A path is no longer (PATH_MAX, with its end).
const LONGEST_PATH: usize = 4096;
/// Memory is there or not by the page; no machine has smaller ones.
const PAGE: usize = 4096;

/// As many bytes as `buffer` takes from an address on; none where they cannot all be read.
pub(super) fn read(thread: u32, address: u64, buffer: &mut [u8]) -> Option<()> {
    let length = buffer.len();
    (read_some(thread, address, buffer)? == length).then_some(())
}

fn read_some(thread: u32, address: u64, buffer: &mut [u8]) -> Option<usize> {
    let pid = Pid::from_raw(i32::try_from(thread).ok()?);
    let there = RemoteIoVec { base: usize::try_from(address).ok()?, len: buffer.len() };
    process_vm_readv(pid, &mut [IoSliceMut::new(buffer)], &[there]).ok()
}

/// The text at an address up to its NUL; none where it cannot be read, or is no path's length.
pub(super) fn path(thread: u32, address: u64) -> Option<String> {
    let mut bytes = Vec::new();
    while bytes.len() < LONGEST_PATH {
        let at = address.checked_add(bytes.len() as u64)?;
        // Never over the page's end: what follows it may not be there.
        let mut chunk = [0; 256];
        let to_page_end = PAGE - usize::try_from(at % PAGE as u64).ok()?;
        let chunk = chunk.get_mut(..to_page_end.min(256))?;
        read(thread, at, chunk)?;
        match chunk.iter().position(|byte| *byte == 0) {
            Some(end) => {
                bytes.extend_from_slice(chunk.get(..end)?);
                return Some(String::from_utf8_lossy(&bytes).into_owned());
            }
            None => bytes.extend_from_slice(chunk),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_read_and_what_is_not_is_none() {
        let me = std::process::id();
        let text = format!("{}\0", "/a".repeat(1000));
        let at = text.as_ptr() as u64;
        assert_eq!(path(me, at), Some("/a".repeat(1000)));
        let mut four = [0; 4];
        assert_eq!(read(me, at, &mut four), Some(()));
        assert_eq!(&four, b"/a/a");
        for (thread, address) in [(me, 0), (me, 8), (me, u64::MAX), (u32::MAX, at)] {
            assert_eq!(path(thread, address), None, "{thread} {address:x}");
            assert_eq!(read(thread, address, &mut four), None, "{thread} {address:x}");
        }
        let endless = vec![b'x'; 3 * PAGE];
        assert_eq!(path(me, endless.as_ptr() as u64), None);
    }
}
