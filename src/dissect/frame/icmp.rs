//! ICMP for IPv4 (RFC 792) and IPv6 (RFC 4443, RFC 4861, RFC 2710, RFC 3810), and IGMP.

use super::body::{Body, Frame};
use super::bytes::be16;
use super::ip;

/// An ICMP message, its fields read only where they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Icmp<'a> {
    /// It is ICMPv6.
    pub v6: bool,
    /// Its type.
    pub kind: u8,
    /// Its code, which the type gives its meaning.
    pub code: u8,
    /// What was captured of it behind the checksum.
    pub rest: &'a [u8],
}

impl<'a> Icmp<'a> {
    /// The identifier of an echo (RFC 792, RFC 4443 section 4.1).
    pub fn identifier(&self) -> Option<u16> {
        be16(self.rest, 0)
    }

    /// The sequence number of an echo (RFC 792, RFC 4443 section 4.1).
    pub fn sequence(&self) -> Option<u16> {
        be16(self.rest, 2)
    }

    /// The packet that an error is about, as far as the error quotes it (RFC 792, RFC 4443
    /// section 2.4).
    pub fn quoted(&self) -> Option<Frame<'a>> {
        let errors =
            if self.v6 { self.kind < 128 } else { matches!(self.kind, 3 | 4 | 5 | 11 | 12) };
        self.rest.get(4..).filter(|_| errors).map(|quoted| ip::either(quoted, 0))
    }
}

/// A message of the Internet Group Management Protocol (RFC 3376 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Igmp<'a> {
    /// Its type.
    pub kind: u8,
    /// What was captured of it behind the checksum.
    pub rest: &'a [u8],
}

fn message(data: &[u8], v6: bool) -> Option<Icmp<'_>> {
    let (&kind, _) = data.split_first()?;
    let code = data.get(1).copied().unwrap_or_default();
    Some(Icmp { v6, kind, code, rest: data.get(4..).unwrap_or_default() })
}

/// What an ICMP message of IPv4 is.
pub(super) fn v4(data: &[u8]) -> Body<'_> {
    let Some(message) = message(data, false) else { return Body::Malformed };
    match message.kind {
        0 => Body::EchoReply(message),
        8 => Body::EchoRequest(message),
        3 | 4 | 5 | 11 | 12 => Body::IcmpError(message),
        _ => Body::IcmpOther(message),
    }
}

/// What an ICMPv6 message is.
pub(super) fn v6(data: &[u8]) -> Body<'_> {
    let Some(message) = message(data, true) else { return Body::Malformed };
    match message.kind {
        // RFC 4443 section 2.1: the high bit clear marks an error.
        0..=127 => Body::IcmpError(message),
        128 => Body::EchoRequest(message),
        129 => Body::EchoReply(message),
        130..=132 | 143 => Body::Mld(message),
        133..=137 => Body::NeighbourDiscovery(message),
        _ => Body::IcmpOther(message),
    }
}

/// An IGMP message.
pub(super) fn igmp(data: &[u8]) -> Body<'_> {
    match data.first() {
        Some(&kind) => Body::Igmp(Igmp { kind, rest: data.get(4..).unwrap_or_default() }),
        None => Body::Malformed,
    }
}
