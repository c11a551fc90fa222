//! Tunnels directly above IP: IP in IP, EtherIP, GRE with all that it carries, L2TPv3.

use super::body::Frame;
use super::bytes::be16;
use super::transport::Carried;
use super::{ethernet, ip, mpls, ppp};

/// The innermost packet, where this protocol is a tunnel that could be entered and holds one.
pub(super) fn entered<'a>(what: &Carried<'a>) -> Option<Frame<'a>> {
    let depth = what.depth.checked_sub(1)?;
    let data = what.payload;
    let frame = match what.protocol {
        // IP in IP (RFC 2003, RFC 2473), and IPv6 in either (RFC 4213).
        4 => ip::v4(data, depth),
        41 => ip::v6(data, depth),
        47 => gre(data, depth)?,
        // Minimal encapsulation (RFC 2004) leaves no header that could be read alone.
        // EtherIP (RFC 3378) has a version in two bytes.
        97 => ethernet::frame(data.get(2..)?, depth),
        // MPLS in IP (RFC 4023).
        137 => mpls::labelled(data, depth),
        // Ethernet without further ado (RFC 8986 section 4.9).
        143 => ethernet::frame(data, depth),
        // L2TPv3 (RFC 3931 section 4.1.1) with a session whose cookie's length nobody tells.
        115 => session(data, depth)?,
        _ => return None,
    };
    frame.addresses.is_some().then_some(frame)
}

/// RFC 2784, RFC 2890, RFC 1701, and PPTP's version of it (RFC 2637 section 4.1).
pub(super) fn gre(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let (flags, protocol) = (be16(data, 0)?, be16(data, 2)?);
    let version = flags & 7;
    let has = |flag: u16| if flags & flag == 0 { 0 } else { 4 };
    // Checksum or routing take four bytes together; then the key, and the sequence number.
    let mut at = 4 + if flags & 0xc000 == 0 { 0 } else { 4 } + has(0x2000) + has(0x1000);
    if version == 1 {
        at += has(0x0080);
    }
    if version > 1 {
        return None;
    }
    // RFC 1701's source routes: family, offset and length each, to one of length zero.
    let mut routed = flags & 0x4000 != 0;
    while routed {
        let &[_, _, _, length] = data.get(at..)?.first_chunk()?;
        at += 4 + usize::from(length);
        routed = length != 0;
    }
    let rest = data.get(at..)?;
    // ERSPAN's first kind has no header, and no sequence number either.
    if protocol == 0x88be && flags & 0x1000 == 0 {
        return Some(ethernet::frame(rest, depth));
    }
    Some(gre_payload(protocol, rest, depth))
}

/// What GRE announces: EtherTypes, and numbers that only it uses.
pub(super) fn gre_payload(protocol: u16, rest: &[u8], depth: u8) -> Frame<'_> {
    let from = |at: usize| rest.get(at..).unwrap_or_default();
    match protocol {
        // ERSPAN's second kind, and its third, which may have eight bytes more.
        0x88be => ethernet::frame(from(8), depth),
        0x22eb => {
            let has_more = rest.get(11).is_some_and(|last| last & 1 == 1);
            ethernet::frame(from(if has_more { 20 } else { 12 }), depth)
        }
        0x880b => ppp::framed(rest, depth),
        // Cisco's cache protocol puts four bytes before the packet, in its second version.
        0x883e if rest.first().is_some_and(|first| first >> 4 == 4) => ip::v4(rest, depth),
        0x883e => ip::v4(from(4), depth),
        // Aruba's access points: frames of 802.11.
        0x8200..=0x82ff | 0x9000 => super::wireless::frame(rest, depth),
        protocol => ethernet::payload(protocol, rest, depth),
    }
}

/// L2TPv3 over IP: a session's number, a cookie of none, four or eight bytes, and then
/// perhaps a sublayer of four.
pub(super) fn session(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    // Session zero is control.
    data.first_chunk().filter(|session| **session != [0; 4])?;
    let at = [4, 8, 12, 16].into_iter();
    at.filter_map(|at| ethernet::inner(data.get(at..)?, depth)).find(Frame::is_plausible)
}
