//! How reading a capture file fails.

use std::path::PathBuf;

/// Why packets could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The file could not be opened, or is no capture file.
    #[error("cannot read the capture file {}: {reason}", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says, or what the file is instead.
        reason: String,
    },
    /// The file's records end within one, or contradict themselves.
    #[error("the capture file {} is damaged after packet {packets}, at byte {offset}: {reason}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How many packets were read before.
        packets: u64,
        /// Where the record begins that could not be read, after decompression.
        offset: u64,
        /// What is wrong with it.
        reason: String,
    },
}
