//! The first line of an HTTP/1 message (RFC 9112 sections 3 and 4), read as a capture needs it:
//! whatever a client got an answer to, not what the grammar allows.

/// A first line longer than this is none.
pub(super) const LONGEST_LINE: usize = 64 * 1024;

/// A method longer than this is none: the longest registered one has 17 letters.
const LONGEST_METHOD: usize = 32;

/// What the first line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// `GET /path HTTP/1.1`; without a version where `version` is empty (HTTP/0.9).
    Request { method: &'a [u8], target: &'a [u8], version: &'a [u8] },
    /// `HTTP/1.1 200 OK`.
    Status { status: u16 },
}

/// What the beginning of a stream could be, judged by its first bytes alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Nothing of HTTP.
    Not,
    /// Perhaps a first line, cut off.
    Partial,
    /// A whole first line: where the message begins, where the line ends, and where the next
    /// line begins.
    Line { begin: usize, end: usize, next: usize },
}

/// Finds the first line. Empty lines before it are allowed (RFC 9112 section 2.2).
pub(super) fn first_line(bytes: &[u8]) -> Start {
    let Some(begin) = bytes.iter().position(|&b| b != b'\r' && b != b'\n') else {
        return Start::Partial;
    };
    let rest = bytes.get(begin..).unwrap_or_default();
    let head = rest.get(..LONGEST_LINE).unwrap_or(rest);
    let token = head.iter().take(LONGEST_METHOD + 1).take_while(|&&b| is_token(b)).count();
    let plausible = match head.get(token) {
        // A status line's slash ends the token too.
        Some(&b' ') => token > 0 && token <= LONGEST_METHOD,
        Some(&b'/') => head.starts_with(b"HTTP/"),
        Some(_) => false,
        None => token <= LONGEST_METHOD,
    };
    if !plausible {
        return Start::Not;
    }
    match memchr::memchr(b'\n', head) {
        Some(end) => {
            let line = head.get(..end).unwrap_or_default();
            let shown = line.strip_suffix(b"\r").unwrap_or(line);
            Start::Line { begin, end: begin + shown.len(), next: begin + end + 1 }
        }
        None if head.len() < LONGEST_LINE => Start::Partial,
        None => Start::Not,
    }
}

/// Reads a first line.
pub(super) fn read_line(line: &[u8]) -> Option<Line<'_>> {
    if let Some(rest) = line.strip_prefix(b"HTTP/") {
        return status(rest);
    }
    let space = memchr::memchr(b' ', line)?;
    let (method, rest) = line.split_at_checked(space)?;
    if method.is_empty() || method.len() > LONGEST_METHOD || !method.iter().all(|&b| is_token(b)) {
        return None;
    }
    let rest = rest.trim_ascii();
    // A target holds no spaces (section 3.2): where the line has too many, the first word is
    // the target, and the last one may still be the version.
    let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
    let (target, after) = rest.split_at_checked(end)?;
    let version = after.trim_ascii();
    let last = memchr::memrchr(b' ', version).map_or(0, |space| space + 1);
    let version = version.get(last..).unwrap_or_default();
    if is_version(version) {
        // The preface of HTTP/2 (RFC 9113 section 3.4) is a request only in form.
        let preface = method == b"PRI" && target == b"*";
        let plausible = is_known_method(method) || is_extension(method, target);
        return (!target.is_empty() && !preface && plausible).then_some(Line::Request {
            method,
            target,
            version,
        });
    }
    // Without a version only what cannot be another protocol's command passes.
    let odd = is_known_method(method) && (target.starts_with(b"/") || target.starts_with(b"http"));
    let other = memchr::memmem::find(version, b"/").is_some() && !version.starts_with(b"/");
    (odd && !other).then_some(Line::Request { method, target, version: b"" })
}

/// `1.1 200 OK`, what follows `HTTP/`.
fn status(rest: &[u8]) -> Option<Line<'_>> {
    let space = memchr::memchr(b' ', rest)?;
    let (version, rest) = rest.split_at_checked(space)?;
    if !version.first().is_some_and(u8::is_ascii_digit) || version.len() > 8 {
        return None;
    }
    let digits = rest.trim_ascii_start();
    let digits = digits.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    let status = digits.iter().fold(0, |value, digit| value * 10 + u16::from(digit - b'0'));
    Some(Line::Status { status })
}

fn is_version(word: &[u8]) -> bool {
    let digits = word.get(..5).filter(|name| name.eq_ignore_ascii_case(b"HTTP/"));
    digits.is_some() && word.get(5).is_some_and(u8::is_ascii_digit) && word.len() <= 12
}

/// RFC 9110 section 5.6.2.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A method that is not known is one where it is written like one, and asks for a path or an
/// address: other protocols borrow HTTP's line.
fn is_extension(method: &[u8], target: &[u8]) -> bool {
    let written = |&b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    let asks = target.starts_with(b"/") || target.starts_with(b"*") || target.contains(&b':');
    method.iter().all(written) && asks
}

/// The methods of RFC 9110, WebDAV (RFC 4918, 3253, 3648, 3744, 5842), PATCH (RFC 5789), QUERY,
/// UPnP's eventing, and Microsoft's tunnels.
const KNOWN: [&[u8]; 54] = [
    b"GET",
    b"POST",
    b"HEAD",
    b"PUT",
    b"DELETE",
    b"OPTIONS",
    b"CONNECT",
    b"TRACE",
    b"PATCH",
    b"QUERY",
    b"PROPFIND",
    b"PROPPATCH",
    b"MKCOL",
    b"COPY",
    b"MOVE",
    b"LOCK",
    b"UNLOCK",
    b"ACL",
    b"SEARCH",
    b"REPORT",
    b"UPDATE",
    b"MERGE",
    b"LABEL",
    b"CHECKIN",
    b"CHECKOUT",
    b"UNCHECKOUT",
    b"MKWORKSPACE",
    b"MKACTIVITY",
    b"MKCALENDAR",
    b"VERSION-CONTROL",
    b"BASELINE-CONTROL",
    b"ORDERPATCH",
    b"LINK",
    b"UNLINK",
    b"BIND",
    b"UNBIND",
    b"REBIND",
    b"PURGE",
    b"POLL",
    b"BCOPY",
    b"BMOVE",
    b"BDELETE",
    b"BPROPFIND",
    b"BPROPPATCH",
    b"NOTIFY",
    b"SUBSCRIBE",
    b"UNSUBSCRIBE",
    b"M-SEARCH",
    b"CCM_POST",
    b"BITS_POST",
    b"RPC_CONNECT",
    b"RPC_IN_DATA",
    b"RPC_OUT_DATA",
    b"SSTP_DUPLEX_POST",
];

/// Whether a method is registered or in wide use; also with the prefix of RFC 2774, and in
/// lower case, as some write them.
pub(super) fn is_known_method(method: &[u8]) -> bool {
    let known = |method: &[u8]| {
        KNOWN.iter().any(|name| name.len() == method.len() && name.eq_ignore_ascii_case(method))
    };
    // Nearly everything is one of these.
    matches!(method, b"GET" | b"POST" | b"HEAD")
        || known(method)
        || method.strip_prefix(b"M-").is_some_and(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &str) {
        let shown = match read_line(line.as_bytes()) {
            None => "none".to_owned(),
            Some(Line::Status { status }) => status.to_string(),
            Some(Line::Request { method, target, version }) => {
                [method, target, version].map(String::from_utf8_lossy).join("|")
            }
        };
        assert_eq!(shown, expected, "{line}");
    }

    #[test]
    fn first_lines_are_read() {
        check("GET / HTTP/1.1", "GET|/|HTTP/1.1");
        check("get /x http/1.0", "get|/x|http/1.0");
        check("GET /a b HTTP/1.1", "GET|/a|HTTP/1.1");
        check("GET  /two  HTTP/1.1 ", "GET|/two|HTTP/1.1");
        check("OPTIONS * HTTP/1.1", "OPTIONS|*|HTTP/1.1");
        check("M-POST /x HTTP/1.1", "M-POST|/x|HTTP/1.1");
        check("GET /old", "GET|/old|");
        check("GET /old page", "GET|/old|");
        check("GET key", "none");
        check("RETR /old", "none");
        check("OPTIONS rtsp://h/x RTSP/1.0", "none");
        check("GET /x RTSP/1.0", "none");
        check("INVITE sip:h SIP/2.0", "none");
        check("PRI * HTTP/2.0", "none");
        check("FROB /x HTTP/1.1", "FROB|/x|HTTP/1.1");
        check("frob /x HTTP/1.1", "none");
        check("FROB x HTTP/1.1", "none");
        check("GET%00 /x HTTP/1.1", "none");
        check("HTTP/1.1 200 OK", "200");
        check("HTTP/1.0 404", "404");
        check("HTTP/2 200", "200");
        check("HTTP/1.1 20", "none");
        check("HTTP/x 200 OK", "none");
        check("ICY 200 OK", "none");
        check("", "none");
    }

    #[test]
    fn the_first_line_is_found() {
        for (bytes, expected) in [
            (&b"\r\nGET / HTTP/1.1\r\nx"[..], Start::Line { begin: 2, end: 16, next: 18 }),
            (b"GET / HTTP/1.1\nx", Start::Line { begin: 0, end: 14, next: 15 }),
            (b"GET / HT", Start::Partial),
            (b"GE", Start::Partial),
            (b"\r\n", Start::Partial),
            (b"", Start::Partial),
            (b"\x16\x03\x01", Start::Not),
            (b"HTTP/1.1 2", Start::Partial),
            (b"HTTQ/1.1 2", Start::Not),
            (&[b'A'; 40], Start::Not),
        ] {
            assert_eq!(first_line(bytes), expected, "{bytes:?}");
        }
        let long = [&b"GET /"[..], &[b'a'; LONGEST_LINE]].concat();
        assert_eq!(first_line(&long), Start::Not);
    }
}
