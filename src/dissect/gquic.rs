//! Google's QUIC with its own handshake, until version Q043 with its own header too ("QUIC Wire
//! Layout Specification" and "QUIC Crypto", Google 2016).

use memchr::memmem;

use super::Message;
use super::text::host_name;
use crate::contact::{Evidence, EvidenceKind, Protocol};

/// A handshake message has no more tags than this.
const MOST_TAGS: u16 = 128;

/// A version that is written in letters, `Q043`: its number.
fn version(bytes: &[u8]) -> Option<u8> {
    match bytes {
        [b'Q', b'0', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            Some((tens - b'0') * 10 + (ones - b'0'))
        }
        _ => None,
    }
}

/// Whether a datagram begins with the header of versions until Q043, and says its version.
pub(super) fn is_gquic(bytes: &[u8]) -> bool {
    public_version(bytes).is_some()
}

/// The version in a public header: flags, a connection ID of eight bytes, the version. Only a
/// client's first packets have it, and a server's list of versions.
fn public_version(bytes: &[u8]) -> Option<&[u8]> {
    let &flags = bytes.first()?;
    // The highest bit is never set, a reset has no version, and the connection ID is whole.
    if flags & 0x80 != 0 || flags & 0x03 != 0x01 || flags & 0x08 == 0 {
        return None;
    }
    let written = bytes.get(9..13)?;
    version(written).filter(|_| bytes.len() > 13).map(|_| written)
}

/// The message that a client's or a server's packet holds in the clear. Its place depends on
/// the version and on the frames before it, so it is looked for by its tag.
pub(super) fn google_message(bytes: &[u8], written: Option<&[u8]>) -> Option<Message> {
    let written = written.or_else(|| public_version(bytes));
    for tag in [&b"CHLO"[..], b"REJ\0", b"SREJ", b"SHLO", b"PRST"] {
        for at in memmem::find_iter(bytes, tag).take(4) {
            let start = bytes.get(at..).unwrap_or_default();
            if let Some(tags) = tags(start) {
                return Some(message(tag, &tags, written));
            }
        }
    }
    None
}

/// A tag and its value.
type Tag<'a> = (&'a [u8], &'a [u8]);

/// The tags of a handshake message, as far as they are there; None where it is none. All
/// numbers in it are little-endian.
fn tags(message: &[u8]) -> Option<Vec<Tag<'_>>> {
    let count = u16::from_le_bytes(*message.get(4..)?.first_chunk()?);
    if count == 0 || count > MOST_TAGS || message.get(6..8)? != [0, 0] {
        return None;
    }
    let table = message.get(8..8 + 8 * usize::from(count))?;
    let values = message.get(8 + 8 * usize::from(count)..)?;
    let (mut found, mut start) = (Vec::new(), 0);
    for entry in table.chunks_exact(8) {
        let (tag, end) = entry.split_at_checked(4)?;
        let end = usize::try_from(u32::from_le_bytes(*end.first_chunk()?)).ok()?;
        if end < start || end > 0x10_0000 {
            return None;
        }
        if let Some(value) = values.get(start..end) {
            found.push((tag, value));
        }
        start = end;
    }
    Some(found)
}

fn message(tag: &[u8], tags: &[Tag<'_>], written: Option<&[u8]>) -> Message {
    let mut facts = Vec::new();
    let mut names = Vec::new();
    if let Some((_, name)) = tags.iter().find(|(tag, _)| *tag == b"SNI\0")
        && tag == b"CHLO"
    {
        let name = host_name(name);
        if !name.is_empty() {
            facts.push(format!("SNI={name}"));
            names.push(Evidence::new(EvidenceKind::QuicSni, name));
        }
    }
    let text = |bytes: &[u8]| -> String {
        bytes.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(|&b| char::from(b)).collect()
    };
    facts.extend(written.map(text));
    let mut summary = text(tag);
    if !facts.is_empty() {
        summary = format!("{summary} ({})", facts.join(", "));
    }
    let mut message = Message::new(Protocol::Gquic, summary);
    message.names = names;
    message
}
