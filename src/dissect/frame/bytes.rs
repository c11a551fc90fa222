//! Numbers out of bytes that may end too early.

/// The two bytes at `at` in network order.
#[inline]
pub(super) fn be16(data: &[u8], at: usize) -> Option<u16> {
    data.get(at..)?.first_chunk().map(|&bytes| u16::from_be_bytes(bytes))
}

/// The four bytes at `at` in network order.
#[inline]
pub(super) fn be32(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..)?.first_chunk().map(|&bytes| u32::from_be_bytes(bytes))
}

/// The two bytes at `at`, lowest first.
pub(super) fn le16(data: &[u8], at: usize) -> Option<u16> {
    data.get(at..)?.first_chunk().map(|&bytes| u16::from_le_bytes(bytes))
}

/// The four bytes at `at`, lowest first.
pub(super) fn le32(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..)?.first_chunk().map(|&bytes| u32::from_le_bytes(bytes))
}

/// The first `length` bytes, or as many as there are.
#[inline]
pub(super) fn up_to(data: &[u8], length: usize) -> &[u8] {
    data.get(..length).unwrap_or(data)
}

/// Two bytes of a header in network order. The place is a constant inside it, so that nothing
/// is left to be checked.
#[inline(always)]
pub(super) fn half<const LENGTH: usize>(header: &[u8; LENGTH], at: usize) -> u16 {
    be16(header, at).unwrap_or_default()
}

/// Four bytes of a header in network order, likewise.
#[inline(always)]
pub(super) fn word<const LENGTH: usize>(header: &[u8; LENGTH], at: usize) -> u32 {
    be32(header, at).unwrap_or_default()
}
