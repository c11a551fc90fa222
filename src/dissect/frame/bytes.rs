//! Numbers out of bytes that may end too early.

/// The two bytes at `at` in network order.
pub(super) fn be16(data: &[u8], at: usize) -> Option<u16> {
    data.get(at..)?.first_chunk().map(|&bytes| u16::from_be_bytes(bytes))
}

/// What of `data` the first `length` bytes are.
pub(super) fn up_to(data: &[u8], length: usize) -> &[u8] {
    data.get(..length).unwrap_or(data)
}
