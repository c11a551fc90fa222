//! Findings explained: while the run's capture is there, and afterwards from a result.

use serde_json::{Value, json};

use crate::support::project::short_phases;
use crate::support::{Project, Ran, client};

/// A scenario of a client that carries out these actions, against these rules.
fn scenario(actions: &[&str], expect: Value) -> Value {
    let application = client::application(actions);
    json!({ "application": application, "phases": short_phases(), "expect": expect })
}

/// Runs a scenario and keeps the result and the packets.
fn keep(project: &Project, name: &str) -> Value {
    let words = ["run", "--format", "json", "--save-capture", "kept", name];
    let ran = project.apptrace(&words);
    project.write("result.json", &ran.stdout);
    ran.json()
}

/// The lines of YAML that an explanation holds, as a person would copy them.
fn accepted(ran: &Ran) -> String {
    let from = ran.stdout.lines().skip_while(|line| !line.starts_with("  - "));
    from.take_while(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_detached_sender_is_explained_and_what_would_accept_it_does() {
    let project = Project::new();
    project.write("client.pl", client::SCRIPT);
    let head = "application:
  command: [sh, -c, \"(setsid sh -c 'sleep 2; perl client.pl udp collector.example 4711 x' >/dev/null 2>&1 &); exit 0\"]
  working-directory: .
  files: { client.pl: PERL }
phases: { before: 0, startup: { quiet: 500ms }, idle: 0, after: 6s }
expect:
";
    let script = serde_json::to_string(client::SCRIPT).unwrap();
    let head = head.replace("PERL", &script);
    project.write("app.yaml", format!("{head}  - nobody.example\n"));
    let result = keep(&project, "app.yaml");
    let process = &result["contacts"][0]["process"];
    assert_eq!(process["name"], "perl", "{result:#}");

    let ran = project.apptrace(&["explain", "result.json", "outlived"]);
    for told in [
        "outlived: collector.example 4711/udp in after, by perl: no rule expects it",
        "was left behind and sent this",
        "none under `expect` of app.yaml speaks of it",
        "contact collector.example 4711/udp",
        "A collector.example, ",
        "perl client.pl udp collector.example 4711 x",
        "in seconds after the launch: NO. TIME SOURCE",
        "→ 4711 Len=1",
        "to accept it, put this under `expect:` of app.yaml, with the reason filled in:",
    ] {
        ran.expect_code(0).says(told);
    }
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80), "{ran:#?}");
    // By its number, and from a pipe.
    let by_number = project.apptrace(&["explain", "result.json", "0"]);
    assert_eq!(by_number.expect_code(0).stdout, ran.stdout);

    // What it proposes can be pasted, and is a baseline that it passes by.
    let rule = accepted(&ran);
    assert!(rule.contains("reason: "), "{rule}");
    project.write("app.yaml", format!("{head}{rule}"));
    project.apptrace(&["run", "--update", "app.yaml"]).expect_code(0);
}

#[test]
fn a_run_explains_itself_without_keeping_anything() {
    let project = Project::new();
    let request = r"tcp tracker.example 80 GET\x20/hit\x20HTTP/1.0\x0d\x0aHost:\x20tracker.example\x0d\x0a\x0d\x0a";
    let rules = json!([{ "host": "gone.example", "required": true }]);
    project.scenario("app.yaml", &scenario(&[request, "name only.example"], rules));
    let ran = project.apptrace(&["run", "--explain", "--ci", "app.yaml"]);
    for told in [
        "unexpected-contact: tracker.example 80/tcp (http)",
        "request GET http://tracker.example/hit → ",
        "[SYN]",
        "only.example, looked up",
        "A only.example, ",
        // The answer, among the packets.
        "A only.example A 198.18.",
        "missing-contact: gone.example",
        "to accept it, put this in place of the rule on line",
    ] {
        ran.expect_code(1).says(told);
    }
    let traced = client::command(&["udp a.example 4711 x"]);
    project.write("client.pl", client::SCRIPT);
    let words =
        [&["trace", "--explain", "--processes", "--phases", "none", "--"], traced.as_slice()];
    project.apptrace(&words.concat()).expect_code(0).says("perl (");
    let refused = project.apptrace(&["run", "--explain", "--format", "json", "app.yaml"]);
    refused.expect_code(2).complains("apptrace explain RESULT FINDING");
}

/// The harmless request of one process does not stand for what another sent to the same place.
#[test]
fn every_process_of_a_finding_is_explained() {
    let project = Project::new();
    let request = r"GET\x20/secret?token=1\x20HTTP/1.0\x0d\x0aHost:\x20api.example\x0d\x0a\x0d\x0a";
    let mut scenario = scenario(&[], json!([]));
    let command = format!(
        "curl -s http://api.example/ok >/dev/null; perl client.pl tcp api.example 80 '{request}'"
    );
    scenario["application"]["command"] = json!(["sh", "-c", command]);
    project.scenario("app.yaml", &scenario);
    let result = keep(&project, "app.yaml");
    assert_eq!(result["findings"][0]["contacts"], json!([0, 1]), "{result:#}");
    let ran = project.apptrace(&["explain", "result.json", "0"]);
    for told in [
        "by curl and perl: no rule expects it",
        "request GET http://api.example/ok → ",
        "request GET http://api.example/secret?token=1 → ",
        "GET /ok HTTP/1.1",
        "GET /secret?token=1 HTTP/1.0",
        "process: [\"curl\", \"perl\"]",
    ] {
        ran.expect_code(0).says(told);
    }

    // As it was written before there was more than one.
    let mut old = result.clone();
    old["findings"][0].as_object_mut().unwrap().remove("contacts");
    project.write("old.json", old.to_string());
    let ran = project.apptrace(&["explain", "old.json", "0"]);
    ran.expect_code(0).says("request GET http://api.example/ok → ");
    assert!(!ran.stdout.contains("perl (pid"), "{ran:#?}");
}

#[test]
fn what_cannot_be_explained_is_said() {
    let project = Project::new();
    project.scenario("app.yaml", &scenario(&["udp a.example 4711 x"], json!([])));
    project.scenario("fine.yaml", &scenario(&[], json!([])));
    let result = keep(&project, "app.yaml");
    let explain = |words: &[&str]| project.apptrace(&[&["explain"], words].concat());
    for finding in ["7", "-1", "unexpected", "outlived", ""] {
        let ran = explain(&["--", "result.json", finding]);
        ran.expect_code(2).complains(&format!("the result of `app` has no finding `{finding}`"));
        ran.complains("  0  unexpected-contact: a.example 4711/udp");
    }
    explain(&["absent.json", "0"]).expect_code(2).complains("cannot read the result absent.json");
    for text in ["", "PASS  app", "{}", "[1]", "{\"simulated\":{}}"] {
        project.write("odd.json", text);
        explain(&["odd.json", "0"]).expect_code(2).complains("odd.json is no result: ");
    }

    // Of several results one must be chosen.
    let other = project.apptrace(&["run", "--format", "json", "fine.yaml"]);
    let both = format!("{}{}", project.read("result.json"), other.stdout);
    project.write("both.json", both);
    explain(&["both.json", "0"]).expect_code(2).complains("chooses one of `app`, `fine`");
    explain(&["both.json", "0", "--scenario", "x"]).expect_code(2).complains("no result of `x`");
    explain(&["both.json", "--scenario", "app"])
        .expect_code(0)
        .says("unexpected-contact: a.example");
    explain(&["both.json", "--scenario", "fine"]).expect_code(0).says("nothing to explain");
    explain(&["both.json", "0", "--scenario", "fine"]).expect_code(2).complains("has no findings");

    // Packets that are not there any more, and that never were.
    let file = result["capture"]["file"].as_str().unwrap();
    let moved = project.folder().join("moved.pcap");
    std::fs::rename(project.folder().join(file), &moved).unwrap();
    explain(&["result.json"]).expect_code(0).says("cannot be shown: ").says("--capture FILE");
    let ran = explain(&["result.json", "--capture", "moved.pcap"]);
    ran.expect_code(0).says("in seconds after the launch: NO. TIME");
    project.write("moved.pcap", "no capture");
    explain(&["result.json", "--capture", "moved.pcap"]).expect_code(0).says("cannot be shown: ");
    let mut unkept = result.clone();
    unkept["capture"]["file"] = Value::Null;
    unkept["a-newer-key"] = json!({ "and": [1] });
    project.write("unkept.json", format!("{unkept:#}"));
    explain(&["unkept.json"])
        .expect_code(0)
        .says("not kept; run it again with `--save-capture DIR`");
}
