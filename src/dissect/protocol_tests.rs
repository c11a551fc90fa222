//! Bytes of each protocol, and what they are taken for.

use super::*;
use crate::contact::Protocol;
use crate::packet::LinkType;

/// From hexadecimal digits; spaces are for the reader.
pub(super) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn check_body(link: LinkType, bytes: &str, expected: &str) {
    let data = hex(bytes);
    let frame = dissect(link, &data);
    let shown = match frame.body {
        Body::Tcp(s) => format!("tcp {} {} {}", s.source_port, s.destination_port, s.payload.len()),
        Body::Udp(d) => format!("udp {} {} {}", d.source_port, d.destination_port, d.payload.len()),
        body => body.name().to_owned(),
    };
    assert_eq!(shown, expected, "{bytes}");
}

#[test]
fn packets_are_known_for_what_they_are() {
    let ethernet = |kind: &str, rest: &str| format!("ffffffffffff 020000000001 {kind} {rest}");
    let v4 = |protocol: &str, fragment: &str, rest: &str| {
        let length = 20 + hex(rest).len();
        format!("4500 {length:04x} 0000 {fragment} 40{protocol} 0000 c0000202 c6120003 {rest}")
    };
    let v6 = |next: &str, rest: &str| {
        let length = hex(rest).len();
        let addresses = format!("{}02 {}01", "fd".to_owned() + &"00".repeat(14), "ff".repeat(15));
        format!("60000000 {length:04x} {next}ff {addresses} {rest}")
    };
    let udp = "1f90 13c4 000c 0000 61626364";
    let tcp = "1f90 0050 00000001 00000000 5002 ffff 0000 0000 61";
    let (ether, raw) = (LinkType::ETHERNET, LinkType::RAW);
    check_body(ether, &ethernet("0806", &"00".repeat(28)), "arp");
    check_body(ether, &ethernet("88cc", "0207"), "lldp");
    check_body(ether, &ethernet("0026", "424203"), "stp");
    check_body(ether, &ethernet("0800", "45"), "malformed");
    check_body(ether, "ffff", "malformed");
    check_body(ether, &ethernet("0800", &v4("11", "0000", udp)), "udp 8080 5060 4");
    check_body(ether, &ethernet("8100 0005 0800", &v4("11", "0000", udp)), "udp 8080 5060 4");
    check_body(raw, &v4("06", "0000", tcp), "tcp 8080 80 1");
    check_body(raw, &v4("06", "0000", &tcp[..36]), "tcp 8080 80 0");
    check_body(raw, &v4("06", "0000", "1f90 0050"), "malformed");
    check_body(raw, &v4("11", "0000", "1f90 13c4"), "malformed");
    check_body(raw, &v4("11", "2000", udp), "ip-fragment");
    check_body(raw, &v4("11", "0001", udp), "ip-fragment");
    check_body(raw, &v4("84", "0000", udp), "sctp");
    check_body(raw, &v4("2f", "0000", udp), "gre");
    check_body(raw, &v4("02", "0000", "1600 0904 e0000116"), "igmp");
    check_body(raw, &v4("01", "0000", "0800 0000 00010001"), "icmp-echo-request");
    check_body(raw, &v4("01", "0000", "0000 0000 00010001"), "icmp-echo-reply");
    check_body(raw, &v4("01", "0000", "0303 0000 00000000"), "icmp-error");
    check_body(raw, &v4("01", "0000", "0a00 0000 00000000"), "icmp-other");
    check_body(raw, &v6("3a", "8700 0000 00000000"), "neighbour-discovery");
    check_body(raw, &v6("3a", "8f00 0000 00000000"), "mld");
    check_body(raw, &v6("3a", "8000 0000 00000000"), "icmp-echo-request");
    check_body(raw, &v6("3a", "0104 0000 00000000"), "icmp-error");
    // MLD comes behind a hop-by-hop header.
    check_body(raw, &v6("00", "3a00 0502 0000 0100 8f00 0000 00000000"), "mld");
    check_body(raw, &v6("2c", &format!("1100 0001 00000001 {udp}")), "ip-fragment");
    check_body(raw, &v6("2c", &format!("1100 0101 00000001 {udp}")), "ip-fragment");
    // An authentication header that says it is longer than the packet.
    check_body(raw, &v6("33", "2cff 0000 00000000"), "malformed");
    check_body(raw, &v6("00", "3300 0502 0000 0100 2cff 0000 00000000"), "malformed");
    check_body(raw, &v6("11", "0222 0223 000c 0000 01abcdef"), "udp 546 547 4");
    let dhcp = format!("0044 0043 00f8 0000 01 {} 63825363", "00".repeat(235));
    check_body(raw, &v4("11", "0000", &dhcp), "udp 68 67 240");
    check_body(raw, &v4("11", "0000", "0044 0043 000c 0000 61626364"), "udp 68 67 4");
    let packet = v4("11", "0000", udp);
    check_body(LinkType::NULL, &format!("02000000 {packet}"), "udp 8080 5060 4");
    let sll = format!("0004 0001 0006 0200000000010000 0800 {packet}");
    check_body(LinkType::LINUX_SLL, &sll, "udp 8080 5060 4");
    let sll2 = format!("0800 0000 00000002 0001 04 06 0200000000010000 {packet}");
    check_body(LinkType::LINUX_SLL2, &sll2, "udp 8080 5060 4");
    check_body(LinkType::LINUX_SLL2, "0800", "malformed");
    check_body(LinkType(147), "00", "user-defined-link");
    check_body(LinkType(9999), "00", "unknown-link");
}

#[test]
fn datagrams_are_recognised() {
    let query = hex("1234 0100 0001 0000 0000 0000 016100 0001 0001");
    let stun = hex("0001 0000 2112a442 000000000000000000000000");
    let old_stun = hex("0001 0000 00000000000000000000000000000000");
    let quic = hex("c3 00000001 08 0102030405060708 00 00 41");
    let ntp = [&[0x23][..], &[0; 47]].concat();
    for (bytes, port, expected) in [
        (&query[..], 53, Some(Protocol::Dns)),
        (&query, 5353, Some(Protocol::Mdns)),
        (&query, 5355, Some(Protocol::Llmnr)),
        (&query, 137, Some(Protocol::Nbns)),
        (&query, 9999, Some(Protocol::Dns)),
        (&query[..18], 9999, None),
        (b"nothing at all", 53, None),
        (&stun, 9999, Some(Protocol::Stun)),
        (&old_stun, 3478, Some(Protocol::Stun)),
        (&old_stun, 9999, None),
        (&quic, 443, Some(Protocol::Quic)),
        (&quic[..8], 443, None),
        (&ntp, 123, Some(Protocol::Ntp)),
        (&ntp, 124, None),
        (b"M-SEARCH * HTTP/1.1\r\n", 9999, Some(Protocol::Ssdp)),
        (b"OPTIONS sip:a@h SIP/2.0\r\n", 9999, Some(Protocol::Sip)),
        (b"SIP/2.0 200 OK\r\n", 9999, Some(Protocol::Sip)),
        (b"\r\n\r\n", 5060, Some(Protocol::Sip)),
        (b"\r\n\r\n", 5061, None),
        (b"", 53, None),
    ] {
        assert_eq!(of_datagram(bytes, 40_000, port), expected, "{bytes:x?} to {port}");
    }
}

#[test]
fn streams_are_recognised() {
    use Opening::{Incomplete, Is, Unknown};
    for (bytes, port, expected) in [
        (&b"GE"[..], 80, Incomplete),
        (b"GET /index", 80, Incomplete),
        (b"GET / HTTP/1.1\r\n", 8080, Is(Protocol::Http)),
        (b"\r\nGET / HTTP/1.0\n", 80, Is(Protocol::Http)),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 80, Is(Protocol::Http2)),
        (b"PRI * HTTP", 80, Incomplete),
        (b"INVITE sip:h SIP/2.0\r\n", 5060, Is(Protocol::Sip)),
        (b"SIP/2.0 200 OK", 5060, Is(Protocol::Sip)),
        (b"EHLO there\r\n", 25, Is(Protocol::Smtp)),
        (b"FROB there\r\n", 25, Unknown),
        (b"SSH-2.0-x\r\n", 22, Is(Protocol::Ssh)),
        (b"\x16\x03", 443, Incomplete),
        (b"\x16\x03\x01\x02\x00\x01\x00", 443, Is(Protocol::Tls)),
        (b"\x16\x03\x01\x02\x00\x09\0\0\0", 443, Unknown),
        (b"\x16\x09\x01", 443, Unknown),
        (b"\0\x11\x124\x01\0\0\x01\0\0\0\0\0\0\0\0\x01\0\x01", 53, Is(Protocol::Dns)),
        (b"\0\x11\x124\x01", 53, Incomplete),
        (b"\0\x11\x124\x01", 54, Incomplete),
        (b"\0\x11\x124\x01\0\0\0\0\0\0\0\0\0\0", 54, Unknown),
        (b"", 80, Incomplete),
    ] {
        assert_eq!(of_stream(bytes, port, true), expected, "{bytes:x?}");
    }
}
