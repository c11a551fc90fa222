//! No bytes, and no damage to good packets, make a survey panic.

use proptest::prelude::*;

use super::wire::{Wire, at, dns, hello, setting};
use crate::dissect::{
    DnsFlavour, dissect, dns_message, http_head, of_datagram, of_stream, sip_datagram, sip_head,
};
use crate::flow::{Setting, survey};
use crate::packet::{LinkType, Packet, Timestamp};

const LINKS: [LinkType; 6] = [
    LinkType::ETHERNET,
    LinkType::RAW,
    LinkType::NULL,
    LinkType::LINUX_SLL,
    LinkType::LINUX_SLL2,
    LinkType(9999),
];

const HEADS: [&[u8]; 4] = [b"", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01", b"a b SIP/2.0\r\n"];

fn good() -> Vec<Packet> {
    let us = at("192.0.2.2:40000");
    let mut wire = Wire::from(11);
    wire.lookup("h.example", 1, &["alias.example", "198.18.0.9"]);
    wire.lookup("h.example", 16, &["alias.example"]);
    wire.connection(us, at("198.18.0.9:80"), &[b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"]);
    wire.connection(us, at("198.18.0.9:443"), &[&hello("h.example", true)]);
    wire.connection(us, at("192.0.2.1:53"), &[b"\0\x1d", &dns("tcp.example", 1, None)]);
    wire.udp(us, at("198.18.0.9:5060"), b"REGISTER sip:h SIP/2.0\r\nl: 3\r\n\r\nabc");
    wire.udp(us, at("224.0.0.251:5353"), &dns("p.local", 255, Some(&["10.0.0.1"])));
    wire.udp(us, at("192.0.2.255:137"), &dns("FHEPFCELEHFCEPFFFACACACACACACABL", 32, None));
    wire.udp(us, at("198.18.0.9:443"), &[0xc0, 0, 0, 0, 1, 0, 0, 1, 2, 3]);
    wire.udp(at("[fd00:1::2]:1"), at("[ff02::1:3]:5355"), &dns("x", 28, None));
    // Hop-by-hop, destination options, authentication, fragment, then UDP.
    let mut v6 = vec![0x60, 0, 0, 0, 0, 56, 0, 64];
    v6.extend([0xfd; 32]);
    v6.extend([60, 0, 5, 2, 0, 0, 1, 0, 51, 0, 1, 4, 0, 0, 0, 0, 44, 4]);
    v6.extend([0; 22]);
    v6.extend([17, 0, 0, 1, 0, 0, 0, 9, 0, 53, 0, 53, 0, 8, 0, 0]);
    wire.raw(LinkType::RAW, v6);
    wire.packets
}

/// Every reader, on bytes as they come.
fn read_all(bytes: &[u8], port: u16) {
    let _ = (of_datagram(bytes, port, 40_000), of_datagram(bytes, 40_000, port));
    let _ = (of_stream(bytes, port, true), http_head(bytes, true), http_head(bytes, false));
    let _ = sip_head(bytes, true);
    let _ = (sip_head(bytes, false), sip_datagram(bytes), of_stream(bytes, port, false));
    let _ = (dns_message(bytes, DnsFlavour::Dns), dns_message(bytes, DnsFlavour::NetBios));
}

proptest! {
    #[test]
    fn arbitrary_bytes(
        data in prop::collection::vec(any::<u8>(), 0..400),
        link in prop::sample::select(&LINKS[..]),
        port in prop::sample::select(&[53_u16, 80, 123, 137, 443, 546, 1900, 3478, 5060, 5353][..]),
    ) {
        read_all(&data, port);
        let packet = Packet { time: Timestamp(1), link, wire_len: 1, data };
        dissect(link, &packet.data);
        survey([packet], &setting());
    }

    #[test]
    fn arbitrary_payloads(
        payload in prop::collection::vec(any::<u8>(), 0..300),
        head in prop::sample::select(&HEADS[..]),
        port in prop::sample::select(&[53_u16, 67, 80, 123, 137, 443, 1900, 3478, 5060, 5353][..]),
        sequences in prop::collection::vec(any::<u32>(), 1..6),
    ) {
        let payload = [head, &payload].concat();
        read_all(&payload, port);
        let (us, them) = (at("192.0.2.2:4000"), at(&format!("198.18.0.1:{port}")));
        let mut wire = Wire::from(11);
        wire.udp(us, them, &payload).udp(them, us, &payload).connection(us, them, &[&payload]);
        for sequence in sequences {
            wire.tcp(us, them, "A", sequence, &payload).tcp(them, us, "A", sequence, &payload);
        }
        survey(wire.packets.clone(), &setting());
        survey(wire.packets, &Setting::default());
    }

    #[test]
    fn damaged_packets(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u16>(), 0_u8..8), 1..40),
        cut in any::<prop::sample::Index>(),
        times in any::<u64>(),
    ) {
        let mut packets = good();
        for (packet, at, bit) in flips {
            let data = &mut packet.get_mut(&mut packets).data;
            let at = usize::from(at) % data.len();
            data[at] ^= 1 << bit;
        }
        let cut = cut.get_mut(&mut packets);
        cut.data.truncate(cut.data.len() / 2);
        cut.time = Timestamp(times);
        survey(packets.clone(), &setting());
        survey(packets, &Setting::default());
    }
}

#[test]
fn good_packets_mean_something() {
    let survey = survey(good(), &setting());
    assert_eq!(survey.other.get("malformed"), None);
    assert!(survey.lookups.iter().any(|lookup| lookup.name == "workgroup"), "{:?}", survey.lookups);
    assert!(survey.lookups.iter().any(|lookup| lookup.name == "tcp.example"));
    assert!(survey.contacts.len() >= 6);
}
