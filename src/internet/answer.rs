//! What an HTTP request is answered: what the script says, or else what lets the application go
//! on.

use std::time::Duration;

use bytes::Bytes;
use hyper::Request;
use hyper::header::HeaderValue;

use super::talk::Talk;
use super::{connectivity, doh, fitting, revocation};
use crate::contact::Host;

/// A client that waits longer than this waits forever.
const LONGEST_SILENCE: Duration = Duration::from_secs(300);

/// An answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: Option<HeaderValue>,
    pub(super) body: Bytes,
    /// More header fields.
    pub(super) headers: Vec<(String, String)>,
    /// How long it takes.
    pub(super) delay: Duration,
    /// Whether the client is to wait for it in vain.
    pub(super) is_silence: bool,
}

impl Answer {
    pub(super) fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            content_type: HeaderValue::from_str(content_type).ok(),
            body: body.into(),
            headers: Vec::new(),
            delay: Duration::ZERO,
            is_silence: false,
        }
    }

    /// None that a client waits for: in the end the one of a gateway whose own server is silent
    /// (RFC 9110 section 15.6.5).
    pub(super) fn silence() -> Self {
        Self { is_silence: true, delay: LONGEST_SILENCE, ..Self::new(504, "text/plain", "") }
    }
}

/// The answer to a request to a host; `content` is the beginning of what came with it.
pub(super) fn to<B>(request: &Request<B>, host: &Host, talk: &Talk, content: &[u8]) -> Answer {
    let path = request.uri().path();
    let port = talk.flow.server.port();
    let scripted = talk.world.scripted_http(host, port, request.method().as_str(), path);
    if let Some(answer) = scripted {
        return Answer {
            headers: answer.headers.clone(),
            delay: answer.delay,
            ..Answer::new(answer.status, &answer.content_type, answer.body.clone())
        };
    }
    if let Some(answer) = doh::answer(request, talk, content) {
        return answer;
    }
    if let Some((status, kind, body)) = connectivity::answer(path) {
        return Answer::new(status, kind, body);
    }
    if let Some(answer) = revocation::answer(request, &host.to_string(), talk) {
        return answer;
    }
    let (kind, body) = fitting::body(request);
    Answer::new(200, kind, body)
}
