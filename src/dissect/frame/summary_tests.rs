//! What packets say in a line.

use super::tests::{UDP, hex, v4, v6};
use super::*;
use crate::packet::LinkType;

fn check(link: LinkType, bytes: &str, expected: &str) {
    let bytes = hex(bytes);
    let (label, info) = summary(&dissect(link, &bytes));
    assert_eq!(format!("{label}: {info}"), expected);
}

#[test]
fn arp_is_told_as_a_question_or_an_answer() {
    let message = |operation: u16, sender: &str, target: &str| {
        format!(
            "ffffffffffff 020000000001 0806 0001 0800 0604 {operation:04x} 020000000001 {sender} \
             000000000000 {target}"
        )
    };
    for (operation, sender, target, expected) in [
        (1, "c0000207", "c0000201", "ARP: Who has 192.0.2.1? Tell 192.0.2.7"),
        (1, "00000000", "c0000201", "ARP: Who has 192.0.2.1? (ARP Probe)"),
        (1, "c0000201", "c0000201", "ARP: ARP Announcement for 192.0.2.1"),
        (2, "c0000201", "c0000207", "ARP: 192.0.2.1 is at 02:00:00:00:00:01"),
        (3, "00000000", "00000000", "RARP: Who is 00:00:00:00:00:00? Tell 02:00:00:00:00:01"),
    ] {
        check(LinkType::ETHERNET, &message(operation, sender, target), expected);
    }
    check(LinkType::ETHERNET, "ffffffffffff 020000000001 0806 0001", "ARP: Operation 0");
}

#[test]
fn control_messages_are_told_by_type_and_code() {
    for (bytes, expected) in [
        ("0800 0000 0001 0002", "ICMP: Echo (ping) request id=0x0001, seq=2"),
        ("0000 0000 0001 0002", "ICMP: Echo (ping) reply id=0x0001, seq=2"),
        ("0303 0000 00000000", "ICMP: Destination unreachable (Port unreachable)"),
        ("0b00 0000 00000000", "ICMP: Time-to-live exceeded (Time to live exceeded in transit)"),
        ("0501 0000 c0000201", "ICMP: Redirect (Redirect for host)"),
        ("ff07", "ICMP: Type 255, code 7"),
    ] {
        check(LinkType::RAW, &v4(1, bytes), expected);
    }
    let target = format!("fe80{}01", "00".repeat(13));
    for (bytes, expected) in [
        ("8000 0000 0001 0002", "ICMPv6: Echo (ping) request id=0x0001, seq=2"),
        ("0104 0000 00000000", "ICMPv6: Destination Unreachable (Port unreachable)"),
        ("0200 0000 00000500", "ICMPv6: Packet Too Big (MTU 1280)"),
        (
            "8500 0000 00000000 0101 020000000001",
            "ICMPv6: Router Solicitation from 02:00:00:00:00:01",
        ),
        (
            &format!("8700 0000 00000000 {target} 0101 020000000001"),
            "ICMPv6: Neighbor Solicitation for fe80::1 from 02:00:00:00:00:01",
        ),
        (
            &format!("8800 0000 60000000 {target} 0201 020000000001"),
            "ICMPv6: Neighbor Advertisement fe80::1 (sol, ovr) is at 02:00:00:00:00:01",
        ),
        ("8800 0000", "ICMPv6: Neighbor Advertisement ?"),
        ("8f00 0000 00000000", "ICMPv6: Multicast Listener Report Message v2"),
    ] {
        check(LinkType::RAW, &v6(58, bytes), expected);
    }
    for (bytes, expected) in [
        ("1164 0000 00000000", "IGMPv2: Membership Query, general"),
        ("1600 0000 e0000116", "IGMPv2: Membership Report group 224.0.1.22"),
        ("1700 0000 e0000116", "IGMPv2: Leave Group 224.0.1.22"),
        (
            "2200 0000 0000 0002 04000000 e0000116 03000000 e0000117",
            "IGMPv3: Membership Report / Join group 224.0.1.22 for any sources / Leave group \
             224.0.1.23",
        ),
        ("2200 0000 0000 ffff", "IGMPv3: Membership Report"),
    ] {
        check(LinkType::RAW, &v4(2, bytes), expected);
    }
}

#[test]
fn everything_else_has_a_label_too() {
    let raw = LinkType::RAW;
    check(raw, &v4(132, "1388 1389 00000000 00000000 01000004"), "SCTP: 5000 → 5001 INIT");
    check(raw, &v4(50, "00000001"), "ESP: IP protocol 50");
    check(raw, &v4(89, "00000001"), "OSPF: IP protocol 89");
    check(raw, &v4(17, UDP), "UDP: 8080 → 5060");
    let part = v4(17, UDP).replacen("0001 0000", "0001 2002", 1);
    check(raw, &part, "IPv4: Fragmented IP protocol (proto=UDP 17, off=16, ID=0001)");
    let part = v6(44, &format!("1100 0011 00000005 {UDP}"));
    check(raw, &part, "IPv6: IPv6 fragment (off=16 more=y ident=0x00000005 nxt=17)");
    check(raw, &v4(17, "00"), "IPv4: Malformed packet");
    check(raw, "00", "Malformed: Malformed packet");
    check(LinkType::ETHERNET, "ffffffffffff 020000000001 88cc 00", "LLDP: Protocol 0x88cc");
    check(LinkType::ETHERNET, "ffffffffffff 020000000001 7777 00", "Ethernet: Protocol 0x7777");
    check(LinkType(220), "00", "USB: Link type 220 is not read");
}

/// An error quotes the packet that it is about.
#[test]
fn errors_quote_their_packet() {
    let bytes = hex(&v4(1, &format!("0303 0000 00000000 {}", v4(17, "1f90 13c4 000c 0000"))));
    let Body::IcmpError(error) = dissect(LinkType::RAW, &bytes).body else { panic!("no error") };
    let Some(Frame { body: Body::Udp(quoted), .. }) = error.quoted() else { panic!("no quote") };
    assert_eq!((quoted.source_port, quoted.destination_port), (8080, 5060));
}
