//! The link types of capture files, as <https://www.tcpdump.org/linktypes.html> numbers them.

use super::body::{Body, Frame};
use super::bytes::be16;
use super::{ethernet, ip};
use crate::packet::LinkType;

/// How many tunnels inside each other are entered.
pub(super) const TUNNELS: u8 = 8;

/// Dissects a packet as far as its transport, through tunnels to the innermost packet.
#[inline]
pub fn dissect(link: LinkType, data: &[u8]) -> Frame<'_> {
    match link {
        LinkType::ETHERNET => ethernet::frame(data, TUNNELS),
        link => other(link, data, TUNNELS),
    }
}

fn other(link: LinkType, data: &[u8], depth: u8) -> Frame<'_> {
    match link.0 {
        // DLT_RAW by system, LINKTYPE_RAW, LINKTYPE_IPV4, LINKTYPE_IPV6.
        12 | 14 | 101 | 228 | 229 => ip::either(data, depth),
        // The address family's numbers differ by system; the IP version tells the same.
        0 | 108 => data.get(4..).map_or(Frame::MALFORMED, |data| ip::either(data, depth)),
        113 => cooked_1(data, depth).unwrap_or(Frame::MALFORMED),
        276 => cooked_2(data, depth).unwrap_or(Frame::MALFORMED),
        _ => Frame::without_ip(Body::UnknownLink(link)),
    }
}

/// LINKTYPE_LINUX_SLL: 16 bytes, the sender's address from 6 on, the protocol last.
fn cooked_1(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let rest = data.get(16..)?;
    let hardware = sender(be16(data, 4)?, data.get(6..)?);
    Some(Frame { hardware, ..ethernet::payload(be16(data, 14)?, rest, depth) })
}

/// LINKTYPE_LINUX_SLL2: 20 bytes, the protocol first, the sender's address from 12 on.
fn cooked_2(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let rest = data.get(20..)?;
    let hardware = sender(u16::from(*data.get(11)?), data.get(12..)?);
    Some(Frame { hardware, ..ethernet::payload(be16(data, 0)?, rest, depth) })
}

fn sender(length: u16, address: &[u8]) -> Option<([u8; 6], [u8; 6])> {
    let address = *address.first_chunk()?;
    (length == 6).then_some((address, [0; 6]))
}
