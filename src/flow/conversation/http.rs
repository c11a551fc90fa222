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
    pub(super) answers: Option<Request>,
}

/// Reads on at the start of the bytes: how many were read, and the message; none where more
/// bytes are needed.
pub(super) fn step(
    side: &mut Side,
    bytes: &[u8],
    at_end: bool,
    pending: &mut VecDeque<Request>,
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
        Step::Read { value, length } => Some((length, Some(took(value, side, pending)))),
    }
}

/// A head was read: what follows it, by RFC 9112 section 6.3.
fn took(head: HttpHead, side: &mut Side, pending: &mut VecDeque<Request>) -> Exchanged {
    let HttpHead { message, is_request, status, body, upgrade, .. } = head;
    if is_request {
        if let Some(request) = &message.request
            && pending.len() < MOST_PENDING
        {
            pending.push_back(request.clone());
        }
        follow(side, body, true);
        return Exchanged { message, asks: true, answers: None };
    }
    // An interim response leaves its request waiting (RFC 9110 section 15.2).
    let interim = matches!(status, Some(100 | 102..=199));
    let answers = if interim { None } else { pending.pop_front() };
    let method = answers.as_ref().map_or("", |request| request.method.as_str());
    match status {
        _ if interim => {}
        Some(101) if upgrade.is_some_and(|to| to.eq_ignore_ascii_case("h2c")) => {
            side.reader = Reader::of(Protocol::Http2, false);
        }
        Some(101) => side.end(),
        Some(200..=299) if method.eq_ignore_ascii_case("connect") => {
            side.reader = Reader::Undecided;
        }
        Some(204 | 304) => {}
        _ if method.eq_ignore_ascii_case("head") => {}
        _ => follow(side, body, false),
    }
    Exchanged { message, asks: false, answers }
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
