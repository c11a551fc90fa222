//! SIP (RFC 3261) over datagrams and streams: requests, responses, and what keeps a binding
//! alive.

use super::message::{Message, Step};
use super::sdp;
use super::sip_header::{Headers, uri_host};
use super::text::{escape, is_host};
use crate::contact::{Evidence, EvidenceKind, Protocol, Request};

/// A first line longer than this is none.
const LONGEST_LINE: usize = 16 * 1024;

/// A head longer than this is read as far as it goes.
const LONGEST_HEAD: usize = 64 * 1024;

/// A session description longer than this is not waited for.
const LONGEST_DESCRIPTION: u64 = 32 * 1024;

/// What a message that keeps a binding alive is called in a packet list.
const KEEP_ALIVE: &str = "keep-alive";

/// A message of SIP, its body as far as it was needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SipHead {
    /// What it says; its media are those of the session description that it holds.
    pub message: Message,
    /// Nothing but empty lines that keep a binding alive (RFC 5626 section 3.5.1).
    pub keep_alive: bool,
    /// The method: a request's own, or the one that a response answers (CSeq).
    pub method: Option<String>,
    /// The URI of From (section 20.20).
    pub from: Option<String>,
    /// The URI of To (section 20.39).
    pub to: Option<String>,
    /// The URI of the first Contact (section 20.10).
    pub contact: Option<String>,
    /// How many bytes of body follow what was taken; none where the message does not say, which
    /// over a stream it must (section 18.3).
    pub body: Option<u64>,
    /// How many bytes were taken: the head, and a session description where there is one.
    pub length: usize,
}

/// The first line (section 7).
#[derive(Debug, Clone, Copy)]
enum Line<'a> {
    Request { method: &'a [u8], uri: &'a [u8] },
    Status { status: u16, reason: &'a [u8] },
}

/// Whether the bytes begin with a whole SIP request line or status line.
pub(super) fn is_sip(bytes: &[u8]) -> bool {
    // Both begin with a letter of a method or of `SIP/2.0`.
    bytes.first().is_some_and(|&b| is_token(b)) && read_line(first_line(bytes).0).is_some()
}

/// Whether the bytes could be the beginning of a request line or status line that is not whole
/// yet.
pub(super) fn may_become_sip(bytes: &[u8]) -> bool {
    if bytes.len() >= LONGEST_LINE || memchr::memchr(b'\n', bytes).is_some() {
        return false;
    }
    let known = bytes.len().min(8);
    if bytes.get(..known) == b"SIP/2.0 ".get(..known) {
        return true;
    }
    let token = bytes.iter().take(33).take_while(|&&b| is_token(b)).count();
    (1..=32).contains(&token) && bytes.get(token).is_none_or(|&b| b == b' ')
}

/// Whether a datagram holds nothing but a keep-alive: empty lines, zero bytes, or the word that
/// some proxies send to their clients.
pub(super) fn is_keep_alive(bytes: &[u8]) -> bool {
    matches!(bytes.len(), 1..=8) && bytes.iter().all(|b| b"\r\n\0 ".contains(b)) || bytes == b"jaK"
}

/// Reads the message at the start of a stream's bytes, and the session description behind it.
/// `at_end` says that no more bytes will come.
pub fn sip_head(bytes: &[u8], at_end: bool) -> Step<SipHead> {
    let blank = bytes.iter().position(|&b| b != b'\r' && b != b'\n').unwrap_or(bytes.len());
    if blank > 0 {
        return Step::Read { value: keep_alive(blank), length: blank };
    }
    let (line, next) = first_line(bytes);
    let Some(first) = read_line(line) else {
        let open = !at_end && may_become_sip(bytes);
        return if open || bytes.is_empty() { Step::Incomplete } else { Step::Not };
    };
    let at_end = at_end || bytes.len() >= LONGEST_HEAD;
    if next == 0 && !at_end {
        return Step::Incomplete;
    }
    let rest = bytes.get(next..).filter(|_| next > 0).unwrap_or_default();
    let Some(headers) = Headers::read(rest, at_end) else { return Step::Incomplete };
    let head = if next == 0 { bytes.len() } else { next + headers.length };
    let body = bytes.get(head..).unwrap_or_default();
    let (taken, left) = match headers.content_length {
        Some(length) if headers.describes_session && length <= LONGEST_DESCRIPTION => {
            match usize::try_from(length).ok().filter(|&length| length <= body.len()) {
                Some(whole) => (whole, Some(0)),
                None if !at_end => return Step::Incomplete,
                None => (body.len(), length.checked_sub(body.len() as u64)),
            }
        }
        length => (0, length),
    };
    let description = body.get(..taken).unwrap_or_default();
    let value = message(first, &headers, description, left, head + taken);
    Step::Read { length: value.length, value }
}

/// Reads a datagram. One that was cut off says what it can: its first line must be whole. What
/// follows the head is the body, whatever Content-Length says (section 18.3).
pub fn sip_datagram(bytes: &[u8]) -> Option<Message> {
    sip_datagram_head(bytes).map(|head| head.message)
}

/// Reads a datagram like [`sip_datagram`], with whom it is from and to.
pub fn sip_datagram_head(bytes: &[u8]) -> Option<SipHead> {
    if is_keep_alive(bytes) {
        return Some(keep_alive(bytes.len()));
    }
    let blank = bytes.iter().position(|&b| b != b'\r' && b != b'\n')?;
    let bytes = bytes.get(blank..)?;
    let (line, next) = first_line(bytes);
    let first = read_line(line)?;
    let rest = bytes.get(next..).filter(|_| next > 0).unwrap_or_default();
    let headers = Headers::read(rest, true)?;
    let body = rest.get(headers.length..).filter(|_| headers.describes_session);
    Some(message(first, &headers, body.unwrap_or_default(), Some(0), blank + bytes.len()))
}

fn keep_alive(length: usize) -> SipHead {
    SipHead {
        message: Message::new(Protocol::Sip, KEEP_ALIVE),
        keep_alive: true,
        method: None,
        from: None,
        to: None,
        contact: None,
        body: Some(0),
        length,
    }
}

fn message(
    line: Line<'_>,
    headers: &Headers<'_>,
    body: &[u8],
    left: Option<u64>,
    length: usize,
) -> SipHead {
    let described = if body.is_empty() { "" } else { ", with session description" };
    let answered = headers.method.map(escape);
    let (mut message, method) = match line {
        Line::Request { method, uri } => {
            let (method, target) = (escape(method), escape(uri));
            let summary = format!("Request: {method} {target}{described}");
            let mut message = Message::new(Protocol::Sip, summary);
            let host = uri_host(uri);
            let name = host.clone().filter(|name| is_host(name));
            message.names.extend(name.map(|name| Evidence::new(EvidenceKind::SipUri, name)));
            message.request = Some(Request::new(method.clone(), target).to_host(host));
            (message, Some(method))
        }
        Line::Status { status, reason } => {
            let reason = escape(reason);
            // As Wireshark has it, what an answer is to is said where it is a final yes.
            let to = match &answered {
                Some(method) if status / 100 == 2 => format!(" ({method})"),
                _ => String::new(),
            };
            let summary = format!("Status: {status} {reason}{to}{described}");
            let mut message = Message::new(Protocol::Sip, summary);
            message.status = Some(status);
            message.answers.clone_from(&answered);
            (message, answered)
        }
    };
    let [from, to, contact] = [headers.from, headers.to, headers.contact].map(|it| it.map(escape));
    message.sender.clone_from(&from);
    message.media = sdp::media(body);
    if let Some(request) = &mut message.request {
        request.from.clone_from(&from);
        request.to.clone_from(&to);
        request.contact.clone_from(&contact);
    }
    SipHead { message, keep_alive: false, method, from, to, contact, body: left, length }
}

/// The first line, and where the next one begins; zero where the line has no end.
fn first_line(bytes: &[u8]) -> (&[u8], usize) {
    let head = bytes.get(..LONGEST_LINE).unwrap_or(bytes);
    match memchr::memchr(b'\n', head) {
        Some(end) => (head.get(..end).unwrap_or_default(), end + 1),
        None => (head, 0),
    }
}

fn read_line(line: &[u8]) -> Option<Line<'_>> {
    let line = line.trim_ascii_end();
    if let Some(rest) = line.strip_prefix(b"SIP/2.0 ") {
        let digits = rest.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
        let status = digits.iter().fold(0, |value, digit| value * 10 + u16::from(digit - b'0'));
        let reason = rest.get(3..).unwrap_or_default();
        let separate = reason.first().is_none_or(|&b| b == b' ');
        return separate.then_some(Line::Status { status, reason: reason.trim_ascii() });
    }
    let line = line.strip_suffix(b" SIP/2.0")?;
    let space = memchr::memchr(b' ', line)?;
    let (method, uri) = line.split_at_checked(space)?;
    let uri = uri.trim_ascii();
    let token = !method.is_empty() && method.len() <= 32 && method.iter().all(|&b| is_token(b));
    // A URI has a scheme, and no spaces.
    let is_uri = memchr::memchr(b':', uri).is_some_and(|at| at > 0) && !uri.contains(&b' ');
    (token && is_uri).then_some(Line::Request { method, uri })
}

/// Section 25.1.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}
