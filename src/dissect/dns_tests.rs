//! Messages of DNS, multicast DNS and NetBIOS, and what is read of them.

use super::protocol_tests::hex;
use super::*;
use crate::contact::Protocol;
use proptest::prelude::*;

/// A name in hexadecimal: `www.example` becomes its labels, without the end.
fn labels(name: &str) -> String {
    let label = |label: &str| {
        let bytes: String = label.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("{:02x}{bytes}", label.len())
    };
    name.split('.').filter(|part| !part.is_empty()).map(label).collect()
}

/// A response to a question for `h.example` (at 12) with one record of the owner.
fn with_record(record_type: u16, data: &str) -> Vec<u8> {
    let question = format!("{}00 {record_type:04x} 0001", labels("h.example"));
    let data = hex(data);
    let mut bytes = hex(&format!(
        "1234 8180 0001 0001 0000 0000 {question} c00c {record_type:04x} 0001 0000003c"
    ));
    bytes.extend((data.len() as u16).to_be_bytes());
    bytes.extend(data);
    bytes
}

fn check(record_type: u16, data: &str, expected: &str) {
    let bytes = with_record(record_type, data);
    let message = dns_message(&bytes, DnsFlavour::Dns).unwrap();
    let record = &message.answers[0];
    assert_eq!(format!("{} {}", record.record_type, record.data), expected, "{data}");
    assert_eq!((&*record.owner, record.ttl), ("h.example", 60));
    assert_eq!(message.length, bytes.len());
}

#[test]
fn records_are_read() {
    check(1, "c6120003", "A 198.18.0.3");
    check(28, "20010db8000000000000000000000001", "AAAA 2001:db8::1");
    check(5, &format!("{}c00c", labels("www")), "CNAME www.h.example");
    check(2, "c00c", "NS h.example");
    check(12, &format!("{}00", labels("A.example")), "PTR a.example");
    check(15, "000a c00c", "MX 10 h.example");
    check(33, "0001 0002 13c4 c00c", "SRV 1 2 5060 h.example");
    check(6, "c00c c00c 00000007 00000000 00000000 00000000 00000000", "SOA h.example h.example 7");
    check(16, "0361 2262 021b63", "TXT \"a\\\"b\" \"\\x1bc\"");
    check(35, "0001 0002 0155 0353 4950 00 c00c", "NAPTR 1 2 \"U\" \"SIP\" \"\" h.example");
    check(257, "80 05 6973737565 612e6361", "CAA 128 issue \"a.ca\"");
    check(65, "0000 c00c", "HTTPS 0 h.example");
    check(
        65,
        "0001 00 0001 0003 026832 0003 0002 20fb 0004 0004 c6120003 0006 0010 20010db8000000000000000000000001",
        "HTTPS 1 . alpn=h2 port=8443 ipv4hint=198.18.0.3 ipv6hint=2001:db8::1",
    );
    // A configuration list: one of another version, then one with the public name.
    let name = "0a 6f757465722e6f72672e";
    check(
        64,
        &format!(
            "0001 00 0005 0025 0023 0a0a 0001 00 fe0d 001a 01 0020 0002 aabb 0004 00010001 00 {name} 0000"
        ),
        "SVCB 1 . ech=outer.org",
    );
    check(43, "0102", "DS \\# 2 0102");
    check(1, "c61200", "A \\# 3 c61200");
    check(15, "000a", "MX \\# 2 000a");
    check(33, "0001 0002 13c4 c0ff", "SRV \\# 8 0001000213c4c0ff");
    check(65_000, "", "TYPE65000 ");
    check(65_000, "00", "TYPE65000 \\# 1 00");
}

#[test]
fn the_good_records_of_a_bad_message_are_kept() {
    // Two answers announced, the second cut off; and an address of the wrong length.
    let head = "1234 8180 0001 0002 0000 0000 0141 0762 6164 1b5b 3100 00 0001 0001";
    let good = "c00c 0001 0001 00000000 0004 c6120003";
    let message = dns_message(&hex(&format!("{head} {good} c00c 0001")), DnsFlavour::Dns).unwrap();
    assert_eq!(&*message.questions[0].name, "a.bad\\027[1\\000");
    assert_eq!(message.answers.len(), 1);
    let bad = "c00c 0001 0001 00000000 0003 c61200";
    let head = "1234 8183 0001 0002 0000 0000 0161 00 0001 0001";
    let message = dns_message(&hex(&format!("{head} {bad} {good}")), DnsFlavour::Dns).unwrap();
    assert_eq!(message.status, "NXDOMAIN");
    assert_eq!(message.answers[1].data, DnsData::Address([198, 18, 0, 3].into()));
    // An operation that nobody knows, in a message that is sound.
    let odd = "1234 7900 0001 0000 0000 0000 0161 00 0001 0001";
    assert!(dns_message(&hex(odd), DnsFlavour::Dns).is_some());
    assert!(dns_message(&hex(&format!("{odd} 00")), DnsFlavour::Dns).is_none());
    for bytes in ["", "1234", "1234 0100 0001 0000 0000 0000 c0ff", "1234 0100 0000 0000 0000 0000"]
    {
        assert_eq!(dns_message(&hex(bytes), DnsFlavour::Dns), None, "{bytes}");
    }
}

#[test]
fn all_sections_and_edns_are_read() {
    let record = |owner: &str| format!("{owner} 0001 8001 0000003c 0004 c6120003");
    let opt = "00 0029 1000 01 00 0000 0000";
    let bytes = hex(&format!(
        "0000 8600 0001 0001 0001 0002 0161 00 00ff 8001 {} {} {} {opt}",
        record("c00c"),
        record("0162 00"),
        record("0163 00"),
    ));
    let message = dns_message(&bytes, DnsFlavour::Dns).unwrap();
    assert_eq!(message.status, "BADVERS");
    assert!(message.edns && message.truncated && message.questions[0].unicast);
    assert_eq!(message.questions[0].class, 1);
    let sections = [&message.answers, &message.authority, &message.additional];
    let owners: Vec<_> = sections.into_iter().flatten().map(|record| &*record.owner).collect();
    assert_eq!(owners, ["a", "b", "c"]);
}

#[test]
fn lines_are_as_wireshark_has_them() {
    let line = |bytes: &str, flavour, protocol| {
        dns_summary(&dns_message(&hex(bytes), flavour).unwrap(), protocol)
    };
    let dns = |bytes: &str| line(bytes, DnsFlavour::Dns, Protocol::Dns);
    let www = labels("www.example.org") + "00";
    assert_eq!(
        dns(&format!("1234 0100 0001 0000 0000 0000 {www} 0001 0001")),
        "Standard query 0x1234 A www.example.org"
    );
    assert_eq!(
        dns(&format!(
            "1234 8180 0001 0002 0000 0001 {www} 0001 0001 c00c 0005 0001 00000000 0004 0161 c010 \
             c02d 0001 0001 00000000 0004 c0000201 00 0029 1000 00000000 0000"
        )),
        "Standard query response 0x1234 A www.example.org CNAME a.example.org A 192.0.2.1 OPT"
    );
    assert_eq!(
        dns(&format!("000f 8183 0001 0000 0000 0000 {www} 001c 0001")),
        "Standard query response 0x000f No such name AAAA www.example.org"
    );
    assert_eq!(
        dns(&format!(
            "0001 2800 0001 0000 0001 0000 {www} 0006 0001 c00c 0001 0001 00000000 0004 c0000201"
        )),
        "Dynamic update 0x0001 SOA www.example.org A www.example.org 192.0.2.1"
    );
    assert_eq!(
        line(
            &format!("0000 0000 0002 0000 0000 0000 {www} 000c 8001 c00c 00ff 0001"),
            DnsFlavour::Dns,
            Protocol::Mdns,
        ),
        "Standard query 0x0000 PTR www.example.org, \"QU\" question ANY www.example.org, \"QM\" question"
    );
    let name = labels("FHEPFCELEHFCEPFFFACACACACACACABL");
    let nbns = |bytes: &str| line(bytes, DnsFlavour::NetBios, Protocol::Nbns);
    assert_eq!(
        nbns(&format!("0001 0110 0001 0000 0000 0000 {name}00 0020 0001")),
        "Name query NB workgroup<1b>"
    );
    assert_eq!(
        nbns(&format!(
            "0001 2910 0001 0000 0000 0001 {name}00 0020 0001 c00c 0020 0001 00000000 0006 0000 c0000201"
        )),
        "Registration NB workgroup<1b> NB 192.0.2.1"
    );
    assert_eq!(nbns("0001 8583 0000 0000 0000 0000"), "Name query response, No such name");
    let node = format!("{} 00 0400 {} 1d 8400", "41".repeat(15), "42".repeat(15));
    assert_eq!(
        nbns(&format!(
            "0001 8400 0000 0001 0000 0000 {name} 0573636f7065 00 0021 0001 00000000 0025 02 {node}"
        )),
        "Name query response NBSTAT workgroup.scope aaaaaaaaaaaaaaa<00> bbbbbbbbbbbbbbb<1d>"
    );
}

#[test]
fn streams_are_read() {
    let query = hex("0011 1234 0100 0001 0000 0000 0000 00 0001 0001");
    for (bytes, expected) in [
        (&query[..], "read 19"),
        (&query[..18], "incomplete"),
        (&query[..1], "incomplete"),
        (&[0, 11, 1, 2], "not"),
        (&[0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9], "nothing 14"),
    ] {
        let shown = match dns_stream_message(bytes) {
            Step::Incomplete => "incomplete".to_owned(),
            Step::Not => "not".to_owned(),
            Step::Read { value: Some(_), length } => format!("read {length}"),
            Step::Read { value: None, length } => format!("nothing {length}"),
        };
        assert_eq!(shown, expected, "{bytes:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for flavour in [DnsFlavour::Dns, DnsFlavour::NetBios] {
            if let Some(message) = dns_message(&bytes, flavour) {
                prop_assert!(message.length <= bytes.len());
                prop_assert!(dns_summary(&message, Protocol::Mdns).len() < 1100);
            }
        }
    }

    #[test]
    fn damaged_messages_are_read(
        record_type in prop::sample::select(&[1_u16, 5, 6, 15, 16, 28, 33, 35, 64, 257][..]),
        data in prop::collection::vec(any::<u8>(), 0..80),
        at in 0_usize..120,
        flip: u8,
        cut in 0_usize..160,
    ) {
        let data: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut bytes = with_record(record_type, &data);
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= flip;
        }
        bytes.truncate(cut);
        if let Some(message) = dns_message(&bytes, DnsFlavour::Dns) {
            dns_summary(&message, Protocol::Dns);
        }
    }
}

#[test]
fn an_unknown_operation_may_ask_and_no_more() {
    for (opcode, counts, after, expected) in [
        ("7800", "0001 0000 0000 0000", "", true),
        ("7800", "0001 0000 0000 0000", "00", false),
        ("f800", "0001 0000 0000 0000", "", false),
        ("7800", "0001 0001 0000 0000", "", false),
    ] {
        let bytes =
            hex(&format!("1234 {opcode} {counts} {}00 0001 0001 {after}", labels("h.example")));
        let read = dns_message(&bytes, DnsFlavour::Dns);
        assert_eq!(read.is_some(), expected, "{opcode} {counts} {after}");
    }
}
