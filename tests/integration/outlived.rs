//! What the application leaves behind, and rules that name a process or a day.

use serde_json::{Value, json};

use crate::support::project::short_phases;
use crate::support::result::{codes, contact};
use crate::support::{Project, client};

/// A child that leaves its session and its parent, closes its streams, and sends one datagram
/// two seconds after its parent has ended.
const DETACHED: &str = "(setsid sh -c 'sleep 2; exec perl client.pl send collector.example 4711 x' \
     >/dev/null 2>&1 &); exit 0";

fn scenario(phases: Value, expect: Option<Value>) -> Value {
    let mut application = client::application(&[]);
    application["command"] = json!(["sh", "-c", DETACHED]);
    let mut scenario = json!({ "application": application, "phases": phases });
    if let Some(expect) = expect {
        scenario["expect"] = expect;
    }
    scenario
}

/// Whatever the phase in which it sends.
#[test]
fn a_detached_child_that_sends_when_its_parent_has_gone_is_found() {
    let project = Project::new();
    let idle = json!({ "before": 0, "startup": { "quiet": "500ms" }, "idle": "10s", "after": 0 });
    let after = json!({ "before": 0, "startup": { "quiet": "500ms" }, "idle": 0, "after": "10s" });
    for (phases, phase) in [(idle, "idle"), (after, "after")] {
        let file = format!("{phase}.yaml");
        project.scenario(&file, &scenario(phases.clone(), Some(json!([]))));
        let ran = project.apptrace(&["run", "--format", "json", &file]);
        let result = ran.expect_code(1).json();
        assert_eq!(codes(&result), ["outlived"], "{result:#}");
        let contact = contact(&result, "collector.example", Some(4711), "udp");
        if phase == "after" {
            let kept = result["capture"]["file"].as_str().unwrap();
            let words = ["inspect", "--format", "json", "--baseline", &file, kept];
            let inspected = project.apptrace(&words).expect_code(1).json();
            assert_eq!(codes(&inspected), ["outlived"], "{inspected:#}");
        }
        assert_eq!(contact["phase"], phase, "{contact:#}");
        let message = result["findings"][0]["message"].as_str().unwrap();
        for told in ["collector.example 4711/udp", "was left behind", "sh had ended"] {
            assert!(message.contains(told), "{told}: {message}");
        }
        // Where the socket tables tell: who sends and goes at once may not be found by them.
        if contact["process"].is_object() {
            assert_eq!(contact["process"]["name"], "perl", "{contact:#}");
            assert!(
                message.contains("sh › perl, pid ") || message.contains("perl (perl, pid"),
                "{message}"
            );
        }

        // What the baseline expects then is none.
        let expect = json!([{ "host": "collector.example", "phases": [phase] }]);
        project.scenario(&file, &scenario(phases, Some(expect)));
        let ran = project.apptrace(&["run", "--format", "json", &file]);
        assert!(codes(&ran.expect_code(0).json()).is_empty());
    }
}

#[test]
fn without_a_baseline_only_what_comes_in_after_is_a_finding() {
    let project = Project::new();
    let idle = json!({ "before": 0, "startup": { "quiet": "500ms" }, "idle": "10s", "after": 0 });
    project.scenario("idle.yaml", &scenario(idle, None));
    let result = project.apptrace(&["run", "--format", "json", "idle.yaml"]).expect_code(0).json();
    let notes = result["notes"].to_string();
    assert!(notes.contains("contacted collector.example"), "{result:#}");
    let after = json!({ "before": 0, "startup": { "quiet": "500ms" }, "idle": 0, "after": "10s" });
    project.scenario("after.yaml", &scenario(after, None));
    let ran = project.apptrace(&["run", "--format", "json", "after.yaml"]);
    assert_eq!(codes(&ran.expect_code(1).json()), ["outlived"]);
}

#[test]
fn a_rule_may_name_the_process_and_a_day() {
    let project = Project::new();
    for (rule, findings) in [
        (json!({ "host": "a.example", "process": "perl" }), &[][..]),
        (json!({ "host": "a.example", "process": { "under": "p*l" } }), &[]),
        (json!({ "host": "a.example", "process": "curl" }), &["wrong-process"]),
        (json!({ "host": "a.example", "until": "2999-12-31" }), &[]),
        (json!({ "host": "a.example", "until": "2001-12-31" }), &["expired-rule"]),
        (
            json!({ "deny": "b.example", "until": "2001-12-31" }),
            &["unexpected-contact", "expired-rule"],
        ),
    ] {
        let application = client::application(&["udp a.example 4711 x"]);
        let scenario = json!({
            "application": application, "phases": short_phases(), "expect": [rule],
        });
        project.scenario("app.yaml", &scenario);
        let ran = project.apptrace(&["run", "--format", "json", "app.yaml"]);
        let result = ran.expect_code(i32::from(!findings.is_empty())).json();
        assert_eq!(codes(&result), findings, "{rule}: {result:#}");
    }
}

/// It may wait for longer than the run lasts.
#[test]
fn a_process_that_stays_is_a_finding_unless_the_scenario_knows_of_it() {
    let project = Project::new();
    let phases =
        json!({ "before": 0, "startup": { "quiet": "200ms" }, "idle": 0, "after": "500ms" });
    let run = |known: Value, expect: bool| {
        let command = "setsid sleep 60 >/dev/null 2>&1 & exit 0";
        let application = json!({ "command": ["sh", "-c", command], "left-behind": known });
        let mut scenario = json!({ "application": application, "phases": phases });
        if expect {
            scenario["expect"] = json!([]);
        }
        project.scenario("stays.yaml", &scenario);
        project.apptrace(&["run", "--format", "json", "stays.yaml"])
    };
    let result = run(json!(["slept", "wake"]), true).expect_code(1).json();
    assert_eq!(codes(&result), ["outlived"], "{result:#}");
    let finding = &result["findings"][0];
    let message = finding["message"].as_str().unwrap();
    assert!(message.starts_with("left behind, and ended with the run: sleep ("), "{message}");
    let hint = finding["hint"].as_str().unwrap();
    assert!(hint.ends_with("left-behind: [\"slept\",\"wake\",\"sleep\"]"), "{hint}");
    // And it is explained by its chain.
    project.write("result.json", result.to_string());
    let explained = project.apptrace(&["explain", "result.json", "outlived"]);
    explained.expect_code(0).says("› sleep (pid ").says("sleep 60").says("left-behind: [");
    for (known, expect) in [(json!("sleep"), true), (json!(["sl*"]), true), (json!("x"), false)] {
        let result = run(known, expect).expect_code(0).json();
        assert!(codes(&result).is_empty(), "{result:#}");
        // Where nothing is expected it is worth a note.
        let notes = result["notes"].to_string();
        let is_noted = notes.contains("left processes behind") && notes.contains("sh › sleep, pid");
        assert_eq!(is_noted, !expect, "{result:#}");
    }
}
