//! HTTP/1.1 (RFC 9112) and HTTP/2 (RFC 9113): every request is told of and gets a reply, 200
//! unless the script says otherwise.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;

use super::answer::{self, Answer};
use super::converse::converse;
use super::stream::Stream;
use super::talk::Talk;
use super::{courtesy, request, websocket};
use crate::contact::Protocol;

/// How long a request's head may take, and an HTTP/2 client may owe an answer to a ping.
const PATIENCE: Duration = Duration::from_secs(30);
/// A request's head may be this long.
const MOST_HEAD: usize = 128 << 10;
/// So many requests of one HTTP/2 connection are answered at once.
const MOST_STREAMS: u32 = 128;
/// So much of a request's content is read ahead for answers that depend on it.
const MOST_CONTENT: usize = 64 << 10;

/// Whether bytes begin as an HTTP request does: a method of RFC 9110 or WebDAV, a space; the
/// preface of HTTP/2 looks like one.
pub(super) fn is_request(bytes: &[u8]) -> bool {
    let end = bytes.iter().position(|byte| !byte.is_ascii_uppercase() && *byte != b'-');
    end.is_some_and(|end| (3..=20).contains(&end) && bytes[end] == b' ')
}

/// Answers the requests of one connection until it ends.
pub(super) async fn serve(stream: Stream, talk: Talk) -> io::Result<()> {
    let talk = Arc::new(talk);
    let service = service_fn(move |request| {
        let talk = Arc::clone(&talk);
        async move { Ok::<_, Infallible>(reply(request, &talk).await) }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .half_close(true)
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(MOST_HEAD)
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PATIENCE)
        .max_concurrent_streams(MOST_STREAMS)
        .max_header_list_size(MOST_HEAD as u32);
    let served = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).await;
    served.map_err(io::Error::other)
}

async fn reply(mut asked: Request<Incoming>, talk: &Talk) -> Response<Full<Bytes>> {
    if asked.method() == Method::CONNECT && asked.uri().authority().is_some() {
        return tunnel(asked, talk);
    }
    let content = read(asked.body_mut(), talk).await;
    let host = request::host(&asked, talk);
    let Answer { status, content_type, body, headers, delay, is_silence } =
        if websocket::is_wanted(&asked) {
            return websocket::accept(asked, talk);
        } else {
            answer::to(&asked, &host, talk, &content.start)
        };
    let told = (!is_silence).then_some(status);
    talk.tell_request(Protocol::Http, request::record(&asked, talk, content.bytes, told));
    if !delay.is_zero() {
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = talk.ends() => {}
        }
    }
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    if let Some(kind) = content_type {
        response.headers_mut().insert(hyper::header::CONTENT_TYPE, kind);
    }
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    courtesy::finish(&asked, response, body)
}

/// What a request bore.
struct Content {
    bytes: u64,
    start: Vec<u8>,
}

/// Reads a request's content to its end, or to the application's; the capture keeps it.
async fn read(body: &mut Incoming, talk: &Talk) -> Content {
    let mut content = Content { bytes: 0, start: Vec::new() };
    if body.is_end_stream() {
        return content;
    }
    let mut end = std::pin::pin!(talk.ends());
    loop {
        let frame = tokio::select! {
            biased;
            frame = body.frame() => frame,
            () = &mut end => None,
        };
        let Some(Ok(frame)) = frame else { break };
        let Some(data) = frame.data_ref() else { continue };
        content.bytes += data.len() as u64;
        let room = MOST_CONTENT.saturating_sub(content.start.len()).min(data.len());
        content.start.extend_from_slice(&data[..room]);
    }
    content
}

/// CONNECT (RFC 9110 section 9.3.6): what follows is a connection to the host asked for.
fn tunnel(asked: Request<Incoming>, talk: &Talk) -> Response<Full<Bytes>> {
    talk.tell_request(Protocol::Http, request::record(&asked, talk, 0, Some(200)));
    let mut inner = talk.clone();
    inner.asked = asked.uri().host().map(|host| host.trim_matches(['[', ']']).to_lowercase());
    let observer = Arc::clone(&talk.observer);
    observer.connection(true);
    tokio::spawn(async move {
        if let Ok(upgraded) = hyper::upgrade::on(asked).await {
            // A connection that breaks is the client's affair.
            let _ = boxed(converse(Stream::new(TokioIo::new(upgraded)), inner)).await;
        }
        observer.connection(false);
    });
    Response::new(Full::default())
}

/// A conversation within one: its type must not hold itself.
fn boxed<'a>(
    conversation: impl Future<Output = io::Result<()>> + Send + 'a,
) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send + 'a>> {
    Box::pin(conversation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_by_their_method() {
        for (bytes, is) in [
            (&b"GET / HTTP/1.1"[..], true),
            (b"VERSION-CONTROL /", true),
            (b"PRI * HTTP/2.0", true),
            (b"GET", false),
            (b"get /", false),
            (b"\x16\x03\x01", false),
            (b"AB /", false),
        ] {
            assert_eq!(is_request(bytes), is, "{bytes:?}");
        }
    }
}
