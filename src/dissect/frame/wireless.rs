//! IEEE 802.11 where it is not encrypted, and what drivers put before it.

use super::body::Frame;
use super::bytes::{be32, le16, le32};
use super::{ethernet, link};
use crate::packet::LinkType;

/// A frame without a driver's header.
pub(super) fn frame(data: &[u8], depth: u8) -> Frame<'_> {
    padded_frame(data, false, depth).unwrap_or(Frame::MALFORMED)
}

/// A frame whose first two bytes Cisco's controllers exchange.
pub(super) fn swapped_frame(data: &[u8], depth: u8) -> Frame<'_> {
    match data.first() {
        // Where they were not exchanged, the first says that it is data.
        Some(first) if first & 0x0f == 8 => frame(data, depth),
        _ => control(data, data.get(1).copied(), data.first().copied(), false, depth)
            .unwrap_or(Frame::MALFORMED),
    }
}

fn padded_frame(data: &[u8], padded: bool, depth: u8) -> Option<Frame<'_>> {
    control(data, data.first().copied(), data.get(1).copied(), padded, depth)
}

/// IEEE 802.11-2020 section 9.2.3: a header of a length that the frame control tells.
fn control(
    data: &[u8],
    kind: Option<u8>,
    flags: Option<u8>,
    padded: bool,
    depth: u8,
) -> Option<Frame<'_>> {
    let (kind, flags) = (kind?, flags?);
    match kind & 0x0c {
        0x00 => return Some(Frame::not_ip("wlan-management", u32::from(kind))),
        0x04 => return Some(Frame::not_ip("wlan-control", u32::from(kind))),
        0x08 => {}
        _ => return Some(Frame::not_ip("wlan", u32::from(kind))),
    }
    let address = |at: usize| -> Option<[u8; 6]> { data.get(at..)?.first_chunk().copied() };
    // Which address is whose depends on whether a frame goes to or from the distribution system.
    let (source, destination) = match flags & 3 {
        0 => (address(10)?, address(4)?),
        1 => (address(10)?, address(16)?),
        2 => (address(16)?, address(4)?),
        _ => (address(24)?, address(16)?),
    };
    let mut length = if flags & 3 == 3 { 30 } else { 24 };
    let quality = kind & 0x80 != 0;
    let aggregated = quality && data.get(length)? & 0x80 != 0;
    length += match (quality, flags & 0x80 != 0) {
        (true, true) => 6,
        (true, false) => 2,
        (false, _) => 0,
    };
    let hardware = Some((source, destination));
    if kind & 0x40 != 0 {
        return Some(Frame { hardware, ..Frame::not_ip("wlan-null", u32::from(kind)) });
    }
    if flags & 0x40 != 0 {
        return Some(Frame { hardware, ..Frame::not_ip("wlan-protected", u32::from(kind)) });
    }
    // Later fragments begin in the middle.
    if data.get(22)? & 0x0f != 0 {
        return Some(Frame { hardware, ..Frame::not_ip("wlan-fragment", u32::from(kind)) });
    }
    if padded {
        length = length.next_multiple_of(4);
    }
    let rest = data.get(length..)?;
    // Of an aggregate the first frame is read: addresses and a length before its LLC.
    let rest = if aggregated { rest.get(14..)? } else { rest };
    Some(Frame { hardware, ..ethernet::llc(rest, depth) })
}

/// Radiotap (radiotap.org): a length, and flags that may tell of padding behind the header.
pub(super) fn radiotap(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let rest = data.get(usize::from(le16(data, 2)?)..)?;
    let present = le32(data, 4)?;
    // The words that say what is present go on while their highest bit is set.
    let mut at = 8;
    let mut word = present;
    while word & 0x8000_0000 != 0 {
        word = le32(data, at)?;
        at += 4;
    }
    if present & 1 != 0 {
        at = at.next_multiple_of(8) + 8;
    }
    let flags = if present & 2 == 0 { 0 } else { data.get(at).copied().unwrap_or_default() };
    padded_frame(rest, flags & 0x20 != 0, depth)
}

/// Prism's header, 144 bytes long by its own count, or AVS' in its place.
pub(super) fn prism(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    if be32(data, 0)? & 0xffff_f000 == 0x8021_1000 {
        return avs(data, depth);
    }
    // The length stands in the byte order of the machine that captured.
    let length = [le32(data, 4)?, be32(data, 4)?].into_iter().find(|length| *length < 0x1000)?;
    padded_frame(data.get(usize::try_from(length).ok()?..)?, false, depth)
}

/// AVS' header, with its length as the second word.
pub(super) fn avs(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let length = usize::try_from(be32(data, 4)?).ok()?;
    padded_frame(data.get(length..)?, false, depth)
}

/// PPI: a length, and the link type that follows.
pub(super) fn per_packet(data: &[u8], depth: u8) -> Option<Frame<'_>> {
    let rest = data.get(usize::from(le16(data, 2)?)..)?;
    let depth = depth.checked_sub(1)?;
    match le32(data, 4)? {
        105 => padded_frame(rest, data.get(1)? & 1 != 0, depth),
        other => Some(link::of(LinkType(other), rest, depth)),
    }
}
