//! What a packet is, and what its bytes say: one file a protocol. Everything here is pure and
//! total: no clock, no I/O, no state, and no bytes that make it panic.

mod application;
mod dhcp;
mod dns;
mod dns_data;
mod dns_kind;
mod dns_name;
mod dns_service;
mod dns_summary;
mod frame;
mod hpack;
mod hpack_huffman;
mod http;
mod http2;
mod http_chunks;
mod http_line;
mod icmp;
mod message;
mod ntp;
mod quic;
mod sdp;
mod sip;
mod sip_header;
mod ssdp;
mod stun;
mod text;
mod tls;

#[cfg(test)]
mod dns_tests;
#[cfg(test)]
mod http2_tests;
#[cfg(test)]
mod http_tests;
#[cfg(test)]
mod protocol_tests;
#[cfg(test)]
mod sip_tests;

pub use application::{Opening, of_datagram, of_stream};
pub use dns::{DnsFlavour, DnsMessage, DnsQuestion, DnsRecord, dns_message, dns_stream_message};
pub use dns_data::DnsData;
pub use dns_service::Binding;
pub use dns_summary::dns_summary;
pub use frame::{Body, Datagram, Frame, Segment, dissect};
pub use http::{HttpBody, HttpHead, http_head};
pub use http_chunks::{ChunkStep, Chunks};
pub use http2::Http2Reader;
pub use message::{Message, Step};
pub use sip::{SipHead, sip_datagram, sip_datagram_head, sip_head};
pub use text::{escape, host_name, host_of_authority};
pub use tls::{ClientHello, Hello, client_hello};
