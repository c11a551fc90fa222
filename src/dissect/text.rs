//! Text from the wire, made safe to print: whoever sends a packet writes the names in it.

use std::fmt::Write as _;

/// Longer texts are cut here, with `…` after: no honest name or target is as long.
const LONGEST: usize = 8192;

/// The bytes as text: printable ASCII as it stands, every other byte and the backslash as
/// `\xNN`, so that nothing is lost and nothing reaches a terminal that it would obey.
pub fn escape(bytes: &[u8]) -> String {
    let (kept, cut) = match bytes.get(..LONGEST) {
        Some(head) if bytes.len() > LONGEST => (head, true),
        _ => (bytes, false),
    };
    let plain = |byte: u8| (byte.is_ascii_graphic() || byte == b' ') && byte != b'\\';
    // Nearly all text is plain, and copied at once. Without an end at the first that is not,
    // many bytes are looked at together.
    if !cut
        && kept.iter().fold(true, |all, &byte| all & plain(byte))
        && let Ok(text) = std::str::from_utf8(kept)
    {
        return text.to_owned();
    }
    let mut text = String::with_capacity(kept.len());
    for &byte in kept {
        if plain(byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    if cut {
        text.push('…');
    }
    text
}

/// A host name as apptrace shows it: escaped, lower-cased, without the final dot.
pub fn host_name(bytes: &[u8]) -> String {
    let mut name = escape(bytes.trim_ascii());
    name.make_ascii_lowercase();
    if name.len() > 1 && name.ends_with('.') {
        name.pop();
    }
    name
}

/// The host of `user@host:port` (RFC 3986 section 3.2), as [`host_name`] shows it; an IPv6
/// address loses its brackets. None where nothing is left.
pub fn host_of_authority(authority: &[u8]) -> Option<String> {
    let authority = authority.trim_ascii();
    let start = authority.iter().rposition(|&b| b == b'@').map_or(0, |at| at + 1);
    let host = authority.get(start..).unwrap_or_default();
    let host = if host.first() == Some(&b'[') {
        let end = host.iter().position(|&b| b == b']').unwrap_or(host.len());
        host.get(1..end).unwrap_or_default()
    } else {
        host.split(|&b| b == b':').next().unwrap_or_default()
    };
    let name = host_name(host);
    (!name.is_empty()).then_some(name)
}

/// Whether an escaped, lower-cased text can be the name or address of a host, so that what
/// stands in its place by mistake is not taken for one.
pub fn is_host(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:%~\\*".contains(&byte);
    (1..=255).contains(&name.len())
        && name.bytes().all(fits)
        && name.bytes().any(|byte| byte.is_ascii_alphanumeric())
        && !name.starts_with('%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hostile_survives() {
        for (bytes, text) in [
            (&b"/a b?c=\xc3\xa9"[..], "/a b?c=\\xc3\\xa9"),
            (b"\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
            (b"a\\b\r\n", "a\\x5cb\\x0d\\x0a"),
            (b"", ""),
        ] {
            assert_eq!(escape(bytes), text);
        }
        assert_eq!(escape(&[b'a'; 9000]).chars().count(), 8193);
    }

    #[test]
    fn authorities_give_their_host() {
        for (authority, host) in [
            (&b"Example.ORG.:8080"[..], Some("example.org")),
            (b"alice:pw@example.org", Some("example.org")),
            (b" [2001:DB8::1]:443 ", Some("2001:db8::1")),
            (b"[2001:db8::1", Some("2001:db8::1")),
            (b":80", None),
            (b"", None),
        ] {
            assert_eq!(host_of_authority(authority).as_deref(), host);
        }
    }
}
