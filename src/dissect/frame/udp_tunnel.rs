//! Tunnels over UDP, told by their ports and by whether a packet really parses inside.

use super::body::{Body, Datagram, Frame};
use super::bytes::be16;
use super::{ethernet, ip, mpls, ppp, wireless};

/// Whether a datagram's ports are a tunnel's.
#[inline]
pub(super) fn may_be(datagram: &Datagram<'_>) -> bool {
    let to = datagram.destination_port;
    matches!(to, 4789 | 8472 | 4790 | 6081 | 6635 | 4754 | 4341 | 37_008)
        || [to, datagram.source_port]
            .iter()
            .any(|port| matches!(port, 2152 | 3386 | 1701 | 3544 | 5247 | 5072))
}

/// The innermost packet, where this datagram is a tunnel's and holds one.
#[inline(never)]
pub(super) fn entered<'a>(datagram: &Datagram<'a>, depth: u8) -> Option<Frame<'a>> {
    opened(datagram, depth.checked_sub(1)?)
}

fn opened<'a>(datagram: &Datagram<'a>, depth: u8) -> Option<Frame<'a>> {
    let data = datagram.payload;
    let frame = match datagram.destination_port {
        // VXLAN (RFC 7348 section 5), by Linux on another port at first.
        4789 | 8472 => vxlan(data, depth),
        4790 => generic_vxlan(data, depth),
        6081 => geneve(data, depth),
        6635 => Some(mpls::labelled(data, depth)),
        // GRE in UDP (RFC 8086).
        4754 => super::tunnel::gre(data, depth),
        // LISP's data (RFC 9300 section 5.1): eight bytes, then IP.
        4341 => data.get(8..).map(|rest| ip::either(rest, depth)),
        37_008 => sniffed(data, depth),
        _ => None,
    };
    let frame = frame.or_else(|| {
        let is = |port| datagram.destination_port == port || datagram.source_port == port;
        match () {
            () if is(2152) => gtp(data, depth),
            () if is(3386) => first_gtp(data, depth),
            () if is(1701) => l2tp(data, depth),
            () if is(3544) => teredo(data, depth),
            () if is(5247) => capwap(data, depth),
            () if is(5072) => anything(data, depth),
            () => None,
        }
    })?;
    frame.is_plausible().then_some(frame)
}

/// RFC 7348 section 5: flags, of which one must be set, and the network's number.
fn vxlan(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let (&[flags, ..], rest) = data.split_first_chunk::<8>()?;
    (flags & 0x08 != 0).then(|| ethernet::frame(rest, depth))
}

/// VXLAN-GPE (`draft-ietf-nvo3-vxlan-gpe`), which says what follows.
fn generic_vxlan(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let (&[flags, _, _, next, ..], rest) = data.split_first_chunk::<8>()?;
    match (flags & 0x0c, next) {
        (0x0c, 1) => Some(ip::v4(rest, depth)),
        (0x0c, 2) => Some(ip::v6(rest, depth)),
        (0x0c, 3) | (0x08, _) => Some(ethernet::frame(rest, depth)),
        (0x0c, 4) => Some(ethernet::payload(0x894f, rest, depth)),
        (0x0c, 5) => Some(mpls::labelled(rest, depth)),
        _ => None,
    }
}

/// RFC 8926 section 3.4: options of a length in words, and an EtherType.
fn geneve(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let first = *data.first()?;
    let rest = data.get(8 + usize::from(first & 0x3f) * 4..)?;
    (first >> 6 == 0).then_some(())?;
    Some(ethernet::payload(be16(data, 2)?, rest, depth))
}

/// GTP-U (3GPP TS 29.281 section 5): version 1, a packet of a user's, and extension headers
/// one after the other.
fn gtp(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let &[flags, kind, ..] = data.first_chunk::<8>()?;
    if flags & 0xf0 != 0x30 || kind != 255 {
        return None;
    }
    let mut at = 8;
    if flags & 7 != 0 {
        // Sequence number, N-PDU number, and the first extension's type, all or none of them.
        at = 12;
        let mut next = if flags & 4 == 0 { 0 } else { *data.get(11)? };
        while next != 0 {
            let length = usize::from(*data.get(at)?) * 4;
            if length == 0 {
                return None;
            }
            at += length;
            next = *data.get(at - 1)?;
        }
    }
    Some(ip::either(data.get(at..)?, depth))
}

/// GTP version 0 (3GPP TS 09.60 section 6): a header of twenty bytes that names what follows, here
/// a packet of a user's. GTP', which has the port too, carries none.
fn first_gtp(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let (&[flags, kind, ..], rest) = data.split_first_chunk::<20>()?;
    (flags & 0xfe == 0x1e && kind == 255).then(|| ip::either(rest, depth))
}

/// RFC 2661 section 3.1: fields that flags announce, then PPP; and version 3 over UDP
/// (RFC 3931 section 4.1.2).
fn l2tp(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let flags = be16(data, 0)?;
    let is_control = flags & 0x8000 != 0;
    if is_control || flags & 0x0f != 2 {
        return (!is_control && flags & 0x0f == 3)
            .then(|| super::tunnel::session(data.get(4..)?, depth))?;
    }
    let mut at = 6;
    if flags & 0x4000 != 0 {
        at += 2;
    }
    if flags & 0x0800 != 0 {
        at += 4;
    }
    if flags & 0x0200 != 0 {
        at += 2 + usize::from(be16(data, at)?);
    }
    Some(ppp::framed(data.get(at..)?, depth))
}

/// RFC 4380 section 5.1.1: authentication and an origin may stand before the packet.
fn teredo(mut data: &[u8], depth: u8) -> Option<Frame<'_>> {
    if let Some(&[0, 1, client, value]) = data.first_chunk() {
        data = data.get(13 + usize::from(client) + usize::from(value)..)?;
    }
    if let Some([0, 0]) = data.first_chunk() {
        data = data.get(8..)?;
    }
    (data.first()? >> 4 == 6).then(|| ip::v6(data, depth))
}

/// CAPWAP's data (RFC 5415 section 4.3): a header of a length in words, then 802.11 or 802.3.
fn capwap(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let &[preamble, length, binding, flags] = data.first_chunk()?;
    // Encrypted ones, and fragments, are left alone.
    if preamble != 0 || flags & 0x80 != 0 {
        return None;
    }
    let rest = data.get(usize::from(length >> 3) * 4..)?;
    let native = binding & 1 != 0;
    Some(if native { wireless::swapped_frame(rest, depth) } else { ethernet::frame(rest, depth) })
}

/// AYIYA (`draft-massar-v6ops-ayiya`): an identity, a signature, and IPv6.
fn anything(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let &[identity, signature, _, 41] = data.first_chunk()? else { return None };
    let identity = 1_usize << (identity >> 4);
    let rest = data.get(8 + identity + usize::from(signature >> 4) * 4..)?;
    Some(ip::v6(rest, depth))
}

/// TaZmen's sniffer protocol: a version, what it is, tags to one of type 1.
fn sniffed(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let &[1, _, high, low] = data.first_chunk()? else { return None };
    let mut at = 4;
    loop {
        match *data.get(at)? {
            0 => at += 1,
            1 => break,
            _ => at += 2 + usize::from(*data.get(at + 1)?),
        }
    }
    let rest = data.get(at + 1..)?;
    match u16::from_be_bytes([high, low]) {
        1 => Some(ethernet::frame(rest, depth)),
        18 => Some(wireless::frame(rest, depth)),
        _ => None,
    }
}

impl Frame<'_> {
    /// Whether it has IP addresses, and something above them that could be read: what bytes
    /// on a tunnel's port must have to be taken for a tunnel's.
    pub(super) fn is_plausible(&self) -> bool {
        self.addresses.is_some() && !matches!(self.body, Body::Malformed)
    }
}
