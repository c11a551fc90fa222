//! Capturing from an interface into a file, through libpcap.

use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use pcap::{Active, Capture, Precision, Savefile};

use crate::packet::LinkType;

/// What libpcap calls bare IP packets on Linux (pcap-linktype(7)).
const DLT_RAW: u32 = 12;
/// The kernel's buffer, in bytes: what 100,000 small packets take while nobody reads.
const BUFFER: i32 = 32 << 20;
/// What each has at least where several captures share it.
const LEAST_BUFFER: i32 = 8 << 20;
/// The longest packet that is kept whole: what segmentation offload hands over at most.
pub const SNAPLEN: u32 = 262_144;
/// After this many milliseconds the kernel hands over a block that is not full. The buffer has
/// 128 blocks, so where packets trickle the reader may be kept waiting for 128 times as long.
const BLOCK_TIMEOUT_MS: i32 = 5;
/// How long one wait for packets lasts at most, so that the end is noticed.
const WAIT_MS: u16 = 20;

/// Why a live capture failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveError {
    /// The interface could not be opened.
    #[error("cannot capture on {interface}: {reason}")]
    Open {
        /// Which interface.
        interface: String,
        /// What libpcap says.
        reason: String,
    },
    /// The file to write to could not be made or written.
    #[error("cannot write the capture to {}: {reason}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What libpcap says.
        reason: String,
    },
    /// Reading packets failed half-way.
    #[error("the capture broke off: {0}")]
    Read(String),
}

/// What came of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Packets written to the file.
    pub written: u64,
    /// Packets that the kernel dropped since nobody took them in time.
    pub dropped: u64,
}

/// An open capture.
pub struct LiveCapture {
    capture: Capture<Active>,
    file: Savefile,
    path: PathBuf,
    written: u64,
}

impl LiveCapture {
    /// Opens an interface of the calling thread's network namespace, to be written to a new
    /// file with nanosecond timestamps.
    ///
    /// # Errors
    /// Where libpcap refuses the interface or the file.
    pub fn open(interface: &str, path: &Path) -> Result<Self, LiveError> {
        Self::open_one_of(1, interface, "", path)
    }

    /// The same, where so many are opened at once: they share the room in the kernel. Only what
    /// the filter (pcap-filter(7)) lets through is captured; an empty one does so with everything.
    ///
    /// # Errors
    /// Where libpcap refuses the interface, the filter or the file.
    pub fn open_one_of(
        count: usize,
        interface: &str,
        filter: &str,
        path: &Path,
    ) -> Result<Self, LiveError> {
        let share = i32::try_from(count).unwrap_or(i32::MAX).max(1);
        let failed = |error: pcap::Error| LiveError::Open {
            interface: interface.to_owned(),
            reason: error.to_string(),
        };
        let mut capture = Capture::from_device(interface)
            .map_err(failed)?
            // Immediate mode keeps far fewer packets of a burst: one frame of the longest
            // length each.
            .immediate_mode(false)
            .buffer_size((BUFFER / share).max(LEAST_BUFFER))
            .snaplen(SNAPLEN.cast_signed())
            .timeout(BLOCK_TIMEOUT_MS)
            .precision(Precision::Nano)
            .open()
            .map_err(failed)?;
        if !filter.is_empty() {
            capture.filter(filter, true).map_err(failed)?;
        }
        let capture = capture.setnonblock().map_err(failed)?;
        let file = capture.savefile(path).map_err(|error| LiveError::Write {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self { capture, file, path: path.to_owned(), written: 0 })
    }

    /// What its packets begin with.
    pub fn link(&self) -> LinkType {
        // libpcap's own number of a bare IP packet differs from that of files.
        match u32::try_from(self.capture.get_datalink().0).unwrap_or_default() {
            DLT_RAW => LinkType::RAW,
            other => LinkType(other),
        }
    }

    /// Captures until `each`, which sees every packet's bytes after it was written, or `idle`,
    /// which is called in between, says that it is enough. The interface stays open: closing
    /// it takes the kernel tens of milliseconds, which the caller can spend otherwise.
    ///
    /// # Errors
    /// Where packets can no longer be read or written.
    pub fn run(
        &mut self,
        mut each: impl FnMut(&[u8]) -> bool,
        mut idle: impl FnMut() -> bool,
    ) -> Result<Totals, LiveError> {
        let mut enough = false;
        while !enough {
            self.wait()?;
            loop {
                match self.capture.next_packet() {
                    Ok(packet) => {
                        self.file.write(&packet);
                        self.written += 1;
                        enough |= each(packet.data);
                    }
                    Err(pcap::Error::TimeoutExpired | pcap::Error::NoMorePackets) => break,
                    Err(error) => return Err(LiveError::Read(error.to_string())),
                }
            }
            enough |= idle();
        }
        let stats = self.capture.stats().map_err(|error| LiveError::Read(error.to_string()))?;
        self.file.flush().map_err(|error| LiveError::Write {
            path: self.path.clone(),
            reason: error.to_string(),
        })?;
        let dropped = u64::from(stats.dropped) + u64::from(stats.if_dropped);
        Ok(Totals { written: self.written, dropped })
    }

    fn wait(&self) -> Result<(), LiveError> {
        let mut ready = [PollFd::new(self.capture.as_fd(), PollFlags::POLLIN)];
        match poll(&mut ready, PollTimeout::from(WAIT_MS)) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(errno) => Err(LiveError::Read(errno.to_string())),
        }
    }
}
