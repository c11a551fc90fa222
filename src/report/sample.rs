//! Outcomes for the tests of the reporters.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::contact::{
    AddressClass, Contact, ContactKind, Evidence, EvidenceKind, Host, Lookup, LookupVia, Phase,
    PhaseSpan, Process, ProcessRecord, Protocol, Request, Transport,
};
use crate::diff::{Code, Finding, Verdict};
use crate::harness::{
    ApplicationOutcome, CaptureSummary, LaunchedAs, Note, Outcome, SnapshotOutcome, SnapshotState,
};
use crate::packet::Timestamp;

const START: Timestamp = Timestamp(1_800_000_000_000_000_000);

fn process() -> Process {
    Process {
        name: "zoiper5".to_owned(),
        pid: 12,
        chain: vec!["zoiper5".to_owned()],
        ..Process::default()
    }
}

/// A contact over TCP at startup.
pub(super) fn contact(host: &str, port: u16, protocol: Option<Protocol>) -> Contact {
    Contact {
        host: Host::from_text(host),
        address: "198.18.0.3".parse().ok(),
        port: Some(port),
        transport: Transport::Tcp,
        protocol,
        phase: Phase::Startup,
        class: AddressClass::Outward,
        kind: ContactKind::Traffic,
        expected: Some(true),
        guessed: false,
        process: Some(process()),
        evidence: vec![Evidence::new(EvidenceKind::Dns, host)],
        tls: None,
        requests: Vec::new(),
        flows: 1,
        first: START,
        last: START,
        packets: 4,
        bytes_out: 1204,
        bytes_in: 830,
    }
}

fn request(method: &str, target: &str) -> Request {
    Request::new(method, target)
}

/// The reference trace, as expected.
pub(super) fn passed() -> Outcome {
    let register = Contact {
        transport: Transport::Udp,
        requests: vec![request("REGISTER", "sip:sip.ca1.voip.ms;transport=UDP")],
        ..contact("sip.ca1.voip.ms", 5060, Some(Protocol::Sip))
    };
    let keep_alive = Contact { phase: Phase::Idle, requests: Vec::new(), ..register.clone() };
    let counter = Contact {
        requests: vec![request("GET", "/counter/?version=2.14&dllversion=650&branch=zoiper")],
        ..contact("www.asteriskguru.com", 80, Some(Protocol::Http))
    };
    Outcome {
        scenario: "zoiper".to_owned(),
        source: Some(PathBuf::from("scenarios/zoiper.yaml")),
        internet: Default::default(),
        sandbox: Default::default(),
        verdict: Verdict::Pass,
        findings: Vec::new(),
        contacts: vec![register, counter, keep_alive],
        lookups: vec![Lookup {
            name: "sip.ca1.voip.ms".to_owned(),
            record_type: "A".to_owned(),
            answers: vec!["198.18.0.3".to_owned()],
            records: Vec::new(),
            status: Some("NOERROR".to_owned()),
            via: LookupVia::Dns,
            server: "198.18.0.1".parse().unwrap(),
            phase: Phase::Startup,
            queries: 1,
            first: START,
            process: Some(process()),
        }],
        application: ApplicationOutcome {
            command: vec!["zoiper5".to_owned()],
            launched_as: LaunchedAs::Command,
            exit: None,
            processes: vec![ProcessRecord {
                pid: 12,
                parent: None,
                name: "zoiper5".to_owned(),
                arguments: vec!["zoiper5".to_owned()],
                first_seen: START,
                last_seen: START,
                ..ProcessRecord::default()
            }],
        },
        phases: vec![PhaseSpan {
            phase: Phase::Startup,
            start: START,
            end: Timestamp(START.0 + 18_300_000_000),
        }],
        capture: CaptureSummary {
            packets: 61,
            lost: 0,
            other: BTreeMap::from([("arp".to_owned(), 2)]),
            file: None,
        },
        background: Vec::new(),
        noise: Vec::new(),
        notes: Vec::new(),
        snapshot: Some(SnapshotOutcome {
            file: PathBuf::from("snapshots/zoiper.snap"),
            state: SnapshotState::Unchanged,
            diff: None,
        }),
        started: START,
        version: "0.1.0".to_owned(),
        excerpts: Vec::new(),
    }
}

/// The same with a host that the baseline does not hold, a changed snapshot, a neighbour
/// and a name that was only looked up.
pub(super) fn failed() -> Outcome {
    let mut outcome = passed();
    let tracker = Contact {
        expected: Some(false),
        requests: (1..=5).map(|n| request("POST", &format!("/v1/events?batch={n}"))).collect(),
        ..contact("collector-eu-west-1.telemetry.analytics.example.com", 443, Some(Protocol::Tls))
    };
    let neighbour = Contact {
        transport: Transport::Udp,
        class: AddressClass::Multicast,
        ..contact("239.255.255.250", 1900, Some(Protocol::Ssdp))
    };
    let lookup = Contact {
        kind: ContactKind::Lookup,
        port: None,
        transport: Transport::Udp,
        expected: Some(false),
        ..contact("www.dyndns.com", 0, Some(Protocol::Dns))
    };
    outcome.contacts.extend([tracker, neighbour, lookup]);
    outcome.verdict = Verdict::Fail;
    outcome.findings = vec![
        Finding {
            code: Code::UnexpectedContact,
            message: "zoiper5 contacted collector-eu-west-1.telemetry.analytics.example.com \
                      443/tcp (tls) in startup, which no rule of the baseline expects"
                .to_owned(),
            contact: Some(3),
            contacts: vec![3],
            processes: Vec::new(),
            rule: None,
            accept: Some(
                "- host: collector-eu-west-1.telemetry.analytics.example.com\n  port: 443\n  \
                 transport: tcp\n  phases: [startup]\n  reason: \"say here why this is right\""
                    .to_owned(),
            ),
            hint: Some(
                "where that is right, add `- { host: collector-eu-west-1.telemetry.analytics\
                 .example.com, port: 443 }` to `expect` in scenarios/zoiper.yaml"
                    .to_owned(),
            ),
        },
        Finding::new(
            Code::SnapshotChanged,
            "the result differs from snapshots/zoiper.snap",
            Some("run `apptrace review` to accept or reject the change".to_owned()),
        ),
    ];
    outcome.snapshot = Some(SnapshotOutcome {
        file: PathBuf::from("snapshots/zoiper.snap"),
        state: SnapshotState::Changed,
        diff: Some(
            "--- snapshots/zoiper.snap\n+++ this run\n@@ -1,5 +1,6 @@\n ran: command\n \
             contacts:\n+  collector-eu-west-1.telemetry.analytics.example.com  443/tcp  tls  \
             startup\n   sip.ca1.voip.ms  5060/udp  sip  startup idle\n"
                .to_owned(),
        ),
    });
    outcome.noise = vec![contact("ntp.example", 123, Some(Protocol::Ntp))];
    outcome.notes = vec![Note {
        message: "io_uring was denied".to_owned(),
        hint: Some("none is needed: programs fall back".to_owned()),
    }];
    outcome.capture.file = Some(PathBuf::from("captures/zoiper.pcapng"));
    outcome
}

/// A run that proves nothing.
pub(super) fn invalid() -> Outcome {
    let mut outcome = passed();
    outcome.scenario = "ntp".to_owned();
    outcome.verdict = Verdict::Invalid;
    outcome.contacts.clear();
    outcome.capture.lost = 7;
    outcome.findings = vec![Finding::new(
        Code::PacketsLost,
        "7 packets were lost, so a contact may be missing",
        None,
    )];
    if let Some(snapshot) = &mut outcome.snapshot {
        snapshot.state = SnapshotState::NotCompared;
    }
    outcome
}

/// A shell that starts a sender, which goes on when the shell has ended, beside fifty silent
/// workers; somebody unknown sends as well.
pub(super) fn family() -> Outcome {
    let seconds = |seconds: f64| Timestamp(START.0 + (seconds * 1e9) as u64);
    let record = |pid, parent, arguments: &[&str], (began, ended): (f64, Option<f64>)| {
        let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
        ProcessRecord {
            pid,
            parent,
            name: arguments[0].clone(),
            arguments,
            directory: Some("/home/user".to_owned()),
            first_seen: seconds(began),
            last_seen: seconds(ended.unwrap_or(18.3)),
            ended: ended.map(seconds),
            ..ProcessRecord::default()
        }
    };
    let by = |pid, chain: &[&str]| {
        let chain: Vec<String> = chain.iter().map(|it| (*it).to_owned()).collect();
        Some(Process { name: chain[chain.len() - 1].clone(), pid, chain, ..Process::default() })
    };
    let mut outcome = failed();
    let script = "(setsid sh -c 'sleep 2; exec perl sender.pl collector.example' &); curl -s \
                  http://www.asteriskguru.com/counter/";
    let records = &mut outcome.application.processes;
    *records = vec![
        record(2, Some(1), &["sh", "-c", script], (0.0, Some(0.4))),
        record(3, Some(2), &["setsid", "sh", "-c", "sleep 2; exec perl"], (0.0, Some(0.1))),
        record(4, Some(3), &["perl", "sender.pl", "collector.example"], (0.1, None)),
        record(
            5,
            Some(2),
            &["curl", "-s", "http://www.asteriskguru.com/counter/"],
            (0.1, Some(0.3)),
        ),
    ];
    records.extend((6..56).map(|pid| record(pid, Some(2), &["worker"], (0.2, Some(0.3)))));
    for contact in &mut outcome.contacts {
        contact.process = by(5, &["sh", "curl"]);
    }
    outcome.contacts[2].process = None;
    let late = Contact {
        phase: Phase::After,
        transport: Transport::Udp,
        expected: Some(false),
        process: by(4, &["sh", "setsid", "perl"]),
        first: seconds(2.1),
        last: seconds(2.1),
        packets: 1,
        bytes_out: 43,
        bytes_in: 0,
        ..contact("collector.example", 4711, None)
    };
    outcome.contacts.push(late);
    outcome
}
