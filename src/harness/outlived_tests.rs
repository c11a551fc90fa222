//! Which contacts were made by what was left behind, and how that is told.

use super::*;
use crate::contact::{AddressClass, ContactKind, Host, Process, Transport};

const SECOND: u64 = 1_000_000_000;

fn at(seconds: u64) -> Timestamp {
    Timestamp(1_800_000_000 * SECOND + seconds * SECOND)
}

fn record(pid: u32, parent: u32, name: &str, ended: Option<u64>) -> ProcessRecord {
    ProcessRecord {
        pid,
        parent: Some(parent),
        name: name.to_owned(),
        first_seen: at(0),
        last_seen: at(ended.unwrap_or(10)),
        ended: ended.map(at),
        ..ProcessRecord::default()
    }
}

fn contact(phase: Phase, first: u64, by: Option<(&str, u32)>) -> Contact {
    Contact {
        host: Host::Name("a.test".to_owned()),
        guessed: false,
        address: None,
        port: Some(4711),
        transport: Transport::Udp,
        protocol: None,
        phase,
        class: AddressClass::Outward,
        kind: ContactKind::Traffic,
        expected: None,
        process: by.map(|(name, pid)| Process {
            name: name.to_owned(),
            pid,
            chain: vec!["sh".to_owned(), name.to_owned()],
            ..Process::default()
        }),
        evidence: Vec::new(),
        tls: None,
        requests: Vec::new(),
        flows: 1,
        first: at(first),
        last: at(first),
        packets: 1,
        bytes_out: 1,
        bytes_in: 0,
    }
}

fn spans() -> [PhaseSpan; 4] {
    let span = |phase, start, end| PhaseSpan { phase, start: at(start), end: at(end) };
    [
        span(Phase::Startup, 0, 2),
        span(Phase::Idle, 2, 5),
        span(Phase::Shutdown, 5, 6),
        span(Phase::After, 6, 10),
    ]
}

fn leave<'a>(
    processes: &'a [ProcessRecord],
    heard: Option<Timestamp>,
    spans: &'a [PhaseSpan],
) -> Leave<'a> {
    Leave { processes, first: Some(2), heard, spans, is_alone: true }
}

#[test]
fn what_comes_after_the_end_of_the_first_process_has_outlived_it() {
    for (ended, heard, contact, expected) in [
        // By the record, which is exact, else by when it was heard.
        (Some(1), Some(2), contact(Phase::Startup, 2, Some(("nc", 3))), Some(1)),
        (None, Some(1), contact(Phase::Idle, 3, Some(("nc", 3))), Some(2)),
        (None, Some(3), contact(Phase::Idle, 3, Some(("nc", 3))), None),
        // The first process itself cannot have outlived itself; of nobody it is not known.
        (None, Some(1), contact(Phase::Idle, 3, Some(("sh", 2))), None),
        (None, Some(1), contact(Phase::Idle, 3, None), Some(2)),
        (None, None, contact(Phase::Idle, 3, Some(("nc", 3))), None),
        // What is sent in `after` has, whoever it was.
        (None, Some(6), contact(Phase::After, 8, None), Some(2)),
        (None, None, contact(Phase::After, 8, Some(("nc", 3))), Some(3)),
    ] {
        let processes = [record(2, 1, "sh", ended), record(3, 2, "nc", None)];
        let heard = heard.map(at);
        let spans = spans();
        let leave = leave(&processes, heard, &spans);
        let found = leave.outlived(std::slice::from_ref(&contact));
        assert_eq!(found.get(&0).map(|it| it.after.as_secs()), expected, "{contact:?}");
        // Where there are others on the wire, what is nobody's may be theirs.
        let found = Leave { is_alone: false, ..leave }.outlived(std::slice::from_ref(&contact));
        assert_eq!(found.is_empty(), expected.is_none() || contact.process.is_none());
    }
}

#[test]
fn those_left_behind_are_named() {
    let mut processes = vec![record(2, 1, "sh", None), record(3, 2, "setsid", Some(1))];
    processes.extend((4..9).map(|pid| record(pid, 3, "sl\u{1b}eep", None)));
    let heard = Some(at(1));
    let spans = spans();
    let leave = leave(&processes, heard, &spans);
    let contacts = [contact(Phase::Idle, 3, Some(("nc", 4))), contact(Phase::After, 8, None)];
    let notes = [leave.left_behind(), leave.note(&contacts).unwrap()].map(|note| note.message);
    insta::assert_snapshot!(notes.join("\n"), @r"
it left processes behind, which were ended with the run: sl\u{1b}eep (sh › setsid › sl\u{1b}eep, pid 4); sl\u{1b}eep (sh › setsid › sl\u{1b}eep, pid 5); sl\u{1b}eep (sh › setsid › sl\u{1b}eep, pid 6), and 2 more
its first process, sh, had ended, and nc (sh › nc, pid 4) contacted a.test 2.0 s later
");
    assert_eq!(leave.note(&contacts[1..]), None);
}

#[test]
fn whatever_stays_is_a_finding_but_what_is_known_to() {
    let processes = [
        record(2, 1, "sh", Some(1)),
        record(3, 2, "agent", None),
        record(4, 2, "agent", None),
        record(5, 2, "odd*\"", None),
        record(6, 2, "beacon", None),
        record(7, 2, "gone", Some(3)),
    ];
    let spans = spans();
    let leave = leave(&processes, Some(at(1)), &spans);
    let check = |known: &[&str]| {
        let known: Vec<NamePattern> = known.iter().map(|name| name.parse().unwrap()).collect();
        let found = leave.stayed(&known);
        found.map(|it| format!("{}\n  {}", it.message, it.hint.unwrap_or_default()))
    };
    insta::assert_snapshot!(check(&[]).unwrap(), @r#"
    left behind, and ended with the run: agent (sh › agent, pid 3); agent (sh › agent, pid 4); odd*" (sh › odd*", pid 5), and 1 more
      where they are to stay, put under `application`: left-behind: ["agent","odd*\"","beacon"]
    "#);
    insta::assert_snapshot!(check(&["agent", "odd*"]).unwrap(), @r#"
    left behind, and ended with the run: beacon (sh › beacon, pid 6)
      where they are to stay, put under `application`: left-behind: ["agent","odd*","beacon"]
    "#);
    assert_eq!(check(&["*"]), None);
    let nobody = Leave { processes: &[], ..leave };
    assert_eq!(nobody.stayed(&[]).unwrap().hint, None);
}
