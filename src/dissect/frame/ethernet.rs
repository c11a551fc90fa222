//! Ethernet (IEEE 802.3), what an EtherType announces, and LLC (IEEE 802.2).

use super::body::{Body, Frame};
use super::bytes::{be16, up_to};
use super::{arp, ip, mpls, names, ppp};

/// An Ethernet frame.
#[inline]
pub(super) fn frame(data: &[u8], depth: u8) -> Frame<'_> {
    let Some((addresses, rest)) = data.split_first_chunk::<12>() else { return Frame::MALFORMED };
    let Some((&kind, rest)) = rest.split_first_chunk::<2>() else { return Frame::MALFORMED };
    // Set in place: a frame is too large to be copied for it.
    let mut frame = payload(u16::from_be_bytes(kind), rest, depth);
    frame.hardware = hardware(addresses);
    frame
}

/// Source and destination; the destination comes first.
#[inline]
fn hardware(addresses: &[u8; 12]) -> Option<([u8; 6], [u8; 6])> {
    Some((*addresses.last_chunk::<6>()?, *addresses.first_chunk::<6>()?))
}

/// An Ethernet frame inside another packet, where it holds IP or ARP; `None` where it is
/// rather something else.
pub(super) fn inner(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let frame = self::frame(data, depth.checked_sub(1)?);
    (frame.addresses.is_some() || matches!(frame.body, Body::Arp(_))).then_some(frame)
}

/// What an EtherType (or, below 1536, a length) announces.
#[inline]
pub(super) fn payload(kind: u16, data: &[u8], depth: u8) -> Frame<'_> {
    match kind {
        0x0800 => ip::v4(data, depth),
        0x86dd => ip::v6(data, depth),
        _ => less_common(kind, data, depth),
    }
}

fn less_common(mut kind: u16, mut data: &[u8], depth: u8) -> Frame<'_> {
    loop {
        let next = match kind {
            0x0800 => return ip::v4(data, depth),
            0x86dd => return ip::v6(data, depth),
            0x0806 | 0x8035 => return Frame::without_ip(Body::Arp(arp::read(data))),
            // PPPoE's session stage (RFC 2516).
            0x8864 => return ppp::over_ethernet(data, depth),
            // MPLS, unicast and multicast (RFC 3032, RFC 5332).
            0x8847 | 0x8848 => return mpls::labelled(data, depth),
            // Transparent Ethernet bridging, and provider backbone bridging (IEEE 802.1ah).
            0x6558 => return bridged(data, kind, depth),
            0x88e7 => return bridged(data.get(4..).unwrap_or_default(), kind, depth),
            // Cisco's FabricPath: two bytes, then the frame that it is about.
            0x8903 => return bridged(data.get(2..).unwrap_or_default(), kind, depth),
            // The network service header (RFC 8300): its length is in words.
            0x894f => return service(data, depth),
            // IEEE 802.1AE, where it only authenticates: behind the tag stands the true type.
            0x88e5 => authenticated(data),
            // Lengths above 1500 are used for nothing, but bytes that say so occur.
            0..1536 => {
                let data = up_to(data, usize::from(kind));
                return depth.checked_sub(1).map_or(Frame::TOO_DEEP, |depth| llc(data, depth));
            }
            kind => tag_length(kind).and_then(|length| {
                Some((be16(data, length.checked_sub(2)?)?, data.get(length..)?))
            }),
        };
        let Some(next) = next else {
            return match tag_length(kind) {
                Some(_) => Frame::MALFORMED,
                None => Frame::not_ip(names::of_ethertype(kind), u32::from(kind)),
            };
        };
        (kind, data) = next;
    }
}

/// How long a tag is, at whose end another EtherType stands.
fn tag_length(kind: u16) -> Option<usize> {
    match kind {
        // IEEE 802.1Q, 802.1ad, and what was in use before it.
        0x8100 | 0x88a8 | 0x9100 | 0x9200 | 0x9300 => Some(4),
        // IEEE 802.1CB, and HSR (IEC 62439-3).
        0xf1c1 | 0x892f => Some(6),
        // Cisco's metadata with its only option.
        0x8909 => Some(8),
        // IEEE 802.1BR.
        0x893f => Some(8),
        _ => None,
    }
}

fn bridged(data: &[u8], kind: u16, depth: u8) -> Frame<'_> {
    let inner = inner(data, depth);
    inner.unwrap_or(Frame::not_ip(names::of_ethertype(kind), u32::from(kind)))
}

fn service(data: &[u8], depth: u8) -> Frame<'_> {
    let Some(&[_, length, _, next]) = data.first_chunk() else { return Frame::MALFORMED };
    let length = usize::from(length & 0x3f) * 4;
    let (Some(rest), Some(depth)) = (data.get(length..), depth.checked_sub(1)) else {
        return Frame::MALFORMED;
    };
    match next {
        1 => ip::v4(rest, depth),
        2 => ip::v6(rest, depth),
        3 => bridged(rest, 0x894f, depth),
        5 => mpls::labelled(rest, depth),
        _ => Frame::not_ip(names::of_ethertype(0x894f), 0x894f),
    }
}

fn authenticated(data: &[u8]) -> Option<(u16, &[u8])> {
    let flags = *data.first()?;
    // Encrypted or changed: what follows is no EtherType.
    if flags & 0x0c != 0 {
        return None;
    }
    // The channel's identifier is there where a flag says so; at the end stands the check.
    let header = if flags & 0x20 == 0 { 6 } else { 14 };
    let end = data.len().checked_sub(16)?;
    Some((be16(data, header)?, data.get(header + 2..end)?))
}

/// IEEE 802.2 and its SNAP.
pub(super) fn llc(data: &[u8], depth: u8) -> Frame<'_> {
    let Some((&[to, from, control], rest)) = data.split_first_chunk() else {
        return Frame::MALFORMED;
    };
    match (to, from, control) {
        (0xaa, 0xaa, 3) => snap(rest, depth),
        // IP by a service access point of its own.
        (6, 6, 3) => ip::either(rest, depth),
        // ISO's network layer protocols; the next byte tells which (RFC 1483 section 4.2).
        (0xfe, 0xfe, 3) => network_layer(rest, depth),
        // NetWare in raw 802.3 has no LLC, but the checksum that it never computes.
        (0xff, 0xff, _) => Frame::not_ip("ipx", 0xff),
        _ => Frame::not_ip(names::of_sap(to), u32::from(to)),
    }
}

/// An organisation, and a protocol of its own (RFC 1042).
fn snap(data: &[u8], depth: u8) -> Frame<'_> {
    let Some((&[a, b, c, high, low], rest)) = data.split_first_chunk() else {
        return Frame::MALFORMED;
    };
    let protocol = u16::from_be_bytes([high, low]);
    let name = match (u32::from_be_bytes([0, a, b, c]), protocol) {
        // Encapsulated Ethernet, also bridged; an AppleTalk phase 2.
        (0 | 0xf8, _) => return payload(protocol, rest, depth),
        (0x08_0007, 0x809b) => "appletalk",
        // RFC 2684 section 5.2: Ethernet with its padding.
        (0x00_80c2, 1 | 7) => {
            let padded = rest.get(2..).and_then(|rest| inner(rest, depth));
            return padded
                .or_else(|| inner(rest, depth))
                .unwrap_or(Frame::not_ip("bridged", 0x80c2));
        }
        (0x00_80c2, _) => "stp",
        (0x00_000c, 0x2000) => "cdp",
        (0x00_000c, 0x2003) => "vtp",
        (0x00_000c, 0x2004) => "dtp",
        (0x00_000c, 0x010b) => "stp",
        (0x00_000c, 0x0104) => "pagp",
        (0x00_000c, 0x0111) => "udld",
        (0x00_e02b, 0x00bb) => "edp",
        (0x00_0081 | 0x00_00a2, 0x01a1 | 0x01a2) => "sonmp",
        _ => "snap",
    };
    Frame::not_ip(name, u32::from(protocol))
}

/// A network layer protocol by its identifier (ISO/IEC TR 9577).
pub(super) fn network_layer(data: &[u8], depth: u8) -> Frame<'_> {
    let Some((&identifier, rest)) = data.split_first() else { return Frame::MALFORMED };
    match identifier {
        0xcc => ip::v4(rest, depth),
        0x8e => ip::v6(rest, depth),
        0x80 => snap(rest, depth),
        0xcf => ppp::protocol(rest, depth),
        // Padding before what follows.
        0 => match rest.split_first() {
            Some((0x80, rest)) => snap(rest, depth),
            _ => Frame::not_ip("osi", 0),
        },
        identifier => Frame::not_ip(names::of_network_layer(identifier), u32::from(identifier)),
    }
}

/// A tag of Broadcom's or Marvell's switches, in the middle of an Ethernet header.
pub(super) fn with_tag(data: &[u8], tag: usize, depth: u8) -> Frame<'_> {
    let Some((addresses, rest)) = data.split_first_chunk::<12>() else { return Frame::MALFORMED };
    let (Some(kind), Some(rest)) = (be16(rest, tag), rest.get(tag + 2..)) else {
        return Frame::MALFORMED;
    };
    Frame { hardware: hardware(addresses), ..payload(kind, rest, depth) }
}
