//! What is written as pcapng is what the reader reads.

use std::io;
use std::net::IpAddr;

use super::pcapng_writer::*;
use super::{Block, Facts, Reader};
use crate::packet::{LinkType, Packet, Timestamp};

/// The types of blocks.
const SECRETS: u32 = 10;
const NAMES: u32 = 4;

type Comments = Vec<(usize, String)>;

fn read(bytes: Vec<u8>) -> (Vec<Packet>, Comments, Facts) {
    let mut reader = Reader::from_read("FILE", Box::new(io::Cursor::new(bytes))).unwrap();
    let (mut packets, mut comments) = (Vec::new(), Vec::new());
    let mut block = Block::new();
    while reader.next_block(&mut block).unwrap() {
        let before = packets.len();
        comments.extend(block.comments().map(|(at, text)| (before + at, text.to_owned())));
        packets.extend(block.packets().map(|packet| packet.to_owned()));
    }
    (packets, comments, reader.facts().clone())
}

fn packets() -> Vec<Packet> {
    let packet = |length: u8| Packet {
        time: Timestamp::from_parts(1_700_000_000, u32::from(length)),
        link: LinkType::ETHERNET,
        wire_len: u32::from(length) + 10,
        data: vec![0x45; length.into()],
    };
    (60..65).map(packet).collect()
}

#[test]
fn what_is_written_is_read() {
    let section = SectionText { comment: "a\nb".to_owned(), ..SectionText::default() };
    let mut writer = PcapNgWriter::begin(Vec::new(), &section).unwrap();
    let interface = InterfaceText {
        name: "eth0".to_owned(),
        description: "the application's".to_owned(),
        link: LinkType::ETHERNET,
        snaplen: 262_144,
    };
    writer.interface(&interface).unwrap();
    let names = [
        ("192.0.2.1".parse().unwrap(), ["a.example".to_owned(), "b.example".to_owned()]),
        ("2001:db8::1".parse().unwrap(), ["a.example".to_owned(), "cc.example".to_owned()]),
    ];
    writer.names(names.iter().map(|(address, names)| (*address, &names[..]))).unwrap();
    for (at, packet) in packets().iter().enumerate() {
        let comment = (at % 2 == 1).then(|| format!("packet {at}"));
        writer.packet(0, &packet.view(), comment.as_deref()).unwrap();
    }
    let counts = InterfaceCounts { received: 7, dropped: 2, ..InterfaceCounts::default() };
    writer.statistics(0, &counts).unwrap();
    let (found, comments, facts) = read(writer.finish().unwrap());
    assert_eq!(found, packets());
    assert_eq!(comments, [(1, "packet 1".to_owned()), (3, "packet 3".to_owned())]);
    assert_eq!(facts.remarks, ["a\nb"]);
    let given: Vec<_> =
        facts.names.iter().map(|(address, name)| format!("{address} {name}")).collect();
    let expected = [
        "192.0.2.1 a.example",
        "192.0.2.1 b.example",
        "2001:db8::1 a.example",
        "2001:db8::1 cc.example",
    ];
    assert_eq!(given, expected);
    let [found] = facts.interfaces.as_slice() else { panic!("{facts:?}") };
    assert_eq!(found.name.as_deref(), Some("eth0"));
    assert_eq!((found.snaplen, found.received, found.dropped), (262_144, Some(7), Some(2)));
}

#[test]
fn many_secrets_and_names_are_several_blocks() {
    let mut writer = PcapNgWriter::begin(Vec::new(), &SectionText::default()).unwrap();
    let line = format!("CLIENT_RANDOM {} 00\n", "ab".repeat(500));
    writer.secrets(&line.repeat(3000)).unwrap();
    let names: Vec<_> = (0..20_000_u32)
        .map(|at| (IpAddr::from(at.to_be_bytes()), [format!("{at}.{}", "x".repeat(100))]))
        .collect();
    writer.names(names.iter().map(|(address, names)| (*address, &names[..]))).unwrap();
    let bytes = writer.finish().unwrap();
    let mut at = 0;
    let mut kinds = Vec::new();
    while let Some(head) = bytes.get(at..at + 12) {
        let word = |at: usize| u32::from_ne_bytes(*head[at..].first_chunk().unwrap());
        if word(0) == SECRETS {
            assert!(bytes[at + 16..].starts_with(b"CLIENT_RANDOM"), "whole lines");
        }
        kinds.push(word(0));
        at += word(4) as usize;
    }
    let count = |kind| kinds.iter().filter(|it| **it == kind).count();
    assert_eq!((count(SECRETS), count(NAMES)), (3, 3));
    assert_eq!(read(bytes).2.names.len(), names.len());
}

#[test]
fn what_is_too_long_for_an_option_is_cut_or_left_out() {
    let section = SectionText { comment: "ü".repeat(40_000), ..SectionText::default() };
    let mut writer = PcapNgWriter::begin(Vec::new(), &section).unwrap();
    let long = [vec!["n".repeat(70_000)], vec!["short".to_owned()]];
    let address = |at: u8| IpAddr::from([192, 0, 2, at]);
    writer.names([(address(1), &long[0][..]), (address(2), &long[1][..])]).unwrap();
    let (_, _, facts) = read(writer.finish().unwrap());
    assert_eq!(facts.remarks, ["ü".repeat(32_767)]);
    assert_eq!(facts.names, [(address(2), "short".to_owned())]);
}
