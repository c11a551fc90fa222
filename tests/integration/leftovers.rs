//! Nothing is left behind, whatever ends what: processes, namespaces, interfaces, mounts.

use nix::sys::signal::Signal;

use crate::support::Project;
use crate::support::alone::{self, Taken};
use crate::support::background::{Background, eventually, send};
use crate::support::result::codes;

/// An application with a grandchild that has left its session, its parent and its streams,
/// and ignores every polite signal.
const DAEMON: &str = "(setsid sh -c 'trap \"\" TERM HUP INT; exec sleep 1000' >/dev/null 2>&1 &)
                      echo up";

/// The same, and it stays itself.
fn staying() -> String {
    format!("{DAEMON}; exec sleep 1000")
}

/// Fails where the machine does not come to be again what it was.
#[track_caller]
fn expect_restored(before: &Taken) {
    let is_restored = eventually(|| Taken::now() == *before);
    assert!(is_restored, "before: {before:#?}\nafter: {:#?}", Taken::now());
}

#[test]
fn a_daemon_that_outlives_the_application_ends_with_the_run() {
    if alone::repeat("leftovers::a_daemon_that_outlives_the_application_ends_with_the_run") {
        return;
    }
    let project = Project::new();
    let before = Taken::now();
    let words = ["trace", "--for", "1s", "--phases", "none", "--format", "json", "--", "sh"];
    let result = project.apptrace(&[&words[..], &["-c", DAEMON]].concat()).expect_code(0).json();
    let notes = result["notes"].to_string();
    assert!(notes.contains("left processes behind"), "{result:#}");
    expect_restored(&before);
}

#[test]
fn a_harness_that_is_killed_takes_everything_with_it() {
    if alone::repeat("leftovers::a_harness_that_is_killed_takes_everything_with_it") {
        return;
    }
    let project = Project::new();
    let before = Taken::now();
    let run = Background::start(&project, &["trace", "--", "sh", "-c", &staying()]);
    run.wait_for("up");
    assert!(Taken::now().exceeds(&before), "nothing is running: {before:#?}");
    run.signal(Signal::SIGKILL);
    assert_eq!(run.end().code, None);
    expect_restored(&before);
}

#[test]
fn a_stage_that_is_killed_takes_the_sandbox_with_it_and_the_run_is_invalid() {
    if alone::repeat(
        "leftovers::a_stage_that_is_killed_takes_the_sandbox_with_it_and_the_run_is_invalid",
    ) {
        return;
    }
    let project = Project::new();
    let before = Taken::now();
    let words = ["trace", "--format", "json", "--", "sh", "-c", &staying()];
    let run = Background::start(&project, &words);
    run.wait_for("up");
    let children = format!("/proc/{pid}/task/{pid}/children", pid = run.pid());
    let stage: u32 = std::fs::read_to_string(children).unwrap().trim().parse().unwrap();
    send(stage, Signal::SIGKILL);
    let ran = run.end();
    assert_eq!(codes(&ran.expect_code(3).json()), ["sandbox-degraded"]);
    expect_restored(&before);
}
