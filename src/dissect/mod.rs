//! What a packet is, and what its bytes say: one file a protocol. Everything here is pure and
//! total: no clock, no I/O, no state, and no bytes that make it panic.

mod application;
mod dhcp;
mod dns;
mod frame;
mod http;
mod message;
mod ntp;
mod quic;
mod sip;
mod ssdp;
mod stun;
mod text;
mod tls;

#[cfg(test)]
mod protocol_tests;

pub use application::{Opening, of_datagram, of_stream};
pub use dhcp::is_dhcp;
pub use dns::{DnsData, DnsFlavour, DnsMessage, DnsQuestion, DnsRecord, dns_message};
pub use frame::{
    Arp, Body, Datagram, Fragment, Frame, Icmp, Igmp, Other, Segment, dissect, of_ip_payload,
    summary,
};
pub use http::{HttpBody, HttpHead, HttpRequest, http_cut_off, http_request};
pub use message::{Message, Step};
pub use sip::{SipHead, SipRequest, sip_message};
pub use text::{escape, host_name, host_of_authority};
pub use tls::{ClientHello, Hello, client_hello};
