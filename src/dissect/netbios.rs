//! NetBIOS's datagram service (RFC 1002 section 4.4): who speaks to which name.

use super::dns_name::net_bios_name;
use super::message::Message;
use crate::contact::Protocol;

/// The port of the datagram service.
pub(super) const PORT: u16 = 138;

/// Reads a datagram. Its sender is the name of the node that sent it.
pub fn netbios_datagram(bytes: &[u8]) -> Option<Message> {
    let kind = *bytes.first()?;
    let line = match kind {
        0x10 => "Direct_unique datagram",
        0x11 => "Direct_group datagram",
        0x12 => "Broadcast datagram",
        0x13 => "Datagram error",
        0x14..=0x16 => "Datagram query",
        _ => return None,
    };
    if kind == 0x13 {
        return Some(Message::new(Protocol::Nbns, line));
    }
    // Queries name their destination alone, behind a shorter header.
    let header = if kind < 0x13 { 14 } else { 10 };
    let (first, rest) = name(bytes.get(header..)?)?;
    let mut message = Message::new(Protocol::Nbns, "");
    if kind < 0x13 {
        let (second, _) = name(rest)?;
        message.summary = format!("{line} {first} to {second}");
        message.sender = Some(first.split('<').next().unwrap_or_default().to_owned());
    } else {
        message.summary = format!("{line} {first}");
    }
    Some(message)
}

/// A name with its suffix and scope, and what follows it.
fn name(bytes: &[u8]) -> Option<(String, &[u8])> {
    let rest = bytes.strip_prefix(&[32])?;
    let (label, mut rest) = rest.split_at_checked(32)?;
    let (text, suffix) = net_bios_name(label)?;
    // The scope is not shown: hardly anyone has one.
    for _ in 0..16 {
        let (&length, after) = rest.split_first()?;
        rest = after.get(usize::from(length)..)?;
        if length == 0 {
            return Some((format!("{text}<{suffix:02x}>"), rest));
        }
    }
    None
}
