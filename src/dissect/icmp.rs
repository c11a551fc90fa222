//! ICMP for IPv4 (RFC 792) and IPv6 (RFC 4443, RFC 4861, RFC 2710, RFC 3810), by type.

use super::frame::Body;

/// What an ICMP message of IPv4 is, by its type.
pub(super) fn v4(kind: u8) -> Body<'static> {
    match kind {
        0 => Body::EchoReply,
        8 => Body::EchoRequest,
        3 | 4 | 5 | 11 | 12 => Body::IcmpError,
        _ => Body::IcmpOther,
    }
}

/// What an ICMPv6 message is, by its type.
pub(super) fn v6(kind: u8) -> Body<'static> {
    match kind {
        // RFC 4443 section 2.1: the high bit clear marks an error.
        0..=127 => Body::IcmpError,
        128 => Body::EchoRequest,
        129 => Body::EchoReply,
        130..=132 | 143 => Body::Mld,
        133..=137 => Body::NeighbourDiscovery,
        _ => Body::IcmpOther,
    }
}
