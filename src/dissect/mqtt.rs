//! MQTT 3.1, 3.1.1 and 5.0 (OASIS): who connects.

use super::message::{Message, Step};
use super::text::escape;
use crate::contact::Protocol;

/// A longer CONNECT is none.
const LONGEST: usize = 64 * 1024;

/// Reads the CONNECT or CONNACK at the start of a side's bytes; what follows is not read.
pub(super) fn mqtt_packet(bytes: &[u8]) -> Step<Message> {
    let Some(&kind) = bytes.first() else { return Step::Incomplete };
    let (length, head) = match remaining(bytes) {
        Length::Read(length, head) => (length, head),
        Length::More => return Step::Incomplete,
        Length::Not => return Step::Not,
    };
    if kind == 0x20 && (2..=256).contains(&length) {
        let Some(body) = bytes.get(head..head + length) else { return Step::Incomplete };
        let line = format!("Connect Ack, code {}", body.get(1).copied().unwrap_or(0));
        return Step::Read { value: Message::new(Protocol::Mqtt, line), length: head + length };
    }
    if kind != 0x10 || length > LONGEST || !is_connect(bytes) {
        return Step::Not;
    }
    let Some(body) = bytes.get(head..head + length) else { return Step::Incomplete };
    match connect(body) {
        Some(value) => Step::Read { value, length: head + length },
        None => Step::Not,
    }
}

/// Whether the bytes begin with a CONNECT, as far as they go; at least its name is needed.
pub(super) fn is_connect(bytes: &[u8]) -> bool {
    let Length::Read(length, head) = remaining(bytes) else { return false };
    let name = bytes.get(head..).unwrap_or_default();
    bytes.first() == Some(&0x10)
        && length >= 10
        && (name.starts_with(b"\0\x04MQTT") || name.starts_with(b"\0\x06MQIsdp"))
}

fn connect(body: &[u8]) -> Option<Message> {
    let (_, rest) = counted(body)?;
    let (&[version, _flags, _, _], mut rest) = rest.split_first_chunk()?;
    let shown = match version {
        3 => "3.1",
        4 => "3.1.1",
        5 => "5.0",
        _ => return None,
    };
    if version == 5 {
        // Properties behind their length (MQTT 5.0 section 2.2.2).
        let Length::Read(length, head) = variable(rest) else { return None };
        rest = rest.get(head + length..)?;
    }
    let client = escape(counted(rest)?.0);
    let mut message = Message::new(Protocol::Mqtt, format!("Connect Command {shown} {client}"));
    message.sender = Some(client).filter(|client| !client.is_empty());
    Some(message)
}

fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

/// A length in up to four bytes of seven bits, and how many bytes stand before what it counts.
enum Length {
    Read(usize, usize),
    More,
    Not,
}

fn remaining(bytes: &[u8]) -> Length {
    match variable(bytes.get(1..).unwrap_or_default()) {
        Length::Read(length, head) => Length::Read(length, head + 1),
        other => other,
    }
}

fn variable(bytes: &[u8]) -> Length {
    let mut value = 0;
    for (at, shift) in [0, 7, 14, 21].into_iter().enumerate() {
        let Some(&byte) = bytes.get(at) else { return Length::More };
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Length::Read(value, at + 1);
        }
    }
    Length::Not
}
