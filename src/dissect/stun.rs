//! STUN (RFC 8489), recognised by its magic cookie, and by port in RFC 3489's form without.

/// Whether the bytes begin with a STUN message.
pub(super) fn is_stun(bytes: &[u8], source_port: u16, destination_port: u16) -> bool {
    let Some((header, rest)) = bytes.split_first_chunk::<20>() else { return false };
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if header[0] & 0xc0 != 0 || length % 4 != 0 || length > rest.len() {
        return false;
    }
    // Section 5; the older form has no cookie, so only its port can tell.
    header[4..8] == [0x21, 0x12, 0xa4, 0x42]
        || (source_port == 3478 || destination_port == 3478)
            && length == rest.len()
            && header[0] <= 1
}
