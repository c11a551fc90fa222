//! Packets of every link type and tunnel that is read, and what is found inside.

use super::*;
use crate::packet::LinkType;

pub(super) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// UDP from 192.0.2.2 port 8080 to 198.18.0.3 port 5060, four bytes.
pub(super) const UDP: &str = "1f90 13c4 000c 0000 61626364";
/// The addresses of an Ethernet frame.
const MACS: &str = "ffffffffffff 020000000001";

pub(super) fn v4(protocol: u8, rest: &str) -> String {
    let length = 20 + hex(rest).len();
    format!("4500 {length:04x} 0001 0000 40{protocol:02x} 0000 c0000202 c6120003 {rest}")
}

pub(super) fn v6(next: u8, rest: &str) -> String {
    let length = hex(rest).len();
    let addresses = format!("fd{}02 fd{}03", "00".repeat(14), "00".repeat(14));
    format!("60000000 {length:04x} {next:02x}ff {addresses} {rest}")
}

fn ethernet(kind: u16, rest: &str) -> String {
    format!("{MACS} {kind:04x} {rest}")
}

fn udp(from: u16, to: u16, rest: &str) -> String {
    format!("{from:04x} {to:04x} {:04x} 0000 {rest}", 8 + hex(rest).len())
}

fn shown(frame: &Frame<'_>) -> String {
    let addresses = match frame.addresses {
        Some((from, to)) => format!("{from} {to} "),
        None => String::new(),
    };
    let body = match frame.body {
        Body::Tcp(s) => format!("tcp {} {} {}", s.source_port, s.destination_port, s.length),
        Body::Udp(d) => format!("udp {} {} {}", d.source_port, d.destination_port, d.payload.len()),
        Body::Fragment(f) => format!("fragment {:x} {} {} {}", f.id, f.protocol, f.offset, f.more),
        body => body.name().to_owned(),
    };
    format!("{addresses}{body}")
}

#[track_caller]
fn check(link: u32, bytes: &str, expected: &str) {
    assert_eq!(shown(&dissect(LinkType(link), &hex(bytes))), expected, "{bytes}");
}

const FOUR: &str = "192.0.2.2 198.18.0.3 udp 8080 5060 4";
const SIX: &str = "fd00::2 fd00::3 udp 8080 5060 4";

#[test]
fn every_link_leads_to_ip() {
    let (four, six) = (v4(17, UDP), v6(17, UDP));
    for link in [12, 14, 101, 228, 229] {
        check(link, &four, FOUR);
        check(link, &six, SIX);
    }
    let snap = format!("aaaa03 000000 0800 {four}");
    for (link, before) in [
        (0, "02000000"),
        (0, "0000001e"),
        (108, "00000002"),
        (1, &format!("{MACS} 0800")),
        (6, &format!("1040 {MACS} aaaa03 000000 0800")),
        (7, "0102 d4 00 0001"),
        (8, &"00".repeat(16)),
        (9, "ff03 0021"),
        (9, "0021"),
        (9, "21"),
        (10, &format!("54 {MACS} aaaa03 000000 0800")),
        (50, "0f00 0800"),
        (51, &format!("1100 0001 {:04x} 0021", 2 + hex(&four).len())),
        (100, "aaaa03 000000 0800"),
        (104, "0f00 0800"),
        (105, &format!("0801 0000 {MACS} ffffffffffff 1000 aaaa03 000000 0800")),
        (105, &format!("8801 0000 {MACS} ffffffffffff 1000 0000 aaaa03 000000 0800")),
        (106, "aaaa03 000000 0800"),
        (106, ""),
        (107, "1841 03 cc"),
        (107, "1841 03 00 80 000000 0800"),
        (107, "1841 0800"),
        (109, &"00".repeat(12)),
        (113, "0004 0001 0006 0200000000010000 0800"),
        (117, &format!("3d02 {} 000000", "00".repeat(59))),
        (122, &format!("{} aaaa03 000000 0800", "00".repeat(16))),
        (123, "0200 0001 aaaa03 000000 0800"),
        (127, &format!("0000 0800 00000000 0802 0000 {MACS} 020000000009 1000 aaaa03 000000 0800")),
        (129, "0102 0000 d4 00 0001"),
        (138, &format!("{} 0800", "00".repeat(16))),
        (143, &format!("0000 0040 0000 {MACS} 0800")),
        (143, &format!("0102 0040 0101 0000 {MACS} 0800")),
        (178, &format!("4d4743 00 {MACS} 0800")),
        (178, "4d4743 82 0002 0000 00000800"),
        (192, &format!("0000 0800 69000000 0801 0000 {MACS} ffffffffffff 1000 aaaa03 000000 0800")),
        (197, &format!("{} 02 00 0000 0000 0000 0000 {MACS} 0800", "00".repeat(8))),
        (204, "00 ff03 0021"),
        (226, &"00".repeat(24)),
        (239, &format!("0200 0000 0500 0a00 41000000 {:02x}00 0900", 4 + hex(&four).len())),
        (242, &format!("{} 0800 0000", "00".repeat(40))),
        (258, &format!("0c000000 01000000 01000000 {MACS} 0800")),
        (274, &format!("55555555555555d5 {MACS} 0800")),
        (276, "0800 0000 00000002 0001 04 06 0200000000010000"),
        (281, &format!("{MACS} 00000000 0800")),
        (282, &format!("00000000 {MACS} 0800")),
        (285, &format!("{MACS} dada0000 00000000 0800")),
    ] {
        check(link, &format!("{before} {four}"), FOUR);
    }
    // An AVS header where Prism's is expected, and a radiotap header with more words, a
    // timestamp, and padding behind the 802.11 header.
    let avs = format!("80211001 00000008 0801 0000 {MACS} ffffffffffff 1000 {snap}");
    check(119, &avs, FOUR);
    check(163, &avs, FOUR);
    let prism = format!("44000000 08000000 0801 0000 {MACS} ffffffffffff 1000 {snap}");
    check(119, &prism, FOUR);
    let radiotap = format!("0000 1900 030000a0 00000000 00000000 {} 20", "00".repeat(8));
    check(127, &format!("{radiotap} 8801 0000 {MACS} ffffffffffff 1000 0000 0000 {snap}"), FOUR);
}

#[test]
fn what_stands_before_ip_is_passed() {
    let (four, six) = (v4(17, UDP), v6(17, UDP));
    let length = hex(&four).len();
    for (kind, before) in [
        (0x8100, "0005 0800"),
        (0x88a8, "0005 8100 0006 0800"),
        (0x9100, "0005 8100 0006 9100 0007 0800"),
        (0x893f, "0000 0000 0000 0800"),
        (0x8909, "0101 0001 0000 0800"),
        (0x8847, "00010140"),
        (0x8847, "00010040 00010140"),
        (0x8848, &format!("00010140 00000000 {MACS} 0800")),
        (0x8847, &format!("00010140 {MACS} 0800")),
        (0x8864, &format!("1100 0001 {:04x} 0021", length + 2)),
        (0x88e7, &format!("00000000 {MACS} 0800")),
        (0x8903, &format!("0001 {MACS} 0800")),
        (0x894f, &format!("0006 0101 000000ff {}", "00".repeat(16))),
        (u16::try_from(length + 8).unwrap(), "aaaa03 000000 0800"),
        (u16::try_from(length + 3).unwrap(), "060603"),
    ] {
        check(1, &ethernet(kind, &format!("{before} {four}")), FOUR);
    }
    // What fills an Ethernet frame up is not the packet's.
    check(1, &ethernet(0x0800, &format!("{four} 0000 0000 0000")), FOUR);
    check(1, &ethernet(0x86dd, &format!("{six} 0000 0000 0000")), SIX);
    // Segmentation offload leaves the length zero.
    let offloaded = four.replacen(&format!("4500 {length:04x}"), "4500 0000", 1);
    check(1, &ethernet(0x0800, &offloaded), FOUR);
    // Options of IPv4, its authentication header, and extension headers in a row.
    let options = v4(17, &format!("01010100 {UDP}")).replacen("4500", "4600", 1);
    check(101, &options, FOUR);
    check(101, &v4(51, &format!("1104 0000 {} {UDP}", "00".repeat(20))), FOUR);
    // Hop-by-hop, routing, destination options, authentication, mobility, each naming the next.
    let empty = "00".repeat(6);
    let authentication = format!("8704 {}", "00".repeat(22));
    let headers = format!("2b00 {empty} 3c00 {empty} 3300 {empty} {authentication} 1100 {empty}");
    check(101, &v6(0, &format!("{headers} {UDP}")), SIX);
    // The other end of PPPoE, and no IP at all.
    check(1, &ethernet(0x8863, "1109 0000 0000"), "pppoe-discovery");
    check(9, "ff03 c021 0101 0004", "ppp-lcp");
    check(1, &ethernet(0x0026, "424203 0000"), "stp");
    check(1, &ethernet(0x0026, "aaaa03 00000c 2000 02b4"), "cdp");
    check(1, &ethernet(0x0026, "ffff 0022"), "ipx");
    check(105, &format!("8000 0000 {MACS} ffffffffffff 1000"), "wlan-management");
    check(
        105,
        &format!("0841 0000 {MACS} ffffffffffff 1000 {}", "00".repeat(16)),
        "wlan-protected",
    );
    check(220, "00", "usb");
    check(147, "00", "user-defined-link");
    check(9999, "00", "unknown-link");
}

#[test]
fn tunnels_lead_to_the_innermost_packet() {
    let (four, six) = (v4(17, UDP), v6(17, UDP));
    let frame = ethernet(0x0800, &four);
    let outer = |protocol, rest: &str| v6(protocol, rest);
    for (protocol, before) in [
        (4, String::new()),
        (47, "0000 0800".to_owned()),
        (47, "b000 0800 12340000 00000001 00000002".to_owned()),
        (47, format!("0000 6558 {MACS} 0800")),
        (47, format!("2000 6558 00000001 {MACS} 0800")),
        (47, format!("1000 88be 00000001 {} {MACS} 0800", "00".repeat(8))),
        (47, format!("0000 88be {MACS} 0800")),
        (47, format!("1000 22eb 00000001 {} {MACS} 0800", "00".repeat(12))),
        (47, "3081 880b 00000000 00000001 00000002 ff03 0021".to_owned()),
        (47, "0000 883e 00000000".to_owned()),
        (47, "0000 8847 00010140".to_owned()),
        (97, format!("3000 {MACS} 0800")),
        (115, format!("00000001 00000000 {MACS} 0800")),
        (137, "00010140".to_owned()),
        (143, format!("{MACS} 0800")),
    ] {
        check(101, &outer(protocol, &format!("{before} {four}")), FOUR);
    }
    check(101, &v4(41, &six), SIX);
    for (port, before) in [
        (4789, format!("08000000 00000100 {MACS} 0800")),
        (8472, format!("08000000 00000100 {MACS} 0800")),
        (4790, "0c000001 00000100".to_owned()),
        (4790, format!("0c000003 00000100 {MACS} 0800")),
        (6081, "0000 0800 00000100".to_owned()),
        (6081, format!("0100 6558 00000100 00000000 {MACS} 0800")),
        (2152, "30ff 0000 00000001".to_owned()),
        (2152, "32ff 0000 00000001 00010000".to_owned()),
        (2152, "34ff 0000 00000001 00000085 01100100".to_owned()),
        (3386, "1eff 0020 0001 0000 ffffffff 0000000000000000".to_owned()),
        (3386, "1fff 0020 0001 0000 01ffffff 0000000000000000".to_owned()),
        (1701, "0002 0001 0001 ff03 0021".to_owned()),
        (1701, "4a02 0020 0001 0001 00010002 0002 0000 0021".to_owned()),
        (4754, "0000 0800".to_owned()),
        (6635, "00010140".to_owned()),
        (4341, "00000000 00000000".to_owned()),
        (37_008, format!("0100 0001 0a0100 01 {MACS} 0800")),
        (5247, format!("0010 0000 00000000 {MACS} 0800")),
    ] {
        check(101, &v6(17, &udp(40_000, port, &format!("{before} {four}"))), FOUR);
    }
    let told = "0001 0000 0000000000000000 00 0000 0000 00000000";
    check(101, &v4(17, &udp(40_000, 3544, &format!("{told} {six}"))), SIX);
    check(101, &v4(17, &udp(3544, 40_000, &six)), SIX);
    check(
        101,
        &v4(17, &udp(4000, 5072, &format!("4100 0029 00000000 {} {six}", "00".repeat(16)))),
        SIX,
    );
    // What only looks like a tunnel stays what it is.
    let outside = "192.0.2.2 198.18.0.3";
    check(101, &v4(17, &udp(9, 4789, &"08".repeat(40))), &format!("{outside} udp 9 4789 40"));
    check(101, &v4(17, &udp(9, 2152, &four)), &format!("{outside} udp 9 2152 32"));
    let charged = format!("0eff 0020 0001 0000 ffffffff 0000000000000000 {four}");
    check(101, &v4(17, &udp(9, 3386, &charged)), &format!("{outside} udp 9 3386 52"));
    check(101, &v4(47, "0000 0800 4500"), &format!("{outside} gre"));
    check(101, &v4(47, &format!("0000 88cc {frame}")), &format!("{outside} gre"));
    check(101, &v4(50, "00000001 00000001"), &format!("{outside} esp"));
    // No more than a few are entered.
    let mut deep = four;
    for _ in 0..20 {
        deep = v4(4, &deep);
    }
    check(101, &deep, &format!("{outside} ip"));
}

#[test]
fn fragments_say_where_they_belong() {
    let part = |field: &str| v4(17, UDP).replacen("0001 0000", &format!("0001 {field}"), 1);
    let outside = "192.0.2.2 198.18.0.3 fragment 1 17";
    check(101, &part("2000"), &format!("{outside} 0 true"));
    check(101, &part("2002"), &format!("{outside} 16 true"));
    check(101, &part("0002"), &format!("{outside} 16 false"));
    check(101, &part("4000"), FOUR);
    let outside = "fd00::2 fd00::3 fragment 5 17";
    check(101, &v6(44, &format!("1100 0001 00000005 {UDP}")), &format!("{outside} 0 true"));
    check(101, &v6(44, &format!("1100 0010 00000005 {UDP}")), &format!("{outside} 16 false"));
    check(101, &v6(44, &format!("1100 0000 00000005 {UDP}")), SIX);
    let addresses = ("192.0.2.2".parse().unwrap(), "198.18.0.3".parse().unwrap());
    assert_eq!(shown(&of_ip_payload(addresses, 17, &hex(UDP), true)), FOUR);
    let inner = hex(&v6(17, UDP));
    assert_eq!(shown(&of_ip_payload(addresses, 41, &inner, true)), SIX);
    let udp = hex(UDP);
    let Body::Udp(first) = of_ip_payload(addresses, 17, &udp[..10], false).body else {
        panic!("no datagram");
    };
    assert_eq!((first.payload.len(), first.cut), (2, true));
}

#[test]
fn a_segment_says_all_that_its_header_does() {
    let options = "02040578 01010101";
    let tcp = format!("1f90 0050 00000001 00000002 70d8 0203 0000 0000 {options} 616263");
    let bytes = hex(&v4(6, &tcp));
    let whole = dissect(LinkType::RAW, &bytes);
    let Body::Tcp(s) = whole.body else { panic!("no segment") };
    assert_eq!((s.sequence, s.acknowledgement, s.window), (1, 2, 0x203));
    assert_eq!((s.syn(), s.ack(), s.fin(), s.rst()), (false, true, false, false));
    assert_eq!((s.psh(), s.urg(), s.ece(), s.cwr()), (true, false, true, true));
    assert_eq!((s.options, s.length, s.payload), (&hex(options)[..], 3, &b"abc"[..]));
    // Cut by a snaplen: the length is still what the IP header says.
    let Body::Tcp(s) = dissect(LinkType::RAW, &bytes[..42]).body else { panic!("no segment") };
    assert_eq!((s.options.len(), s.length, s.payload), (2, 3, &b""[..]));
    let datagram = hex(&v4(17, UDP));
    let Body::Udp(d) = dissect(LinkType::RAW, &datagram[..30]).body else { panic!("no datagram") };
    assert_eq!((d.payload, d.cut), (&b"ab"[..], true));
    let ethernet = hex(&ethernet(0x0800, &v4(6, &tcp)));
    let frame = dissect(LinkType::ETHERNET, &ethernet);
    assert_eq!(frame.hardware, Some(([2, 0, 0, 0, 0, 1], [255; 6])));
}
