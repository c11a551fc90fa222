//! What is read out of files of every format, whole and cut.

use std::io::{Cursor, Write};

use super::written::{BIG, LITTLE, Writer};
use super::{Block, Cut, Facts, Reader};

/// A whole file's packets, a line each; then what it says of itself, and how it failed.
pub(super) fn read(bytes: &[u8]) -> (Vec<String>, Facts, Option<String>) {
    let mut packets = Vec::new();
    let input = Box::new(Cursor::new(bytes.to_vec()));
    let mut reader = match Reader::from_read("FILE", input) {
        Ok(reader) => reader,
        Err(error) => return (packets, Facts::default(), Some(error.to_string())),
    };
    let mut block = Block::new();
    loop {
        let more = reader.next_block(&mut block);
        packets.extend(block.packets().map(|p| {
            let data: String = p.data.iter().take(2).map(|byte| format!("{byte:02x}")).collect();
            format!("{} link {} {}/{} {data}", p.time.0, p.link.0, p.data.len(), p.wire_len)
        }));
        match more {
            Ok(true) => {}
            Ok(false) => return (packets, reader.facts().clone(), None),
            Err(error) => return (packets, reader.facts().clone(), Some(error.to_string())),
        }
    }
}

fn check(bytes: &[u8], format: &str, expected: &[&str]) {
    let (packets, facts, failure) = read(bytes);
    assert_eq!((packets.as_slice(), failure), (expected.map_strings().as_slice(), None));
    assert_eq!((facts.format, facts.packets), (format, expected.len() as u64));
    assert_eq!((facts.bytes, facts.truncated_at), (bytes.len() as u64, None));
}

trait MapStrings {
    fn map_strings(&self) -> Vec<String>;
}

impl MapStrings for &[&str] {
    fn map_strings(&self) -> Vec<String> {
        self.iter().map(|&text| text.to_owned()).collect()
    }
}

#[test]
fn classic_files_of_every_kind_are_read() {
    for order in [LITTLE, BIG] {
        let two = [order.record(1, 5, b"ab"), order.record(2, 999_999, b"c")].concat();
        let file = |magic, snaplen| [order.pcap(magic, snaplen, 1), two.clone()].concat();
        let micro = ["1000005000 link 1 2/3 6162", "2999999000 link 1 1/2 63"];
        check(&file(0xa1b2_c3d4, 65_535), "pcap", &micro);
        check(&file(0xa1b2_c3d4, 0), "pcap", &micro);
        let nano = ["1000000005 link 1 2/3 6162", "2000999999 link 1 1/2 63"];
        check(&file(0xa1b2_3c4d, 65_535), "pcap-ns", &nano);
        // Kuznetsov's records go on with an interface, a protocol and a packet type.
        let modified = [
            order.pcap(0xa1b2_cd34, 65_535, 1),
            order.words(&[1, 5, 2, 3]),
            [0; 8].to_vec(),
            b"ab".to_vec(),
        ];
        check(&modified.concat(), "pcap-modified", &micro[..1]);
        // A length of the frame check sequence in the link type's upper bits.
        let fcs = [order.pcap(0xa1b2_c3d4, 65_535, 0x2400_0065), two.clone()].concat();
        check(&fcs, "pcap", &["1000005000 link 101 2/3 6162", "2999999000 link 101 1/2 63"]);
        check(&order.pcap(0xa1b2_c3d4, 65_535, 1), "pcap", &[]);
        // Version 2.2 had the lengths the other way round.
        let mut old = [order.pcap(0xa1b2_c3d4, 65_535, 1), order.words(&[1, 5, 3, 2])].concat();
        old[6..8].copy_from_slice(&order.half(2));
        old.extend(b"ab");
        check(&old, "pcap", &micro[..1]);
    }
}

#[test]
fn snoop_files_are_read() {
    let mut file = b"snoop\0\0\0".to_vec();
    file.extend(BIG.words(&[2, 4]));
    file.extend(BIG.words(&[9, 2, 28, 0, 1, 5]));
    file.extend(b"ab\0\0");
    check(&file, "snoop", &["1000005000 link 1 2/9 6162"]);
}

#[test]
fn pcapng_sections_have_their_own_order_and_interfaces() {
    let section = |order: Writer, link: u16| {
        let named = [order.option(2, b"eth0"), order.option(3, b"the first")].concat();
        let finer = [
            order.option(9, &[9]),
            order.option(14, &order.long(10)),
            order.option(0, b""),
            order.option(2, b"not read"),
        ];
        let old = [&order.half(1)[..], &[0, 0], &order.words(&[0, 8, 3, 7]), b"old"].concat();
        let counted = [order.option(4, &order.long(7)), order.option(5, &order.long(3))].concat();
        let v6: [u8; 16] = [&[0xfd][..], &[0; 14], &[1]].concat().try_into().unwrap();
        let names = [
            order.option(1, b"\xc0\0\x02\x07a.example\0b.example\0"),
            order.option(2, &[&v6[..], b"c.example\0"].concat()),
        ];
        [
            order.section(),
            order.interface(link, 2, &named),
            order.interface(101, 0, &finer.concat()),
            order.packet(0, 1_000_005, b"ab", b""),
            order.packet(1, 5, b"c", &order.option(1, b"said")),
            order.block(2, &old),
            // A packet of five bytes, cut to the interface's two.
            order.block(3, &[&order.word(5)[..], b"si"].concat()),
            order.block(0xbad, b"whatever"),
            order.block(5, &[&order.words(&[1, 0, 0])[..], &counted].concat()),
            order.block(4, &names.concat()),
        ]
        .concat()
    };
    let file = [section(LITTLE, 1), section(BIG, 113)].concat();
    let rest = ["10000000005 link 101 1/2 63", "10000000008 link 101 3/7 6f6c"];
    let first = ["1000005000 link 1 2/3 6162", rest[0], rest[1], "0 link 1 2/5 7369"];
    let second = ["1000005000 link 113 2/3 6162", rest[0], rest[1], "0 link 113 2/5 7369"];
    check(&file, "pcapng", &[first, second].concat());

    let (_, facts, _) = read(&file);
    assert_eq!(facts.sections, 2);
    let shown = facts.interfaces.iter().map(|i| {
        (i.section, i.name.as_deref(), i.description.as_deref(), i.link.0, i.snaplen, i.dropped)
    });
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            (1, Some("eth0"), Some("the first"), 1, 2, None),
            (1, None, None, 101, 0, Some(3)),
            (2, Some("eth0"), Some("the first"), 113, 2, None),
            (2, None, None, 101, 0, Some(3)),
        ]
    );
    let names: Vec<String> = facts.names.iter().map(|(a, name)| format!("{a} {name}")).collect();
    assert_eq!(names[..3], ["192.0.2.7 a.example", "192.0.2.7 b.example", "fd00::1 c.example"]);
    assert_eq!(names.len(), 6);

    let mut reader = Reader::from_read("FILE", Box::new(Cursor::new(file))).unwrap();
    let mut block = Block::new();
    assert!(reader.next_block(&mut block).unwrap());
    assert_eq!(block.comments().collect::<Vec<_>>(), [(1, "said"), (5, "said")]);
    assert_eq!(block.len(), 8);
}

#[test]
fn compressed_files_of_several_members_are_read() {
    let file = [LITTLE.pcap(0xa1b2_c3d4, 65_535, 1), LITTLE.record(1, 5, b"ab")].concat();
    let mut compressed = Vec::new();
    for part in [&file[..30], &file[30..]] {
        let mut member = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        member.write_all(part).unwrap();
        compressed.extend(member.finish().unwrap());
    }
    let (packets, facts, failure) = read(&compressed);
    assert_eq!((packets.len(), facts.compressed, failure), (1, true, None));
    let (packets, _, failure) = read(&compressed[..compressed.len() - 12]);
    assert_eq!(packets.len(), 0);
    let failure = failure.unwrap();
    assert!(failure.contains("at byte 24: incomplete deflate stream"), "{failure}");
}

#[test]
fn damage_is_told_with_its_place() {
    let pcap = [LITTLE.pcap(0xa1b2_c3d4, 65_535, 1), LITTLE.record(1, 5, b"ab")].concat();
    let long = [&pcap[..], &LITTLE.words(&[1, 5, 300_000, 300_000])].concat();
    let half = [&pcap[..], b"12345"].concat();
    let ng = [LITTLE.section(), LITTLE.interface(1, 0, b""), LITTLE.packet(0, 5, b"ab", b"")];
    let ng = ng.concat();
    let start = ng.len();
    let mut lengths = [&ng[..], &LITTLE.packet(0, 5, b"ab", b"")].concat();
    *lengths.last_mut().unwrap() = 1;
    let unknown = [&ng[..], &LITTLE.packet(1, 5, b"ab", b"")].concat();
    let mut order = [&ng[..], &BIG.section()].concat();
    order[start + 8] = 0;
    let endless = [&ng[..], &LITTLE.words(&[0xbad, 0x7000_0000, 0])].concat();
    let huge = [&ng[..], &LITTLE.words(&[6, 0x7000_0000, 0])].concat();
    let none = [&ng[..], &LITTLE.words(&[6, 8, 0])].concat();
    for (bytes, offset, reason) in [
        (&long, 42, "a packet of 300000 bytes is announced"),
        (&half, 42, "truncated: 5 of at least 16 bytes of a record"),
        (&lengths, start, "a block's two lengths differ"),
        (&unknown, start, "interface 1 is not described before a packet of it"),
        (&order, start, "a section begins without its byte order"),
        (&endless, start, "truncated: a block that is passed over"),
        (&huge, start, "a block of 1879048192 bytes is announced"),
        (&none, start, "a block of 8 bytes is announced"),
    ] {
        let (packets, facts, failure) = read(bytes);
        assert_eq!(packets.len(), 1, "{reason}");
        let expected =
            format!("the capture file FILE is damaged after packet 1, at byte {offset}: {reason}");
        assert_eq!(failure.unwrap(), expected);
        assert_eq!(facts.truncated_at, Some(Cut { offset: offset as u64, packets: 1 }));
    }
}

#[test]
fn what_is_no_capture_is_told_apart() {
    let mut version = LITTLE.pcap(0xa1b2_c3d4, 65_535, 1);
    version[4] = 9;
    for (bytes, reason) in [
        (&b""[..], "it is empty"),
        (b"GET /", "it is too short for a capture file"),
        (b"no capture at all, but long enough", "unknown file format"),
        (&version, "version 9.4 of the pcap format is not known"),
        (b"snoop\0\0\0\0\0\0\x03\0\0\0\x04", "version 3 of the snoop format is not known"),
        (b"snoop\0\0\0\0\0\0\x02\0\0\0\x63", "packets of the snoop data link 99 are not known"),
        (b"\x1f\x8bnot gzip, but long enough", "invalid gzip header"),
    ] {
        let (_, _, failure) = read(bytes);
        let failure = failure.unwrap();
        let expected = format!("cannot read the capture file FILE: {reason}");
        assert!(failure.starts_with(&expected), "{failure}");
    }
}

/// Records longer than a block, and far more of them than one block holds.
#[test]
fn blocks_are_as_long_as_they_must_be() {
    let mut file = [LITTLE.section(), LITTLE.interface(1, 0, b"")].concat();
    let long = vec![7; 3 << 20];
    for at in 0..200_u64 {
        file.extend(LITTLE.packet(0, at, &[1; 20_000], b""));
        if at == 100 {
            file.extend(LITTLE.packet(0, at, &long, b""));
            file.extend(LITTLE.block(0xbad, &long));
            // Longer than any block is read.
            file.extend(LITTLE.block(0xbad, &vec![7; 20 << 20]));
        }
    }
    let (packets, facts, failure) = read(&file);
    assert_eq!((packets.len(), failure), (201, None));
    assert_eq!(packets[101], format!("100000 link 1 {}/{} 0707", 3 << 20, (3 << 20) + 1));
    assert_eq!(packets[200], "199000 link 1 20000/20001 0101");
    assert_eq!(facts.bytes, file.len() as u64);
}
