//! NTP (RFC 5905) and SNTP.

use super::message::Message;
use crate::contact::Protocol;

/// Whether a datagram on port 123 is NTP: version 1 to 4, a mode in use, and the fixed header
/// (section 7.3), or a control message (RFC 9327), whose header is 12 bytes.
pub(super) fn is_ntp(bytes: &[u8], source_port: u16, destination_port: u16) -> bool {
    (source_port == 123 || destination_port == 123) && has_form(bytes)
}

fn has_form(bytes: &[u8]) -> bool {
    let Some(&first) = bytes.first() else { return false };
    let (version, mode) = (first >> 3 & 7, first & 7);
    (1..=4).contains(&version)
        && match mode {
            1..=5 => bytes.len() >= 48,
            // Version 1 had no modes (RFC 1059).
            0 => version == 1 && bytes.len() >= 48,
            6 => bytes.len() >= 12,
            7 => bytes.len() >= 8,
            _ => false,
        }
}

/// Reads a datagram of a flow on NTP's port.
pub fn ntp_message(bytes: &[u8]) -> Option<Message> {
    let first = *bytes.first().filter(|_| has_form(bytes))?;
    let mode = match first & 7 {
        1 => "symmetric active",
        2 => "symmetric passive",
        3 => "client",
        4 => "server",
        5 => "broadcast",
        6 => "control",
        7 => "private",
        _ => "reserved",
    };
    Some(Message::new(Protocol::Ntp, format!("NTP Version {}, {mode}", first >> 3 & 7)))
}
