//! What a packet turns out to be.

use std::net::IpAddr;

use super::arp::Arp;
use super::icmp::{Icmp, Igmp};
use super::names;
use crate::packet::LinkType;

/// A packet dissected as far as its transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Source and destination of the innermost IP header that could be read.
    pub addresses: Option<(IpAddr, IpAddr)>,
    /// Source and destination on the outermost link, where it has such addresses. Cooked
    /// captures know the sender alone; the destination is then all zeros.
    pub hardware: Option<([u8; 6], [u8; 6])>,
    /// What it carries.
    pub body: Body<'a>,
}

impl<'a> Frame<'a> {
    /// A packet without an IP header that could be read.
    pub(super) fn without_ip(body: Body<'a>) -> Self {
        Self { addresses: None, hardware: None, body }
    }

    /// Headers that contradict themselves or end too early, before any IP header.
    pub(super) const MALFORMED: Frame<'static> =
        Frame { addresses: None, hardware: None, body: Body::Malformed };

    /// More packets inside each other than are followed.
    pub(super) const TOO_DEEP: Frame<'static> = Frame {
        addresses: None,
        hardware: None,
        body: Body::NotIp(Other { name: "nested-too-deep", number: 0 }),
    };

    /// No IP, and what it is instead.
    pub(super) fn not_ip(name: &'static str, number: u32) -> Self {
        Self::without_ip(Body::NotIp(Other { name, number }))
    }
}

/// What a packet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body<'a> {
    /// RFC 826, and its kin RARP (RFC 903) and InARP (RFC 2390).
    Arp(Arp),
    /// RFC 4861: solicitations, advertisements, redirects.
    NeighbourDiscovery(Icmp<'a>),
    /// RFC 3376 and before.
    Igmp(Igmp<'a>),
    /// RFC 3810 and before.
    Mld(Icmp<'a>),
    /// An error that RFC 792 or RFC 4443 defines.
    IcmpError(Icmp<'a>),
    /// An echo request.
    EchoRequest(Icmp<'a>),
    /// An echo reply.
    EchoReply(Icmp<'a>),
    /// Any other ICMP message.
    IcmpOther(Icmp<'a>),
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
        /// What was captured of its chunks, behind the common header.
        chunks: &'a [u8],
    },
    /// RFC 3173.
    Compressed(Compressed<'a>),
    /// Any other protocol above IP, by its number.
    OtherIp(u8),
    /// A fragment, the first or a later one (RFC 791, RFC 8200 section 4.5).
    Fragment(Fragment<'a>),
    /// No IP: spanning tree, LLDP and their like.
    NotIp(Other),
    /// Headers that contradict themselves or end too early.
    Malformed,
    /// A link type whose packets apptrace does not read.
    UnknownLink(LinkType),
}

impl Body<'_> {
    /// The kind's name where packets are counted by what they are.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Arp(_) => "arp",
            Self::NeighbourDiscovery(_) => "neighbour-discovery",
            Self::Igmp(_) => "igmp",
            Self::Mld(_) => "mld",
            Self::IcmpError(_) => "icmp-error",
            Self::EchoRequest(_) => "icmp-echo-request",
            Self::EchoReply(_) => "icmp-echo-reply",
            Self::IcmpOther(_) => "icmp-other",
            Self::Tcp(_) => "tcp",
            Self::Udp(_) => "udp",
            Self::Sctp { .. } => "sctp",
            Self::Compressed(_) => names::of_ip_protocol(108),
            Self::OtherIp(number) => names::of_ip_protocol(*number),
            Self::Fragment(_) => "ip-fragment",
            Self::NotIp(other) => other.name,
            Self::Malformed => "malformed",
            Self::UnknownLink(link) => names::of_link(*link),
        }
    }
}

/// What is known of a packet that is no IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Other {
    /// What it is counted under: `lldp`, `stp`; `not-ip` where its number has no name here.
    pub name: &'static str,
    /// The number that told so: an EtherType, a PPP protocol, or an LLC service access point.
    pub number: u32,
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
    /// The next sequence number that its sender expects.
    pub acknowledgement: u32,
    /// The window as it stands, unscaled.
    pub window: u16,
    /// The control bits as they stand.
    pub flags: u8,
    /// The options as they stand, as far as they were captured.
    pub options: &'a [u8],
    /// Its header was captured to its end.
    pub whole: bool,
    /// How long its data is by the IP header, also where the snaplen cut it.
    pub length: u32,
    /// What was captured of its data.
    pub payload: &'a [u8],
}

/// The control bits, lowest first (RFC 9293 section 3.1).
impl Segment<'_> {
    /// The sender has no more to send.
    pub fn fin(&self) -> bool {
        self.flags & 0x01 != 0
    }

    /// It opens a connection.
    pub fn syn(&self) -> bool {
        self.flags & 0x02 != 0
    }

    /// The connection is refused or aborted.
    pub fn rst(&self) -> bool {
        self.flags & 0x04 != 0
    }

    /// Its data is to be handed on at once.
    pub fn psh(&self) -> bool {
        self.flags & 0x08 != 0
    }

    /// It acknowledges.
    pub fn ack(&self) -> bool {
        self.flags & 0x10 != 0
    }

    /// Its urgent pointer holds.
    pub fn urg(&self) -> bool {
        self.flags & 0x20 != 0
    }

    /// A congestion mark is echoed (RFC 3168).
    pub fn ece(&self) -> bool {
        self.flags & 0x40 != 0
    }

    /// The sender slowed down (RFC 3168).
    pub fn cwr(&self) -> bool {
        self.flags & 0x80 != 0
    }
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
    /// There was more of it than was captured.
    pub cut: bool,
}

/// A compressed payload (RFC 3173 section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compressed<'a> {
    /// What it holds.
    pub protocol: u8,
    /// How it was compressed: 2 is DEFLATE (RFC 2394); from 256 on the ends agreed on it.
    pub index: u16,
    /// What was captured of it.
    pub payload: &'a [u8],
}

/// A fragment of an IP packet (RFC 791 section 3.2, RFC 8200 section 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment<'a> {
    /// What all fragments of a packet share between two addresses.
    pub id: u32,
    /// What the whole packet carries, by the first fragment; the others may say otherwise.
    pub protocol: u8,
    /// Where it belongs, in bytes.
    pub offset: usize,
    /// It is not the last.
    pub more: bool,
    /// What was captured of it.
    pub payload: &'a [u8],
    /// There was more of it than was captured.
    pub cut: bool,
}
