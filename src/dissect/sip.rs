//! SIP (RFC 3261): request lines, status lines, keep-alives.

use super::text::{escape, host_of_authority};

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SipRequest {
    /// The method.
    pub method: String,
    /// The request URI as sent.
    pub target: String,
    /// The URI's host part.
    pub host: Option<String>,
}

/// What could be read of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SipHead {
    /// More bytes are needed.
    Incomplete,
    /// No SIP.
    Not,
    /// Empty lines that keep a binding alive (RFC 5626 section 3.5.1), this many bytes.
    KeepAlive(usize),
    /// A message.
    Read {
        /// The request; none for a response.
        request: Option<SipRequest>,
        /// How many bytes the head took.
        length: usize,
        /// How many bytes of body follow; none where the message does not say.
        body: Option<u64>,
    },
}

/// Whether the bytes begin with a SIP request line or status line.
pub(super) fn is_sip(bytes: &[u8]) -> bool {
    let line = bytes.split(|&b| b == b'\n').next().unwrap_or_default();
    line.starts_with(b"SIP/2.0 ") || request_line(line).is_some()
}

/// Whether a datagram holds nothing but a keep-alive: empty lines, or the zero bytes that
/// softphones send.
pub(super) fn is_keep_alive(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.len() <= 8 && bytes.iter().all(|b| b"\r\n\0 ".contains(b))
}

/// Reads the message at the start of the bytes.
pub fn sip_message(bytes: &[u8]) -> SipHead {
    match bytes.iter().position(|&b| b != b'\r' && b != b'\n') {
        Some(0) => {}
        Some(blank) => return SipHead::KeepAlive(blank),
        None => return SipHead::KeepAlive(bytes.len()),
    }
    let Some(end) = bytes.iter().position(|&b| b == b'\n') else { return SipHead::Incomplete };
    let line = bytes.get(..end).unwrap_or_default();
    let request = request_line(line);
    if request.is_none() && !line.starts_with(b"SIP/2.0 ") {
        return SipHead::Not;
    }
    let mut length = end + 1;
    let mut body = None;
    loop {
        let rest = bytes.get(length..).unwrap_or_default();
        let Some(end) = rest.iter().position(|&b| b == b'\n') else { return SipHead::Incomplete };
        let line = rest.get(..end).unwrap_or_default().trim_ascii();
        length += end + 1;
        if line.is_empty() {
            return SipHead::Read { request, length, body };
        }
        body = body.or_else(|| content_length(line));
    }
}

/// The method and URI of a request line, whatever follows it.
fn request_line(line: &[u8]) -> Option<SipRequest> {
    let line = line.trim_ascii_end();
    let line = line.strip_suffix(b" SIP/2.0")?;
    let space = line.iter().position(|&b| b == b' ')?;
    let (method, target) = line.split_at_checked(space)?;
    let target = target.trim_ascii();
    let token = |b: &u8| b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(b);
    if method.is_empty() || method.len() > 32 || !method.iter().all(token) || target.is_empty() {
        return None;
    }
    Some(SipRequest { method: escape(method), target: escape(target), host: host_of(target) })
}

/// The host of `sip:user:password@host:port;parameters?headers` (section 19.1.1); other
/// schemes, like `tel:`, name none.
fn host_of(uri: &[u8]) -> Option<String> {
    let colon = uri.iter().position(|&b| b == b':')?;
    let (scheme, rest) = uri.split_at_checked(colon)?;
    if !scheme.eq_ignore_ascii_case(b"sip") && !scheme.eq_ignore_ascii_case(b"sips") {
        return None;
    }
    // The user part may itself hold `;` and `?`, so it is cut off first.
    let rest = rest.get(1..)?;
    let start = rest.iter().rposition(|&b| b == b'@').map_or(0, |at| at + 1);
    let rest = rest.get(start..)?;
    host_of_authority(rest.split(|b| b";?>".contains(b)).next()?)
}

/// Content-Length, or its compact form `l` (section 20.14).
fn content_length(line: &[u8]) -> Option<u64> {
    let colon = line.iter().position(|&b| b == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let name = name.trim_ascii();
    if !name.eq_ignore_ascii_case(b"content-length") && !name.eq_ignore_ascii_case(b"l") {
        return None;
    }
    std::str::from_utf8(value.get(1..)?).ok()?.trim().parse().ok()
}
