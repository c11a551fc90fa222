//! A snapshot's life through the real binary: written, compared, changed, reviewed.

use serde_json::{Value, json};

use crate::support::project::short_phases;
use crate::support::{Project, client};

/// Writes the scenario of a client that contacts a host.
fn contact_host(project: &Project, name: &str, host: &str) {
    let application = client::application(&[&format!("send {host} 4711 x")]);
    let scenario = json!({ "application": application, "phases": short_phases() });
    project.scenario(&format!("{name}.yaml"), &scenario);
}

fn snapshot_of(result: &Value) -> (&str, &str) {
    let snapshot = &result["snapshot"];
    (snapshot["state"].as_str().unwrap(), snapshot["file"].as_str().unwrap())
}

#[test]
fn ci_writes_nothing_and_says_what_is_missing() {
    let project = Project::new();
    contact_host(&project, "app", "old.example");
    let ran = project.apptrace(&["run", "--ci", "--format", "json", "app.yaml"]);
    let result = ran.expect_code(4).json();
    assert_eq!(snapshot_of(&result), ("missing", "snapshots/app.snap"));
    assert!(!project.has("snapshots"));
    project.apptrace(&["run", "--ci", "app.yaml"]).expect_code(4).says("hint: ");

    // Where there is one it is compared, and still nothing written.
    project.apptrace(&["run", "app.yaml"]).expect_code(0).says("snapshots/app.snap");
    let first = project.read("snapshots/app.snap");
    project.apptrace(&["run", "--ci", "app.yaml"]).expect_code(0);
    contact_host(&project, "app", "new.example");
    let ran = project.apptrace(&["run", "--ci", "app.yaml"]);
    ran.expect_code(1).says("snapshot-changed").says("- old.example").says("+ new.example");
    assert!(!project.has("snapshots/app.snap.new"));
    assert_eq!(project.read("snapshots/app.snap"), first);
}

#[test]
fn a_change_is_shown_reviewed_and_taken_or_not() {
    let project = Project::new();
    contact_host(&project, "app", "old.example");
    contact_host(&project, "other", "other.example");
    project.apptrace(&["run", "app.yaml", "other.yaml"]).expect_code(0);
    let first = project.read("snapshots/app.snap");
    assert!(first.contains("\n  old.example  4711/udp"), "{first}");
    assert_eq!(project.apptrace(&["pending"]).expect_code(0).stdout, "");

    // Changed: it fails, shows one changed line, and leaves the result for review.
    contact_host(&project, "app", "new.example");
    let ran = project.apptrace(&["run", "app.yaml", "other.yaml"]);
    ran.expect_code(1).says("snapshot-changed").says("- old.example").says("+ new.example");
    ran.says("apptrace accept app");
    assert_eq!(project.read("snapshots/app.snap"), first);
    assert!(project.read("snapshots/app.snap.new").contains("new.example"));
    assert!(!project.has("snapshots/other.snap.new"));
    assert_eq!(project.apptrace(&["pending"]).expect_code(0).stdout, "app\n");

    // One wrong name, and nothing is done.
    project.apptrace(&["accept", "app", "absent"]).expect_code(2).complains("absent");
    assert_eq!(project.read("snapshots/app.snap"), first);

    // Rejected: it is as before, and fails again.
    project.apptrace(&["reject", "app"]).expect_code(0).says("rejected app");
    assert!(!project.has("snapshots/app.snap.new"));
    assert_eq!(project.read("snapshots/app.snap"), first);
    project.apptrace(&["run", "app.yaml"]).expect_code(1);

    // Accepted: it passes from now on.
    project.apptrace(&["accept"]).expect_code(0).says("accepted app");
    assert!(!project.has("snapshots/app.snap.new"));
    assert!(project.read("snapshots/app.snap").contains("new.example"));
    let ran = project.apptrace(&["run", "--ci", "--format", "json", "app.yaml"]);
    let result = ran.expect_code(0).json();
    assert_eq!(snapshot_of(&result), ("unchanged", "snapshots/app.snap"));
}

#[test]
fn an_update_takes_the_result_at_once() {
    let project = Project::new();
    contact_host(&project, "app", "old.example");
    project.apptrace(&["run", "app.yaml"]).expect_code(0);
    contact_host(&project, "app", "new.example");
    project.apptrace(&["run", "app.yaml"]).expect_code(1);
    assert!(project.has("snapshots/app.snap.new"));
    let ran = project.apptrace(&["run", "--update", "--format", "json", "app.yaml"]);
    let result = ran.expect_code(0).json();
    assert_eq!(snapshot_of(&result), ("updated", "snapshots/app.snap"));
    assert!(project.read("snapshots/app.snap").contains("new.example"));
    assert!(!project.has("snapshots/app.snap.new"), "what waited for review is stale");
    project.apptrace(&["run", "--update", "--ci", "app.yaml"]).expect_code(2);
}

#[test]
fn a_snapshot_that_cannot_be_read_is_never_overwritten() {
    let project = Project::new();
    contact_host(&project, "app", "old.example");
    for broken in [&b"<<<<<<< HEAD\n"[..], b"\xff\xfe", b"---\nsource: x"] {
        project.write("snapshots/app.snap", broken);
        for option in [None, Some("--ci"), Some("--update")] {
            let mut words = vec!["run", "--format", "json", "app.yaml"];
            words.extend(option);
            let result = project.apptrace(&words).expect_code(3).json();
            assert_eq!(result["findings"][0]["code"], "snapshot-unusable", "{result:#}");
            assert!(result["findings"][0]["hint"].is_string(), "{result:#}");
            assert_eq!(std::fs::read(project.folder().join("snapshots/app.snap")).unwrap(), broken);
        }
    }
}
