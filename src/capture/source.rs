//! What every source of packets offers, and how one fails.

use std::path::PathBuf;

use crate::packet::{LinkType, Packet};

/// Why packets could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The file could not be opened, or is no capture file.
    #[error("cannot read the capture file {}: {reason}", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What libpcap or the system says.
        reason: String,
    },
    /// The file's records end within one, or contradict themselves.
    #[error("the capture file {} is damaged after packet {packets}: {reason}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How many packets were read before.
        packets: u64,
        /// What libpcap says.
        reason: String,
    },
}

/// Something that gives packets one by one.
pub trait PacketSource {
    /// The next packet; none when there are no more. After an error there are none.
    fn next_packet(&mut self) -> Option<Result<Packet, CaptureError>>;

    /// The kind of link the packets were captured on.
    fn link(&self) -> LinkType;
}

/// A link type as capture files number it: libpcap gives the number that this system's
/// headers use, which differs for raw IP.
pub(super) fn link_type(number: pcap::Linktype) -> LinkType {
    match u32::try_from(number.0).unwrap_or(u32::MAX) {
        // DLT_RAW by system, LINKTYPE_IPV4, LINKTYPE_IPV6.
        12 | 14 | 228 | 229 => LinkType::RAW,
        // OpenBSD's loopback differs from the others' only in byte order.
        108 => LinkType::NULL,
        number => LinkType(number),
    }
}
