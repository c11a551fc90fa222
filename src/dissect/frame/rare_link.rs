//! Link types that few capture files have, and that hold IP all the same.

use super::body::Frame;
use super::bytes::{be16, le16};
use super::{ethernet, ip, link, ppp};
use crate::packet::LinkType;

/// None where the link type is not known; malformed packets are none inside.
pub(super) fn of(link: LinkType, data: &[u8], depth: u8) -> Option<Option<Frame<'_>>> {
    let from = |at: usize| data.get(at..);
    let ethernet_at = |at| from(at).map(|rest| ethernet::frame(rest, depth));
    let ip_at = |at| from(at).map(|rest| ip::either(rest, depth));
    let llc_at = |at| from(at).map(|rest| ethernet::llc(rest, depth));
    Some(match link.0 {
        6 => token_ring(data, depth),
        7 => arcnet(data, 2, 6, depth),
        129 => arcnet(data, 4, 8, depth),
        // SLIP, and BSD/OS' forms of it and of PPP.
        8 => ip_at(16),
        102 => ip_at(24),
        103 => from(24).zip(be16(data, 5)).map(|(rest, kind)| ethernet::payload(kind, rest, depth)),
        // FDDI: frame control, then the two addresses.
        10 => llc_at(13),
        // RFC 1483, and Linux' classical IP with it or without.
        100 | 11 => llc_at(0),
        106 if data.starts_with(&[0xaa, 0xaa, 3]) => llc_at(0),
        106 => ip_at(0),
        // OpenBSD's encapsulated packets and firewall log; the log's header tells its length.
        109 => ip_at(12),
        117 => data.first().and_then(|&length| ip_at(usize::from(length).next_multiple_of(4))),
        // IP over Fibre Channel, and over FireWire.
        122 => llc_at(16),
        138 => {
            from(18).zip(be16(data, 16)).map(|(rest, kind)| ethernet::payload(kind, rest, depth))
        }
        123 => sun_atm(data, depth),
        143 => docsis(data, depth),
        178 | 167 => juniper(data, depth, ethernet::frame),
        179 => juniper(data, depth, ppp::framed),
        180 => juniper(data, depth, |d, n| link::frame_relay(d, n).unwrap_or(Frame::MALFORMED)),
        181 => juniper(data, depth, |d, n| ppp::cisco(d.get(2..).unwrap_or_default(), n)),
        130..=137 | 164 | 168 | 194 => juniper(data, depth, |_, _| Frame::not_ip("juniper", 0)),
        197 => extensible_record(data, depth),
        // Solaris' IPNET, IP over InfiniBand with its route header.
        226 => ip_at(24),
        242 => {
            from(44).zip(be16(data, 40)).map(|(rest, kind)| ethernet::payload(kind, rest, depth))
        }
        239 => netfilter_log(data, depth),
        // Hilscher's analyser, also with the preamble, which preemptible frames have too.
        240 => ethernet_at(4),
        241 => ethernet_at(12),
        274 => ethernet_at(8),
        // Switches' tags.
        281 => Some(ethernet::with_tag(data, 4, depth)),
        282 => ethernet_at(4),
        284 => Some(ethernet::with_tag(data, 4, depth)),
        285 => Some(ethernet::with_tag(data, 8, depth)),
        _ => return None,
    })
}

/// IEEE 802.5: access and frame control, addresses, and where the source's highest bit says
/// so, a route.
fn token_ring(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let route = match data.get(8)? & 0x80 {
        0 => 0,
        _ => usize::from(data.get(14)? & 0x1f),
    };
    Some(ethernet::llc(data.get(14 + route..)?, depth))
}

/// RFC 1201, and RFC 1051 before it.
fn arcnet(data: &[u8], kind: usize, payload: usize, depth: u8) -> Option<Frame<'_>> {
    Some(match *data.get(kind)? {
        212 => ip::v4(data.get(payload..)?, depth),
        196 => ip::v6(data.get(payload..)?, depth),
        213 => ethernet::payload(0x0806, data.get(payload..)?, depth),
        214 => ethernet::payload(0x8035, data.get(payload..)?, depth),
        240 => ip::v4(data.get(kind + 1..)?, depth),
        241 => ethernet::payload(0x0806, data.get(kind + 1..)?, depth),
        number => Frame::not_ip("arcnet", u32::from(number)),
    })
}

/// SunATM: a byte tells what follows the four.
fn sun_atm(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let kind = data.first()? & 0x0f;
    Some(match kind {
        // LAN emulation (ATM Forum): the client's number, then Ethernet.
        1 => ethernet::frame(data.get(6..)?, depth),
        2 => ethernet::llc(data.get(4..)?, depth),
        kind => Frame::not_ip("atm", u32::from(kind)),
    })
}

/// DOCSIS' packets: control, a parameter, a length, an extended header where one bit says so,
/// a check, then Ethernet.
fn docsis(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let control = *data.first()?;
    if control & 0xc0 != 0 {
        return Some(Frame::not_ip("docsis", u32::from(control)));
    }
    let extended = if control & 1 == 1 { usize::from(*data.get(1)?) } else { 0 };
    Some(ethernet::frame(data.get(6 + extended..)?, depth))
}

/// Juniper's: a magic number, flags, and where one of those says so, extensions with a length.
fn juniper<'a>(
    data: &'a [u8],
    depth: u8,
    below: fn(&'a [u8], u8) -> Frame<'a>,
) -> Option<Frame<'a>> {
    let &[b'M', b'G', b'C', flags] = data.first_chunk()? else { return None };
    let extensions = if flags & 0x80 == 0 { 0 } else { 2 + usize::from(be16(data, 4)?) };
    let rest = data.get(4 + extensions..)?;
    Some(match flags & 2 {
        0 => below(rest, depth),
        // Without its link header; four bytes stand in its place.
        _ => ip::either(rest.get(4..)?, depth),
    })
}

/// Endace's ERF: a type at 8, and extension headers of eight bytes while a bit says so.
fn extensible_record(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let kind = *data.get(8)?;
    let (mut at, mut more) = (16, kind & 0x80 != 0);
    while more {
        more = data.get(at)? & 0x80 != 0;
        at += 8;
    }
    let rest = data.get(at..)?;
    Some(match kind & 0x7f {
        2 | 11 | 16 | 20 => ethernet::frame(rest.get(2..)?, depth),
        22 => ip::v4(rest, depth),
        23 => ip::v6(rest, depth),
        kind => Frame::not_ip("erf", u32::from(kind)),
    })
}

/// Netfilter's log: attributes, the ninth of which is the packet. Their numbers stand in the
/// byte order of the machine that captured.
fn netfilter_log(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let mut rest = data.get(4..)?;
    loop {
        let (little, big) = (le16(rest, 0)?, be16(rest, 0)?);
        let order = usize::from(little) <= rest.len();
        let length = usize::from(if order { little } else { big });
        let kind = if order { le16(rest, 2)? } else { be16(rest, 2)? };
        if kind == 9 {
            let end = length.min(rest.len());
            return Some(ip::either(rest.get(4..end)?, depth));
        }
        // An attribute counts its own header.
        if length < 4 {
            return None;
        }
        rest = rest.get(length.next_multiple_of(4)..)?;
    }
}
