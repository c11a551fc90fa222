//! The head of HTTP/1 messages (RFC 9112), as clients and servers send it and not only as they
//! should: bare line feeds, bytes beyond ASCII, headers that are none.

use super::doh;
use super::http_line::{Line, Start, first_line, is_known_method, read_line};
use super::message::{Message, Step};
use super::text::{escape, host_of_authority, is_host};
use crate::contact::{Evidence, EvidenceKind, Protocol, Request};

/// A head longer than this is read as far as it goes.
const LONGEST_HEAD: usize = 256 * 1024;

/// How long a message's body is, as far as its own head says (RFC 9112 section 6.3). What
/// depends on the request (HEAD, CONNECT) is for whoever knows the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpBody {
    /// There is none.
    None,
    /// This many bytes.
    Length(u64),
    /// Chunks (section 7.1).
    Chunked,
    /// Everything up to the end of the connection.
    UntilClose,
}

/// The head of a request or a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpHead {
    /// What it says. Its request's host is the Host header as sent, with its port.
    pub message: Message,
    /// A request, not a response.
    pub is_request: bool,
    /// A request's method; empty for a response.
    pub method: String,
    /// A response's status.
    pub status: Option<u16>,
    /// How much follows.
    pub body: HttpBody,
    /// How many bytes the head took.
    pub length: usize,
    /// It reached its empty line; otherwise the bytes ended before, and headers may be missing.
    pub whole: bool,
    /// The protocol that is asked for or switched to (RFC 9110 section 7.8), in lower case.
    pub upgrade: Option<String>,
    /// A request for a tunnel (CONNECT): after a 2xx the connection speaks something else.
    pub tunnel: bool,
}

/// What the headers say that matters here.
#[derive(Default)]
struct Headers<'a> {
    host: Option<&'a [u8]>,
    /// The host's line was cut off, so the name may be.
    host_is_cut: bool,
    length: Option<&'a [u8]>,
    coding: Option<&'a [u8]>,
    upgrade: Option<&'a [u8]>,
    content_type: Option<&'a [u8]>,
    whole: bool,
}

/// Reads the head at the start of the bytes. `at_end` says that no more bytes will come, so
/// that what was cut off is read as far as it goes: its first line at least must be whole.
pub fn http_head(bytes: &[u8], at_end: bool) -> Step<HttpHead> {
    let (begin, end, next) = match first_line(bytes) {
        Start::Not => return Step::Not,
        Start::Partial if at_end => {
            let end = bytes.len();
            let begin = bytes.iter().position(|&b| b != b'\r' && b != b'\n').unwrap_or(end);
            (begin, end, end)
        }
        Start::Partial => return Step::Incomplete,
        Start::Line { begin, end, next } => (begin, end, next),
    };
    let line = bytes.get(begin..end).unwrap_or_default();
    let Some(first) = read_line(line) else { return Step::Not };
    // A request without a version that reached the end of the bytes may have been cut.
    let whole = next > end || matches!(first, Line::Request { version: [_, ..], .. });
    if !whole && !matches!(first, Line::Status { .. }) {
        return Step::Not;
    }
    let at_end = at_end || bytes.len() >= LONGEST_HEAD;
    let Some((headers, length)) = headers(bytes, next, at_end) else { return Step::Incomplete };
    let value = match first {
        // Other protocols borrow HTTP's line, but hardly its header.
        Line::Request { method, .. } if !is_known_method(method) && headers.host.is_none() => {
            return Step::Not;
        }
        Line::Request { method, target, .. } => request(line, method, target, &headers, length),
        Line::Status { status } => response(line, status, &headers, length),
    };
    Step::Read { value, length }
}

/// Reads the header lines from `at` on, to the empty line. None where it has not come yet.
fn headers(bytes: &[u8], mut at: usize, at_end: bool) -> Option<(Headers<'_>, usize)> {
    let mut headers = Headers::default();
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let found = memchr::memchr(b'\n', rest);
        let (line, next) = match found {
            Some(end) => (rest.get(..end).unwrap_or_default(), at + end + 1),
            None if at_end => (rest, bytes.len()),
            None => return None,
        };
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            headers.whole = found.is_some();
            return Some((headers, next));
        }
        at = next;
        headers.take(line, found.is_none());
    }
}

impl<'a> Headers<'a> {
    /// Of several the first counts; of several lengths the last, as others read it.
    fn take(&mut self, line: &'a [u8], is_cut: bool) {
        let (Some(colon), Some(b'C' | b'c' | b'H' | b'h' | b'T' | b't' | b'U' | b'u')) =
            (memchr::memchr(b':', line), line.first())
        else {
            return;
        };
        let Some((name, value)) = line.split_at_checked(colon) else { return };
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let slot = match name.trim_ascii_end() {
            name if name.eq_ignore_ascii_case(b"host") => {
                self.host_is_cut |= is_cut;
                // A zero byte ends a name for most servers.
                let end = memchr::memchr(0, value).unwrap_or(value.len());
                self.host.get_or_insert(value.get(..end).unwrap_or_default());
                return;
            }
            name if name.eq_ignore_ascii_case(b"content-length") => {
                self.length = Some(value);
                return;
            }
            name if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                self.coding = Some(value);
                return;
            }
            name if name.eq_ignore_ascii_case(b"upgrade") => &mut self.upgrade,
            name if name.eq_ignore_ascii_case(b"content-type") => &mut self.content_type,
            _ => return,
        };
        slot.get_or_insert(value);
    }

    /// Section 6.3, rules 3 to 8; `otherwise` is what holds where the headers say nothing.
    fn body(&self, otherwise: HttpBody) -> HttpBody {
        if let Some(coding) = self.coding {
            let last = coding.rsplit(|&b| b == b',').next().unwrap_or_default().trim_ascii();
            let chunked = last.eq_ignore_ascii_case(b"chunked");
            if chunked || !last.eq_ignore_ascii_case(b"identity") {
                return if chunked { HttpBody::Chunked } else { HttpBody::UntilClose };
            }
        }
        let Some(length) = self.length else { return otherwise };
        // A list of equal values counts once (RFC 9110 section 8.6).
        let first = length.split(|&b| b == b',').next().unwrap_or_default().trim_ascii();
        let number = std::str::from_utf8(first).ok().and_then(|text| text.parse().ok());
        number.map_or(otherwise, HttpBody::Length)
    }

    fn upgrade(&self) -> Option<String> {
        self.upgrade.map(|value| escape(value).to_ascii_lowercase())
    }
}

fn request(
    line: &[u8],
    method: &[u8],
    target: &[u8],
    headers: &Headers<'_>,
    length: usize,
) -> HttpHead {
    let tunnel = method.eq_ignore_ascii_case(b"CONNECT");
    let authority = if tunnel { Some(target) } else { absolute_authority(target) };
    let method = escape(method);
    let mut message = Message::new(Protocol::Http, escape(line.trim_ascii()));
    let host = headers.host.map(escape).filter(|host| !host.is_empty());
    message.request = Some(Request::new(method.clone(), escape(target)).to_host(host));
    let named = match authority.and_then(host_of_authority).filter(|name| is_host(name)) {
        Some(name) => Some(Evidence::new(EvidenceKind::HttpProxied, name)),
        // A name that was cut off would be another host's.
        None => headers
            .host
            .filter(|_| !headers.host_is_cut && !tunnel)
            .and_then(host_of_authority)
            .filter(|name| is_host(name))
            .map(|name| Evidence::new(EvidenceKind::HttpHost, name)),
    };
    message.names.extend(named);
    message.lookup = doh::query_of(target);
    HttpHead {
        message,
        is_request: true,
        method,
        status: None,
        body: headers.body(HttpBody::None),
        length,
        whole: headers.whole,
        upgrade: headers.upgrade(),
        tunnel,
    }
}

fn response(line: &[u8], status: u16, headers: &Headers<'_>, length: usize) -> HttpHead {
    let body = match status {
        100..=199 | 204 | 304 => HttpBody::None,
        _ => headers.body(HttpBody::UntilClose),
    };
    let mut summary = escape(line.trim_ascii());
    let kind = headers.content_type.and_then(|value| value.split(|&b| b == b';').next());
    if let Some(kind) = kind.map(|kind| escape(kind.trim_ascii()))
        && !kind.is_empty()
        && !matches!(body, HttpBody::None | HttpBody::Length(0))
    {
        summary.push_str(" (");
        summary.push_str(&kind);
        summary.push(')');
    }
    let mut message = Message::new(Protocol::Http, summary);
    message.status = Some(status);
    HttpHead {
        message,
        is_request: false,
        method: String::new(),
        status: Some(status),
        body,
        length,
        whole: headers.whole,
        upgrade: headers.upgrade(),
        tunnel: false,
    }
}

/// The authority of a target in absolute form (section 3.2.2). Only a scheme makes it
/// absolute: `/?u=http://…` asks for something here.
fn absolute_authority(target: &[u8]) -> Option<&[u8]> {
    let scheme = target.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    let rest = target.get(scheme..)?.strip_prefix(b"://").filter(|_| scheme > 0)?;
    rest.split(|b| b"/?#".contains(b)).next()
}
