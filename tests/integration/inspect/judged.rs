//! Captures judged by a scenario's baseline, and those that runs kept.

use serde_json::{Value, json};

use super::project;
use crate::support::result::{codes, list};
use crate::support::{Project, client};

fn scenario(project: &Project, name: &str, expect: &serde_json::Value) {
    let scenario = json!({ "application": { "command": ["zoiper"] }, "expect": expect });
    project.scenario(name, &scenario);
}

#[test]
fn a_capture_is_judged_as_a_run_is() {
    let project = project();
    let resolver = json!({ "host": "203.0.113.53", "port": 53 });
    let registrar = json!({ "host": "sip.ca1.voip.ms" });
    let counter = json!({ "host": "www.asteriskguru.com", "port": 80, "at-most": 1 });
    scenario(&project, "whole.yaml", &json!([resolver, registrar, counter]));
    scenario(&project, "given.yaml", &json!([registrar, counter]));
    scenario(&project, "less.yaml", &json!([resolver, registrar]));
    let judged = |arguments: &[&str]| {
        let words = [&["inspect", "--format", "json", "start.pcap", "--baseline"], arguments];
        project.apptrace(&words.concat())
    };
    let passed = judged(&["whole.yaml"]).expect_code(0).json();
    assert_eq!((&passed["verdict"], &passed["scenario"]), (&json!("pass"), &json!("whole")));
    assert!(list(&passed, "contacts").iter().all(|it| it["expected"] == true), "{passed:#}");

    judged(&["given.yaml"]).expect_code(1).says("203.0.113.53");
    let _ = judged(&["given.yaml", "--resolver", "203.0.113.53"]).expect_code(0);

    let failed = judged(&["less.yaml"]).expect_code(1).json();
    assert_eq!(codes(&failed), ["unexpected-contact"]);
    let index = failed["findings"][0]["contact"].as_u64().unwrap();
    let found = &list(&failed, "contacts")[usize::try_from(index).unwrap()];
    assert_eq!(
        (&found["host"], &found["expected"]),
        (&json!("www.asteriskguru.com"), &json!(false))
    );
    // What is not shown is not judged.
    let _ = judged(&["less.yaml", "--where", "port != 80"]).expect_code(0);
    let _ = judged(&["less.yaml", "--filter", "arp"]).expect_code(0);

    let text = project.apptrace(&["inspect", "start.pcap", "--baseline", "less.yaml"]);
    insta::assert_snapshot!("inspect_judged", text.expect_code(1).stdout);
    assert!(text.stdout.lines().all(|line| line.chars().count() <= 80), "{text:#?}");
    let rows =
        project.apptrace(&["inspect", "start.pcap", "--baseline", "less.yaml", "--format", "csv"]);
    rows.expect_code(1).complains("unexpected-contact: www.asteriskguru.com");

    // Each variant has a baseline of its own.
    let weathers = json!({ "fair": { "expect": [resolver, registrar, counter] }, "foul": null });
    let all = json!({
        "application": { "command": ["x"] },
        "expect": [registrar],
        "variants": weathers,
    });
    project.scenario("all.yaml", &all);
    let passed = judged(&["all.yaml", "--variant", "fair"]).expect_code(0).json();
    assert_eq!(passed["scenario"], "all@fair");
    judged(&["all.yaml", "--variant", "foul"]).expect_code(1);
    judged(&["all.yaml"]).expect_code(1);
    let absent = judged(&["all.yaml", "--variant", "fairer"]);
    absent.expect_code(2).complains("all.yaml does not have a variant `fairer`");
    absent.complains("`fair`, `foul`");

    project.scenario("none.yaml", &json!({ "application": { "command": ["x"] } }));
    judged(&["none.yaml"]).expect_code(2).complains("has no `expect` to judge by");
    project.write("bad.yaml", "expect: 7");
    judged(&["bad.yaml"]).expect_code(2).complains("bad.yaml");
}

/// What a run kept is seen as the run saw it.
#[test]
fn a_capture_that_a_run_kept_tells_the_same_again() {
    let project = Project::new();
    let _ = client::trace(&project, &[]);
    let actions = ["udp shown.example 4711 x", "name looked-up.example", "udp 192.0.2.77 7 y"];
    let mut words = vec!["trace", "--format", "json", "--save-capture", "kept", "--"];
    words.extend(client::command(&actions));
    let traced = project.apptrace(&words).expect_code(0).json();
    let file = traced["capture"]["file"].as_str().unwrap();
    let inspected = project.apptrace(&["inspect", "--format", "json", file]);
    let inspected = inspected.expect_code(0).json();
    let seen = |result: &Value| -> Vec<Value> {
        let keys = ["host", "port", "transport", "class", "kind", "packets", "bytes_out"];
        let of = |contact: &Value| keys.iter().map(|key| contact[key].clone()).collect();
        list(result, "contacts").iter().map(of).collect()
    };
    assert_eq!(seen(&inspected), seen(&traced), "{inspected:#}");
    assert_eq!(inspected["capture"]["packets"], traced["capture"]["packets"]);
    assert_eq!(inspected["capture"]["own"], true);
}
