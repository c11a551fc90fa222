//! Who reads a side of a conversation, by the protocol that it speaks.

use super::http::HttpSide;
use crate::contact::Protocol;
use crate::dissect::{Http2Reader, TlsReader};

/// What reads one side.
#[derive(Debug, Default)]
pub(super) enum Reader {
    /// Nothing has been recognised yet.
    #[default]
    Undecided,
    /// Nothing known, or bytes are missing: each segment is looked at anew.
    Lost,
    /// TLS records.
    Tls(Box<TlsReader>),
    /// HTTP/1.
    Http(HttpSide),
    /// HTTP/2 without TLS.
    Http2(Box<Http2Reader>),
    /// A protocol whose messages stand one after another, each read by itself.
    Messages(Protocol),
    /// There is nothing more to read.
    Done,
}

impl Reader {
    /// The reader of a protocol for the client's or the server's side.
    pub(super) fn of(protocol: Protocol, client: bool) -> Self {
        match protocol {
            Protocol::Tls => Self::Tls(Box::new(TlsReader::new(client))),
            Protocol::Http => Self::Http(HttpSide::default()),
            Protocol::Http2 => Self::Http2(Box::new(Http2Reader::new(client))),
            other => Self::Messages(other),
        }
    }

    /// Whether it does not know what is spoken.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Undecided | Self::Lost)
    }
}
