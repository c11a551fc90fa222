//! Which rows an expression holds for.

use std::collections::BTreeMap;

use super::{Query, Row, View};
use crate::contact::{
    AddressClass, Contact, ContactKind, Evidence, EvidenceKind, FlowKey, FlowRecord, Host, Lookup,
    LookupRecord, LookupVia, PacketLine, Party, Phase, Process, Protocol, Request, Transport,
};
use crate::packet::Timestamp;

const START: Timestamp = Timestamp(1_800_000_000_000_000_000);

fn after(seconds: u64) -> Timestamp {
    Timestamp(START.0 + seconds * 1_000_000_000)
}

fn check(view: View, row: &dyn Row, cases: &[(&str, bool)]) {
    for (text, expected) in cases {
        let query = Query::parse(text, view).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(query.matches(row, START), *expected, "{text}");
    }
}

fn requests() -> Vec<Request> {
    let answered = Request { status: Some(404), ..Request::new("GET", "/update?v=1") };
    vec![answered, Request::new("POST", "/events")]
}

#[test]
fn contacts_are_chosen_by_their_fields() {
    let contact = Contact {
        host: Host::from_text("au.download.example.com"),
        guessed: false,
        address: "198.51.100.7".parse().ok(),
        port: Some(443),
        transport: Transport::Tcp,
        protocol: Some(Protocol::Tls),
        phase: Phase::Startup,
        class: AddressClass::Outward,
        kind: ContactKind::Traffic,
        expected: None,
        process: Some(Process { name: "curl".to_owned(), pid: 3, ..Process::default() }),
        evidence: vec![
            Evidence::new(EvidenceKind::Dns, "au.download.example.com"),
            Evidence::new(EvidenceKind::TlsSni, "cdn.example.net"),
        ],
        tls: None,
        requests: requests(),
        flows: 2,
        first: after(10),
        last: after(20),
        packets: 12,
        bytes_out: 10_000,
        bytes_in: 5,
    };
    check(
        View::Contacts,
        &contact,
        &[
            ("host = *.example.com", true),
            ("host = example.com", false),
            ("host ~ DOWNLOAD", true),
            ("host !~ windows", true),
            ("host in (a.example, *.example.com)", true),
            ("name = cdn.example.net", true),
            ("name = other.example", false),
            ("address = 198.51.100.0/24", true),
            ("address = 198.51.100.8", false),
            ("port in 1..1023", true),
            ("port != 443", false),
            ("port < 443", false),
            ("port <= 443 and port >= 443", true),
            ("protocol in (http, tls)", true),
            ("protocol = dns or class = outward", true),
            ("not class = outward", false),
            ("process = CURL and phase = startup", true),
            ("kind = lookup", false),
            ("time > 15s", true),
            ("time < 15s", true),
            ("time > 20s", false),
            ("time = 12s", true),
            ("time in 1s..9s", false),
            ("time in 20s..30s", true),
            ("first = 10s and last = 20s", true),
            ("time > 2027-01-15T08:00:00Z", true),
            ("duration = 10s", true),
            ("bytes_out >= 10k and bytes_in < 1k", true),
            ("bytes = 10005 and packets = 12 and flows = 2", true),
            ("method = get and method = post", true),
            ("target ~ 'v=1'", true),
            ("status = 404", true),
            ("status != 404", false),
            ("status < 400", false),
            ("evidence = tls-sni", true),
            ("guessed", false),
            // Nobody knows, so neither holds.
            ("expected", false),
            ("expected = false", false),
            ("expected != true", true),
        ],
    );
}

#[test]
fn flows_and_packets_are_chosen_by_their_fields() {
    let key = FlowKey {
        transport: Transport::Tcp,
        client: "192.0.2.2:2304".parse().unwrap(),
        server: "198.51.100.80:80".parse().unwrap(),
    };
    let flow = FlowRecord {
        key,
        host: Host::from_text("www.example.org"),
        guessed: true,
        protocol: Some(Protocol::Http),
        class: AddressClass::Outward,
        process: None,
        evidence: Vec::new(),
        requests: requests(),
        first: START,
        last: after(1),
        packets_out: 6,
        packets_in: 5,
        bytes_out: 1,
        bytes_in: 2,
        marks: BTreeMap::from([("retransmission", 1)]),
    };
    check(
        View::Flows,
        &flow,
        &[
            ("client = 192.0.2.2 and server = 198.51.100.0/24", true),
            ("address = 192.0.2.0/24", true),
            ("port = 80", true),
            ("port = 2304", false),
            ("mark = retransmission", true),
            ("mark = window_full", false),
            ("mark ~ re", true),
            ("packets = 11 and bytes = 3", true),
            ("guessed and transport = tcp", true),
        ],
    );
    let end = |address: &str, name: Option<&str>, port| Party {
        address: address.to_owned(),
        name: name.map(str::to_owned),
        port: Some(port),
    };
    let packet = PacketLine {
        number: 7,
        time: after(2),
        source: end("192.0.2.2", None, 2304),
        destination: end("198.51.100.80", Some("www.example.org"), 80),
        label: "TCP".into(),
        protocol: Some(Protocol::Http),
        length: 62,
        info: "2304 > 80 [SYN] Seq=0".to_owned(),
        comments: vec!["Look here".to_owned()],
        flow: Some(key),
        host: Some(Host::from_text("www.example.org")),
    };
    check(
        View::Packets,
        &packet,
        &[
            ("host = www.example.org", true),
            ("host = 192.0.2.2", true),
            ("source = 192.0.2.0/24", true),
            ("destination = *.example.org and destination = 198.51.100.80", true),
            ("source = www.example.org", false),
            ("port = 2304 and port = 80", true),
            ("comment ~ look and comment !~ there", true),
            ("comment = \"look here\"", true),
            ("label = tcp and protocol = http", true),
            ("info ~ '[syn]'", true),
            ("bytes > 60 and number = 7", true),
            ("time = 2s", true),
            ("client = 192.0.2.2", true),
        ],
    );
}

#[test]
fn lookups_are_chosen_by_their_fields() {
    let lookup = Lookup {
        name: "www.example.org".to_owned(),
        record_type: "A".to_owned(),
        answers: vec!["198.51.100.80".to_owned()],
        records: vec![LookupRecord {
            owner: "www.example.org".to_owned(),
            record_type: "CNAME".to_owned(),
            data: "cdn.example.net".to_owned(),
            time: START,
        }],
        status: Some("NOERROR".to_owned()),
        via: LookupVia::DnsTcp,
        server: "192.0.2.1".parse().unwrap(),
        phase: Phase::Startup,
        queries: 2,
        first: after(1),
        process: None,
    };
    check(
        View::Lookups,
        &lookup,
        &[
            ("name = *.example.org and host = *.example.org", true),
            ("type = a", true),
            ("type in (aaaa, txt)", false),
            ("type = TYPE65400 or type = nbstat", false),
            ("type ~ a", true),
            ("answer = 198.51.100.0/24", true),
            ("answer = cdn.example.net", true),
            ("status = noerror", true),
            ("via = dns-tcp and server = 192.0.2.1", true),
            ("queries > 1 and time < 2s", true),
            ("process = curl", false),
        ],
    );
}
