//! Ethernet (IEEE 802.3), what an EtherType announces, LLC (IEEE 802.2) and ARP.

use std::net::Ipv4Addr;

use super::body::{Body, Frame};
use super::bytes::{be16, up_to};
use super::{ip, names};

/// An ARP message (RFC 826).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arp {
    /// 1 asks, 2 answers; RARP has 3 and 4, InARP 8 and 9.
    pub operation: u16,
    /// The sender's link address, where it has six bytes.
    pub sender_hardware: [u8; 6],
    /// The sender's address.
    pub sender: Option<Ipv4Addr>,
    /// The link address that is asked for or answered.
    pub target_hardware: [u8; 6],
    /// The address that is asked for, or the asker's.
    pub target: Option<Ipv4Addr>,
}

/// An Ethernet frame.
#[inline]
pub(super) fn frame(data: &[u8], depth: u8) -> Frame<'_> {
    let Some((header, rest)) = data.split_first_chunk::<14>() else { return Frame::MALFORMED };
    let [a, b, c, d, e, f, g, h, i, j, k, l, high, low] = *header;
    let hardware = Some(([g, h, i, j, k, l], [a, b, c, d, e, f]));
    Frame { hardware, ..payload(u16::from_be_bytes([high, low]), rest, depth) }
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
    // IEEE 802.1Q, 802.1ad, and what was in use before it.
    while matches!(kind, 0x8100 | 0x88a8 | 0x9100) {
        let Some((&[_, _, high, low], rest)) = data.split_first_chunk() else {
            return Frame::MALFORMED;
        };
        (kind, data) = (u16::from_be_bytes([high, low]), rest);
    }
    match kind {
        0x0800 => ip::v4(data, depth),
        0x86dd => ip::v6(data, depth),
        0x0806 | 0x8035 => Frame::without_ip(Body::Arp(arp(data))),
        0..1536 => llc(up_to(data, usize::from(kind)), depth),
        kind => Frame::not_ip(names::of_ethertype(kind).0, u32::from(kind)),
    }
}

/// IEEE 802.2 and its SNAP.
pub(super) fn llc(data: &[u8], depth: u8) -> Frame<'_> {
    let Some((&[to, from, control], rest)) = data.split_first_chunk() else {
        return Frame::MALFORMED;
    };
    if (to, from, control) == (0xaa, 0xaa, 3) {
        return match rest.split_first_chunk() {
            Some((&[0, 0, 0 | 0xf8, high, low], rest)) => {
                payload(u16::from_be_bytes([high, low]), rest, depth)
            }
            Some(_) => Frame::not_ip("snap", 0xaa),
            None => Frame::MALFORMED,
        };
    }
    Frame::not_ip(names::of_sap(to), u32::from(to))
}

/// As much of an ARP message as there is.
fn arp(data: &[u8]) -> Arp {
    let operation = be16(data, 6).unwrap_or_default();
    let (hardware, protocol) = match data.get(4..6) {
        Some(&[hardware, protocol]) => (usize::from(hardware), usize::from(protocol)),
        _ => (0, 0),
    };
    let mac = |at: usize| {
        let found = data.get(at..).and_then(<[u8]>::first_chunk).copied();
        found.filter(|_| hardware == 6).unwrap_or_default()
    };
    let address = |at: usize| {
        let found = data.get(at..).and_then(<[u8]>::first_chunk::<4>);
        found.filter(|_| protocol == 4).map(|&bytes| Ipv4Addr::from(bytes))
    };
    Arp {
        operation,
        sender_hardware: mac(8),
        sender: address(8 + hardware),
        target_hardware: mac(8 + hardware + protocol),
        target: address(8 + hardware + protocol + hardware),
    }
}
