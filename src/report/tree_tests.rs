//! The tree as a person sees it.

use super::*;
use crate::report::sample;
use crate::report::wrap::columns;

fn shown(outcome: &Outcome, width: usize, all: bool) -> String {
    let mut page = Page::new(width, false);
    page.processes(outcome, all);
    page.lines.join("\n")
}

#[test]
fn those_that_made_contacts_and_those_above_them() {
    insta::assert_snapshot!(shown(&sample::family(), 80, false), @r"
processes, in seconds after launch:
sh (2)  0.0 to 0.4  -c '(setsid sh -c '\''sleep 2; exec perl sender.pl collec…
├─ setsid (3)  0.0 to 0.1  sh -c 'sleep 2; exec perl'
│  └─ perl (4)  from 0.1  sender.pl collector.example
│          collector.example 4711/udp in after
└─ curl (5)  0.1 to 0.3  -s http://www.asteriskguru.com/counter/
        sip.ca1.voip.ms 5060/udp in startup
        www.asteriskguru.com 80/tcp in startup
        collector-eu-west-1.telemetry.analytics.example.com 443/tcp in
          startup
        239.255.255.250 1900/udp in startup
        www.dyndns.com looked up in startup
unattributed
     sip.ca1.voip.ms 5060/udp in idle
and 50 processes that contacted nobody
");
}

#[test]
fn weaker_evidence_is_said_to_be_so() {
    let mut outcome = sample::family();
    assert!(!shown(&outcome, 80, false).contains("evidence"));
    for process in outcome.contacts.iter_mut().filter_map(|contact| contact.process.as_mut()) {
        process.known_by = KnownBy::SocketTable;
    }
    let text = shown(&outcome, 40, false);
    let start: Vec<&str> = text.lines().take(4).collect();
    insta::assert_snapshot!(start.join("\n"), @r"
processes, in seconds after launch:
known by the socket tables, looked at
again and again: weaker evidence
sh (2)  0.0 to 0.4  -c '(setsid sh -c…
");
}

#[test]
fn one_process_needs_no_tree() {
    for outcome in [sample::passed(), sample::failed(), sample::invalid()] {
        assert_eq!(shown(&outcome, 80, false), "");
    }
    insta::assert_snapshot!(shown(&sample::passed(), 80, true), @r"
processes, in seconds after launch:
zoiper5 (12)  from 0.0
     sip.ca1.voip.ms 5060/udp in startup idle
     www.asteriskguru.com 80/tcp in startup
");
}

#[test]
fn all_are_shown_where_they_are_asked_for() {
    let all = shown(&sample::family(), 80, true);
    assert_eq!(all.matches("worker (").count(), 50, "{all}");
    assert!(!all.contains("contacted nobody"), "{all}");
}

/// Whatever records and names an application brings about.
#[test]
fn hostile_processes_are_shown_within_the_width() {
    let mut outcome = sample::family();
    let evil = "a\u{1b}[2J\n\u{202e}b\u{6f22}".repeat(30);
    let records = &mut outcome.application.processes;
    for (index, record) in records.iter_mut().enumerate() {
        record.name.clone_from(&evil);
        record.arguments = vec![evil.clone(); 3];
        // A chain as deep as it gets, and a circle at its end.
        record.parent = Some(if index == 0 { 3 } else { record.pid - 1 });
    }
    outcome.contacts[0].process = Some(Process {
        name: evil.clone(),
        pid: 55,
        chain: vec![evil.clone(); 9],
        ..Process::default()
    });
    outcome.contacts[1].process =
        Some(Process { pid: 4711, chain: vec![evil; 9], ..Process::default() });
    for width in [40, 80, 120] {
        for all in [false, true] {
            let text = shown(&outcome, width, all);
            assert!(text.contains("4711"), "{text}");
            for line in text.lines() {
                assert!(columns(line) <= width, "{width}: {line}");
                assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line}");
            }
        }
    }
}
