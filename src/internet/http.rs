//! HTTP/1.1 (RFC 9112): every request gets a reply, 200 unless the script says otherwise.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::connectivity;
use super::serve::World;
use crate::contact::Host;

/// Whether bytes begin as an HTTP/1 request does: a method of RFC 9110 or WebDAV, a space.
pub(super) fn is_request(bytes: &[u8]) -> bool {
    let end = bytes.iter().position(|byte| !byte.is_ascii_uppercase() && *byte != b'-');
    end.is_some_and(|end| (3..=20).contains(&end) && bytes[end] == b' ')
}

/// Answers the requests of one connection until it ends.
pub(super) async fn serve(
    stream: TcpStream,
    server: IpAddr,
    world: &Arc<World>,
) -> Result<(), hyper::Error> {
    let service = service_fn(|request| {
        let world = Arc::clone(world);
        async move { Ok::<_, Infallible>(reply(request, server, &world).await) }
    });
    hyper::server::conn::http1::Builder::new()
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service)
        .await
}

async fn reply(
    mut request: Request<Incoming>,
    server: IpAddr,
    world: &World,
) -> Response<Full<Bytes>> {
    // Read to its end, and not kept: the capture holds it.
    while let Some(Ok(_)) = request.body_mut().frame().await {}
    let host = host(&request, server, world);
    let path = request.uri().path();
    let scripted = world.script.http.iter().find(|answer| {
        answer.host.matches(&host) && answer.path.as_deref().is_none_or(|wanted| wanted == path)
    });
    let (status, kind, body) = match scripted {
        Some(answer) => (
            StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK),
            answer.content_type.as_str(),
            answer.body.clone(),
        ),
        None => {
            let (kind, body) = fitting(&request);
            let (status, kind, body) = connectivity::answer(path).unwrap_or((200, kind, body));
            (StatusCode::from_u16(status).unwrap_or(StatusCode::OK), kind, body.to_owned())
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    if let Ok(kind) = HeaderValue::from_str(kind) {
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    response
}

/// The smallest body of a kind that the client accepts.
fn fitting(request: &Request<Incoming>) -> (&'static str, &'static str) {
    let accepted = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    match accepted.unwrap_or_default() {
        kinds if kinds.contains("html") => ("text/html", "<!doctype html><title></title>\n"),
        kinds if kinds.contains("json") => ("application/json", "{}\n"),
        _ => ("text/plain", ""),
    }
}

/// Whom the client meant: the name that it resolved, or else what its Host field says.
fn host(request: &Request<Incoming>, server: IpAddr, world: &World) -> Host {
    if let Some(name) = world.name(server) {
        return Host::Name(name);
    }
    let field = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    let authority = field.or(request.uri().host()).unwrap_or_default();
    let bare = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    if bare.is_empty() { Host::Address(server) } else { Host::from_text(bare) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_by_their_method() {
        for (bytes, is) in [
            (&b"GET / HTTP/1.1"[..], true),
            (b"VERSION-CONTROL /", true),
            (b"GET", false),
            (b"get /", false),
            (b"\x16\x03\x01", false),
            (b"AB /", false),
        ] {
            assert_eq!(is_request(bytes), is, "{bytes:?}");
        }
    }
}
