//! XMPP (RFC 6120): to which domain a stream is opened, and when it goes over to TLS.

use super::message::{Message, Step};
use super::text::{escape, host_name, is_host};
use crate::contact::{Evidence, EvidenceKind, Protocol};

/// A longer element is passed over.
const LONGEST: usize = 16 * 1024;

/// Whether the bytes begin as a stream does, as far as they go.
pub(super) fn is_xmpp(bytes: &[u8]) -> Option<bool> {
    let start = bytes.trim_ascii_start();
    if !start.starts_with(b"<") {
        return if start.is_empty() { None } else { Some(false) };
    }
    let known = start.len().min(5);
    let plain = [&b"<?xml"[..], b"<stream:stream"].into_iter().any(|opening| {
        let known = start.len().min(opening.len());
        start.get(..known) == opening.get(..known)
    });
    if !plain {
        return Some(false);
    }
    let head = start.get(..LONGEST).unwrap_or(start);
    if memchr::memmem::find(head, b"<stream:stream").is_some() {
        return Some(true);
    }
    // Behind a declaration the element follows at once.
    let declared = memchr::memmem::find(head, b"?>").map(|end| end + 2);
    let rest = declared.and_then(|end| head.get(end..)).unwrap_or_default().trim_ascii_start();
    let known_rest = rest.len().min(14);
    let fits = rest.get(..known_rest) == b"<stream:stream".get(..known_rest);
    if known < 5 || declared.is_none() && head.len() < 256 || fits && known_rest < 14 {
        None
    } else {
        Some(false)
    }
}

/// Reads the element at the start of a side's bytes, up to its `>`: a stream's opening names
/// its domain. After `<proceed/>` the bytes are no text, and whoever reads on finds TLS.
pub(super) fn xmpp_element(bytes: &[u8], from_client: bool) -> Step<Message> {
    let head = bytes.get(..LONGEST).unwrap_or(bytes);
    let Some(start) = head.iter().position(|b| !b.is_ascii_whitespace()) else {
        let value = Message::new(Protocol::Xmpp, "keep-alive");
        return match head.len() {
            0 => Step::Incomplete,
            length => Step::Read { value, length },
        };
    };
    let rest = head.get(start..).unwrap_or_default();
    if rest.first().is_some_and(|b| !(b' '..0x80).contains(b)) {
        return Step::Not;
    }
    let Some(end) = memchr::memchr(b'>', rest) else {
        return if head.len() < LONGEST { Step::Incomplete } else { Step::Not };
    };
    let element = rest.get(..=end).unwrap_or_default();
    let tag = element.get(memchr::memrchr(b'<', element).unwrap_or(0)..).unwrap_or_default();
    let name = tag.get(1..).unwrap_or_default();
    let name = name.split(|b| b" />\r\n\t".contains(b)).next().unwrap_or_default();
    let mut message = Message::new(Protocol::Xmpp, escape(name).to_uppercase());
    if name == b"stream:stream" {
        // The server answers for the domain that it was asked for (section 4.7.2).
        let domain = attribute(tag, if from_client { b"to" } else { b"from" }).map(host_name);
        if let Some(domain) = domain.filter(|domain| is_host(domain)) {
            message.summary = format!("STREAM {} {domain}", if from_client { ">" } else { "<" });
            message.names.push(Evidence::new(EvidenceKind::XmppTo, domain));
        }
    }
    Step::Read { value: message, length: start + end + 1 }
}

/// An attribute's value.
fn attribute<'a>(tag: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut from = 0;
    while let Some(found) = memchr::memmem::find(tag.get(from..)?, name) {
        let at = from + found;
        from = at + name.len();
        let before = at.checked_sub(1).and_then(|at| tag.get(at));
        let after = tag.get(from..)?.trim_ascii_start();
        if before.is_some_and(u8::is_ascii_whitespace)
            && let Some(value) = after.strip_prefix(b"=")
        {
            let (quote, value) = value.trim_ascii_start().split_first()?;
            return value.get(..memchr::memchr(*quote, value)?);
        }
    }
    None
}
