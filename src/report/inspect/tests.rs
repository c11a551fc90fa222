//! What people and programs see of an inspection, at the widths that terminals have.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::{InspectFormat, InspectReport, Look, Times};
use crate::contact::{
    AddressClass, Contact, Evidence, EvidenceKind, FlowKey, FlowRecord, Host, LookupRecord,
    PacketLine, Party, Protocol, Transport,
};
use crate::harness::{CaptureFacts, Damage, FileFacts, Inspection, InterfaceFacts, Note};
use crate::packet::Timestamp;
use crate::query::View;
use crate::report::sample;
use crate::report::wrap::columns;

const START: Timestamp = Timestamp(1_800_000_000_000_000_000);
const VIEWS: [View; 4] = View::ALL;

fn sampled() -> Inspection {
    let failed = sample::failed();
    let mut contacts = failed.contacts;
    let certificate = |name| Evidence::new(EvidenceKind::Certificate, name);
    if let Some(contact) = contacts.first_mut() {
        contact.evidence.push(Evidence::new(EvidenceKind::SipUri, "sip.ca1.voip.ms"));
        contact.evidence.push(Evidence::outer(EvidenceKind::TlsSni, "outer.example"));
    }
    if let Some(contact) = contacts.get_mut(1) {
        contact.guessed = true;
        contact.evidence =
            ["www.asteriskguru.com", "b.example", "c.example", "d.example", "e.example"]
                .map(certificate)
                .to_vec();
        contact.requests.iter_mut().for_each(|request| request.status = Some(302));
    }
    let mut lookups = failed.lookups;
    for lookup in &mut lookups {
        let alias = |owner: &str, data: &str| LookupRecord {
            owner: owner.to_owned(),
            record_type: "CNAME".to_owned(),
            data: data.to_owned(),
            time: START,
        };
        // The last one leads back to the first.
        lookup.records = vec![
            alias("sip.ca1.voip.ms", "a.cdn.example"),
            alias("a.cdn.example", "b.cdn.example"),
            alias("b.cdn.example", "a.cdn.example"),
        ];
    }
    let flow = FlowRecord {
        key: key(),
        host: Host::from_text("sip.ca1.voip.ms"),
        guessed: false,
        protocol: Some(Protocol::Sip),
        class: AddressClass::Outward,
        process: None,
        evidence: vec![Evidence::new(EvidenceKind::Dns, "sip.ca1.voip.ms")],
        requests: contacts.first().map(|contact| contact.requests.clone()).unwrap_or_default(),
        first: START,
        last: Timestamp(START.0 + 1),
        packets_out: 4,
        packets_in: 3,
        bytes_out: 2_000,
        bytes_in: 1_000_000,
        marks: BTreeMap::from([("lost-segment", 1), ("retransmission", 12)]),
    };
    Inspection {
        chosen: false,
        scenario: None,
        verdict: None,
        findings: None,
        contacts,
        lookups,
        dhcp: Vec::new(),
        flows: Some(vec![flow]),
        application: None,
        phases: Vec::new(),
        capture: facts(),
        resolvers: failed.noise.len(),
        noise: failed.noise,
        notes: vec![Note { message: "something limits it".to_owned(), hint: None }],
        snapshot: None,
        started: Some(START),
        version: "0.1.0",
    }
}

fn facts() -> CaptureFacts {
    let interface = InterfaceFacts {
        name: Some("eth0".to_owned()),
        description: None,
        link: 1,
        received: Some(62),
        dropped: Some(1),
    };
    CaptureFacts {
        packets: 61,
        read: 61,
        lost: 1,
        other: BTreeMap::from([("arp", 2)]),
        overflow: BTreeMap::from([("flows", 1)]),
        first: Some(START),
        last: Some(Timestamp(START.0 + 90_000_000_000)),
        gateways: Vec::new(),
        own: false,
        runs: Vec::new(),
        disordered: 0,
        files: vec![FileFacts {
            file: PathBuf::from("night.pcapng"),
            format: "pcapng",
            compressed: true,
            packets: 61,
            bytes: 7000,
            interfaces: vec![interface],
            damage: Some(Damage { packets: 61, offset: 7000, message: "it is cut".to_owned() }),
        }],
    }
}

fn key() -> FlowKey {
    FlowKey {
        transport: Transport::Udp,
        client: "192.0.2.2:5060".parse().unwrap(),
        server: "198.18.0.3:5060".parse().unwrap(),
    }
}

fn line() -> PacketLine {
    let end = |address: &str, name: Option<&str>| Party {
        address: address.to_owned(),
        name: name.map(str::to_owned),
        port: Some(5060),
    };
    PacketLine {
        number: 7,
        time: Timestamp(START.0 + 2_264_280_000),
        source: end("192.0.2.2", None),
        destination: end("198.18.0.3", Some("sip.ca1.voip.ms")),
        label: "SIP".into(),
        protocol: Some(Protocol::Sip),
        length: 400,
        info: "[retransmission] Request: REGISTER sip:sip.ca1.voip.ms;transport=UDP and so on"
            .to_owned(),
        comments: vec!["why again?".to_owned()],
        flow: Some(key()),
        host: Some(Host::from_text("sip.ca1.voip.ms")),
    }
}

fn look(width: usize) -> Look {
    Look { width, wrap: true, colour: false, names: true, times: Times::Relative }
}

fn shown(view: View, format: InspectFormat, look: Look, inspection: &Inspection) -> String {
    let mut out = Vec::new();
    let mut report = InspectReport::new(view, format, look, &mut out);
    report.packet(&line(), START).unwrap();
    report.finish(inspection).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn views_for_people() {
    for (width, name) in [(80, "narrow"), (130, "wide")] {
        for view in VIEWS {
            let text = shown(view, InspectFormat::Text, look(width), &sampled());
            insta::assert_snapshot!(format!("{view:?}_{name}"), text);
        }
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [40, 59, 79, 80, 81, 119, 120, 121, 200] {
        for view in VIEWS {
            for times in [Times::Relative, Times::Absolute] {
                // What stands before a packet's text needs its room.
                if view == View::Packets && width < 80 {
                    continue;
                }
                let look = Look { times, ..look(width) };
                for line in shown(view, InspectFormat::Text, look, &sampled()).lines() {
                    let is_list = line.contains("SOURCE") || line.contains("192.0.2.2  ");
                    assert!(is_list || columns(line) <= width, "{width}: {line}");
                    assert_eq!(line.trim_end(), line, "{width}");
                }
            }
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    for view in VIEWS {
        let plain = shown(view, InspectFormat::Text, look(80), &sampled());
        let look = Look { colour: true, ..look(80) };
        let coloured = shown(view, InspectFormat::Text, look, &sampled());
        assert!(coloured.contains('\u{1b}'));
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
    }
}

/// Each format, each view: hosts, requests and names are written by strangers.
#[test]
fn what_strangers_wrote_is_not_obeyed() {
    let evil = "a\u{1b}[2J\r\n\u{202e}b\u{9b}";
    let mut inspection = sampled();
    let spoil = |contact: &mut Contact| {
        contact.host = Host::Name(evil.to_owned());
        contact.evidence.iter_mut().for_each(|piece| piece.name = evil.to_owned());
        contact.requests.iter_mut().for_each(|request| request.target = evil.to_owned());
    };
    inspection.contacts.iter_mut().for_each(spoil);
    inspection.noise.iter_mut().for_each(spoil);
    for flow in inspection.flows.iter_mut().flatten() {
        flow.host = Host::Name(evil.to_owned());
        flow.evidence.iter_mut().for_each(|piece| piece.name = evil.to_owned());
    }
    for lookup in &mut inspection.lookups {
        lookup.name = evil.to_owned();
        lookup.record_type = evil.to_owned();
        lookup.status = Some(evil.to_owned());
        lookup.answers = vec![evil.to_owned()];
        lookup.records.iter_mut().for_each(|record| record.data = evil.to_owned());
    }
    inspection.capture.files.iter_mut().for_each(|file| file.file = PathBuf::from(evil));
    inspection.notes.iter_mut().for_each(|note| note.message = evil.to_owned());
    let mut packet = line();
    packet.destination.name = Some(evil.to_owned());
    packet.info = evil.to_owned();
    packet.comments = vec![evil.to_owned()];
    packet.label = evil.into();
    for view in VIEWS {
        for format in
            [InspectFormat::Text, InspectFormat::Json, InspectFormat::JsonLines, InspectFormat::Csv]
        {
            let mut out = Vec::new();
            let mut report = InspectReport::new(view, format, look(80), &mut out);
            report.packet(&packet, START).unwrap();
            report.finish(&inspection).unwrap();
            let text = String::from_utf8(out).unwrap();
            let odd = text.chars().find(|c| c.is_control() && *c != '\n' || *c == '\u{202e}');
            assert_eq!(odd, None, "{view:?} {format:?}: {text}");
        }
    }
}

/// Every key of every view stands in the document.
#[test]
fn every_key_is_documented() {
    let documented = include_str!("../../../docs/result-format.md");
    let mut judged = sampled();
    judged.findings = Some(sample::failed().findings);
    judged.verdict = Some(sample::failed().verdict);
    for view in VIEWS {
        let text = shown(view, InspectFormat::Json, look(80), &judged);
        assert_eq!(text.lines().count(), 1);
        check_keys(&serde_json::from_str(&text).unwrap(), documented);
    }
}

fn check_keys(value: &Value, documented: &str) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                assert!(documented.contains(&format!("`{key}`")), "{key} is not documented");
                // What packets were, and which marks they bear, is data.
                if !["other", "overflow", "marks"].contains(&key.as_str()) {
                    check_keys(value, documented);
                }
            }
        }
        Value::Array(array) => array.iter().for_each(|value| check_keys(value, documented)),
        _ => {}
    }
}

#[test]
fn lists_without_packets_are_whole_too() {
    for (format, expected) in [
        (InspectFormat::Text, "no packets"),
        (InspectFormat::Json, "{\"packets\":[],\"scenario\":null"),
        (InspectFormat::Csv, "number,time,source"),
    ] {
        let mut out = Vec::new();
        InspectReport::new(View::Packets, format, look(80), &mut out).finish(&sampled()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(expected), "{text}");
    }
}
