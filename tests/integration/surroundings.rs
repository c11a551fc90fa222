//! A machine that does not give what a run needs: each run ends with one clear message that
//! says what to do, and the right exit code.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::support::project::short_phases;
use crate::support::result::{codes, list};
use crate::support::{Project, User, client};

const SCENARIO: &str = "scenario.yaml";
/// Runs a script with power over a mount namespace of its own, and then its arguments.
const PREPARED: [&str; 5] = ["unshare", "--user", "--map-root-user", "--mount", "sh"];

/// A project of this user whose commands are run after a script.
fn prepared(user: User, script: &str) -> Project {
    let project = Project::of(user);
    let application = json!({ "command": ["true"] });
    project.scenario(SCENARIO, &json!({ "application": application, "phases": short_phases() }));
    fs::create_dir(project.folder().join("snapshots")).unwrap();
    user.own(&project.folder().join("snapshots"));
    let script = format!("{script}; exec \"$@\"");
    project.wrapped(&[&PREPARED[..], &["-e", "-c", &script, "sh"]].concat())
}

/// The only finding, which must have a hint.
#[track_caller]
fn only_finding<'a>(result: &'a Value, code: &str) -> &'a Value {
    assert_eq!(codes(result), [code], "{result:#}");
    let finding = &list(result, "findings")[0];
    assert!(finding["hint"].is_string(), "{finding:#}");
    finding
}

#[test]
fn forbidden_user_namespaces_are_named_with_the_way_to_allow_them() {
    for user in User::all() {
        let project = prepared(user, "echo 0 > /proc/sys/user/max_user_namespaces");
        for words in [&["run", SCENARIO][..], &["trace", "--", "true"]] {
            let json = [&words[..1], &["--format", "json"], &words[1..]].concat();
            let result = project.apptrace(&json).expect_code(3).json();
            let finding = only_finding(&result, "sandbox-degraded");
            let hint = finding["hint"].as_str().unwrap();
            assert!(hint.contains("sysctl user.max_user_namespaces="), "{hint}");
            project.apptrace(words).expect_code(3).says("hint: ").says("user namespace");
        }
        assert!(!project.has("snapshots/scenario.snap") && !project.has("captures"));
    }
}

#[test]
fn a_full_disk_leaves_no_half_snapshot() {
    for user in User::all() {
        let full = "mount -t tmpfs -o size=4k none snapshots
                    head -c 4096 /dev/zero > snapshots/everything";
        // What is in the mount is seen from inside alone.
        let project =
            prepared(user, &format!("{full}; trap 'ls snapshots >&2' EXIT; \"$@\"; exit"));
        let ran = project.apptrace(&["run", "--format", "json", SCENARIO]);
        let result = ran.json();
        let finding = only_finding(&result, "snapshot-unusable");
        let message = finding["message"].as_str().unwrap();
        assert!(message.contains("No space left on device"), "{message}");
        assert_eq!(ran.expect_code(3).stderr, "everything\n", "{user:?}");
    }
}

#[test]
fn a_read_only_project_can_be_run_but_not_snapshotted() {
    for user in User::all() {
        let mount =
            "mount --bind \"$PWD\" \"$PWD\"; mount -o remount,bind,ro \"$PWD\"; cd \"$PWD\"";
        let read_only = prepared(user, mount);
        let forbidden = prepared(user, "").wrapped(&[]);
        for folder in [forbidden.folder(), forbidden.folder().join("snapshots")] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).unwrap();
        }
        // Permissions mean nothing to root.
        let projects = match user.id() {
            0 => vec![(&read_only, "Read-only file system")],
            _ => vec![(&read_only, "Read-only file system"), (&forbidden, "Permission denied")],
        };
        for (project, reason) in projects {
            let ran = project.apptrace(&["run", "--format", "json", SCENARIO]);
            let result = ran.expect_code(3).json();
            let finding = only_finding(&result, "snapshot-unusable");
            assert!(finding["message"].as_str().unwrap().contains(reason), "{finding:#}");
            // The capture could not be kept beside it either: it is where the note says.
            let kept = result["capture"]["file"].as_str().unwrap();
            assert!(fs::metadata(kept).is_ok_and(|file| file.len() > 24), "{kept}");
            // What writes nothing is not hindered.
            project.apptrace(&["run", "--ci", SCENARIO]).expect_code(4);
            project.apptrace(&["trace", "--phases", "none", "--", "true"]).expect_code(0);
        }
    }
}

#[test]
fn a_capture_that_cannot_be_written_makes_the_run_invalid() {
    let full = "mount -t tmpfs -o size=16k none home; export TMPDIR=home";
    for (script, finding) in
        [("export TMPDIR=/nonexistent", "sandbox-degraded"), (full, "packets-lost")]
    {
        let project = prepared(User::Own, script);
        fs::create_dir(project.folder().join("home")).unwrap();
        let ran = client::trace(&project, &["flood 203.0.113.5 4711 1000", "pause 0.2"]);
        let result = ran.expect_code(3).json();
        assert!(codes(&result).contains(&finding), "{result:#}");
        let hints = list(&result, "findings").iter();
        let mut hints =
            hints.filter(|it| it["code"] == finding).filter_map(|it| it["hint"].as_str());
        assert!(hints.any(|hint| hint.contains("TMPDIR")), "{result:#}");
    }
}
