//! What a packet is, and what its bytes say: one file a protocol. Everything here is pure and
//! total: no clock, no I/O, no state, and no bytes that make it panic.

mod application;
mod certificate;
mod dhcp;
mod dns;
mod dtls;
mod frame;
mod gquic;
mod http;
mod icmp;
mod message;
mod ntp;
mod proxy_header;
mod quic;
mod quic_crypto;
mod quic_frames;
mod quic_keys;
mod quic_reader;
mod quic_versions;
mod rdp_udp;
mod sip;
mod ssdp;
mod stun;
mod text;
mod tls;
mod tls_fields;
mod tls_handshake;
mod tls_hello;
mod tls_names;
mod tls_record;
mod tls_server;
mod tls_sslv2;

#[cfg(test)]
mod dtls_tests;
#[cfg(test)]
mod handshake_property_tests;
#[cfg(test)]
mod protocol_tests;
#[cfg(test)]
mod quic_samples;
#[cfg(test)]
mod quic_tests;
#[cfg(test)]
mod tls_samples;
#[cfg(test)]
mod tls_tests;

pub use application::{Opening, of_datagram, of_stream};
pub use dns::{DnsData, DnsFlavour, DnsMessage, DnsQuestion, DnsRecord, dns_message};
pub use dtls::{DtlsReader, is_dtls};
pub use frame::{Body, Datagram, Frame, Segment, dissect};
pub use http::{HttpBody, HttpHead, HttpRequest, http_cut_off, http_request};
pub use message::{Message, Step};
pub use proxy_header::{Proxied, proxy_header};
pub use quic::{is_quic, quic_protocol};
pub use quic_reader::QuicReader;
pub use rdp_udp::rdp_udp_hello;
pub use sip::{SipHead, SipRequest, sip_message};
pub use text::{escape, host_name, host_of_authority};
pub use tls::{Hello, client_hello};
pub use tls_hello::ClientHello;
pub use tls_record::{TlsReader, looks_like_tls};
