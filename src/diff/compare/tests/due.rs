//! Who may make a contact, until when, and what may still come when the application has gone.

use super::*;
use crate::contact::KnownBy;

#[test]
fn rules_may_name_a_process() {
    let (curl, wget) = ("a.test 80/tcp startup by curl", "a.test 80/tcp startup by wget");
    check("- { host: a.test, process: curl }", &[curl], &[], "+");
    check("- { host: a.test, process: [wget, c*l] }", &[curl, wget], &[], "++");
    check("- { host: a.test, process: curl }", &[curl, wget], &["wrong-process 1"], "+-");
    check("- { host: a.test, process: { under: curl } }", &[curl], &[], "+");
    // Nobody is never guessed to be somebody.
    let nobody = "a.test 80/tcp startup";
    check("- { host: a.test, process: \"*\" }", &[nobody], &["wrong-process 0"], "-");
    check("- { deny: a.test, process: curl }\n- a.test", &[nobody, wget], &[], "++");
    check("- { deny: a.test, process: curl }\n- a.test", &[curl], &["denied-contact 0"], "-");
    check(
        "- { host: a.test, process: curl, phases: [idle] }",
        &[wget],
        &["unexpected-contact 0"],
        "-",
    );
    let twice = "a.test 80/tcp startup 2 by curl";
    check("- { host: a.test, process: wget, at-most: 1 }\n- a.test", &[twice, wget], &[], "++");
    check("- { host: a.test, process: curl, at-most: 1 }", &[twice], &["too-often 0"], "+");
    check(
        "- { host: a.test, process: wget, required: true }\n- a.test",
        &[curl],
        &["missing-contact"],
        "+",
    );
}

/// Only one of several proposals can stand in place of a rule.
#[test]
fn whichever_proposal_is_pasted_settles_every_finding_about_its_rule() {
    for (rule, made, codes) in [
        (
            "- { host: a.test, process: curl }",
            ["a.test 80/tcp startup by wget", "a.test 99/udp idle by python3"].as_slice(),
            "wrong-process wrong-process",
        ),
        (
            "- { host: a.test, process: curl, phases: [startup] }",
            &["a.test 80/tcp startup by wget", "a.test 80/tcp idle by curl"],
            "wrong-phase wrong-process",
        ),
        (
            "- { host: a.test, process: curl, at-most: 1, required: true }",
            &["a.test 80/tcp startup 2 by wget", "a.test 443/tcp after by nc"],
            "outlived missing-contact wrong-process",
        ),
        (
            "- { host: a.test, process: curl, at-most: 1 }",
            &["a.test 80/tcp startup 2 by curl", "a.test 443/tcp idle"],
            "wrong-process too-often",
        ),
        (
            "- { host: a.test, phases: [startup], at-most: 1 }",
            &["a.test 80/tcp startup", "a.test 80/tcp idle 3"],
            "wrong-phase",
        ),
    ] {
        let mut contacts: Vec<Contact> = made.iter().map(|text| contact(text)).collect();
        let found = judged(&mut contacts, Some(rule));
        let told: Vec<String> = found.iter().map(|finding| finding.code.to_string()).collect();
        assert_eq!(told.join(" "), codes, "{rule}");
        for accept in found.iter().map(|finding| finding.accept.as_deref().unwrap()) {
            assert_eq!(judged(&mut contacts, Some(accept)), [], "{accept}");
        }
    }
}

#[test]
fn a_proposal_names_the_processes_that_are_known_for_certain() {
    let proposed = |made: &[&str], change: &dyn Fn(&mut Process)| {
        let mut contacts: Vec<Contact> = made.iter().map(|text| contact(text)).collect();
        contacts.iter_mut().filter_map(|it| it.process.as_mut()).for_each(change);
        let [finding] = judged(&mut contacts, Some("  []")).try_into().unwrap();
        let accept = finding.accept.unwrap();
        assert_eq!(judged(&mut contacts, Some(&accept)), [], "{accept}");
        let line = accept.lines().find(|line| line.contains("process:"));
        line.map(|line| line.trim().to_owned()).unwrap_or_default()
    };
    let (curl, late) = ("a.test 80/tcp startup by curl", "a.test 80/tcp after by nc");
    let wget = "a.test 80/tcp idle by wget";
    assert_eq!(proposed(&[curl], &|_| ()), "process: \"curl\"");
    assert_eq!(proposed(&[late], &|_| ()), "process: \"nc\"");
    assert_eq!(proposed(&[curl, wget, curl], &|_| ()), "process: [\"curl\", \"wget\"]");
    assert_eq!(proposed(&[curl, "a.test 80/tcp startup"], &|_| ()), "");
    assert_eq!(proposed(&[curl], &|it| it.known_by = KnownBy::SocketTable), "");
    for name in ["c*l", "a\u{1b}b", ""] {
        assert_eq!(proposed(&[curl], &|it| it.name = name.to_owned()), "", "{name:?}");
    }
}

/// One finding speaks of all the processes that contacted one place.
#[test]
fn a_finding_holds_all_its_contacts() {
    let made = ["a.test 80/tcp startup by curl", "b.test 80/tcp idle", "a.test 80/tcp idle by nc"];
    let mut contacts = made.map(contact);
    let found = judged(&mut contacts, Some("  []"));
    let about: Vec<_> = found.iter().map(|finding| (finding.contact, finding.about())).collect();
    assert_eq!(about, [(Some(0), [0, 2].as_slice()), (Some(1), &[1])]);
    // A result from before says one of them.
    let mut old = serde_json::to_value(&found[0]).unwrap();
    old.as_object_mut().unwrap().remove("contacts");
    let old: Finding = serde_json::from_value(old).unwrap();
    assert_eq!(old.about(), [0]);
    assert_eq!(Finding::new(Code::SnapshotChanged, "", None).about(), [0_usize; 0]);
}

#[test]
fn rules_hold_until_a_day() {
    let a443 = "a.test 443/tcp startup";
    check("- { host: a.test, until: 2026-07-15 }", &[a443], &[], "+");
    check("- { host: a.test, until: 2026-07-14 }", &[a443], &["expired-rule 0"], "-");
    check("- { host: a.test, until: 2026-07-14 }\n- a.test", &[a443], &["expired-rule"], "+");
    check("- { host: a.test, until: 2026-07-14, required: true }", &[], &["expired-rule"], "");
    check(
        "- { host: a.test, until: 2026-07-14, at-most: 1 }\n- a.test",
        &["a.test 1/tcp idle 5"],
        &["expired-rule"],
        "+",
    );
    check("- { deny: a.test, until: 2026-07-14 }\n- a.test", &[a443], &["expired-rule"], "+");
    check("- { deny: a.test, until: 2026-07-15 }\n- a.test", &[a443], &["denied-contact 0"], "-");
    check(
        "- { host: a.test, until: 2026-07-14, phases: [idle] }",
        &[a443],
        &["unexpected-contact 0", "expired-rule"],
        "-",
    );
    check(
        "- { host: a.test, until: 2026-07-14 }",
        &[a443, "a.test 80/tcp idle", "a.test 443/tcp idle"],
        &["expired-rule 0", "expired-rule 1"],
        "---",
    );
}

#[test]
fn what_is_left_behind_may_contact_whom_the_baseline_expects_then() {
    let late = "a.test 443/tcp after by nc";
    check("  []", &[late], &["outlived 0"], "-");
    check("- a.test", &[late], &[], "+");
    check("- { host: a.test, phases: [after] }", &[late], &[], "+");
    check("- { host: a.test, phases: [startup, idle] }", &[late], &["outlived 0"], "-");
    check("- { host: a.test, process: curl }", &[late], &["outlived 0"], "-");
    check("- { deny: a.test }", &[late], &["denied-contact 0"], "-");
    check("  []", &["127.0.0.1 80/tcp after loopback"], &[], ".");
    // What it did before is another finding.
    check(
        "  []",
        &["a.test 443/tcp idle by nc", late, "a.test 53/udp after lookup"],
        &["unexpected-contact 0", "outlived 1", "outlived 2"],
        "---",
    );
    let mut contacts = [contact(late), contact("a.test 443/tcp idle")];
    let [finding] = judged(&mut contacts, None).try_into().unwrap();
    assert_eq!((finding.code, finding.contact), (Code::Outlived, Some(0)));
    assert_eq!(contacts[0].expected, None);
    insta::assert_snapshot!(finding.message, @"a.test 443/tcp in after, by nc: there is no baseline that could expect it; nc (nc, pid 7) was left behind and sent this 2.0 s after sh had ended");
}

#[test]
fn rules_with_reasons_days_and_processes_are_told() {
    let rules = "\
- { host: a.test, phases: [startup], reason: updates, until: 2026-06-30 }
- { host: b.test, process: { under: git }, reason: \"the \\\"helper\\\"\" }
- { deny: c.test, until: 2026-06-30 }
- { host: d.test, phases: [startup] }";
    let mut contacts = [
        "a.test 443/tcp startup by curl",
        "b.test 80/tcp startup by git-remote-https",
        "b.test 80/tcp idle",
        "d.test 80/tcp after by nc",
    ]
    .map(contact);
    let findings = judged(&mut contacts, Some(rules));
    let shown: Vec<String> = findings
        .iter()
        .map(|finding| {
            let rule = finding.rule.as_ref().map(|rule| format!("{} {}", rule.line, rule.text));
            format!(
                "{}: {}\nrule {}\n{}",
                finding.code,
                finding.message,
                rule.unwrap_or_default(),
                finding.accept.as_deref().unwrap_or("(nothing accepts it)")
            )
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n\n"), @r#"
outlived: d.test 80/tcp in after, by nc: the rule on line 6 expects it in startup only; nc (nc, pid 7) was left behind and sent this 2.0 s after sh had ended
rule 6 - { host: d.test, phases: [startup] }
- host: d.test
  phases: [startup, after]
  reason: "say here why this is right"

wrong-process: b.test 80/tcp in startup and idle, by git-remote-https: the rule on line 4 expects it of git and what it started only; who made it is not known for certain
rule 4 - { host: b.test, process: { under: "git" }, reason: "the \"helper\"" }
- host: b.test
  reason: "the \"helper\""

expired-rule: a.test 443/tcp in startup, by curl: the rule on line 3 that expected it expired on 2026-06-30: updates
rule 3 - { host: a.test, phases: [startup], reason: "updates", until: 2026-06-30 }
- host: a.test
  phases: [startup]
  reason: "updates"
  until: 2026-08-14

expired-rule: c.test: the rule on line 5 expired on 2026-06-30, so that it denies nothing any more
rule 5 - { deny: c.test, until: 2026-06-30 }
(nothing accepts it)
"#);
}
