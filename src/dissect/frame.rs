//! From a captured packet to its transport: link, network and transport headers, sliced laxly,
//! so that what a snaplen cut off costs only itself.

use std::net::IpAddr;

use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TransportSlice, ether_type, ip_number};

use super::{dhcp, icmp};
use crate::packet::{LinkType, Packet};

/// A packet dissected as far as its transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Source and destination, where it is an IP packet whose header could be read.
    pub addresses: Option<(IpAddr, IpAddr)>,
    /// What it carries.
    pub body: Body<'a>,
}

/// What a packet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body<'a> {
    /// RFC 826.
    Arp,
    /// RFC 4861: solicitations, advertisements, redirects.
    NeighbourDiscovery,
    /// RFC 3376 and before.
    Igmp,
    /// RFC 3810 and before.
    Mld,
    /// An error that RFC 792 or RFC 4443 defines.
    IcmpError,
    /// An echo request.
    EchoRequest,
    /// An echo reply.
    EchoReply,
    /// Any other ICMP message.
    IcmpOther,
    /// RFC 2131, RFC 8415.
    Dhcp,
    /// RFC 9293.
    Tcp(Segment<'a>),
    /// RFC 768.
    Udp(Datagram<'a>),
    /// RFC 9260.
    Sctp {
        /// Sent from this port.
        source_port: u16,
        /// To this port.
        destination_port: u16,
    },
    /// Any other protocol above IP, by its number.
    OtherIp(u8),
    /// A fragment that is not the first, and so has no ports (RFC 791, RFC 8200 section 4.5).
    Fragment,
    /// No IP: spanning tree, LLDP and their like.
    NotIp,
    /// Headers that contradict themselves or end too early.
    Malformed,
    /// A link type that apptrace does not know.
    UnknownLink,
}

impl Body<'_> {
    /// The kind's name where packets are counted by what they are.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Arp => "arp",
            Self::NeighbourDiscovery => "neighbour-discovery",
            Self::Igmp => "igmp",
            Self::Mld => "mld",
            Self::IcmpError => "icmp-error",
            Self::EchoRequest => "icmp-echo-request",
            Self::EchoReply => "icmp-echo-reply",
            Self::IcmpOther => "icmp-other",
            Self::Dhcp => "dhcp",
            Self::Tcp(_) => "tcp",
            Self::Udp(_) => "udp",
            Self::Sctp { .. } => "sctp",
            Self::OtherIp(_) => "ip",
            Self::Fragment => "ip-fragment",
            Self::NotIp => "not-ip",
            Self::Malformed => "malformed",
            Self::UnknownLink => "unknown-link",
        }
    }
}

/// A TCP segment (RFC 9293 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Sent from this port.
    pub source_port: u16,
    /// To this port.
    pub destination_port: u16,
    /// The sequence number of its first byte, or of the SYN.
    pub sequence: u32,
    /// It opens a connection.
    pub syn: bool,
    /// It acknowledges.
    pub ack: bool,
    /// The sender has no more to send.
    pub fin: bool,
    /// The connection is refused or aborted.
    pub rst: bool,
    /// What was captured of its data.
    pub payload: &'a [u8],
}

/// A UDP datagram (RFC 768).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// Sent from this port.
    pub source_port: u16,
    /// To this port.
    pub destination_port: u16,
    /// What was captured of its data.
    pub payload: &'a [u8],
}

/// Dissects a packet as far as its transport.
pub fn dissect(packet: &Packet) -> Frame<'_> {
    let bytes = packet.data.as_slice();
    match packet.link {
        LinkType::ETHERNET => LaxSlicedPacket::from_ethernet(bytes).map_or(MALFORMED, sliced),
        LinkType::RAW => ip(bytes),
        // The address family's numbers differ by system; the IP version tells the same.
        LinkType::NULL => bytes.get(4..).map_or(MALFORMED, ip),
        // LINKTYPE_LINUX_SLL: 16 bytes, the protocol last.
        LinkType::LINUX_SLL => cooked(bytes, 14, 16),
        // LINKTYPE_LINUX_SLL2: 20 bytes, the protocol first.
        LinkType::LINUX_SLL2 => cooked(bytes, 0, 20),
        _ => Frame { addresses: None, body: Body::UnknownLink },
    }
}

const MALFORMED: Frame<'static> = Frame { addresses: None, body: Body::Malformed };

fn ip(bytes: &[u8]) -> Frame<'_> {
    LaxSlicedPacket::from_ip(bytes).map_or(MALFORMED, sliced)
}

fn cooked(bytes: &[u8], protocol_at: usize, header: usize) -> Frame<'_> {
    match (bytes.get(protocol_at..).and_then(<[u8]>::first_chunk), bytes.get(header..)) {
        (Some(&protocol), Some(rest)) => {
            let protocol = EtherType(u16::from_be_bytes(protocol));
            sliced(LaxSlicedPacket::from_ether_type(protocol, rest))
        }
        _ => MALFORMED,
    }
}

fn sliced(packet: LaxSlicedPacket<'_>) -> Frame<'_> {
    let (addresses, payload, first_of_many) = match &packet.net {
        None => {
            let arp = packet.ether_payload().is_some_and(|p| p.ether_type == ether_type::ARP);
            let body = match packet.stop_err {
                None => Body::NotIp,
                Some(_) if arp => Body::Arp,
                Some(_) => Body::Malformed,
            };
            return Frame { addresses: None, body };
        }
        Some(LaxNetSlice::Arp(_)) => return Frame { addresses: None, body: Body::Arp },
        Some(LaxNetSlice::Ipv4(v4)) => {
            let header = v4.header();
            let addresses = (header.source_addr().into(), header.destination_addr().into());
            (addresses, v4.payload(), header.fragments_offset().value() == 0)
        }
        Some(LaxNetSlice::Ipv6(v6)) => {
            let header = v6.header();
            let addresses = (header.source_addr().into(), header.destination_addr().into());
            let extensions = v6.extensions();
            let first = extensions
                .first_header()
                .is_none_or(|number| is_first_fragment(number.0, extensions.slice()));
            (addresses, v6.payload(), first)
        }
    };
    let body = if payload.fragmented && !first_of_many {
        Body::Fragment
    } else if let Some(transport) = &packet.transport {
        transported(transport)
    } else {
        from_number(payload.ip_number.0, payload.payload, packet.stop_err.is_some())
    };
    let body = match body {
        Body::Udp(datagram) if dhcp::is_dhcp(&datagram) => Body::Dhcp,
        body => body,
    };
    Frame { addresses: Some(addresses), body }
}

/// Whether IPv6 extension headers (RFC 8200 section 4) have no fragment header with an offset.
/// Walked by hand: etherparse 0.21's iterator over laxly sliced extensions reads beyond an
/// authentication header whose length says more than there is.
fn is_first_fragment(mut number: u8, mut headers: &[u8]) -> bool {
    while let Some(&[next, length, high, low]) = headers.first_chunk() {
        let length = match number {
            44 => return u16::from_be_bytes([high, low]) >> 3 == 0,
            51 => (usize::from(length) + 2) * 4,
            _ => (usize::from(length) + 1) * 8,
        };
        number = next;
        headers = headers.get(length..).unwrap_or_default();
    }
    true
}

fn transported<'a>(transport: &TransportSlice<'a>) -> Body<'a> {
    match transport {
        TransportSlice::Icmpv4(message) => icmp::v4(message.type_u8()),
        TransportSlice::Icmpv6(message) => icmp::v6(message.type_u8()),
        TransportSlice::Igmp(_) => Body::Igmp,
        TransportSlice::Udp(udp) => Body::Udp(Datagram {
            source_port: udp.source_port(),
            destination_port: udp.destination_port(),
            payload: udp.payload(),
        }),
        TransportSlice::Tcp(tcp) => Body::Tcp(Segment {
            source_port: tcp.source_port(),
            destination_port: tcp.destination_port(),
            sequence: tcp.sequence_number(),
            syn: tcp.syn(),
            ack: tcp.ack(),
            fin: tcp.fin(),
            rst: tcp.rst(),
            payload: tcp.payload(),
        }),
    }
}

/// What etherparse leaves alone: first fragments, headers that a snaplen cut, and protocols it
/// does not know.
fn from_number(number: u8, payload: &[u8], stopped: bool) -> Body<'_> {
    let port = |at: usize| {
        payload.get(at..).and_then(<[u8]>::first_chunk).map(|&bytes| u16::from_be_bytes(bytes))
    };
    let ports = port(0).zip(port(2));
    match (etherparse::IpNumber(number), ports) {
        (ip_number::UDP, Some((source_port, destination_port))) => Body::Udp(Datagram {
            source_port,
            destination_port,
            payload: payload.get(8..).unwrap_or_default(),
        }),
        (ip_number::TCP, Some((source_port, destination_port))) => {
            let Some(header) = payload.first_chunk::<14>() else { return Body::Malformed };
            let offset = usize::from(header[12] >> 4) * 4;
            if offset < 20 {
                return Body::Malformed;
            }
            let [a, b, c, d] = [header[4], header[5], header[6], header[7]];
            Body::Tcp(Segment {
                source_port,
                destination_port,
                sequence: u32::from_be_bytes([a, b, c, d]),
                syn: header[13] & 2 != 0,
                ack: header[13] & 16 != 0,
                fin: header[13] & 1 != 0,
                rst: header[13] & 4 != 0,
                payload: payload.get(offset..).unwrap_or_default(),
            })
        }
        (ip_number::SCTP, Some((source_port, destination_port))) => {
            Body::Sctp { source_port, destination_port }
        }
        (ip_number::ICMP, _) => payload.first().map_or(Body::Malformed, |&kind| icmp::v4(kind)),
        (ip_number::IPV6_ICMP, _) => {
            payload.first().map_or(Body::Malformed, |&kind| icmp::v6(kind))
        }
        (ip_number::IGMP, _) => Body::Igmp,
        (ip_number::UDP | ip_number::TCP | ip_number::SCTP, None) => Body::Malformed,
        _ if stopped => Body::Malformed,
        _ => Body::OtherIp(number),
    }
}
