//! What a survey says of captures whose contents are known.

use super::owners::{Owner, Owners};
use super::wire::{LOCAL, Wire, at, dns, foreign, hello, line, lines, setting};
use crate::contact::{EvidenceKind, FlowKey, LookupVia, Process, Strength, Transport};
use crate::packet::{LinkType, Timestamp};

fn local(port: u16) -> std::net::SocketAddr {
    at(&format!("{LOCAL}:{port}"))
}

/// The softphone's start, as it was noted by hand: sixteen packets and a registration.
#[test]
fn the_reference_trace_has_two_contacts() {
    let mut wire = Wire::from(11);
    let arp = |operation: u8| {
        let mut frame = vec![0xff; 12];
        frame.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, operation]);
        frame.extend([0; 20]);
        frame
    };
    wire.raw(LinkType::ETHERNET, arp(1)).raw(LinkType::ETHERNET, arp(2));
    wire.lookup("sip.ca1.voip.ms", 1, &["198.18.0.3"]);
    wire.lookup("www.asteriskguru.com", 1, &["198.18.0.4"]);
    let (web, sip) = (at("198.18.0.4:80"), at("198.18.0.3:5060"));
    let target = "/counter/?version=2.14&dllversion=650&branch=zoiper";
    let get = format!("GET {target} HTTP/1.1\r\nHost: www.asteriskguru.com\r\n\r\n");
    let answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n";
    wire.tcp(local(2304), web, "S", 0, b"").tcp(web, local(2304), "SA", 0, b"");
    wire.tcp(local(2304), web, "A", 1, b"").tcp(local(2304), web, "A", 1, get.as_bytes());
    wire.tcp(web, local(2304), "A", 1, b"").tcp(web, local(2304), "FA", 522, b"");
    wire.tcp(local(2304), web, "A", 204, b"").tcp(web, local(2304), "A", 1, answer);
    wire.tcp(local(2304), web, "A", 204, b"").tcp(local(2304), web, "FA", 204, b"");
    wire.tcp(web, local(2304), "A", 523, b"");
    let uri = "sip:sip.ca1.voip.ms;transport=UDP";
    let register = format!("REGISTER {uri} SIP/2.0\r\nContent-Length: 0\r\n\r\n");
    wire.udp(local(5060), sip, register.as_bytes());
    wire.udp(sip, local(5060), b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n");
    wire.udp(local(5060), sip, b"\r\n\r\n");
    let survey = wire.survey(&setting());
    assert_eq!(
        lines(&survey),
        [
            format!("www.asteriskguru.com 80/tcp http startup outward x1 GET {target}"),
            format!("sip.ca1.voip.ms 5060/udp sip startup outward x1 REGISTER {uri}"),
        ]
    );
    assert_eq!((survey.other["arp"], survey.other["dns"], survey.packets), (2, 4, 20));
    assert!(survey.overflow.is_empty());
    let kinds: Vec<_> = survey.contacts[1].evidence.iter().map(|e| e.kind).collect();
    assert_eq!(kinds, [EvidenceKind::Dns, EvidenceKind::SipUri]);
    assert_eq!(survey.contacts[0].packets, 11);
    assert_eq!(survey.contacts[1].packets, 3);
    assert_eq!(survey.lookups[1].answers, ["198.18.0.4"]);
    assert_eq!(survey.lookups[1].status.as_deref(), Some("NOERROR"));
}

#[test]
fn streams_are_read_however_they_are_cut() {
    let request: &[u8] = b"POST /a HTTP/1.1\r\nHost: h.example\r\nContent-Length: 5\r\n\r\nhello\
        GET /b HTTP/1.1\r\nHost: h.example\r\n\r\nGET /a HTTP/1.1\r\nHost: h.example\r\n\r\n";
    let hello = hello("h.example", false);
    for cut in [1, 3, 7, 60, 1000] {
        let mut wire = Wire::from(11);
        wire.lookup("h.example", 1, &["198.18.0.9"]);
        let (web, tls) = (at("198.18.0.9:80"), at("198.18.0.9:443"));
        wire.connection(local(3000), web, &request.chunks(cut).collect::<Vec<_>>());
        wire.connection(local(3001), tls, &hello.chunks(cut).collect::<Vec<_>>());
        // The last segment first, and each of them twice.
        wire.tcp(local(3002), tls, "S", u32::MAX - 20, b"");
        let mut parts: Vec<_> = hello.chunks(60).enumerate().collect();
        parts.reverse();
        for (at, part) in [parts.clone(), parts].concat() {
            let sequence = (u32::MAX - 19).wrapping_add(u32::try_from(at).unwrap() * 60);
            wire.tcp(local(3002), tls, "A", sequence, part);
        }
        let survey = wire.survey(&setting());
        assert_eq!(
            lines(&survey),
            [
                "h.example 80/tcp http startup outward x1 POST /a GET /b GET /a",
                "h.example 443/tcp tls startup outward x2",
            ],
            "cut at {cut}"
        );
        assert_eq!(survey.contacts[1].evidence[1].kind, EvidenceKind::TlsSni);
    }
}

#[test]
fn phases_get_what_falls_into_them() {
    let mut wire = Wire::from(1);
    let (old, new, udp) = (at("198.18.0.1:80"), at("198.18.0.2:80"), at("198.18.0.3:9"));
    wire.connection(local(1), old, &[b"?"]);
    wire.jump(12).connection(local(2), old, &[b"?"]);
    wire.tcp(local(3), new, "S", 0, b"").tcp(new, local(3), "SA", 0, b"");
    wire.udp(local(4), udp, b"1").udp(udp, local(4), b"2");
    wire.jump(22).udp(local(4), udp, b"3").udp(local(5), udp, b"3");
    wire.tcp(local(3), new, "A", 1, b"GET / HTTP/1.0\r\n\r\n");
    // Dying makes no contact: it belongs to what was before.
    wire.jump(32).tcp(local(3), new, "FA", 19, b"").tcp(new, local(3), "R", 1, b"");
    wire.udp(udp, local(4), b"late");
    wire.jump(99).udp(local(4), udp, b"4");
    let survey = wire.survey(&setting());
    assert_eq!(
        lines(&survey),
        [
            "198.18.0.2 80/tcp http startup outward x1",
            "198.18.0.3 9/udp - startup outward x1",
            "198.18.0.3 9/udp - idle outward x2",
            "198.18.0.2 80/tcp http idle outward x1 GET /",
            "198.18.0.3 9/udp - after outward x1",
        ]
    );
    let noise: Vec<_> = survey.noise.iter().map(line).collect();
    assert_eq!(
        noise,
        ["198.18.0.1 80/tcp - before outward x1", "198.18.0.1 80/tcp - startup outward x1"]
    );
    assert_eq!(survey.contacts[3].packets, 3);
    assert_eq!(survey.contacts[2].packets, 3);
    assert_eq!(survey.contacts[0].evidence[0].kind, EvidenceKind::Address);
}

#[test]
fn names_come_from_the_answers_before() {
    let mut wire = Wire::from(11);
    wire.lookup("Early.Example", 1, &["cdn.example", "edge.example", "198.18.0.1"]);
    wire.udp(local(1), at("198.18.0.1:1"), b"x");
    wire.lookup("late.example", 1, &["198.18.0.1"]);
    wire.udp(local(1), at("198.18.0.1:1"), b"same flow");
    wire.udp(local(2), at("198.18.0.1:1"), b"x");
    wire.connection(local(3), at("198.18.0.7:443"), &[&hello("invented.example", false)]);
    let survey = wire.survey(&setting());
    assert_eq!(
        lines(&survey),
        [
            "early.example 1/udp - startup outward x1",
            "late.example 1/udp - startup outward x1",
            "198.18.0.7 443/tcp tls startup outward x1",
        ]
    );
    assert_eq!(survey.contacts[2].evidence[0].name, "invented.example");
    let survey = wire.survey(&foreign());
    assert_eq!(lines(&survey)[3], "invented.example 443/tcp tls startup outward x1");
}

#[test]
fn an_outer_name_is_no_host() {
    let mut wire = Wire::from(11);
    wire.connection(local(3), at("198.18.0.7:443"), &[&hello("outer.example", true)]);
    let survey = wire.survey(&foreign());
    assert_eq!(lines(&survey), ["198.18.0.7 443/tcp tls startup outward x1"]);
    assert_eq!(survey.contacts[0].evidence[0].strength, Strength::Weak);
}

#[test]
fn lookups_alone_are_contacts() {
    let mut wire = Wire::from(11);
    wire.lookup("used.example", 1, &["198.18.0.1"]).lookup("used.example", 28, &[]);
    wire.lookup("txt.example", 16, &[]).lookup("txt.example", 16, &[]);
    wire.lookup("unused.example", 1, &["198.18.0.2"]).lookup("unused.example", 65, &[]);
    wire.lookup("sandbox", 1, &[]).lookup("localhost", 28, &[]).lookup("", 2, &[]);
    // The machine's own address is a name of its own; one that was made up for a name is not.
    wire.lookup("2.2.0.192.in-addr.arpa", 12, &[]).lookup("2.0.18.198.in-addr.arpa", 12, &[]);
    wire.jump(25).udp(local(1), at("198.18.0.1:1"), b"x").lookup("txt.example", 16, &[]);
    let tcp = dns("tcp.example", 1, None);
    let tcp = [&u16::try_from(tcp.len()).unwrap().to_be_bytes()[..], &tcp].concat();
    wire.connection(local(9), at("192.0.2.1:53"), &[&tcp[..5], &tcp[5..]]);
    let survey = wire.survey(&setting());
    assert_eq!(
        lines(&survey),
        [
            "txt.example 53/udp dns startup outward x3",
            "unused.example 53/udp dns startup outward x2",
            "2.2.0.192.in-addr.arpa 53/udp dns startup outward x1",
            "used.example 1/udp - idle outward x1",
            "tcp.example 53/tcp dns idle outward x1",
        ]
    );
    let last = survey.lookups.last().unwrap();
    assert_eq!((last.name.as_str(), last.via), ("tcp.example", LookupVia::DnsTcp));
    let https = survey.lookups.iter().find(|lookup| lookup.record_type == "HTTPS");
    assert_eq!(https.unwrap().name, "unused.example");
    assert_eq!(survey.lookups.iter().filter(|l| l.name == "txt.example").count(), 2);
}

#[test]
fn other_resolvers_are_contacts_too() {
    let mut wire = Wire::from(11);
    let root = at("198.18.7.4:53");
    wire.udp(local(1), root, &dns("a.example", 1, None));
    wire.udp(root, local(1), &dns("a.example", 1, Some(&["198.18.0.5"])));
    wire.udp(local(2), root, &dns(".", 2, None));
    wire.udp(local(3), at("192.0.2.1:53"), b"no DNS, but smuggled");
    let survey = wire.survey(&setting());
    assert_eq!(
        lines(&survey),
        [
            "198.18.7.4 53/udp dns startup outward x2",
            "a.example 53/udp dns startup outward x1",
            "192.0.2.1 53/udp - startup gateway x1",
        ]
    );
}

#[test]
fn groups_and_pings_are_contacts_of_their_class() {
    let mut wire = Wire::from(11);
    let search = b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n";
    wire.udp(local(1), at("239.255.255.250:1900"), search);
    wire.udp(at("192.0.2.9:1900"), local(1), b"HTTP/1.1 200 OK\r\n\r\n");
    wire.udp(local(5353), at("224.0.0.251:5353"), &dns("printer.local", 1, None));
    wire.udp(
        at("192.0.2.9:5353"),
        at("224.0.0.251:5353"),
        &dns("x.local", 1, Some(&["192.0.2.9"])),
    );
    wire.udp(local(2), at("192.0.2.255:21027"), b"x").udp(
        local(3),
        at("255.255.255.255:3483"),
        b"e",
    );
    wire.udp(local(4), at("192.0.2.1:5351"), b"\0\0");
    let icmp = |kind: u8, from: [u8; 4], to: [u8; 4]| {
        let builder = etherparse::PacketBuilder::ipv4(from, to, 64);
        let mut data = Vec::new();
        builder.icmpv4_raw(kind, 0, [0; 4]).write(&mut data, b"ping").unwrap();
        data
    };
    let (us, them) = ([192, 0, 2, 2], [192, 0, 2, 1]);
    wire.raw(LinkType::RAW, icmp(8, them, us)).raw(LinkType::RAW, icmp(0, us, them));
    wire.raw(LinkType::RAW, icmp(8, us, them)).raw(LinkType::RAW, icmp(0, them, us));
    wire.raw(LinkType::RAW, icmp(3, us, them));
    let survey = wire.survey(&setting());
    assert_eq!(
        lines(&survey),
        [
            "239.255.255.250 1900/udp ssdp startup multicast x1 M-SEARCH *",
            "224.0.0.251 5353/udp mdns startup multicast x1",
            "192.0.2.255 21027/udp - startup broadcast x1",
            "255.255.255.255 3483/udp - startup broadcast x1",
            "192.0.2.1 5351/udp - startup gateway x1",
            "192.0.2.1 -/icmp - startup gateway x1",
        ]
    );
    assert_eq!(survey.contacts[5].packets, 2);
    assert_eq!(survey.lookups[0].via, LookupVia::Mdns);
    let other: Vec<_> = survey.other.into_iter().collect();
    assert_eq!(other, [("icmp-echo-reply", 1), ("icmp-error", 1), ("inbound", 3)]);
}

#[test]
fn what_others_begin_is_no_contact() {
    let mut wire = Wire::from(11);
    let them = at("198.18.0.9:4444");
    wire.tcp(them, local(80), "S", 5, b"").tcp(local(80), them, "RA", 0, b"");
    wire.udp(them, local(9), b"hello").udp(local(9), them, b"what?");
    wire.udp(them, at("198.18.0.10:1"), b"between others");
    let survey = wire.survey(&setting());
    assert!(survey.contacts.is_empty(), "{:?}", lines(&survey));
    assert_eq!(survey.other.into_iter().collect::<Vec<_>>(), [("foreign", 1), ("inbound", 4)]);
}

#[test]
fn probes_are_left_out_and_owners_named() {
    let (probe, server) = (local(7), at("198.18.0.1:7"));
    let key = |client| FlowKey { transport: Transport::Udp, client, server };
    let process =
        Process { name: "curl".into(), pid: 7, chain: vec!["curl".into()], ..Process::default() };
    let mut setting = setting();
    setting.probes.push(key(probe));
    let owner = Owner { process: Some(process.clone()), since: Timestamp(0), until: None };
    setting.owners = Owners::new(vec![owner]);
    setting.owners.begun(key(local(9)), Timestamp(0), 0);
    let mut wire = Wire::from(11);
    wire.udp(probe, server, b"1").udp(server, probe, b"2").udp(probe, server, b"3");
    wire.udp(local(8), server, b"4").udp(local(9), server, b"5");
    let survey = wire.survey(&setting);
    assert_eq!(survey.probe_packets[&key(probe)], 2);
    assert_eq!(survey.packets, 2);
    // What nobody is known to have sent is no part of what somebody sent.
    assert_eq!(lines(&survey), ["198.18.0.1 7/udp - startup outward x1"; 2]);
    let processes: Vec<_> = survey.contacts.iter().map(|it| it.process.as_ref()).collect();
    assert_eq!(processes, [None, Some(&process)]);
}

#[test]
fn a_full_table_loses_no_contact() {
    let mut wire = Wire::from(11);
    for flow in 0..140_000_u32 {
        let port = u16::try_from(flow % 60_000).unwrap() + 1;
        let them = at(&format!("198.18.{}.1:9", flow / 60_000));
        wire.udp(local(port), them, b"x");
    }
    let survey = wire.survey(&setting());
    assert_eq!(survey.contacts.iter().map(|contact| contact.flows).sum::<u64>(), 140_000);
    assert_eq!(survey.contacts.len(), 3);
    assert!(survey.overflow["flows"] >= 65_536);
}
