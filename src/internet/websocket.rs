//! WebSocket (RFC 6455): accepted, listened to, pings answered, until the client closes it.

use bytes::Bytes;
use futures_util::StreamExt;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{
    CONNECTION, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::request;
use super::talk::Talk;
use crate::contact::Protocol;

/// A longer message ends the connection.
const MOST_MESSAGE: usize = 1 << 20;

/// Whether a request asks for one (section 4.2.1).
pub(super) fn is_wanted<B>(asked: &Request<B>) -> bool {
    let has = |name: HeaderName, token: &str| {
        let value = asked.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_ascii_lowercase().contains(token)
    };
    asked.headers().contains_key(SEC_WEBSOCKET_KEY)
        && has(UPGRADE, "websocket")
        && has(CONNECTION, "upgrade")
}

/// Accepts it (section 4.2.2), with the first protocol that the client offers.
pub(super) fn accept(asked: Request<Incoming>, talk: &Talk) -> Response<Full<Bytes>> {
    talk.tell_request(Protocol::Http, request::record(&asked, talk, 0, Some(101)));
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let key = asked.headers().get(SEC_WEBSOCKET_KEY).map(|key| derive_accept_key(key.as_bytes()));
    let offered = asked.headers().get(SEC_WEBSOCKET_PROTOCOL);
    let protocol = offered.and_then(|value| value.to_str().ok()?.split(',').next());
    let fields = [
        (UPGRADE, Some("websocket".to_owned())),
        (CONNECTION, Some("Upgrade".to_owned())),
        (SEC_WEBSOCKET_ACCEPT, key),
        (SEC_WEBSOCKET_PROTOCOL, protocol.map(|name| name.trim().to_owned())),
    ];
    for (name, value) in fields {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    tokio::spawn(async move {
        if let Ok(upgraded) = hyper::upgrade::on(asked).await {
            listen(TokioIo::new(upgraded)).await;
        }
    });
    response
}

async fn listen(stream: TokioIo<hyper::upgrade::Upgraded>) {
    let config = WebSocketConfig::default()
        .max_message_size(Some(MOST_MESSAGE))
        .max_frame_size(Some(MOST_MESSAGE))
        .read_buffer_size(4096);
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    // Pings and the closing handshake are answered by reading on.
    while let Some(Ok(_)) = socket.next().await {}
}
