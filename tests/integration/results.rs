//! The result alone on standard output, whatever the application writes; `trace` and its
//! options; several scenarios in one call.

use serde_json::{Value, json};

use crate::support::project::short_phases;
use crate::support::result::{codes, contact, list};
use crate::support::{Project, client};

fn shell(script: &str) -> Value {
    let application = json!({ "command": ["sh", "-c", script] });
    json!({ "application": application, "phases": short_phases() })
}

#[test]
fn what_the_application_writes_never_mixes_with_the_result() {
    let project = Project::new();
    // JSON of its own, no end of line, bytes that are no text, and commands to a terminal.
    let script = r#"printf '{"verdict":"fail"}\n\377\033[2J'; printf 'last' >&2"#;
    project.scenario("a.yaml", &shell(script));
    for words in [
        &["run", "--format", "json", "a.yaml"][..],
        &["trace", "--phases", "none", "--format", "json", "--", "sh", "-c", script],
    ] {
        let ran = project.apptrace(words);
        assert_eq!(ran.expect_code(0).json()["verdict"], "pass");
        assert_eq!(ran.stderr, "{\"verdict\":\"fail\"}\n\u{fffd}\u{1b}[2Jlast", "{words:?}");
        assert!(ran.stdout.is_ascii() && !ran.stdout.contains('\u{1b}'), "{words:?}");

        let hidden = project.apptrace(&[&words[..1], &["--hide-output"], &words[1..]].concat());
        assert_eq!(hidden.expect_code(0).stderr, "", "{words:?}");
    }
    let text = project.apptrace(&["run", "a.yaml"]);
    assert!(!text.expect_code(0).stdout.contains("verdict"), "{text:#?}");
    assert!(text.stdout.lines().all(|line| line.chars().count() <= 80), "{text:#?}");
}

/// A flood of output must neither be lost nor hold the application up.
#[test]
fn long_output_arrives_whole() {
    let project = Project::new();
    let script = "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end";
    let ran = project.apptrace(&["trace", "--phases", "none", "--", "sh", "-c", script]);
    assert_eq!(ran.expect_code(0).stderr.len(), 3_000_005);
    assert!(ran.stderr.ends_with("x\nend\n"));
}

#[test]
fn several_scenarios_are_run_in_order_and_the_gravest_decides() {
    let project = Project::new();
    let mut fails = shell("true");
    fails["expect"] = json!([{ "host": "required.example", "required": true }]);
    project.scenario("suite/pass.yaml", &shell("true"));
    project.scenario("suite/fail.yml", &fails);
    project.write("suite/no-scenario.txt", "?");
    project.scenario("invalid.yaml", &shell("exit 1"));
    for (paths, scenarios, code) in [
        (&["suite"][..], &["fail", "pass"][..], 1),
        (&["suite/pass.yaml"], &["pass"], 0),
        (&["invalid.yaml", "suite/pass.yaml"], &["invalid", "pass"], 3),
        (&["suite", "invalid.yaml"], &["fail", "pass", "invalid"], 1),
    ] {
        let words = [&["run", "--format", "json"], paths].concat();
        let ran = project.apptrace(&words);
        let objects = ran.expect_code(code).objects();
        let names: Vec<_> = objects.iter().map(|it| it["scenario"].as_str().unwrap()).collect();
        assert_eq!(names, scenarios, "{paths:?}");

        let text = project.apptrace(&[&["run"], paths].concat());
        for name in scenarios {
            text.expect_code(code).says(name);
        }
    }
    // Nothing is run where something cannot be.
    project.write("suite/broken.yaml", "application: 7");
    for paths in [&["suite"][..], &["suite/pass.yaml", "absent.yaml"], &["suite/no-scenario.txt"]] {
        let ran = project.apptrace(&[&["run"], paths].concat());
        assert_eq!(ran.expect_code(2).stdout, "", "{paths:?}");
        assert!(!ran.stderr.is_empty(), "{paths:?}");
    }
    // Every file that is wrong is named.
    project.write("suite/worse.yaml", "expect: 8");
    let ran = project.apptrace(&["run", "suite", "absent.yaml"]);
    for named in ["broken.yaml", "worse.yaml", "absent.yaml"] {
        ran.expect_code(2).complains(named);
    }
}

#[test]
fn a_trace_is_not_told_of_scenarios() {
    let ran = Project::new().apptrace(&["trace", "--", "no-such-program"]);
    ran.expect_code(3).says("hint: install no-such-program, or give its path");
    assert!(!ran.stdout.contains("stand-in"), "{ran:#?}");
}

#[test]
fn a_trace_lasts_as_long_as_the_command_and_all_it_started() {
    let project = Project::new();
    // The last word is a process that its parent has left behind.
    let script = "(sleep 0.7; echo late) & echo early";
    let words = ["trace", "--phases", "none", "--format", "json", "--", "sh", "-c", script];
    let ran = project.apptrace(&words);
    let result = ran.expect_code(0).json();
    assert_eq!(ran.stderr, "early\nlate\n");
    assert_eq!(result["application"]["exit"], json!({ "status": 0 }), "{result:#}");

    // One that would never end is told to go.
    let words = ["trace", "--for", "1s", "--format", "json", "--", "sleep", "1000"];
    let result = project.apptrace(&words).expect_code(0).json();
    assert_eq!(result["application"]["exit"], Value::Null, "not by itself: {result:#}");
    assert!(codes(&result).is_empty(), "{result:#}");
    let phases: Vec<_> =
        list(&result, "phases").iter().filter_map(|it| it["phase"].as_str()).collect();
    assert_eq!(phases, ["before", "startup", "idle", "shutdown", "after"]);
}

#[test]
fn a_trace_shows_people_what_was_contacted() {
    let project = Project::new();
    let _ = client::trace(&project, &[]);
    let actions = ["udp shown.example 4711 x", "name looked-up.example"];
    let mut words = vec!["trace", "--phases", "none", "--hide-output", "--"];
    words.extend(client::command(&actions));
    let ran = project.apptrace(&words);
    ran.expect_code(0).says("shown.example 4711/udp").says("looked-up.example dns");
    assert!(ran.stdout.lines().all(|line| line.len() <= 80), "{ran:#?}");
}

#[test]
fn a_capture_that_is_asked_for_holds_what_was_sent() {
    let project = Project::new();
    let _ = client::trace(&project, &[]);
    let mut words = vec!["trace", "--phases", "none", "--format", "json"];
    words.extend(["--save-capture", "kept", "--"]);
    words.extend(client::command(&["udp shown.example 4711 unmistakable"]));
    let result = project.apptrace(&words).expect_code(0).json();
    let file = result["capture"]["file"].as_str().unwrap();
    let capture = std::fs::read(project.folder().join(file)).unwrap();
    let holds = |text: &[u8]| capture.windows(text.len()).any(|it| it == text);
    assert!(holds(b"unmistakable"), "{} bytes in {file}", capture.len());
    let contact = contact(&result, "shown.example", Some(4711), "udp");
    assert_eq!(contact["expected"], Value::Null, "a trace has no baseline: {contact:#}");
}
