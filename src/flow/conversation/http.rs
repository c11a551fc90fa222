//! HTTP/1 within a conversation: heads are read, bodies passed over, and what follows an
//! upgrade or a tunnel is read as what it is.

use std::collections::VecDeque;

use super::reader::Reader;
use super::side::Side;
use crate::contact::{Protocol, Request};
use crate::dissect::{
    ChunkStep, Chunks, HttpBody, HttpHead, Message, Step, http_head, looks_like_tls,
};

/// At most this many requests wait for their responses.
const MOST_PENDING: usize = 64;

/// The preface of HTTP/2 (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n";

/// Where one side of HTTP/1 stands.
#[derive(Debug, Default)]
pub(super) struct HttpSide {
    /// Within a chunked body.
    chunks: Option<Chunks>,
}

/// A message of HTTP/1.
#[derive(Debug)]
pub(super) struct Exchanged {
    pub(super) message: Message,
    /// It asks.
    pub(super) asks: bool,
    /// The request that it answers.
    pub(super) answers: Option<Box<Request>>,
    /// The request that HTTP/2 will answer.
    pub(super) upgraded: Option<Box<Request>>,
}

/// Reads on at the start of the bytes: how many were read, and the message; none where more
/// bytes are needed.
pub(super) fn step(
    side: &mut Side,
    bytes: &[u8],
    at_end: bool,
    pending: &mut VecDeque<Box<Request>>,
) -> Option<(usize, Option<Exchanged>)> {
    let Reader::Http(http) = &mut side.reader else { return None };
    if let Some(chunks) = &mut http.chunks {
        return match chunks.take(bytes) {
            ChunkStep::More => Some((bytes.len(), None)),
            ChunkStep::Ended(read) => {
                http.chunks = None;
                Some((read, None))
            }
            ChunkStep::Broken(_) => {
                side.reader = Reader::Lost;
                Some((bytes.len(), None))
            }
        };
    }
    if bytes.first() == Some(&22) {
        match looks_like_tls(bytes) {
            None if !at_end => return None,
            Some(true) => {
                side.reader = Reader::Undecided;
                return Some((0, None));
            }
            _ => {}
        }
    }
    if bytes.starts_with(PREFACE) {
        side.reader = Reader::of(Protocol::Http2, true);
        return Some((0, None));
    }
    match http_head(bytes, at_end) {
        Step::Incomplete => None,
        Step::Not => {
            side.reader = Reader::Lost;
            Some((bytes.len(), None))
        }
        Step::Read { mut value, length } => {
            // What never ended was never asked for: a server waits for the end (RFC 9112
            // section 2.1). The host that it goes to is known all the same.
            if !value.whole && !side.is_left_out {
                value.message.request = None;
            }
            Some((length, Some(took(value, side, pending))))
        }
    }
}

/// A head was read: what follows it, by RFC 9112 section 6.3.
fn took(head: HttpHead, side: &mut Side, pending: &mut VecDeque<Box<Request>>) -> Exchanged {
    let HttpHead { message, is_request, status, body, upgrade, .. } = head;
    if is_request {
        if let Some(request) = &message.request
            && pending.len() < MOST_PENDING
        {
            pending.push_back(Box::new(request.clone()));
        }
        follow(side, body, true);
        return Exchanged { message, asks: true, answers: None, upgraded: None };
    }
    // An interim response leaves its request waiting (RFC 9110 section 15.2).
    let interim = matches!(status, Some(100 | 102..=199));
    let mut answers = if interim { None } else { pending.pop_front() };
    let mut upgraded = None;
    let method = answers.as_ref().map_or("", |request| request.method.as_str());
    match status {
        _ if interim => {}
        Some(101) if upgrade.is_some_and(|to| to.eq_ignore_ascii_case("h2c")) => {
            side.reader = Reader::of(Protocol::Http2, false);
            upgraded = answers.take();
        }
        Some(101) => side.end(),
        Some(200..=299) if method.eq_ignore_ascii_case("connect") => {
            side.reader = Reader::Undecided;
        }
        Some(204 | 304) => {}
        _ if method.eq_ignore_ascii_case("head") => {}
        _ => follow(side, body, false),
    }
    Exchanged { message, asks: false, answers, upgraded }
}

fn follow(side: &mut Side, body: HttpBody, request: bool) {
    match body {
        HttpBody::None => {}
        HttpBody::Length(length) => side.pass = length,
        HttpBody::Chunked => {
            side.reader = Reader::Http(HttpSide { chunks: Some(Chunks::new()) });
        }
        // Only a response may go on until the connection closes.
        HttpBody::UntilClose if request => {}
        HttpBody::UntilClose => side.end(),
    }
}

#[cfg(test)]
mod tests {
    use crate::flow::Setting;
    use crate::flow::wire::{Wire, at};

    /// What is found of requests in these segments, of the last of which so many bytes were
    /// left out of the capture.
    fn check(segments: &[&str], left_out: usize, host: &str, requests: &[&str]) {
        let mut wire = Wire::from(11);
        let (us, them) = (at("192.0.2.2:4000"), at("198.18.0.9:80"));
        let segments: Vec<&[u8]> = segments.iter().map(|segment| segment.as_bytes()).collect();
        wire.connection(us, them, &segments);
        let data = &mut wire.packets[2 + segments.len()].data;
        data.truncate(data.len() - left_out);
        let survey = wire.survey(&Setting::default());
        let contact = &survey.contacts[0];
        let found: Vec<_> = contact.requests.iter().map(|request| &*request.target).collect();
        assert_eq!(found, requests, "{segments:?}");
        assert_eq!(contact.host.to_string(), host, "{segments:?}");
    }

    #[test]
    fn only_a_whole_head_asks() {
        let host = "host.example";
        check(&["GET /a HTTP/1.1\r\nHost: host.example\r\n\r\n"], 0, host, &["/a"]);
        check(&["GET /a HTTP/1.1\r\nHost: host.", "example\r\n\r\n"], 0, host, &["/a"]);
        // The end never came, but the name did.
        check(&["GET /a HTTP/1.1\r\nHost: host.example\r\nX: y"], 0, host, &[]);
        check(&["GET /a HTTP/1.1\r\nHost: host.exam"], 0, "198.18.0.9", &[]);
        // It was sent, and the capture left it out.
        check(&["GET /a HTTP/1.1\r\nHost: host.example\r\nX: y\r\n\r\n"], 8, host, &["/a"]);
        check(&["GET /a HTTP/1.1\r\nHost: host.example\r\n\r\n"], 8, "198.18.0.9", &["/a"]);
        check(&["GET /a HTTP/1.1\r\n\r\n"], 9, "198.18.0.9", &[]);
    }
}
