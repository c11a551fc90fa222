//! QUIC, recognised by the invariants of its long header (RFC 8999 section 5.1).

/// Whether a datagram begins with the long header of a version that is in use.
pub(super) fn is_quic(bytes: &[u8]) -> bool {
    let Some((header, rest)) = bytes.split_first_chunk::<6>() else { return false };
    let version = u32::from_be_bytes([header[1], header[2], header[3], header[4]]);
    // RFC 9000 and RFC 9369 set the second bit; version negotiation leaves it open.
    let fixed_bit = header[0] & 0x40 != 0;
    let known = match version {
        0 => true,
        1 | 0x6b33_43cf => fixed_bit,
        // The IETF's drafts, and the versions reserved to exercise negotiation.
        0xff00_0001..=0xff00_0022 => fixed_bit,
        _ => fixed_bit && version & 0x0f0f_0f0f == 0x0a0a_0a0a,
    };
    let destination_id = usize::from(header[5]);
    let Some(&source_id) = rest.get(destination_id) else { return false };
    header[0] & 0x80 != 0
        && known
        && destination_id <= 20
        && source_id <= 20
        && rest.len() > destination_id + 1 + usize::from(source_id)
        // A version of zero is common in other protocols: it must list at least one version.
        && (version != 0 || (rest.len() - destination_id - 1 - usize::from(source_id)).is_multiple_of(4))
}
