//! SSDP (UPnP Device Architecture 2.0, section 1), recognised.

/// Whether a datagram is a search, an announcement, or an answer to a search.
pub(super) fn is_ssdp(bytes: &[u8], source_port: u16, destination_port: u16) -> bool {
    bytes.starts_with(b"M-SEARCH * HTTP/1.")
        || bytes.starts_with(b"NOTIFY * HTTP/1.")
        || (source_port == 1900 || destination_port == 1900) && bytes.starts_with(b"HTTP/1.")
}
