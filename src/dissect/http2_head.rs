//! What the header block of a request or a response says in HTTP/2 (RFC 9113 section 8.3).

use super::dns::DnsMessage;
use super::doh;
use super::message::Message;
use super::text::{escape, host_of_authority, is_host};
use crate::contact::{Evidence, EvidenceKind, Protocol, Request};

/// What the fields of a block say (section 8.3).
#[derive(Debug, Default)]
pub(super) struct Head {
    method: Option<String>,
    path: Option<String>,
    authority: Option<Vec<u8>>,
    status: Option<u16>,
    /// The query in the path.
    lookup: Option<Box<DnsMessage>>,
    /// The body is a message of DNS.
    pub(super) carries_lookup: bool,
}

impl Head {
    pub(super) fn take(&mut self, name: &[u8], value: &[u8]) {
        match name {
            b":method" => self.method = Some(escape(value)),
            b":path" => {
                self.path = Some(escape(value));
                self.lookup = doh::query_of(value);
            }
            b"content-type" => self.carries_lookup = doh::is_media_type(value),
            b":authority" => self.authority = Some(value.to_vec()),
            b":status" => {
                self.status = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            }
            // What a request translated from HTTP/1 may have in place of the authority.
            b"host" => self.authority = self.authority.take().or_else(|| Some(value.to_vec())),
            _ => {}
        }
    }

    /// None for trailers, and where what matters stands in entries that were not seen.
    pub(super) fn message(self, stream: u32, promised: bool) -> Option<Message> {
        if let Some(status) = self.status {
            let mut message = Message::new(Protocol::Http2, format!("HEADERS[{stream}]: {status}"));
            message.status = Some(status);
            message.stream = Some(stream);
            return Some(message);
        }
        let method = self.method?;
        let host = self.authority.as_deref().map(escape).filter(|host| !host.is_empty());
        let tunnel = method == "CONNECT";
        // A CONNECT has no path (section 8.5).
        let target = self.path.or_else(|| host.clone().filter(|_| tunnel))?;
        let kind = if promised { "PUSH_PROMISE" } else { "HEADERS" };
        let mut message =
            Message::new(Protocol::Http2, format!("{kind}[{stream}]: {method} {target}"));
        if promised {
            return Some(message);
        }
        let name = self.authority.as_deref().and_then(host_of_authority);
        message.names.extend(name.filter(|name| is_host(name)).map(|name| {
            let kind = if tunnel { EvidenceKind::HttpProxied } else { EvidenceKind::HttpHost };
            Evidence::new(kind, name)
        }));
        message.request = Some(Request::new(method, target).to_host(host));
        message.lookup = self.lookup;
        message.stream = Some(stream);
        Some(message)
    }
}
