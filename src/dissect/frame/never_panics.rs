//! No bytes make the walk panic, and where etherparse reads a packet, the walk agrees with it.

use etherparse::{PacketBuilder, SlicedPacket, TransportSlice};
use proptest::prelude::*;

use super::tests::{UDP, hex, v4, v6};
use super::*;
use crate::packet::LinkType;

/// Everything that can be asked of a packet.
fn read(link: u32, data: &[u8]) {
    let frame = dissect(LinkType(link), data);
    summary(&frame);
    assert!(!frame.body.name().is_empty());
    if let Body::IcmpError(error) = frame.body {
        error.quoted();
    }
    if let (Body::Fragment(part), Some(addresses)) = (frame.body, frame.addresses) {
        of_ip_payload(addresses, part.protocol, part.payload, part.more);
    }
}

const LINKS: [u32; 44] = [
    0, 1, 6, 7, 8, 9, 10, 50, 51, 100, 101, 104, 105, 106, 107, 109, 113, 117, 119, 122, 123, 127,
    129, 138, 143, 149, 163, 178, 179, 180, 181, 192, 197, 205, 206, 226, 239, 242, 258, 274, 276,
    281, 284, 9999,
];

/// Packets in each other, from the outside in: numbers choose what comes next.
fn nested(layers: &[u8]) -> Vec<u8> {
    let macs = "020000000002 020000000001";
    let mut inner = v4(17, UDP);
    for layer in layers {
        let udp = |port: u16, rest: &str| {
            format!("9c40 {port:04x} {:04x} 0000 {rest}", 8 + hex(rest).len())
        };
        inner = match layer % 10 {
            0 => v4(4, &inner),
            1 => v6(4, &inner),
            2 => v4(47, &format!("0000 0800 {inner}")),
            3 => v4(17, &udp(4789, &format!("08000000 00000100 {macs} 0800 {inner}"))),
            4 => v4(17, &udp(2152, &format!("30ff 0000 00000001 {inner}"))),
            5 => v4(17, &udp(6081, &format!("0000 6558 00000100 {macs} 8100 0001 0800 {inner}"))),
            6 => v6(0, &format!("0400 000000000000 {inner}")),
            7 => v4(47, &format!("0000 8847 00010140 {inner}")),
            8 => v4(17, &udp(1701, &format!("0002 0001 0001 ff03 0021 {inner}"))),
            _ => v4(97, &format!("3000 {macs} 0800 {inner}")),
        };
        // What follows in an outer packet must be IPv4, as the inner ones say.
        if hex(&inner)[0] >> 4 == 6 {
            inner = v4(41, &inner);
        }
    }
    hex(&format!("{macs} 0800 {inner}"))
}

proptest! {
    #[test]
    fn arbitrary_bytes(
        data in prop::collection::vec(any::<u8>(), 0..200),
        link in prop::sample::select(&LINKS[..]),
        start in 0_usize..4,
    ) {
        read(link, &data);
        let heads = ["45000000 00000000 40", "020000000002 020000000001", "aaaa03 000000", "0ff0"];
        read(link, &[hex(heads[start]), data].concat());
    }

    #[test]
    fn damaged_tunnels(
        layers in prop::collection::vec(any::<u8>(), 0..6),
        flips in prop::collection::vec((any::<u16>(), 0_u8..8), 0..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut data = nested(&layers);
        for (at, bit) in flips {
            let at = usize::from(at) % data.len();
            data[at] ^= 1 << bit;
        }
        read(1, &data);
        read(1, &data[..cut.index(data.len())]);
    }

    #[test]
    fn tunnels_are_left_behind(layers in prop::collection::vec(any::<u8>(), 0..4)) {
        let data = nested(&layers);
        let frame = dissect(LinkType::ETHERNET, &data);
        prop_assert!(matches!(frame.body, Body::Udp(d) if d.destination_port == 5060), "{:?}", frame);
    }

    /// etherparse reads strictly; what it reads, the walk must read in the same way.
    #[test]
    fn etherparse_agrees(
        v6 in any::<bool>(),
        vlan in prop::option::of(0_u16..4095),
        tcp in any::<bool>(),
        ports in (1_u16..1000, 10_000_u16..30_000),
        numbers in (any::<u32>(), any::<u16>()),
        payload in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let builder = PacketBuilder::ethernet2([2; 6], [4; 6]);
        let vlan = vlan.map(|id| etherparse::VlanId::try_new(id).unwrap());
        let mut data = Vec::new();
        let (source, destination) = ports;
        macro_rules! write {
            ($builder:expr) => {{
                let ip = if v6 { $builder.ipv6([6; 16], [7; 16], 64) } else { $builder.ipv4([6; 4], [7; 4], 64) };
                if tcp {
                    ip.tcp(source, destination, numbers.0, numbers.1).write(&mut data, &payload)
                } else {
                    ip.udp(source, destination).write(&mut data, &payload)
                }
                .unwrap();
            }};
        }
        match vlan {
            Some(id) => write!(builder.single_vlan(id)),
            None => write!(builder),
        }
        let theirs = SlicedPacket::from_ethernet(&data).unwrap();
        let ours = dissect(LinkType::ETHERNET, &data);
        prop_assert_eq!(ours.hardware, Some(([2; 6], [4; 6])));
        match (theirs.transport, ours.body) {
            (Some(TransportSlice::Tcp(theirs)), Body::Tcp(ours)) => {
                prop_assert_eq!(theirs.source_port(), ours.source_port);
                prop_assert_eq!(theirs.destination_port(), ours.destination_port);
                prop_assert_eq!(theirs.sequence_number(), ours.sequence);
                prop_assert_eq!(theirs.window_size(), ours.window);
                prop_assert_eq!(theirs.options(), ours.options);
                prop_assert_eq!(theirs.payload(), ours.payload);
                prop_assert_eq!(ours.length as usize, payload.len());
            }
            (Some(TransportSlice::Udp(theirs)), Body::Udp(ours)) => {
                prop_assert_eq!(theirs.source_port(), ours.source_port);
                prop_assert_eq!(theirs.destination_port(), ours.destination_port);
                prop_assert_eq!(theirs.payload(), ours.payload);
            }
            (theirs, ours) => prop_assert!(false, "{:?} {:?}", theirs, ours),
        }
    }
}
