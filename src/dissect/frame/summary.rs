//! What a packet that is neither TCP nor UDP says, in a line as Wireshark would write it.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use super::body::{Body, Frame};
use super::ethernet::Arp;
use super::names;

/// The protocol that a packet list names, and what the packet says. For TCP and UDP only the
/// ports: their analysis is made elsewhere.
pub fn summary(frame: &Frame<'_>) -> (Cow<'static, str>, String) {
    let (label, info): (&'static str, String) = match &frame.body {
        Body::Arp(message) => ("ARP", arp(message)),
        Body::NeighbourDiscovery(message)
        | Body::Mld(message)
        | Body::IcmpError(message)
        | Body::EchoRequest(message)
        | Body::EchoReply(message)
        | Body::IcmpOther(message) => {
            let label = if message.v6 { "ICMPv6" } else { "ICMP" };
            (label, format!("Type {}, code {}", message.kind, message.code))
        }
        Body::Igmp(message) => ("IGMP", format!("Type {:#04x}", message.kind)),
        Body::Tcp(s) => ("TCP", format!("{} → {}", s.source_port, s.destination_port)),
        Body::Udp(d) => ("UDP", format!("{} → {}", d.source_port, d.destination_port)),
        Body::Sctp { source_port, destination_port, .. } => {
            ("SCTP", format!("{source_port} → {destination_port}"))
        }
        Body::OtherIp(number) => (names::of_ip_protocol(*number).1, format!("Protocol {number}")),
        Body::Fragment(fragment) => {
            let v6 = frame.addresses.is_some_and(|(from, _)| from.is_ipv6());
            let label = if v6 { "IPv6" } else { "IPv4" };
            let (offset, id) = (fragment.offset, fragment.id);
            (label, format!("Fragment, offset {offset}, ID {id:#06x}"))
        }
        Body::NotIp(other) => ("Ethernet", format!("{} ({:#06x})", other.name, other.number)),
        Body::Malformed => ("Malformed", "Malformed packet".to_owned()),
        Body::UnknownLink(link) => (names::of_link(*link).1, format!("Link type {}", link.0)),
    };
    (Cow::Borrowed(label), info)
}

fn arp(message: &Arp) -> String {
    let show = |address: Option<Ipv4Addr>| address.map_or("?".to_owned(), |a| a.to_string());
    let [a, b, c, d, e, f] = message.sender_hardware;
    let hardware = format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}");
    let (sender, target) = (show(message.sender), show(message.target));
    match message.operation {
        1 => format!("Who has {target}? Tell {sender}"),
        2 => format!("{sender} is at {hardware}"),
        operation => format!("Operation {operation}"),
    }
}
