//! What a message says, by the protocol that it was recognised as.

use super::message::{Message, Step};
use super::sip_datagram;
use crate::contact::Protocol;

/// What a datagram of a protocol says.
pub fn datagram_message(
    protocol: Protocol,
    bytes: &[u8],
    _source_port: u16,
    _destination_port: u16,
) -> Option<Message> {
    match protocol {
        Protocol::Sip => sip_datagram(bytes),
        _ => None,
    }
}

/// What the message at the start of a stream's bytes says.
pub fn stream_message(
    _protocol: Protocol,
    _bytes: &[u8],
    _from_client: bool,
    _at_end: bool,
) -> Step<Message> {
    Step::Not
}

/// Whether bytes look like RTP.
pub fn looks_like_rtp(bytes: &[u8]) -> Option<u8> {
    (bytes.len() >= 12 && bytes[0] >> 6 == 2).then_some(bytes[1] & 0x7f)
}

/// interim
#[derive(Debug, Default)]
pub struct Http2Reader;
impl Http2Reader {
    /// interim
    pub fn take(&mut self, _: &[u8], _: &mut Vec<Message>) {}
    /// interim
    pub fn is_done(&self) -> bool {
        true
    }
}
