//! The main job on the shipped scenario: the softphone of the reference trace passes as it
//! was, and fails once it calls another host.

use std::fs;

use serde_json::json;

use crate::support::result::codes;
use crate::support::{Project, Ran, User, repository};

const SCENARIO: &str = "scenarios/zoiper.yaml";
const SNAPSHOT: &str = "snapshots/zoiper@stand-in.snap";
const ALSO: &str = "telemetry.example.com";

/// Runs the shipped scenario with its shipped snapshot, its stand-in told more.
fn run(user: User, more: &str, phases: &str) -> (Project, Ran) {
    let project = Project::of(user);
    let text = repository::read(SCENARIO);
    // On a machine with Zoiper it is the stand-in all the same that is tested here.
    let changed = text
        .replace("command: [zoiper5]", "command: [zoiper5-that-is-not-installed]")
        .replace("--keep-alive, 3s]", &format!("--keep-alive, 3s{more}]"))
        .replace("idle: 8s", phases);
    assert_ne!(changed, text);
    project.write(SCENARIO, changed);
    let snapshot = project.write(SNAPSHOT, repository::read(SNAPSHOT));
    let arguments = ["run", "--ci", "--format", "json", SCENARIO];
    let ran = project.apptrace(&arguments);
    assert_eq!(fs::read_to_string(snapshot).unwrap(), repository::read(SNAPSHOT));
    (project, ran)
}

#[test]
fn the_softphone_does_what_it_did_in_2008() {
    for user in User::all() {
        let (_project, ran) = run(user, "", "idle: 5s");
        let result = ran.expect_code(0).json();
        assert_eq!(result["application"]["launched_as"], "stand-in");
        let seen: Vec<_> = result["contacts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| json!([it["host"], it["port"], it["transport"], it["protocol"], it["phase"]]))
            .collect();
        assert_eq!(
            seen,
            [
                json!(["www.asteriskguru.com", 80, "tcp", "http", "startup"]),
                json!(["sip.ca1.voip.ms", 5060, "udp", "sip", "startup"]),
                json!(["sip.ca1.voip.ms", 5060, "udp", "sip", "idle"]),
            ]
        );
        assert_eq!(
            result["contacts"][0]["requests"],
            json!([{
                "method": "GET",
                "target": "/counter/?version=2.14&dllversion=650&branch=zoiper",
                "host": "www.asteriskguru.com",
                "status": 200,
                "url": "http://www.asteriskguru.com/counter/?version=2.14&dllversion=650&branch=zoiper"
            }])
        );
        assert_eq!(
            result["contacts"][1]["requests"],
            json!([{
                "method": "REGISTER",
                "target": "sip:sip.ca1.voip.ms;transport=UDP",
                "host": "sip.ca1.voip.ms",
                "status": 200,
                "from": "sip:100000@sip.ca1.voip.ms;transport=UDP",
                "to": "sip:100000@sip.ca1.voip.ms;transport=UDP",
                "contact": "sip:100000@192.0.2.2:5060;transport=UDP"
            }])
        );
        assert!(result["contacts"].as_array().unwrap().iter().all(|it| it["expected"] == true));
    }
}

#[test]
fn a_softphone_that_calls_another_host_fails() {
    let (_project, ran) = run(User::Own, &format!(", --also, {ALSO}"), "idle: 5s");
    let result = ran.expect_code(1).json();
    assert_eq!(result["verdict"], "fail");
    assert_eq!(codes(&result), ["unexpected-contact", "snapshot-changed"]);
    let finding = &result["findings"][0];
    let contact = &result["contacts"][finding["contact"].as_u64().unwrap() as usize];
    assert_eq!(
        json!([contact["host"], contact["port"], contact["expected"]]),
        json!([ALSO, 80, false])
    );
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains(ALSO) && message.contains("80/tcp"), "{message}");
    let hint = finding["hint"].as_str().unwrap();
    assert!(hint.starts_with("- {") && hint.contains(ALSO), "{hint}");
    let diff = result["snapshot"]["diff"].as_str().unwrap();
    assert!(diff.contains(&format!("+  {ALSO}  80/tcp")), "{diff}");
}
