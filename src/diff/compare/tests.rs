//! The comparison, as tables of contacts and rules.

use std::time::Duration;

use super::*;
use crate::contact::{Process, Protocol};
use crate::diff::Since;
use crate::packet::Timestamp;
use crate::scenario::Scenario;

mod due;

/// A contact from `HOST PORT/TRANSPORT PHASE [FLOWS] [lookup|loopback|by NAME]`.
fn contact(text: &str) -> Contact {
    let mut words = text.split_whitespace();
    let host = Host::from_text(words.next().unwrap());
    let (port, transport) = words.next().unwrap().split_once('/').unwrap();
    let transport = serde_json::from_value(transport.into()).unwrap();
    let phase = serde_json::from_value(words.next().unwrap().into()).unwrap();
    let rest: Vec<&str> = words.collect();
    let process = rest.iter().position(|word| *word == "by").map(|at| Process {
        name: rest[at + 1].to_owned(),
        pid: 7,
        chain: vec![rest[at + 1].to_owned()],
        ..Process::default()
    });
    let lookup = rest.contains(&"lookup");
    Contact {
        host,
        address: None,
        port: port.parse().ok(),
        transport,
        protocol: lookup.then_some(Protocol::Dns),
        phase,
        class: match rest.contains(&"loopback") {
            true => AddressClass::Loopback,
            false => AddressClass::Outward,
        },
        kind: if lookup { ContactKind::Lookup } else { ContactKind::Traffic },
        expected: None,
        guessed: false,
        process,
        evidence: Vec::new(),
        tls: None,
        requests: Vec::new(),
        flows: rest.iter().find_map(|word| word.parse().ok()).unwrap_or(1),
        first: Timestamp::default(),
        last: Timestamp::default(),
        packets: 1,
        bytes_out: 1,
        bytes_in: 0,
    }
}

/// Compares on a day in July, at which what was sent in `after` had outlived the application.
fn judged(contacts: &mut [Contact], rules: Option<&str>) -> Vec<Finding> {
    let scenario = rules.map(scenario);
    let late = contacts.iter().enumerate().filter(|(_, contact)| contact.phase == Phase::After);
    let outlived = late.map(|(index, contact)| {
        let process = contact.process.as_ref();
        let outlived = Outlived {
            chain: process.map(|process| process.chain.clone()).unwrap_or_default(),
            pid: process.map(|process| process.pid),
            after: Duration::from_secs(2),
            since: Since::Ended("sh".to_owned()),
        };
        (index, outlived)
    });
    let by = Judged {
        expect: scenario.as_ref().and_then(|scenario| scenario.expect.as_deref()),
        day: "2026-07-15".parse().unwrap(),
        outlived: &outlived.collect(),
    };
    compare(contacts, &by)
}

fn scenario(rules: &str) -> Scenario {
    let text = format!("application: {{ command: [x] }}\nexpect:\n{rules}\n");
    Scenario::parse(text.as_bytes(), "x.yaml").unwrap_or_else(|error| panic!("{error}"))
}

/// Compares and shows each finding as `code contact`, and each contact's `expected`.
#[track_caller]
fn check(rules: &str, contacts: &[&str], findings: &[&str], expected: &str) {
    let mut contacts: Vec<Contact> = contacts.iter().map(|text| contact(text)).collect();
    let found = judged(&mut contacts, Some(rules));
    let shown: Vec<String> = found
        .iter()
        .map(|finding| match finding.contact {
            Some(index) => format!("{} {index}", finding.code),
            None => finding.code.to_string(),
        })
        .collect();
    assert_eq!(shown, findings, "{rules}");
    let marks: String = contacts
        .iter()
        .map(|contact| match contact.expected {
            Some(true) => '+',
            Some(false) => '-',
            None => '.',
        })
        .collect();
    assert_eq!(marks, expected, "{rules}");
    // Whatever is proposed can be pasted, and settles what it was proposed for.
    for (finding, hint) in found.iter().filter_map(|it| Some((it, it.accept.as_ref()?))) {
        let again = judged(&mut contacts, Some(hint));
        let settled = match finding.contact {
            Some(index) => contacts[index].expected == Some(true),
            None => true,
        };
        assert!(
            settled
                && again
                    .iter()
                    .all(|next| next.code != finding.code || next.contact != finding.contact),
            "{hint}"
        );
    }
}

#[test]
fn contacts_against_rules() {
    let a443 = "a.test 443/tcp startup";
    check("  []", &[a443], &["unexpected-contact 0"], "-");
    check("  []", &[], &[], "");
    check("- a.test", &[a443, "A.test 1/udp idle"], &[], "++");
    check(
        "- { host: a.test, port: 443 }",
        &[a443, "a.test 80/tcp startup"],
        &["unexpected-contact 1"],
        "+-",
    );
    check("- { host: a.test, port: 443 }", &["a.test -/icmp idle"], &["unexpected-contact 0"], "-");
    check("- { host: a.test, transport: udp }", &[a443], &["unexpected-contact 0"], "-");
    check("- { host: a.test, port: [80, 400-500], transport: tcp }", &[a443], &[], "+");
    check("  []", &["127.0.0.1 80/tcp idle loopback"], &[], ".");
    // A deny rule beats every allow rule, wherever it stands.
    check("- \"*\"\n- { deny: a.test }", &[a443, "b.test 1/tcp idle"], &["denied-contact 0"], "-+");
    check("- { deny: a.test, phases: [idle] }\n- a.test", &[a443], &[], "+");
    // Of several allow rules one suffices.
    check(
        "- { host: a.test, phases: [idle] }\n- { host: a.test, phases: [startup] }",
        &[a443],
        &[],
        "+",
    );
    check("- { host: a.test, phases: [idle] }", &[a443], &["wrong-phase 0"], "-");
    // One finding for one service, whatever the number of phases.
    check(
        "  []",
        &[a443, "b.test 1/tcp idle", "a.test 443/tcp idle", "a.test 443/tcp shutdown"],
        &["unexpected-contact 0", "unexpected-contact 1"],
        "----",
    );
}

#[test]
fn numbers_and_requirements() {
    let twice = ["a.test 80/tcp startup 2", "a.test 81/tcp idle 1"];
    check("- { host: a.test, at-most: 3 }", &twice, &[], "++");
    check("- { host: a.test, at-most: 2 }", &twice, &["too-often 0"], "++");
    check("- { host: a.test, port: 81, at-most: 1 }\n- a.test", &twice, &[], "++");
    check("- { host: a.test, required: true }", &[], &["missing-contact"], "");
    check("- { host: a.test, required: true }", &twice, &[], "++");
    check(
        "- { host: a.test, required: true, phases: [after] }\n- a.test",
        &twice,
        &["missing-contact"],
        "++",
    );
    check(
        "- { host: \"*.test\", required: true }",
        &["a.b 1/tcp idle"],
        &["unexpected-contact 0", "missing-contact"],
        "-",
    );
    check(
        "- { host: 127.0.0.1, required: true }",
        &["127.0.0.1 80/tcp idle loopback"],
        &["missing-contact"],
        ".",
    );
}

#[test]
fn lookups() {
    let lookup = "a.test 53/udp startup 4 lookup";
    check("- { host: a.test, port: 443, transport: tcp }", &[lookup], &[], "+");
    check("- { host: a.test, port: 443, phases: [idle] }", &[lookup], &["wrong-phase 0"], "-");
    check("- { host: a.test, at-most: 1 }", &[lookup], &[], "+");
    check("- { host: a.test, port: 53, at-most: 1 }", &[lookup], &["too-often 0"], "+");
    check("- { host: a.test, required: true }", &[lookup], &["missing-contact"], "+");
    check("- { host: a.test, port: 53, required: true }", &[lookup], &[], "+");
    check("- { deny: a.test }", &[lookup], &["denied-contact 0"], "-");
    check("- a.test\n- { deny: a.test, port: 80 }", &[lookup], &[], "+");
    check("  []", &[lookup], &["unexpected-contact 0"], "-");
}

#[test]
fn without_a_baseline_nothing_is_judged() {
    let mut contacts = [contact("a.test 443/tcp startup")];
    assert!(judged(&mut contacts, None).is_empty());
    assert_eq!(contacts[0].expected, None);
}

#[test]
fn messages_are_for_people() {
    let rules = "\
- { host: b.test, port: 443, phases: [idle] }
- { deny: evil.test, reason: it counts users }
- { host: c.test, port: 80, transport: tcp, at-most: 1 }
- { host: \"*.d.test\", required: true, phases: [startup, idle] }";
    let mut contacts: Vec<Contact> = [
        "telemetry.example.com 443/tcp startup by zoiper5",
        "telemetry.example.com 443/tcp shutdown by curl",
        "2001:db8::1 5060/udp idle",
        "198.51.100.7 -/icmp idle",
        "b.test 443/tcp startup",
        "evil.test 80/tcp idle",
        "c.test 80/tcp idle 3",
        "x.d.test 53/udp idle lookup",
        "y.test 53/udp idle lookup",
    ]
    .iter()
    .map(|text| contact(text))
    .collect();
    contacts[0].protocol = Some(Protocol::Tls);
    contacts[2].host = Host::Name("a\u{1b}[2Jb\u{202e}\r\nc".to_owned());
    let findings = judged(&mut contacts, Some(rules));
    let shown: Vec<String> = findings
        .iter()
        .map(|finding| {
            assert!(!finding.message.contains(char::is_control));
            let hint = finding.hint.as_deref().unwrap_or("none");
            format!("{}: {}\n    hint: {hint}", finding.code, finding.message)
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
unexpected-contact: telemetry.example.com 443/tcp (tls) in startup and shutdown, by zoiper5 and curl: no rule expects it
    hint: - { host: telemetry.example.com, port: 443, transport: tcp, phases: [startup, shutdown], process: ["zoiper5", "curl"] }
unexpected-contact: a\u{1b}[2Jb\u{202e}\u{d}\u{a}c 5060/udp in idle: no rule expects it
    hint: none
unexpected-contact: 198.51.100.7 icmp in idle: no rule expects it
    hint: - { host: 198.51.100.7, transport: icmp, phases: [idle] }
unexpected-contact: y.test (looked up, nothing sent) in idle: no rule expects it
    hint: - { host: y.test, port: 53, phases: [idle] }
denied-contact: evil.test 80/tcp in idle: denied by the rule on line 4: it counts users
    hint: line 4 of the scenario would have to go
missing-contact: *.d.test in startup or idle: not contacted, though the rule on line 6 requires it; its name was looked up, but nothing was sent
    hint: - { host: "*.d.test", phases: [startup, idle] }
wrong-phase: b.test 443/tcp in startup: the rule on line 3 expects it in idle only
    hint: - { host: b.test, port: 443, phases: [startup, idle] }
too-often: c.test 80/tcp: contacted 3 times, the rule on line 5 allows it at most once
    hint: - { host: c.test, port: 80, transport: tcp, at-most: 3 }
"#);
}
