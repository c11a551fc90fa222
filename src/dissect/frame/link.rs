//! The link types of capture files, as <https://www.tcpdump.org/linktypes.html> numbers them.

use super::body::{Body, Frame};
use super::bytes::{be16, le32};
use super::{ethernet, ip, ppp, rare_link, wireless};
use crate::packet::LinkType;

/// How many tunnels inside each other are entered.
pub(super) const TUNNELS: u8 = 8;

/// Dissects a packet as far as its transport, through tunnels to the innermost packet.
#[inline]
pub fn dissect(link: LinkType, data: &[u8]) -> Frame<'_> {
    match link {
        LinkType::ETHERNET => ethernet::frame(data, TUNNELS),
        link => of(link, data, TUNNELS),
    }
}

/// A packet of any link type, also inside another's.
pub(super) fn of(link: LinkType, data: &[u8], depth: u8) -> Frame<'_> {
    let known = match link.0 {
        1 => Some(ethernet::frame(data, depth)),
        // DLT_RAW by system, LINKTYPE_RAW, LINKTYPE_IPV4, LINKTYPE_IPV6, and Linux' classical
        // IP over ATM.
        12 | 14 | 101 | 228 | 229 | 19 => Some(ip::either(data, depth)),
        // The address family's numbers differ by system; the IP version tells the same.
        0 | 108 => loopback(data, depth),
        113 => cooked_1(data, depth),
        276 => cooked_2(data, depth),
        9 | 50 | 166 => Some(ppp::framed(data, depth)),
        51 => Some(ppp::over_ethernet(data, depth)),
        104 => data.get(2..).map(|rest| ppp::cisco(rest, depth)),
        105 => Some(wireless::frame(data, depth)),
        119 => wireless::prism(data, depth),
        127 => wireless::radiotap(data, depth),
        163 => wireless::avs(data, depth),
        192 => wireless::per_packet(data, depth),
        107 => frame_relay(data, depth),
        // The same with a byte that tells the direction.
        204 => data.get(1..).map(|rest| ppp::framed(rest, depth)),
        205 => data.get(3..).map(|rest| ppp::cisco(rest, depth)),
        206 => data.get(1..).and_then(|rest| frame_relay(rest, depth)),
        149 | 258 => tapped(data, depth),
        _ => match rare_link::of(link, data, depth) {
            Some(known) => known,
            None => return Frame::without_ip(Body::UnknownLink(link)),
        },
    };
    known.unwrap_or(Frame::MALFORMED)
}

fn loopback(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let (family, rest) = data.split_first_chunk::<4>()?;
    // The byte order is that of the machine that captured; every family is below 256.
    let family = u32::from_le_bytes(*family);
    let family = if family > 0xffff { family.swap_bytes() } else { family };
    Some(match (family, rest.first().map(|first| first >> 4)) {
        (0..=0xffff, Some(4 | 6)) => ip::either(rest, depth),
        // IPv4 and, by system, IPv6.
        (2 | 10 | 24 | 28 | 30, _) => Frame::MALFORMED,
        (7, _) => Frame::not_ip("osi", family),
        (16, _) => Frame::not_ip("appletalk", family),
        (23, _) => Frame::not_ip("ipx", family),
        _ => Frame::not_ip("not-ip", family),
    })
}

/// LINKTYPE_LINUX_SLL: 16 bytes, the sender's address from 6 on, the protocol last.
fn cooked_1(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let rest = data.get(16..)?;
    let hardware = sender(be16(data, 4)?, data.get(6..)?);
    Some(Frame { hardware, ..cooked(be16(data, 2)?, be16(data, 14)?, rest, depth) })
}

/// LINKTYPE_LINUX_SLL2: 20 bytes, the protocol first, the sender's address from 12 on.
fn cooked_2(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let rest = data.get(20..)?;
    let hardware = sender(u16::from(*data.get(11)?), data.get(12..)?);
    Some(Frame { hardware, ..cooked(be16(data, 8)?, be16(data, 0)?, rest, depth) })
}

/// The protocol is an EtherType, but for some kinds of hardware, and where Linux has numbers of
/// its own below 1536.
fn cooked(hardware: u16, protocol: u16, rest: &[u8], depth: u8) -> Frame<'_> {
    match (hardware, protocol) {
        // Netlink, and the wireless kinds, whose frames come whole.
        (824, _) => Frame::not_ip("netlink", u32::from(protocol)),
        (801, _) => wireless::frame(rest, depth),
        (803, _) => wireless::radiotap(rest, depth).unwrap_or(Frame::MALFORMED),
        (778, protocol) => super::tunnel::gre_payload(protocol, rest, depth),
        (_, 0x0001) => Frame::not_ip("ipx", 1),
        (_, 0x0004) => ethernet::llc(rest, depth),
        (_, 0x000c..=0x000d) => Frame::not_ip("can", u32::from(protocol)),
        (_, 0..1536) => Frame::not_ip("not-ip", u32::from(protocol)),
        (_, protocol) => ethernet::payload(protocol, rest, depth),
    }
}

fn sender(length: u16, address: &[u8]) -> Option<([u8; 6], [u8; 6])> {
    let address = *address.first_chunk()?;
    (length == 6).then_some((address, [0; 6]))
}

/// RFC 2427: an address of two to four bytes, the last with its lowest bit set; then what RFC
/// 2427 says, or Cisco's older way with an EtherType.
pub(super) fn frame_relay(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let length = 1 + data.iter().take(4).position(|byte| byte & 1 == 1)?;
    let rest = data.get(length..)?;
    match rest.split_first() {
        Some((3, rest)) => Some(ethernet::network_layer(rest, depth)),
        _ => Some(ethernet::payload(be16(rest, 0)?, rest.get(2..)?, depth)),
    }
}

/// Apple's PKTAP: a length, a record's type, and the link type that follows.
fn tapped(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let length = usize::try_from(le32(data, 0)?).ok()?;
    let link = LinkType(le32(data, 8)?);
    Some(of(link, data.get(length..)?, depth.checked_sub(1)?))
}
