//! SSDP (UPnP Device Architecture 2.0, section 1): searches, announcements, answers.

use super::http::http_head;
use super::message::{Message, Step};
use super::text::escape;
use crate::contact::Protocol;

/// The port of searches and announcements.
const PORT: u16 = 1900;

/// Whether a datagram is a search, an announcement, or an answer to a search.
pub(super) fn is_ssdp(bytes: &[u8], source_port: u16, destination_port: u16) -> bool {
    bytes.starts_with(b"M-SEARCH * HTTP/1.")
        || bytes.starts_with(b"NOTIFY * HTTP/1.")
        || (source_port == PORT || destination_port == PORT) && bytes.starts_with(b"HTTP/1.")
}

/// Reads a datagram that [`super::of_datagram`] took for SSDP: what is searched or announced,
/// and in `sender` where its description lies.
pub fn ssdp_message(bytes: &[u8]) -> Option<Message> {
    let Step::Read { value, .. } = http_head(bytes, true) else { return None };
    let mut message = Message { protocol: Protocol::Ssdp, ..value.message };
    // The host header names the group and not a host.
    message.names.clear();
    let header = |name: &[u8]| {
        bytes.split(|&b| b == b'\n').skip(1).find_map(|line| {
            let colon = memchr::memchr(b':', line)?;
            let (found, value) = line.split_at_checked(colon)?;
            let same = found.trim_ascii_end().eq_ignore_ascii_case(name);
            same.then(|| value.get(1..).unwrap_or_default().trim_ascii())
        })
    };
    for name in [&b"ST"[..], b"NT", b"NTS"] {
        if let Some(value) = header(name) {
            message.summary.push(' ');
            message.summary.push_str(&escape(value));
        }
    }
    message.sender = header(b"LOCATION").or_else(|| header(b"SERVER")).map(escape);
    Some(message)
}
