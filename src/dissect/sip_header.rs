//! The headers of a SIP message (RFC 3261 sections 7.3 and 20), and the hosts in SIP's URIs.

use super::text::host_of_authority;

/// What the headers say that matters here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Headers<'a> {
    /// The method in CSeq.
    pub(super) method: Option<&'a [u8]>,
    /// The URI of From.
    pub(super) from: Option<&'a [u8]>,
    /// The URI of To.
    pub(super) to: Option<&'a [u8]>,
    /// The URI of the first Contact.
    pub(super) contact: Option<&'a [u8]>,
    pub(super) content_length: Option<u64>,
    /// The body is a session description, or holds one among its parts.
    pub(super) describes_session: bool,
    /// How many bytes they took, the empty line included.
    pub(super) length: usize,
}

impl<'a> Headers<'a> {
    /// Reads header lines up to the empty one. None where it has not come yet, unless no more
    /// bytes will come.
    pub(super) fn read(bytes: &'a [u8], at_end: bool) -> Option<Self> {
        let mut headers = Self::default();
        let mut field = 0..0;
        loop {
            let at = headers.length;
            let rest = bytes.get(at..).unwrap_or_default();
            let (end, next, whole) = match memchr::memchr(b'\n', rest) {
                Some(end) => (at + end, at + end + 1, true),
                None if at_end => (bytes.len(), bytes.len(), false),
                None => return None,
            };
            headers.length = next;
            let line = bytes.get(at..end).unwrap_or_default();
            let empty = line.is_empty() || line == b"\r";
            // A line that begins with white space goes on with the one before (section 7.3.1).
            if !empty && matches!(line.first(), Some(b' ' | b'\t')) && !field.is_empty() {
                field.end = end;
                continue;
            }
            headers.take(bytes.get(field).unwrap_or_default());
            if empty {
                return Some(headers);
            }
            // A line that was cut off says nothing that could be relied on.
            field = if whole { at..end } else { 0..0 };
        }
    }

    fn take(&mut self, field: &'a [u8]) {
        let Some(colon) = memchr::memchr(b':', field) else { return };
        let Some((name, value)) = field.split_at_checked(colon) else { return };
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let name = name.trim_ascii_end();
        // Each with its compact form (section 7.3.3).
        let is = |long: &[u8], short: &[u8]| {
            name.eq_ignore_ascii_case(long) || name.eq_ignore_ascii_case(short)
        };
        if is(b"from", b"f") {
            self.from = self.from.or(uri_of(value));
        } else if is(b"to", b"t") {
            self.to = self.to.or(uri_of(value));
        } else if is(b"contact", b"m") {
            self.contact = self.contact.or(uri_of(value));
        } else if is(b"cseq", b"cseq") {
            let method = value.trim_ascii_start().iter().position(|b| !b.is_ascii_digit());
            let method = method.and_then(|at| value.get(at..)).map(<[u8]>::trim_ascii);
            self.method = self.method.or(method.filter(|method| !method.is_empty()));
        } else if is(b"content-length", b"l") {
            let number = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            self.content_length = self.content_length.or(number);
        } else if is(b"content-type", b"c") {
            let kind = value.get(..15).unwrap_or(value);
            self.describes_session |= kind.eq_ignore_ascii_case(b"application/sdp")
                || kind.get(..9).is_some_and(|kind| kind.eq_ignore_ascii_case(b"multipart"));
        }
    }
}

/// The URI of a name-addr or addr-spec (section 20.10): what stands in angle brackets, or else
/// everything before the parameters.
fn uri_of(value: &[u8]) -> Option<&[u8]> {
    let mut quoted = false;
    let mut escaped = false;
    let open = value.iter().position(|&byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
        byte == b'<' && !quoted
    });
    let uri = match open {
        Some(open) => value.get(open + 1..)?.split(|&b| b == b'>').next()?,
        None => value.split(|b| b";, \t\r".contains(b)).next()?,
    };
    let uri = uri.trim_ascii();
    (!uri.is_empty()).then_some(uri)
}

/// The host of `sip:user:password@host:port;parameters?headers` (section 19.1.1); other
/// schemes, like `tel:`, name none.
pub(super) fn uri_host(uri: &[u8]) -> Option<String> {
    let colon = memchr::memchr(b':', uri)?;
    let (scheme, rest) = uri.split_at_checked(colon)?;
    if !scheme.eq_ignore_ascii_case(b"sip") && !scheme.eq_ignore_ascii_case(b"sips") {
        return None;
    }
    // The user part may itself hold `;` and `?`, so it is cut off first.
    let rest = rest.get(1..)?;
    let start = memchr::memrchr(b'@', rest).map_or(0, |at| at + 1);
    let rest = rest.get(start..)?;
    host_of_authority(rest.split(|b| b";?>".contains(b)).next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_found_in_headers() {
        for (value, expected) in [
            ("<sip:a@h>;tag=1", "sip:a@h"),
            ("\"A <b>\\\"\" <sip:a@h;x=y>", "sip:a@h;x=y"),
            ("sip:a@h;tag=1", "sip:a@h"),
            ("*", "*"),
            ("Alice\r\n <sips:a@h>", "sips:a@h"),
            ("", ""),
            ("<>", ""),
        ] {
            let found = uri_of(value.as_bytes()).unwrap_or_default();
            assert_eq!(String::from_utf8_lossy(found), expected, "{value}");
        }
    }

    #[test]
    fn uris_name_their_host() {
        for (uri, expected) in [
            ("sip:Example.ORG", Some("example.org")),
            ("sip:a:b@h.example:5060;transport=tcp", Some("h.example")),
            ("sips:a;x?y@[2001:DB8::1]:5061", Some("2001:db8::1")),
            ("SIP:h?subject=x@y", Some("y")),
            ("tel:+123", None),
            ("urn:service:sos", None),
            ("h", None),
        ] {
            assert_eq!(uri_host(uri.as_bytes()).as_deref(), expected, "{uri}");
        }
    }

    #[test]
    fn headers_are_read() {
        let text = "f: <sip:a@h>\r\nTo : sip:b@h\r\nCSeq: 7 INVITE\r\nSubject: x\r\n y\r\nm:\r\n \
                    <sip:c@h>\r\nl: 12\r\nc: Application/SDP; x=y\r\n\r\nbody";
        let headers = Headers::read(text.as_bytes(), false).unwrap();
        assert_eq!(headers.from, Some(&b"sip:a@h"[..]));
        assert_eq!(headers.to, Some(&b"sip:b@h"[..]));
        assert_eq!(headers.contact, Some(&b"sip:c@h"[..]));
        assert_eq!(headers.method, Some(&b"INVITE"[..]));
        assert_eq!(headers.content_length, Some(12));
        assert!(headers.describes_session);
        assert_eq!(headers.length, text.len() - 4);
        assert_eq!(Headers::read(b"From: sip:a@h\r\nTo", false), None);
        let cut = Headers::read(b"From: sip:a@h\r\nTo: sip:b@exam", true).unwrap();
        assert_eq!((cut.from, cut.to), (Some(&b"sip:a@h"[..]), None));
    }
}
