//! What a packet is, and what its bytes say: one file a protocol. Everything here is total: no
//! clock, no I/O, nothing shared, and no bytes that make it panic. Functions are pure; where a
//! message is spread over packets, a `…Reader` keeps its place in one conversation, bounded, and
//! its owner in `flow` counts what it holds.

mod application;
mod bittorrent;
mod certificate;
mod dhcp;
mod dhcp_options;
mod dhcp_six;
mod dispatch;
mod dns;
mod dns_data;
mod dns_kind;
mod dns_name;
mod dns_recognise;
mod dns_service;
mod dns_summary;
mod doh;
mod dtls;
mod frame;
mod gquic;
mod hpack;
mod hpack_huffman;
mod http;
mod http2;
mod http2_head;
mod http_chunks;
mod http_line;
mod mail;
mod message;
mod mqtt;
mod netbios;
mod ntp;
mod proxy_header;
mod quic;
mod quic_crypto;
mod quic_frames;
mod quic_keys;
mod quic_reader;
mod quic_versions;
mod rdp_udp;
mod rtp;
mod sdp;
mod sip;
mod sip_header;
mod socks;
mod ssdp;
mod ssh;
mod stun;
mod tcp_options;
mod text;
mod tls_fields;
mod tls_handshake;
mod tls_hello;
mod tls_names;
mod tls_record;
mod tls_server;
mod tls_sslv2;
mod wireguard;
mod xmpp;

#[cfg(test)]
mod dns_tests;
#[cfg(test)]
mod dtls_tests;
#[cfg(test)]
mod handshake_property_tests;
#[cfg(test)]
mod http2_tests;
#[cfg(test)]
mod http_tests;
#[cfg(test)]
mod protocol_tests;
#[cfg(test)]
mod quic_samples;
#[cfg(test)]
mod quic_tests;
#[cfg(test)]
mod sip_tests;
#[cfg(test)]
mod small_tests;
#[cfg(test)]
mod stream_tests;
#[cfg(test)]
mod tls_samples;
#[cfg(test)]
mod tls_tests;

pub use application::{Opening, of_datagram, of_stream};
pub use bittorrent::dht_message;
pub use dhcp::{Dhcp, dhcp_message, is_dhcp};
pub use dhcp_six::dhcpv6_message;
pub use dispatch::{datagram_message, stream_message};
pub use dns::{DnsFlavour, DnsMessage, DnsQuestion, DnsRecord, dns_message, dns_stream_message};
pub use dns_data::DnsData;
pub use dns_recognise::looks_like_dns;
pub use dns_service::Binding;
pub use dns_summary::dns_summary;
pub use dtls::{DtlsReader, is_dtls};
pub use frame::{
    Arp, Body, Compressed, Datagram, Fragment, Frame, Icmp, Igmp, Other, PlainEnds, Segment,
    dissect, of_ip_payload, plain, plain_ends, summary,
};
pub use http::{HttpBody, HttpHead, http_head};
pub use http_chunks::{ChunkStep, Chunks};
pub use http2::Http2Reader;
pub use message::{Message, Step};
pub use netbios::netbios_datagram;
pub use ntp::ntp_message;
pub use proxy_header::{Proxied, proxy_header};
pub use quic::{is_quic, quic_protocol};
pub use quic_reader::QuicReader;
pub use rdp_udp::rdp_udp_hello;
pub use rtp::{RtcpHeader, RtpHeader, is_rtcp, looks_like_rtcp, looks_like_rtp};
pub use sip::{SipHead, sip_datagram, sip_datagram_head, sip_head};
pub use ssdp::ssdp_message;
pub use stun::{is_channel_data, stun_message};
pub use tcp_options::tcp_options;
pub use text::{escape, host_name, host_of_authority, is_host};
pub use tls_hello::ClientHello;
pub use tls_record::{TlsReader, looks_like_tls};
pub use wireguard::wireguard_message;
