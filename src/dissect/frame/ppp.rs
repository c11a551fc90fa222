//! PPP (RFC 1661), in frames as in HDLC (RFC 1662), and over Ethernet (RFC 2516).

use super::body::Frame;
use super::bytes::{be16, up_to};
use super::{ethernet, ip, mpls, names};

/// A PPP frame, with its address and control bytes or without.
pub(super) fn framed(data: &[u8], depth: u8) -> Frame<'_> {
    match data.split_first_chunk() {
        // Some systems write the packet's direction in place of the address.
        Some((&[0xff | 0 | 1, 3], rest)) => protocol(rest, depth),
        // Cisco's HDLC, which shares a link type with PPP.
        Some((&[0x0f | 0x8f, _], rest)) => cisco(rest, depth),
        _ => protocol(data, depth),
    }
}

/// What Cisco's HDLC announces by an EtherType.
pub(super) fn cisco(data: &[u8], depth: u8) -> Frame<'_> {
    match data.split_first_chunk() {
        Some((&[0x80, 0x35], _)) => Frame::not_ip("slarp", 0x8035),
        Some((&[0x20, 0x00], _)) => Frame::not_ip("cdp", 0x2000),
        // ISO's network layer, at times with a byte of padding.
        Some((&[0xfe, 0xfe], rest)) => match rest.split_first() {
            Some((&(0 | 3), rest)) => ethernet::network_layer(rest, depth),
            _ => ethernet::network_layer(rest, depth),
        },
        Some((&[high, low], rest)) => {
            ethernet::payload(u16::from_be_bytes([high, low]), rest, depth)
        }
        None => Frame::MALFORMED,
    }
}

/// PPPoE's session stage: six bytes, the last two of them the length.
pub(super) fn over_ethernet(data: &[u8], depth: u8) -> Frame<'_> {
    match (data.split_first_chunk::<6>(), be16(data, 4)) {
        (Some((&[0x11, 0, ..], rest)), Some(length)) => {
            protocol(up_to(rest, usize::from(length)), depth)
        }
        (Some(_), _) => Frame::not_ip("pppoe", 0x8864),
        _ => Frame::MALFORMED,
    }
}

/// What a PPP protocol number (IANA's registry) announces.
pub(super) fn protocol(data: &[u8], depth: u8) -> Frame<'_> {
    let Some((&first, after_one)) = data.split_first() else { return Frame::MALFORMED };
    // A number below 256 may have been shortened to its odd byte (RFC 1661 section 6.5).
    let (number, rest) = match after_one.split_first() {
        _ if first & 1 == 1 => (u16::from(first), after_one),
        Some((&second, rest)) => (u16::from_be_bytes([first, second]), rest),
        None => return Frame::MALFORMED,
    };
    match number {
        0x0021 => ip::v4(rest, depth),
        0x0057 => ip::v6(rest, depth),
        0x0281 | 0x0283 => mpls::labelled(rest, depth),
        // Bridged Ethernet (RFC 3518): flags, the kind of MAC, the frame.
        0x0031 => {
            let bridged = rest.get(2..).and_then(|rest| ethernet::inner(rest, depth));
            bridged.unwrap_or(Frame::not_ip("bridged", 0x0031))
        }
        number => Frame::not_ip(names::of_ppp(number), u32::from(number)),
    }
}
