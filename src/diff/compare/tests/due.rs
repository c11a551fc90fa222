//! Who may make a contact, until when, and what may still come when the application has gone.

use super::*;

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
