//! Ctrl-C in each phase: the run ends at once, says where it was and what to do, is invalid,
//! and leaves nothing behind.

use std::fs;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::support::Project;
use crate::support::alone::{self, Taken};
use crate::support::background::{Background, eventually};
use crate::support::result::{codes, list};

/// A scenario that stays in one phase, and what its application writes once it is there;
/// nothing where it is not launched then.
fn cases() -> [(&'static str, Value, &'static str, &'static str); 5] {
    let long = "10m";
    // In its own session the shutdown's signal does not reach it.
    let daemon = "main=$$; setsid sh -c \"while kill -0 $main; do sleep 0.1; done
                  sleep 1; echo alone; sleep 1000\" & sleep 1000";
    [
        ("before", json!({ "before": long }), "true", ""),
        (
            "startup",
            json!({ "before": 0, "startup": { "quiet": long, "at-most": long } }),
            "echo up; sleep 1000",
            "up",
        ),
        (
            "idle",
            json!({ "before": 0, "startup": { "quiet": 0, "at-most": 0 }, "idle": long }),
            "echo up; sleep 1000",
            "up",
        ),
        (
            "shutdown",
            json!({
                "before": 0,
                "startup": { "quiet": "2s", "at-most": "5s" },
                "idle": 0,
                "shutdown": { "at-most": long },
            }),
            "trap 'echo told' TERM; while true; do sleep 0.1; done",
            "told",
        ),
        (
            "after",
            json!({
                "before": 0,
                "startup": { "quiet": "2s", "at-most": "5s" },
                "idle": 0,
                "after": long,
            }),
            daemon,
            "alone",
        ),
    ]
}

#[test]
fn ctrl_c_ends_every_phase_and_leaves_nothing() {
    if alone::repeat("interruptions::ctrl_c_ends_every_phase_and_leaves_nothing") {
        return;
    }
    let project = Project::new();
    let before = Taken::now();
    // All at once: most of the time they wait.
    let runs: Vec<_> = cases()
        .into_iter()
        .map(|(phase, phases, script, sign)| {
            let application = json!({ "command": ["sh", "-c", script] });
            let file = format!("{phase}.yaml");
            project.scenario(&file, &json!({ "application": application, "phases": phases }));
            (phase, sign, Background::start(&project, &["run", "--format", "json", &file]))
        })
        .collect();
    for (phase, sign, run) in runs {
        if sign.is_empty() {
            // Interruptions are looked for from before the sandbox's first process on.
            let children = format!("/proc/{pid}/task/{pid}/children", pid = run.pid());
            assert!(eventually(|| fs::read_to_string(&children).is_ok_and(|it| !it.is_empty())));
        } else {
            run.wait_for(sign);
        }
        run.signal(Signal::SIGINT);
        let ran = run.end();
        let result = ran.expect_code(3).json();
        assert_eq!(codes(&result), ["interrupted"], "{phase}: {result:#}");
        let finding = &list(&result, "findings")[0];
        let message = finding["message"].as_str().unwrap_or_default();
        assert!(message.contains(&format!("in the phase `{phase}`")), "{finding:#}");
        assert!(finding["hint"].is_string(), "{finding:#}");
        assert!(!project.has(&format!("snapshots/{phase}.snap")), "{phase}");
    }
    assert!(eventually(|| Taken::now() == before), "{before:#?}\n{:#?}", Taken::now());
}

#[test]
fn an_interrupted_suite_goes_no_further() {
    let project = Project::new();
    for name in ["a", "b"] {
        let application = json!({ "command": ["sh", "-c", format!("echo {name}; sleep 1000")] });
        let phases = json!({ "before": 0, "startup": { "quiet": "10m", "at-most": "10m" } });
        let scenario = json!({ "application": application, "phases": phases });
        project.scenario(&format!("scenarios/{name}.yaml"), &scenario);
    }
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let run = Background::start(&project, &["run", "--format", "json", "scenarios"]);
        run.wait_for("a\n");
        run.signal(signal);
        let ran = run.end();
        let result = ran.expect_code(3).json();
        assert_eq!(result["scenario"], "a", "{result:#}");
        assert_eq!(ran.stderr, "a\n", "{signal}");
    }
}
