//! What a packet that is neither TCP nor UDP says, in a line as Wireshark would write it.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use super::arp::Arp;
use super::body::{Body, Fragment, Frame};
use super::{names, summary_icmp};

/// The protocol that a packet list names, and what the packet says. For TCP and UDP only the
/// ports: their analysis is made elsewhere.
pub fn summary(frame: &Frame<'_>) -> (Cow<'static, str>, String) {
    let borrowed = |label: &'static str, info: String| (Cow::Borrowed(label), info);
    match &frame.body {
        Body::Arp(message @ Arp { operation: 3 | 4, .. }) => borrowed("RARP", arp(message)),
        Body::Arp(message) => borrowed("ARP", arp(message)),
        Body::NeighbourDiscovery(message)
        | Body::Mld(message)
        | Body::IcmpError(message)
        | Body::EchoRequest(message)
        | Body::EchoReply(message)
        | Body::IcmpOther(message) => {
            let label = if message.v6 { "ICMPv6" } else { "ICMP" };
            borrowed(label, summary_icmp::message(message))
        }
        Body::Igmp(message) => {
            let (label, info) = summary_icmp::membership(message);
            borrowed(label, info)
        }
        Body::Tcp(s) => borrowed("TCP", format!("{} → {}", s.source_port, s.destination_port)),
        Body::Udp(d) => borrowed("UDP", format!("{} → {}", d.source_port, d.destination_port)),
        Body::Sctp { source_port, destination_port, chunks } => {
            let chunks = chunk_names(chunks);
            borrowed("SCTP", format!("{source_port} → {destination_port}{chunks}"))
        }
        Body::Compressed(inner) => {
            let of = names::label_of_ip_protocol(inner.protocol);
            borrowed("IPComp", format!("Compressed {of}, CPI {:#06x}", inner.index))
        }
        Body::OtherIp(number) => {
            (names::label_of_ip_protocol(*number), format!("IP protocol {number}"))
        }
        Body::Fragment(fragment) => {
            borrowed(version(frame.addresses).unwrap_or("IP"), part(fragment, frame.addresses))
        }
        Body::NotIp(other) => match other.name {
            "not-ip" => borrowed("Ethernet", format!("Protocol {:#06x}", other.number)),
            name => (label(name), format!("Protocol {:#06x}", other.number)),
        },
        Body::Malformed => {
            borrowed(version(frame.addresses).unwrap_or("Malformed"), "Malformed packet".to_owned())
        }
        Body::UnknownLink(link) => {
            (label(names::of_link(*link)), format!("Link type {} is not read", link.0))
        }
    }
}

/// A name as a label: packet lists write protocols in capitals.
fn label(name: &str) -> Cow<'static, str> {
    Cow::Owned(name.to_ascii_uppercase())
}

fn version(addresses: Option<(IpAddr, IpAddr)>) -> Option<&'static str> {
    addresses.map(|(from, _)| if from.is_ipv4() { "IPv4" } else { "IPv6" })
}

fn part(fragment: &Fragment<'_>, addresses: Option<(IpAddr, IpAddr)>) -> String {
    let Fragment { id, protocol, offset, more, .. } = *fragment;
    if version(addresses) == Some("IPv6") {
        let more = if more { 'y' } else { 'n' };
        return format!("IPv6 fragment (off={offset} more={more} ident={id:#010x} nxt={protocol})");
    }
    let name = names::label_of_ip_protocol(protocol);
    format!("Fragmented IP protocol (proto={name} {protocol}, off={offset}, ID={id:04x})")
}

/// Six bytes as link addresses are written.
pub(super) fn mac(address: [u8; 6]) -> String {
    let [a, b, c, d, e, f] = address;
    format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
}

fn arp(message: &Arp) -> String {
    let show = |address: Option<Ipv4Addr>| address.map_or("?".to_owned(), |a| a.to_string());
    let (sender, target) = (show(message.sender), show(message.target));
    let (of_sender, of_target) = (mac(message.sender_hardware), mac(message.target_hardware));
    match message.operation {
        // RFC 5227: probes have no sender, announcements ask for it.
        1 if message.sender == Some(Ipv4Addr::UNSPECIFIED) => {
            format!("Who has {target}? (ARP Probe)")
        }
        1 if message.sender == message.target => format!("ARP Announcement for {sender}"),
        1 => format!("Who has {target}? Tell {sender}"),
        2 if message.sender == message.target => format!("Gratuitous ARP for {sender} (Reply)"),
        2 => format!("{sender} is at {of_sender}"),
        3 => format!("Who is {of_target}? Tell {of_sender}"),
        4 => format!("{of_target} is at {target}"),
        8 => format!("Who is {of_target}? Tell {of_sender} (InARP)"),
        9 => format!("{of_sender} is at {sender} (InARP)"),
        operation => format!("Operation {operation}"),
    }
}

/// The chunks of an SCTP packet (RFC 9260 section 3.2), of which a few are enough.
fn chunk_names(mut chunks: &[u8]) -> String {
    let mut text = String::new();
    for _ in 0..4 {
        let Some(&[kind, _, high, low]) = chunks.first_chunk() else { break };
        text.push(' ');
        text.push_str(match kind {
            0 => "DATA",
            1 => "INIT",
            2 => "INIT_ACK",
            3 => "SACK",
            4 => "HEARTBEAT",
            5 => "HEARTBEAT_ACK",
            6 => "ABORT",
            7 => "SHUTDOWN",
            8 => "SHUTDOWN_ACK",
            9 => "ERROR",
            10 => "COOKIE_ECHO",
            11 => "COOKIE_ACK",
            14 => "SHUTDOWN_COMPLETE",
            64 => "I_DATA",
            _ => "chunk",
        });
        let length = usize::from(u16::from_be_bytes([high, low])).max(4).next_multiple_of(4);
        chunks = chunks.get(length..).unwrap_or_default();
    }
    text
}
