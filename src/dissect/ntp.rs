//! NTP (RFC 5905) and SNTP, recognised.

/// Whether a datagram on port 123 is NTP: version 1 to 4, a mode in use, and the fixed header
/// (section 7.3), or a control message (RFC 9327), whose header is 12 bytes.
pub(super) fn is_ntp(bytes: &[u8], source_port: u16, destination_port: u16) -> bool {
    if source_port != 123 && destination_port != 123 {
        return false;
    }
    let Some(&first) = bytes.first() else { return false };
    let (version, mode) = (first >> 3 & 7, first & 7);
    (1..=4).contains(&version)
        && match mode {
            1..=5 => bytes.len() >= 48,
            6 => bytes.len() >= 12,
            7 => bytes.len() >= 8,
            _ => false,
        }
}
