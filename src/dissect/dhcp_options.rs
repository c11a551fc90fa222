//! The options of a DHCP message, wherever they stand and into how many pieces they were cut.

use std::borrow::Cow;

use super::dhcp::OPTIONS;

/// The fields that hold options besides, where option 52 says so (RFC 2132 section 9.3): `file`
/// and `sname` (RFC 2131 section 2), in the order in which they are read (RFC 3396 section 5).
const FILE: std::ops::Range<usize> = 108..236;
const SNAME: std::ops::Range<usize> = 44..108;
const OVERLOAD: u8 = 52;

/// The options by their codes, in order of their first piece; the pieces of one are put together
/// (RFC 3396 section 7).
pub(super) fn options(bytes: &[u8]) -> Vec<(u8, Cow<'_, [u8]>)> {
    let mut found = Vec::new();
    gather(bytes.get(OPTIONS..).unwrap_or_default(), &mut found);
    let overload = found.iter().find(|(code, _)| *code == OVERLOAD);
    let overload = overload.and_then(|(_, value)| value.first().copied()).unwrap_or(0);
    for (bit, field) in [(1, FILE), (2, SNAME)] {
        if overload & bit != 0 {
            gather(bytes.get(field).unwrap_or_default(), &mut found);
        }
    }
    found
}

fn gather<'a>(mut rest: &'a [u8], found: &mut Vec<(u8, Cow<'a, [u8]>)>) {
    while let Some((&code, after)) = rest.split_first() {
        match code {
            0 => rest = after,
            255 => return,
            _ => {
                let piece = after
                    .split_first()
                    .and_then(|(&length, after)| after.split_at_checked(usize::from(length)));
                let Some((value, after)) = piece else { return };
                match found.iter_mut().find(|(known, _)| *known == code) {
                    Some((_, known)) => known.to_mut().extend_from_slice(value),
                    None => found.push((code, Cow::Borrowed(value))),
                }
                rest = after;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message with options in its three places, as text.
    fn shown(options_field: &[u8], file: &[u8], sname: &[u8]) -> String {
        let mut bytes = vec![0; OPTIONS];
        bytes[SNAME][..sname.len()].copy_from_slice(sname);
        bytes[FILE][..file.len()].copy_from_slice(file);
        bytes.extend_from_slice(options_field);
        let all = options(&bytes).into_iter();
        all.map(|(code, value)| format!("{code}={}", String::from_utf8_lossy(&value)))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn options_are_read_wherever_they_stand() {
        for (options_field, file, sname, expected) in [
            (&b"\x0c\x01a\x3c\x01b\xff"[..], &b""[..], &b""[..], "12=a 60=b"),
            // Pieces, of which one is behind another option.
            (b"\x0c\x01a\0\x3c\x01b\x0c\x02cd\xff", b"", b"", "12=acd 60=b"),
            // Not said to be there.
            (b"\x0c\x01a\xff", b"\x3c\x01b", b"", "12=a"),
            (b"\x34\x01\x01\xff", b"\x3c\x01b\xff", b"\x0c\x01a", "52=\u{1} 60=b"),
            (b"\x34\x01\x02\xff", b"\x3c\x01b\xff", b"\x0c\x01a", "52=\u{2} 12=a"),
            (b"\x0c\x01x\x34\x01\x03", b"\x0c\x01y", b"\x0c\x01z", "12=xyz 52=\u{3}"),
            (b"\x0c\x09a", b"", b"", ""),
            (b"\x0c", b"", b"", ""),
        ] {
            assert_eq!(shown(options_field, file, sname), expected, "{options_field:?}");
        }
    }
}
