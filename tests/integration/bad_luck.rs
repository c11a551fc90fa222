//! Applications that do not do what one hopes: each run ends with one clear message that says
//! what to do, the right exit code, and nothing written that should not be.

use serde_json::{Value, json};

use crate::support::project::short_phases;
use crate::support::result::{codes, contact, list};
use crate::support::{Project, Ran, client};

/// Runs a scenario of an application in short phases.
fn run(project: &Project, application: Value) -> Ran {
    let scenario = json!({ "application": application, "phases": short_phases() });
    project.scenario("scenario.yaml", &scenario);
    project.apptrace(&["run", "--format", "json", "scenario.yaml"])
}

/// A shell as application.
fn shell(script: &str) -> Value {
    json!({ "command": ["sh", "-c", script] })
}

/// Fails unless this is the run's only finding, with these words in its message and its hint.
#[track_caller]
fn expect_finding(result: &Value, code: &str, message: &str, hint: &str) {
    assert_eq!(codes(result), [code], "{result:#}");
    let finding = &list(result, "findings")[0];
    let has = |key: &str, text: &str| finding[key].as_str().is_some_and(|it| it.contains(text));
    assert!(has("message", message), "{message:?} is not in {finding:#}");
    assert!(has("hint", hint), "{hint:?} is not in {finding:#}");
}

#[test]
fn what_cannot_be_launched_is_explained() {
    let project = Project::new();
    project.write("text", "#!/bin/sh\n");
    project.program("garbage", [0x7f, b'E', b'L', b'F', 0xff, 0, 1, 2]);
    project.program("orphan", "#!/no/such/interpreter\n");
    project.write("folder/file", "");
    for (command, message, hint) in [
        ("no-such-program", "\"no-such-program\" is not installed", "install no-such-program"),
        ("./no-such-file", "no-such-file\" is not installed", "give its path"),
        ("./text", "has no execute permission", "chmod +x"),
        ("./garbage", "no program of this machine's kind", "`#!/bin/sh`"),
        ("./orphan", "interpreter or dynamic loader", "install"),
        ("./folder", "it is a folder", "give the path of a program"),
    ] {
        let ran = run(&project, json!({ "command": [command] }));
        let result = ran.expect_code(3).json();
        expect_finding(&result, "application-not-started", message, hint);
        assert!(!project.has("snapshots"), "{command} left a snapshot");

        let ran = project.apptrace(&["trace", "--format", "json", "--", command]);
        expect_finding(&ran.expect_code(3).json(), "application-not-started", message, hint);
        // People are told the same.
        project.apptrace(&["trace", "--", command]).expect_code(3).says(message).says("hint: ");
    }
}

#[test]
fn an_application_that_ends_at_once_is_judged_by_how_it_ends() {
    let project = Project::new();
    let with_status = |script: &str, status: Value| {
        let mut application = shell(script);
        application["exit-status"] = status;
        application
    };
    let failed = Some("application-failed");
    for (application, code, finding, message) in [
        (shell("exit 0"), 0, None, ""),
        (with_status("exit 7", json!([0, 7])), 0, None, ""),
        (shell("echo no such account; exit 7"), 3, failed, "exit status 7"),
        (shell("echo no such account; exit 7"), 3, failed, "no such account"),
        (shell("kill -9 $$"), 3, failed, "SIGKILL"),
        (with_status("exit 0", json!(7)), 3, failed, "exit status 0"),
    ] {
        let ran = run(&project, application.clone());
        let result = ran.expect_code(code).json();
        match finding {
            None => assert!(codes(&result).is_empty(), "{result:#}"),
            Some(finding) => expect_finding(&result, finding, message, "`exit-status`"),
        }
    }
    // Nobody said how a traced command should end: it is told, and no finding.
    let words = ["trace", "--phases", "none", "--", "sh", "-c", "exit 7"];
    project.apptrace(&words).expect_code(0).says("ended with exit status 7");
}

#[test]
fn a_daemon_counts_after_its_parent_has_ended() {
    let project = Project::new();
    let mut application = client::application(&[]);
    // It closes its streams, leaves its session, and goes on.
    let script = "setsid sh -c 'sleep 0.5; perl client.pl udp daemon.example 4711 x; sleep 1000' \
                  >/dev/null 2>&1 & exit 0";
    application["command"] = json!(["sh", "-c", script]);
    let phases = json!({ "before": 0, "startup": { "quiet": "3s" }, "idle": 0, "after": 0 });
    project.scenario("daemon.yaml", &json!({ "application": application, "phases": phases }));
    let ran = project.apptrace(&["run", "--format", "json", "daemon.yaml"]);
    let result = ran.expect_code(0).json();
    let contact = contact(&result, "daemon.example", Some(4711), "udp");
    assert_eq!(contact["process"]["name"], "perl", "{contact:#}");
    assert!(result["notes"].to_string().contains("left processes behind"), "{result:#}");
}

/// Either every packet is in the result, or the result says that it is not to be believed.
#[test]
fn a_flood_is_counted_to_the_last_packet_or_the_run_is_invalid() {
    let project = Project::new();
    let ran = client::trace(&project, &["flood 203.0.113.5 4711 100000"]);
    let result = ran.json();
    let lost = result["capture"]["lost"].as_u64();
    if ran.code == Some(3) {
        assert_eq!(codes(&result), ["packets-lost"], "{result:#}");
        assert!(lost.is_some_and(|lost| lost > 0), "{result:#}");
        return;
    }
    assert_eq!(lost, Some(0), "{result:#}");
    let contact = contact(&result, "203.0.113.5", Some(4711), "udp");
    let sent = format!("-> {} sent", contact["packets"]);
    ran.expect_code(0).complains(&sent);
}

#[test]
fn an_application_that_does_not_go_is_killed() {
    let project = Project::new();
    let mut phases = short_phases();
    phases["idle"] = json!("1s");
    phases["shutdown"] = json!({ "signal": "TERM", "at-most": "300ms" });
    let application = shell("trap '' TERM; while true; do sleep 0.1; done");
    project.scenario("deaf.yaml", &json!({ "application": application, "phases": phases }));
    let ran = project.apptrace(&["run", "--format", "json", "deaf.yaml"]);
    let result = ran.expect_code(0).json();
    let note = &list(&result, "notes")[0];
    assert!(note["message"].as_str().unwrap().contains("was killed"), "{note:#}");
    assert!(note["hint"].as_str().unwrap().contains("at-most"), "{note:#}");
}

/// Whatever the caller's standard input is, the application's is empty: it neither waits for
/// it nor takes it away.
#[test]
fn an_application_that_reads_does_not_wait() {
    // Opened both ways, the pipe never ends.
    let endless = ["sh", "-c", "mkfifo pipe; exec \"$@\" 0<>pipe", "sh"];
    let project = Project::new().wrapped(&endless);
    let ran = project.apptrace(&["trace", "--phases", "none", "--", "sh", "-c", "cat; echo end"]);
    assert_eq!(ran.expect_code(0).stderr, "end\n");
}

#[test]
fn a_scenario_of_any_bytes_is_refused_in_clean_words() {
    let project = Project::new();
    let bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned()
        + &(b'b'..b'j')
            .map(|key| {
                let (key, before) = (char::from(key), char::from(key - 1));
                format!("{key}: &{key} [{}]\n", vec![format!("*{before}"); 9].join(", "))
            })
            .collect::<String>();
    for (bytes, says) in [
        (&b""[..], "application"),
        (b"\xff\xfe\x00\x01", "UTF-8"),
        (b"application: \x00", "cannot stand in YAML"),
        (b"application: { command: [true] }\nname: \"\\e[2J\"", "name"),
        (b"\x1b[2J: 1", "error"),
        ("[".repeat(100_000).as_bytes(), "error"),
        (bomb.as_bytes(), "error"),
        (b"application: { command: [true] }\n\xe2\x80\xae: 1", "error"),
    ] {
        project.write("hostile.yaml", bytes);
        let ran = project.apptrace(&["run", "hostile.yaml"]);
        ran.expect_code(2).complains("hostile.yaml").complains(says);
        let is_clean =
            |text: &str| !text.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}');
        assert!(is_clean(&ran.stderr), "{ran:#?}");
        assert_eq!(ran.stdout, "", "{ran:#?}");
    }
    project.apptrace(&["run", "absent.yaml"]).expect_code(2).complains("absent.yaml");
}
