//! Explanations as a person sees them.

use super::*;
use crate::contact::{FlowKey, Host, PacketLine, Party, Request, Transport};
use crate::diff::{Code, RuleLine};
use crate::report::sample;
use crate::report::wrap::columns;

fn shown(outcome: &Outcome, finding: usize, excerpt: &Excerpt, width: usize) -> String {
    let mut out = Vec::new();
    let excerpts = vec![excerpt.clone(); 9];
    explain(outcome, finding, &excerpts, (width, false), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn packets(outcome: &Outcome, count: u64) -> Excerpt {
    let first = outcome.contacts.last().unwrap().first;
    let flow = FlowKey {
        transport: Transport::Udp,
        client: "198.18.0.2:40000".parse().unwrap(),
        server: "198.18.0.3:4711".parse().unwrap(),
    };
    let party = |address: &str| Party { address: address.to_owned(), ..Party::default() };
    let line = |number| PacketLine {
        number: 40 + number,
        time: Timestamp(first.0 + number * 1_000_000),
        source: party("198.18.0.2"),
        destination: party("198.18.0.3"),
        label: "UDP".into(),
        protocol: None,
        length: 43,
        info: "40000 → 4711 Len=1".to_owned(),
        comments: Vec::new(),
        flow: Some(flow),
        host: Some(Host::from_text("collector.example")),
    };
    Excerpt::Packets { lines: (0..count).map(line).collect(), more: count > 1 }
}

/// The finding that a sender left behind makes.
fn outlived() -> Outcome {
    let mut outcome = sample::family();
    let accept = "- host: collector.example\n  port: 4711\n  transport: udp\n  phases: [after]\n  \
                  reason: \"say here why this is right\"";
    let message = "collector.example 4711/udp in after, by perl: no rule expects it; perl (sh › \
                   setsid › perl, pid 4) was left behind and sent this 1.7 s after sh had ended";
    let last = outcome.contacts.len() - 1;
    outcome.contacts[last].expected = Some(false);
    outcome.findings = vec![Finding {
        contact: Some(last),
        accept: Some(accept.to_owned()),
        ..Finding::new(Code::Outlived, message, None)
    }];
    let mut lookup = outcome.lookups[0].clone();
    lookup.name = "collector.example".to_owned();
    lookup.first = Timestamp(outcome.launched().0 + 2_000_000_000);
    lookup.process.clone_from(&outcome.contacts.last().unwrap().process);
    outcome.lookups.push(lookup);
    let mut request = Request::new("POST", "/v1/events");
    request.status = Some(204);
    outcome.contacts.last_mut().unwrap().requests = vec![request; 1];
    outcome
}

#[test]
fn a_contact_with_all_that_led_to_it() {
    let outcome = outlived();
    insta::assert_snapshot!(shown(&outcome, 0, &packets(&outcome, 2), 80));
}

#[test]
fn a_rule_that_was_departed_from() {
    let mut outcome = outlived();
    let rule = |text: &str| Some(RuleLine { line: 12, text: text.to_owned() });
    outcome.findings[0].rule =
        rule("- { host: collector.example, phases: [startup, idle], reason: \"it says so\" }");
    outcome.contacts.last_mut().unwrap().process = None;
    let hint = Some("line 7 of the scenario would have to go".to_owned());
    outcome.findings.push(Finding {
        rule: rule("- { deny: \"*.example\" }"),
        contact: Some(5),
        ..Finding::new(Code::DeniedContact, "www.dyndns.com: denied by the rule on line 7", hint)
    });
    let texts = [
        shown(&outcome, 0, &Excerpt::NotKept, 80),
        shown(&outcome, 1, &Excerpt::Unreadable("cannot open x\u{1b}".to_owned()), 80),
    ];
    insta::assert_snapshot!(texts.join("---\n"));
}

#[test]
fn a_finding_about_no_contact() {
    insta::assert_snapshot!(shown(&sample::failed(), 1, &Excerpt::NotKept, 80), @r"
snapshot-changed: the result differs from snapshots/zoiper.snap

  hint: run `apptrace review` to accept or reject the change
");
    assert_eq!(shown(&sample::failed(), 7, &Excerpt::NotKept, 80), "");
}

/// All but the lines that are to be copied.
#[test]
fn lines_fit_the_terminal_and_obey_nobody() {
    let mut outcome = outlived();
    let evil = "a\u{1b}[2J\n\u{202e}b".repeat(9);
    outcome.findings[0].message.clone_from(&evil);
    outcome.source = Some("x\u{1b}.yaml".into());
    let contact = outcome.contacts.last_mut().unwrap();
    contact.requests[0].target.clone_from(&evil);
    contact.host = Host::Name(evil.clone());
    contact.process.as_mut().unwrap().name.clone_from(&evil);
    for record in &mut outcome.application.processes {
        record.name.clone_from(&evil);
        record.arguments = vec![evil.clone(); 300];
        record.directory = Some(evil.clone());
    }
    let lookup = outcome.lookups.last_mut().unwrap();
    (lookup.name, lookup.answers) = (evil.clone(), vec![evil]);
    for width in [80, 120] {
        let text = shown(&outcome, 0, &packets(&outcome, 1), width);
        for line in text.lines() {
            assert!(columns(line) <= width, "{width}: {line}");
            assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line}");
        }
    }
}

#[test]
fn a_result_explains_its_findings_in_the_report() {
    let mut outcome = outlived();
    outcome.excerpts = vec![vec![packets(&outcome, 1)]];
    let mut out = Vec::new();
    crate::report::Reporter::report(&crate::report::Terminal::default(), &outcome, &mut out)
        .unwrap();
    let text = String::from_utf8(out).unwrap();
    let explained = shown(&outcome, 0, &outcome.excerpts[0][0], 80);
    assert!(text.ends_with(&format!("\n{}\n", explained.trim_end())), "{text}");
}

#[test]
fn the_lookup_of_the_name_goes_before_that_of_the_address() {
    let mut outcome = outlived();
    let contact = outcome.contacts.last().unwrap().clone();
    let names = |outcome: &Outcome, contact: &Contact| -> Vec<String> {
        outcome.lookups_of(contact).iter().map(|lookup| lookup.name.clone()).collect()
    };
    assert_eq!(names(&outcome, &contact), ["collector.example"]);
    let unnamed = Contact { host: Host::from_text("198.18.0.3"), ..contact.clone() };
    assert_eq!(names(&outcome, &unnamed), ["collector.example", "sip.ca1.voip.ms"]);
    // By the same process first, and never one that came later.
    outcome.lookups[0].process.clone_from(&contact.process);
    outcome.lookups[1].process = None;
    assert_eq!(names(&outcome, &unnamed), ["sip.ca1.voip.ms", "collector.example"]);
    outcome.lookups[1].first = Timestamp(contact.first.0 + 1);
    assert_eq!(names(&outcome, &contact), ["sip.ca1.voip.ms"]);
}

/// Also those that were asked while the first one was on its way, but nobody else's.
#[test]
fn a_name_that_was_only_looked_up_has_all_lookups_of_its_own() {
    let mut outcome = outlived();
    let asked = outcome.lookups.last().unwrap().clone();
    let contact = Contact {
        kind: ContactKind::Lookup,
        first: asked.first,
        ..outcome.contacts.last().unwrap().clone()
    };
    let later = Timestamp(asked.first.0 + 1);
    for (record_type, process) in [("AAAA", asked.process.clone()), ("SRV", None)] {
        let record_type = record_type.to_owned();
        outcome.lookups.push(Lookup { record_type, first: later, process, ..asked.clone() });
    }
    let types: Vec<_> =
        outcome.lookups_of(&contact).iter().map(|lookup| &lookup.record_type).collect();
    assert_eq!(types, ["A", "AAAA"]);
}

/// Every program's contact is explained, however many another has.
#[test]
fn no_contact_hides_another() {
    let mut outcome = outlived();
    let first = outcome.contacts.len() - 1;
    let contact = outcome.contacts[first].clone();
    for (name, pid, target) in
        [("perl", 20, "/1"), ("perl", 21, "/2"), ("perl", 22, "/3"), ("perl", 23, "/4")]
            .into_iter()
            .chain([("perl", 24, "/5"), ("python3", 25, "/secret?token=1")])
    {
        let process = crate::contact::Process {
            name: name.to_owned(),
            pid,
            chain: vec!["sh".to_owned(), name.to_owned()],
            ..Default::default()
        };
        outcome.contacts.push(Contact {
            process: Some(process),
            requests: vec![Request::new("GET", target)],
            ..contact.clone()
        });
    }
    outcome.findings[0].contacts = (first..outcome.contacts.len()).collect();
    assert_eq!(
        explained(&outcome, &outcome.findings[0]),
        [first, first + 1, first + 2, first + 3, first + 6]
    );
    let text = shown(&outcome, 0, &packets(&outcome, 1), 80);
    for told in ["POST /v1/events", "GET /3", "GET /secret?token=1", "python3 (pid 25)"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(!text.contains("GET /4"), "{text}");
    assert!(text.contains("            and 2 more contacts, by perl\n"), "{text}");
    assert_eq!(text.matches("all 1, in seconds after the launch:").count(), 5);

    // Written before there was more than one.
    outcome.findings[0].contacts.clear();
    assert_eq!(explained(&outcome, &outcome.findings[0]), [first]);
}

#[test]
fn a_scenario_without_a_baseline_has_no_rules_to_speak_of_it() {
    let mut outcome = outlived();
    outcome.contacts.last_mut().unwrap().expected = None;
    let text = shown(&outcome, 0, &Excerpt::NotKept, 80);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in [
        "rule there is none: the scenario of scenarios/zoiper.yaml has no baseline (`expect`)",
        "put this under `expect:` of scenarios/zoiper.yaml, which has no baseline yet",
        "as the only rule it would have every other contact be a finding too:",
    ] {
        assert!(words.contains(told), "{told}: {words}");
    }
    outcome.contacts.last_mut().unwrap().expected = Some(false);
    assert!(!shown(&outcome, 0, &Excerpt::NotKept, 80).contains("no baseline"));
}
