//! Who reads a side of a conversation, by the protocol that it speaks.

use super::http::HttpSide;
use crate::contact::Protocol;
use crate::dissect::{Http2Reader, Message, TlsReader};

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

    /// Takes bytes, where it keeps its own place among them; whether nothing more is to be
    /// learned from those that follow.
    pub(super) fn take(&mut self, bytes: &[u8], out: &mut Vec<Message>) -> bool {
        match self {
            Self::Tls(reader) => {
                reader.take(bytes, out);
                reader.is_done()
            }
            Self::Http2(reader) => {
                reader.take(bytes, out);
                reader.is_done()
            }
            _ => false,
        }
    }

    /// How many bytes of memory it holds.
    pub(super) fn held(&self) -> usize {
        match self {
            Self::Tls(reader) => reader.held(),
            Self::Http2(reader) => reader.held(),
            _ => 0,
        }
    }

    /// Whether it does not know what is spoken.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Undecided | Self::Lost)
    }
}
