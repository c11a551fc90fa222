//! The small protocols of datagrams: bytes of each, what they are recognised as, and what they say.

use super::protocol_tests::hex;
use super::*;
use crate::contact::Protocol;

pub(super) fn shown(message: &Message) -> String {
    let names = message.names.iter().map(|named| format!("{:?} {}", named.kind, named.name));
    let request = message.request.iter().map(|r| format!("{} {}", r.method, r.target));
    let sender = message.sender.iter().map(|sender| format!("from {sender}"));
    let media = message.media.iter().map(|media| format!("media {media}"));
    let parts: Vec<String> = names.chain(request).chain(sender).chain(media).collect();
    [vec![message.summary.clone()], parts].concat().join(" | ")
}

/// A datagram to a port: recognised as the protocol, and read.
fn check(port: u16, protocol: Protocol, bytes: &[u8], expected: &str) {
    assert_eq!(of_datagram(bytes, 40_000, port), Some(protocol), "{bytes:x?}");
    let message = datagram_message(protocol, bytes, 40_000, port).unwrap();
    assert_eq!(message.protocol, protocol);
    assert_eq!(shown(&message), expected);
    for cut in 0..bytes.len() {
        let cut = &bytes[..cut];
        of_datagram(cut, 40_000, port);
        datagram_message(protocol, cut, 40_000, port);
    }
}

#[test]
fn stun_and_turn_are_read() {
    let head = |kind: &str, length: usize| {
        hex(&format!("{kind} {length:04x} 2112a442 0102030405060708090a0b0c"))
    };
    // A port and an address mixed with the cookie: 192.0.2.1:32853.
    let mapped = hex("0020 0008 0001 a147 e112a643");
    let answer = [head("0101", 12), mapped].concat();
    check(
        3478,
        Protocol::Stun,
        &answer,
        "Binding Success Response XOR-MAPPED-ADDRESS: 192.0.2.1:32853",
    );
    check(9, Protocol::Stun, &head("0001", 0), "Binding Request");
    let peer = [head("0016", 12), hex("0012 0008 0001 a147 e112a643")].concat();
    check(
        9,
        Protocol::Stun,
        &peer,
        "Send Indication XOR-PEER-ADDRESS: 192.0.2.1:32853 | media 192.0.2.1:32853",
    );
    let text = hex(
        "8022 0005 6167656e74 000000 0006 0001 75 000000 0014 0001 72 000000 0009 0004 00000401",
    );
    let error = [head("0113", text.len()), text].concat();
    check(
        9,
        Protocol::Stun,
        &error,
        "Allocate Error Response user: u realm: r error-code: 401 | from agent",
    );
    for (realm, named) in [
        ("turn.example", "Allocate Error Response realm: turn.example | StunRealm turn.example"),
        ("Example.ORG", "Allocate Error Response realm: Example.ORG | StunRealm example.org"),
        ("localhost", "Allocate Error Response realm: localhost"),
        ("192.0.2.1", "Allocate Error Response realm: 192.0.2.1"),
        ("a..example", "Allocate Error Response realm: a..example"),
        ("our realm.", "Allocate Error Response realm: our realm."),
    ] {
        let length = realm.len().next_multiple_of(4);
        let mut message = head("0113", 4 + length);
        message.extend([0, 0x14, 0, u8::try_from(realm.len()).unwrap()]);
        message.extend(realm.bytes().chain([0; 4]).take(length));
        check(9, Protocol::Stun, &message, named);
    }
    // RFC 3489's form has no cookie; its port tells.
    let old = hex("0101 000c 00000000000000000000000000000000 0001 0008 0001 1f90 c0000201");
    check(3478, Protocol::Stun, &old, "Binding Success Response MAPPED-ADDRESS: 192.0.2.1:8080");
    assert_eq!(of_datagram(&old, 40_000, 9), Some(Protocol::Stun));
    let classic = |kind: &str, attributes: &str| {
        let length = hex(attributes).len();
        hex(&format!("{kind} {length:04x} 000102030405060708090a0b0c0d0e0f {attributes}"))
    };
    let mapped = "0001 0008 0001 1f90 c0000201";
    for (kind, attributes, is_stun) in [
        ("0001", "0003 0004 00000006", true),
        ("0001", "0006 0004 61626364 0008 0014 0000000000000000000000000000000000000000", true),
        ("0101", mapped, true),
        ("0111", "0009 0010 00000414 556e6b6e6f776e2074797065", true),
        // Nothing in it, another RFC's type, an attribute that is none or has another form.
        ("0001", "", false),
        ("0003", mapped, false),
        ("0101", "0003 0004 00000006", false),
        ("0001", "000d 0004 00000006", false),
        ("0001", "0003 0004 00000009", false),
        ("0101", "0001 0008 0002 1f90 c0000201", false),
        ("0101", "0001 0008 0001 1f90 c0000201 00", false),
        ("0101", "0001 000c 0001 1f90 c0000201 00", false),
    ] {
        let bytes = classic(kind, attributes);
        let spoken = of_datagram(&bytes, 40_000, 9);
        assert_eq!(spoken == Some(Protocol::Stun), is_stun, "{kind} {attributes}");
    }
    let channel = hex("4001 0003 010203");
    assert!(is_channel_data(&channel) && !is_channel_data(&channel[..6]));
    let line = datagram_message(Protocol::Stun, &channel, 1, 2).unwrap().summary;
    assert_eq!(line, "ChannelData TURN Message, channel 0x4001");
}

#[test]
fn hosts_say_what_they_are_called() {
    let dhcp = |operation: u8, options: &str| {
        let head = format!(
            "{operation:02x}010600 00001234 {} c0000205 {}",
            "00".repeat(8),
            "00".repeat(216)
        );
        hex(&format!("{head} 63825363 {options} ff"))
    };
    let options = "350101 0c03 50432d 3204 c0000209 3c04 4d534654 00 51 08 00 00 00 61622e6578";
    check(
        67,
        Protocol::Dhcp,
        &dhcp(1, options),
        "DHCP Discover - Transaction ID 0x1234, host pc-, vendor class MSFT | from pc-",
    );
    let found = dhcp_message(&dhcp(1, options)).unwrap();
    assert_eq!(found.vendor.as_deref(), Some("MSFT"));
    assert_eq!(found.address, Some([192, 0, 2, 9].into()));
    let named = "350103 51 08 04 00 00 02 6162 01 63";
    check(
        67,
        Protocol::Dhcp,
        &dhcp(1, named),
        "DHCP Request - Transaction ID 0x1234, host ab.c | from ab.c",
    );
    check(68, Protocol::Dhcp, &dhcp(2, "350105"), "DHCP ACK - Transaction ID 0x1234");
    check(68, Protocol::Dhcp, &dhcp(2, ""), "Boot Reply - Transaction ID 0x1234");
    let six = hex("01 abcdef 0010 0008 00000137 0002 6162 0027 0006 00 02 6162 01 63");
    check(
        547,
        Protocol::Dhcp,
        &six,
        "Solicit XID: 0xabcdef, host ab.c, vendor class ab | from ab.c",
    );
    assert_eq!(dhcpv6_message(&six).unwrap().vendor.as_deref(), Some("ab"));
    let datagram = "11 02 0001 c0000202 008a 0000 0000";
    let name = [b" ".as_slice(), b"FHEPFCELEHFCEPFFFACACACACACACABL\0"].concat();
    let datagram = [hex(datagram), name.clone(), name].concat();
    check(
        138,
        Protocol::Nbns,
        &datagram,
        "Direct_group datagram workgroup<1b> to workgroup<1b> | from workgroup",
    );
}

#[test]
fn other_datagrams_are_read() {
    let ntp = [&[0x23][..], &[0; 47]].concat();
    check(123, Protocol::Ntp, &ntp, "NTP Version 4, client");
    check(123, Protocol::Ntp, &[&[0x16][..], &[0; 11]].concat(), "NTP Version 2, control");
    let search = b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nST: ssdp:all\r\n\r\n";
    check(1900, Protocol::Ssdp, search, "M-SEARCH * HTTP/1.1 ssdp:all | M-SEARCH *");
    let notify = b"NOTIFY * HTTP/1.1\r\nNT: x\r\nLocation: http://192.0.2.1:80/d.xml\r\n\r\n";
    check(
        1900,
        Protocol::Ssdp,
        notify,
        "NOTIFY * HTTP/1.1 x | NOTIFY * | from http://192.0.2.1:80/d.xml",
    );
    check(
        9,
        Protocol::Http,
        b"GET /x HTTP/1.1\r\nHost: h.example\r\n\r\n",
        "GET /x HTTP/1.1 | HttpHost h.example | GET /x",
    );
    let id = "a".repeat(20);
    let query = format!("d1:ad2:id20:{id}9:info_hash20:{id}e1:q9:get_peers1:t2:aa1:y1:qe");
    check(6881, Protocol::BittorrentDht, query.as_bytes(), "BitTorrent DHT query get_peers");
    let answer = format!("d1:rd2:id20:{id}5:nodes0:1:pi6881ee1:t2:aa1:v2:UT1:y1:re");
    check(6881, Protocol::BittorrentDht, answer.as_bytes(), "BitTorrent DHT response | from UT");
    let error = "d1:eli201e5:Errore1:t2:aa1:y1:ee";
    check(6881, Protocol::BittorrentDht, error.as_bytes(), "BitTorrent DHT error");
    for (kind, length, line) in [
        (1, 148, "Handshake Initiation, sender=0x04030201"),
        (2, 92, "Handshake Response, sender=0x04030201"),
        (3, 64, "Cookie Reply, receiver=0x04030201"),
    ] {
        let mut bytes = vec![0; length];
        bytes[0] = kind;
        bytes[4..8].copy_from_slice(&[1, 2, 3, 4]);
        check(51_820, Protocol::Wireguard, &bytes, line);
    }
    let keep = [&[4, 0, 0, 0][..], &[0; 28]].concat();
    assert_eq!(wireguard_message(&keep).unwrap().summary, "Keepalive, receiver=0x00000000");
    assert_eq!(of_datagram(&keep, 40_000, 51_820), None);
}

#[test]
fn dns_is_known_on_any_port() {
    let query = hex("1234 0100 0001 0000 0000 0000 0161 00 0001 0001");
    let answer = hex(
        "1234 8180 0001 0001 0000 0001 0161 00 0001 0001 c00c 0001 0001 0000003c 0004 c6120003 00 0029 1000 00000000 0000",
    );
    for (bytes, expected) in [
        (&query[..], true),
        (&answer, true),
        (&query[..18], false),
        (&[&query[..], b"x"].concat(), false),
        (&answer[..answer.len() - 1], false),
        // An answer in a query, a reserved bit, no questions, a class and a type not in use.
        (&hex("1234 0100 0001 0001 0000 0000 0161 00 0001 0001"), false),
        (&hex("1234 0140 0001 0000 0000 0000 0161 00 0001 0001"), false),
        (&hex("1234 0100 0000 0000 0000 0000 0161 00 0001 0001"), false),
        (&hex("1234 0100 0001 0000 0000 0000 0161 00 0001 0007"), false),
        (&hex("1234 0100 0001 0000 0000 0000 0161 00 1001 0001"), false),
        (&hex("1234 0100 0001 0000 0000 0000 0101 00 0001 0001"), false),
    ] {
        assert_eq!(looks_like_dns(bytes), expected, "{bytes:x?}");
    }
    let framed = [&[0, 19][..], &query].concat();
    assert_eq!(of_stream(&framed, 8053, true), Opening::Is(Protocol::Dns));
    assert_eq!(of_stream(&framed[..10], 8053, true), Opening::Incomplete);
    assert_eq!(of_stream(&framed[1..], 8053, true), Opening::Unknown);
}
