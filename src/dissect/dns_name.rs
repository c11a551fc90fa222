//! Names in DNS messages: labels, compression (RFC 1035 section 4.1.4), and NetBIOS's second
//! encoding (RFC 1001 section 14.1).

use std::fmt::Write as _;
use std::sync::Arc;

use super::DnsFlavour;
use super::text::escape;

/// The longest name, in bytes of its labels (RFC 1035 section 2.3.4).
const LONGEST: usize = 255;

/// More pointers than this in one name lead in a circle.
const MOST_POINTERS: usize = 64;

/// Room for most names, so that one is written without growing.
const USUAL: usize = 96;

/// How many names of a message are remembered for the pointers back to them.
const REMEMBERED: usize = 8;

/// A name as it stands in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// Lower-cased, without the final dot; the root is `.`.
    pub(super) text: Arc<str>,
    /// The last byte of a NetBIOS name, which says what kind of name it is.
    pub(super) suffix: Option<u8>,
}

/// Reads the names of one message. Answers mostly point back to the name of the question, so
/// names that were read are remembered by their place.
pub(super) struct Names<'a> {
    message: &'a [u8],
    flavour: DnsFlavour,
    scratch: String,
    known: [Option<(u16, Name)>; REMEMBERED],
    next_known: usize,
}

impl<'a> Names<'a> {
    pub(super) fn new(message: &'a [u8], flavour: DnsFlavour) -> Self {
        let scratch = String::with_capacity(USUAL);
        Self { message, flavour, scratch, known: Default::default(), next_known: 0 }
    }

    /// The name at a place, and where what follows it begins.
    pub(super) fn read(&mut self, at: usize) -> Option<(Name, usize)> {
        let first = *self.message.get(at)?;
        let (place, next) = if first >= 0xc0 {
            (usize::from(pointer(first, *self.message.get(at + 1)?)), Some(at + 2))
        } else {
            (at, None)
        };
        let known = self.known.iter().flatten().find(|(known, _)| usize::from(*known) == place);
        if let (Some((_, name)), Some(next)) = (known, next) {
            return Some((name.clone(), next));
        }
        self.scratch.clear();
        let (end, suffix) = self.labels(place)?;
        let name = Name { text: Arc::from(self.scratch.as_str()), suffix };
        if let Ok(place) = u16::try_from(place)
            && let Some(slot) = self.known.get_mut(self.next_known)
        {
            *slot = Some((place, name.clone()));
            self.next_known += 1;
        }
        Some((name, next.unwrap_or(end)))
    }

    /// Writes the labels from a place on, and gives where they end.
    fn labels(&mut self, mut at: usize) -> Option<(usize, Option<u8>)> {
        let (mut end, mut pointers, mut length, mut suffix) = (None, 0, 0, None);
        loop {
            let first = *self.message.get(at)?;
            match first {
                0 => break,
                1..=63 => {
                    let next = at + 1 + usize::from(first);
                    let label = self.message.get(at + 1..next)?;
                    length += label.len() + 1;
                    if length >= LONGEST {
                        return None;
                    }
                    if !self.scratch.is_empty() {
                        self.scratch.push('.');
                    } else if self.flavour == DnsFlavour::NetBios
                        && let Some((name, kind)) = net_bios_name(label)
                    {
                        self.scratch.push_str(&name);
                        suffix = Some(kind);
                        at = next;
                        continue;
                    }
                    push_label(&mut self.scratch, label);
                    at = next;
                }
                0xc0.. => {
                    pointers += 1;
                    if pointers > MOST_POINTERS {
                        return None;
                    }
                    let low = *self.message.get(at + 1)?;
                    end = end.or(Some(at + 2));
                    at = usize::from(pointer(first, low));
                }
                // Neither of the other kinds of label was ever used (RFC 6891 section 5).
                _ => return None,
            }
        }
        if self.scratch.is_empty() {
            self.scratch.push('.');
        }
        Some((end.unwrap_or(at + 1), suffix))
    }
}

fn pointer(high: u8, low: u8) -> u16 {
    u16::from_be_bytes([high & 0x3f, low])
}

/// Writes a label in the presentation form of RFC 1035 section 5.1, lower-cased.
fn push_label(text: &mut String, label: &[u8]) {
    let plain = |&b: &u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if label.iter().all(plain)
        && let Ok(label) = std::str::from_utf8(label)
    {
        let start = text.len();
        text.push_str(label);
        if let Some(added) = text.get_mut(start..) {
            added.make_ascii_lowercase();
        }
        return;
    }
    for &byte in label {
        match byte {
            b'.' | b'\\' => text.extend(['\\', char::from(byte)]),
            // A space is common in the names of services (RFC 6763 section 4.1.1).
            _ if byte.is_ascii_graphic() || byte == b' ' => {
                text.push(char::from(byte.to_ascii_lowercase()))
            }
            // Service instances are called what a person called them (RFC 6763 section 4.1.1).
            b' ' => text.push(' '),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(text, "\\{byte:03}");
            }
        }
    }
}

/// Each half byte of the 16-byte name is a letter from A. The last byte is a suffix that says
/// what kind of name it is; the rest is padded with spaces, and a browser's name is set in
/// control bytes.
pub(super) fn net_bios_name(label: &[u8]) -> Option<(String, u8)> {
    let letters: &[u8; 32] = label.try_into().ok()?;
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(letters.chunks_exact(2)) {
        let half = |letter: &u8| letter.checked_sub(b'A').filter(|&half| half < 16);
        *byte = half(pair.first()?)? << 4 | half(pair.get(1)?)?;
    }
    let [text @ .., suffix] = bytes;
    Some((trimmed(&text), suffix))
}

/// The text of a 15-byte name.
pub(super) fn trimmed(text: &[u8]) -> String {
    let padding = |&b: &u8| b <= b' ';
    let start = text.iter().position(|b| !padding(b)).unwrap_or(text.len());
    let end = text.iter().rposition(|b| !padding(b)).map_or(start, |last| last + 1);
    escape(text.get(start..end).unwrap_or_default()).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &[u8], at: usize, expected: Option<(&str, usize)>) {
        let mut names = Names::new(message, DnsFlavour::Dns);
        let found = names.read(at);
        let found = found.as_ref().map(|(name, next)| (&*name.text, *next));
        assert_eq!(found, expected, "{message:?}");
        // What is remembered comes to the same.
        let again = names.read(at);
        let again = again.as_ref().map(|(name, next)| (&*name.text, *next));
        assert_eq!(again, expected, "{message:?} again");
    }

    #[test]
    fn names_are_read() {
        let message = b"\x03WWW\x07example\0\x04mail\xc0\x04\xc0\x0d\xc0\x0d";
        check(message, 0, Some(("www.example", 13)));
        check(message, 13, Some(("mail.example", 20)));
        check(message, 20, Some(("mail.example", 22)));
        check(b"\0", 0, Some((".", 1)));
        check(b"\x08a.b \x1b[\\\xff\0", 0, Some(("a\\.b \\027[\\\\\\255", 10)));
        check(b"\xc0\0", 0, None);
        check(b"\x01a\xc0\0", 0, None);
        check(b"\x05abc", 0, None);
        check(b"\x41a\0", 0, None);
        check(b"\xc0", 0, None);
        check(b"", 0, None);
        check(&[63; 64 * 5], 0, None);
    }

    #[test]
    fn net_bios_names_are_read() {
        let read = |label: &[u8]| net_bios_name(label);
        assert_eq!(read(b"FHEPFCELEHFCEPFFFACACACACACACABL"), Some(("workgroup".into(), 0x1b)));
        assert_eq!(read(b"ABACFPFPENFDECFCEPFHFDEFFPFPACAB"), Some(("__msbrowse__".into(), 1)));
        assert_eq!(read(b"CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), Some(("*".into(), 0)));
        assert_eq!(read(b"FHEPFCELEHFCEPFFFACACACACACACAB"), None);
        assert_eq!(read(b"fhepfcelehfcepfffacacacacacacabl"), None);
    }
}
