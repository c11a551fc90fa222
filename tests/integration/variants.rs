//! A scenario in several weathers, each with a snapshot of its own.

use serde_json::json;

use crate::support::project::short_phases;
use crate::support::{Project, client};

fn weathers(project: &Project, host: &str) {
    let action = format!("tcp {host} 80 GET\\x20/\\x20HTTP/1.0\\x0d\\x0a\\x0d\\x0a");
    let application = client::application(&[&action]);
    let scenario = json!({
        "application": application,
        "phases": short_phases(),
        "variants": {
            "up": null,
            "down": {
                "network": { "overrides": [{ "unresolvable": "*.example" }] },
                "application": { "exit-status": 255 },
                "expect": ["*.example"],
            },
        },
    });
    project.scenario("app.yaml", &scenario);
}

#[test]
fn each_variant_is_a_scenario_of_its_own() {
    let project = Project::new();
    weathers(&project, "old.example");
    project.apptrace(&["run", "--ci", "app.yaml"]).expect_code(4).says("app@up").says("app@down");
    let ran = project.apptrace(&["run", "--format", "json", "app.yaml"]);
    ran.expect_code(0);
    let names: Vec<String> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|result| result["scenario"].as_str().unwrap().to_owned())
        .collect();
    // The order of the file, which is the letters' order where JSON was written.
    assert_eq!(names, ["app@down", "app@up"]);
    let (up, down) =
        (project.read("snapshots/app@up.snap"), project.read("snapshots/app@down.snap"));
    assert!(up.contains("contacts:\n  old.example  80/tcp"), "{up}");
    assert!(down.contains("looked up only:\n  old.example  dns"), "{down}");
    assert!(!project.has("snapshots/app.snap"));
    project.apptrace(&["run", "--ci", "app.yaml"]).expect_code(0);

    // One of them alone.
    weathers(&project, "new.example");
    let ran = project.apptrace(&["run", "--variant", "up", "app.yaml"]);
    ran.expect_code(1).says("app@up").says("apptrace accept app@up");
    assert!(!ran.stdout.contains("app@down"), "{ran:#?}");
    assert_eq!(project.apptrace(&["pending"]).expect_code(0).stdout, "app@up\n");
    let ran = project.apptrace(&["run", "--variant", "dwon", "app.yaml"]);
    ran.expect_code(2).complains("no scenario has a variant `dwon`").complains("`down`, `up`");

    // The scenario's name accepts what its variants changed.
    project.apptrace(&["run", "app.yaml"]).expect_code(1);
    let accepted = project.apptrace(&["accept", "app"]);
    accepted.expect_code(0).says("accepted app@down").says("accepted app@up");
    project.apptrace(&["run", "--ci", "app.yaml"]).expect_code(0);
}

#[test]
fn requests_stand_in_the_snapshot_as_far_as_wanted() {
    let project = Project::new();
    let id = "0b0b0b0b-0000-4000-8000-000000000000";
    let script = format!(
        "curl -s http://a.example/v1/{id}/start?v=1.2; \
         curl -sk -d '{{}}' -H 'Content-Type: application/json; charset=utf-8' \
         'https://t.example/events?id=77&os=linux'; \
         curl -sk https://t.example/events?os=linux; curl -sk https://t.example/events?os=linux"
    );
    for (rules, expected) in [
        (
            json!({}),
            "  a.example  80/tcp  http  startup  by curl\n  t.example  443/tcp  tls  startup  by curl\n",
        ),
        (
            json!({ "requests": "paths", "redact": { "path": "/[0-9a-f-]{36}" } }),
            "  a.example  80/tcp  http  startup  by curl\n    GET /v1/*/start\n  \
             t.example  443/tcp  tls  startup  by curl\n    GET /events\n    POST /events\n",
        ),
        (
            json!({ "requests": "full", "redact": { "path": ["/[0-9a-f-]{36}"], "query": ["v", "id"] } }),
            "  a.example  80/tcp  http  startup  by curl\n    GET http://a.example/v1/*/start?v=*\n  \
             t.example  443/tcp  tls  startup  by curl\n    GET https://t.example/events?os=linux\n    \
             POST https://t.example/events?id=*&os=linux  application/json\n",
        ),
    ] {
        let mut phases = short_phases();
        // It ends by itself, however long a busy machine takes from one request to the next.
        phases["startup"]["quiet"] = json!("20s");
        let scenario = json!({
            "application": { "command": ["sh", "-c", script] },
            "phases": phases,
            "snapshot": rules,
        });
        project.scenario("requests.yaml", &scenario);
        project.apptrace(&["run", "--update", "requests.yaml"]).expect_code(0);
        let snapshot = project.read("snapshots/requests.snap");
        assert!(snapshot.contains(&format!("contacts:\n{expected}looked")), "{snapshot}");
    }
}
