//! Filters that are taken, and where those are marked that are not.

use proptest::prelude::*;

use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// TCP from 192.0.2.2 port 8080 to 198.18.0.3 port 80, a SYN.
const IP: &str = "4500 0028 0000 0000 4006 0000 c0000202 c6120003 1f90 0050 00000001 00000000 \
                  5002 ffff 0000 0000";

fn check(expression: &str, matches: bool) {
    let ethernet = hex(&format!("ffffffffffff 020000000001 0800 {IP}"));
    let filter = Filter::new(expression, LinkType::ETHERNET).unwrap();
    assert_eq!(filter.matches(&ethernet), matches, "{expression}");
}

#[test]
fn filters_are_held_against_packets() {
    for expression in [
        "",
        "tcp",
        "port http",
        "port (https or http)",
        "tcp port https or http",
        "dst port 80 and not udp",
        "host 192.0.2.2",
        "net 192.0.2.0/24",
        "net 192.0.2",
        "net 198.18 mask 255.254.0.0",
        "ether host ff:ff:ff:ff:ff:ff",
        "ether src 02-00-00-00-00-01",
        "not ip6 host fe80::1",
        "tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn",
        "ip[9:1] = 6 && len>=40",
        "portrange 8000-8090",
        "ip proto \\tcp",
        "ip proto 6 or gre",
        "ether proto 0x800",
        "ether proto \\ip",
        "(host 192.0.2.2) and (port http)",
    ] {
        check(expression, true);
    }
    for expression in ["udp", "port domain", "ip proto gre", "src port 80", "ip6", "vlan"] {
        check(expression, false);
    }
    let raw = Filter::new("tcp port 80", LinkType::RAW).unwrap();
    assert!(raw.matches(&hex(IP)));
    assert!(!raw.matches(&[]));
}

/// The expression with the span between brackets, and the reason.
fn refused(expression: &str) -> String {
    let error = Filter::new(expression, LinkType::ETHERNET).err().unwrap();
    let (before, rest) = expression.split_at(error.span.start);
    let (blamed, after) = rest.split_at(error.span.end - error.span.start);
    format!("{before}«{blamed}»{after}: {}", error.reason)
}

#[test]
fn errors_point_at_their_place() {
    for (expected, reason) in [
        ("host «a.example»", "`a.example` is neither a word of filters nor an address"),
        ("tcp and «example»", "`example` is neither"),
        ("net «example»/8", "`example` is neither"),
        ("gateway «router»", "`router` is neither"),
        ("ether host «router»", "`router` is neither"),
        ("host «1.2.3.4.5»", "`1.2.3.4.5` is neither"),
        ("len -«»", "it ends too early"),
        ("«len-tcp» > 4", "`len-tcp` is neither"),
        ("host 192.0.2.2 and (port 80) or «http»", "`http` is neither"),
        ("port http or src «http»", "`http` is neither"),
        ("«\\http»", "`http` is neither"),
        ("port «nonsense»", "`nonsense` is no port that is known by name: write its number"),
        ("ip proto «nonsense»", "`nonsense` is no protocol that is known by name"),
        ("ether proto «gre»", "`gre` is no protocol that is known by name"),
        ("host «@»", "'@' means nothing in a filter"),
        ("port «ä»", "'ä' means nothing in a filter"),
        ("tcp port «and» 80", "no filter can go on like this here"),
        ("tcp «tcp»", "no filter can go on like this here"),
        ("tcp and (port 80«]»", "no filter can go on like this here"),
        ("port 80 «)» or udp", "no filter can go on like this here"),
        ("port «99999»", "illegal port number 99999 > 65535"),
        ("net 1.2.3.4/«8»", "non-network bits set in \"1.2.3.4/8\""),
        ("net 1.2.3.4/«99»", "mask length must be <= 32"),
        ("port 80 and«»", "it ends too early"),
        ("(port 80 or (udp«»", "it ends too early"),
        ("tcp[13«»", "it ends too early"),
        ("«tcp and udp»", "no packet can match it"),
    ] {
        let expression = expected.replace(['«', '»'], "");
        let found = refused(&expression);
        assert!(found.starts_with(&format!("{expected}: {reason}")), "{found}\n{expected}");
    }
}

const WORDS: [&str; 30] = [
    "tcp",
    "port",
    "80",
    "and",
    "or",
    "not",
    "(",
    ")",
    "host",
    "192.0.2.1",
    "net",
    "10",
    "/",
    "8",
    "[",
    "]",
    "13",
    "=",
    "&",
    "len",
    ">",
    "proto",
    "\\tcp",
    "fe80::1",
    "http",
    "a.example",
    "src",
    "ether",
    "vlan",
    ":",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever is written is taken or refused at a place that is in it.
    #[test]
    fn spans_lie_within(words in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..12)) {
        let expression = words.join(" ");
        if let Err(error) = Filter::new(&expression, LinkType::ETHERNET) {
            prop_assert!(expression.get(error.span).is_some());
        }
    }

    #[test]
    fn anything_is_taken_or_refused(expression in "[ -~äé\\t]{0,40}", link in 0_u32..300) {
        if let Err(error) = Filter::new(&expression, LinkType(link)) {
            prop_assert!(expression.get(error.span).is_some());
        }
    }
}
