//! WireGuard (Donenfeld, NDSS 2017, section 5.4), known by types and exact lengths.

use super::message::Message;
use crate::contact::Protocol;

/// Reads a datagram: a type, three zero bytes, and for all but transported data a length of its
/// own. Transported data is a whole number of blocks.
pub fn wireguard_message(bytes: &[u8]) -> Option<Message> {
    let &[kind, 0, 0, 0] = bytes.first_chunk()? else { return None };
    let sender = || bytes.get(4..8)?.first_chunk().map(|&four| u32::from_le_bytes(four));
    let line = match (kind, bytes.len()) {
        (1, 148) => format!("Handshake Initiation, sender=0x{:08X}", sender()?),
        (2, 92) => format!("Handshake Response, sender=0x{:08X}", sender()?),
        (3, 64) => format!("Cookie Reply, receiver=0x{:08X}", sender()?),
        (4, 32) => format!("Keepalive, receiver=0x{:08X}", sender()?),
        (4, 33..) if bytes.len().is_multiple_of(16) => {
            format!("Transport Data, receiver=0x{:08X}", sender()?)
        }
        _ => return None,
    };
    Some(Message::new(Protocol::Wireguard, line))
}

/// Whether a datagram begins a session: these alone have lengths that nothing else has.
pub(super) fn is_handshake(bytes: &[u8]) -> bool {
    matches!(
        (bytes.first_chunk(), bytes.len()),
        (Some([1, 0, 0, 0]), 148) | (Some([2, 0, 0, 0]), 92) | (Some([3, 0, 0, 0]), 64)
    )
}
