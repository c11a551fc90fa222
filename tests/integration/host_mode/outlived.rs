//! What outlives the application on the machine itself: it is caught and explained, as far as
//! whoever looks again and again can know it.

use serde_json::json;

use super::endings::processes;
use super::scenario;
use crate::support::Project;
use crate::support::result::{codes, contact, list};
use crate::support::world::{self, RESOLVER, World};

/// It waits until its parent has gone for a while.
const SENDER: &str = "
import socket, sys, time
time.sleep(1)
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.sendto(b'phone home', ('10.9.0.13', 7))
time.sleep(1)
";

#[test]
fn a_detached_sender_is_caught_and_explained() {
    if world::repeat("host_mode::outlived::a_detached_sender_is_caught_and_explained") {
        return;
    }
    let _world = World::with_resolvers(&[RESOLVER]);
    let project = Project::new();
    project.write("sender.py", SENDER);
    let sender = project.folder().join("sender.py");
    let script = format!("(setsid python3 {} >/dev/null 2>&1 &) ; exit 0", sender.display());
    let more = json!({
        "application": { "command": ["sh", "-c", script] },
        "phases": { "before": "200ms", "startup": { "quiet": "300ms" }, "idle": 0, "after": "4s" },
        "expect": ["a.example"],
    });
    project.scenario("host.yaml", &scenario(&more));
    let words = ["run", "--format", "json", "--save-capture", "kept", "host.yaml"];
    let ran = project.apptrace(&words);
    project.write("result.json", &ran.stdout);
    let result = ran.expect_code(1).json();
    assert_eq!(codes(&result), ["outlived"], "{result:#}");
    let process = &contact(&result, "10.9.0.13", Some(7), "udp")["process"];
    assert_eq!(process["known_by"], "socket-table", "{process:#}");
    let record = list(&result["application"], "processes")
        .iter()
        .find(|record| record["pid"] == process["pid"])
        .unwrap();
    assert_eq!(record["arguments"][1], json!(sender), "{record:#}");
    let ran = project.apptrace(&["explain", "result.json", "outlived"]);
    for told in [
        "outlived: 10.9.0.13 7/udp in after, by python3",
        "sender.py",
        "by the socket tables, looked at afterwards, which is weaker evidence",
        "\u{2192} 7 Len=10",
        "to accept it, put this under `expect:` of host.yaml",
    ] {
        ran.expect_code(0).says(told);
    }
}

#[test]
fn what_is_left_behind_is_named_and_ended() {
    if world::repeat("host_mode::outlived::what_is_left_behind_is_named_and_ended") {
        return;
    }
    let _world = World::with_resolvers(&[RESOLVER]);
    let project = Project::new();
    let run = |name: &str, known: &[&str]| {
        let script = "(setsid sleep 7531 >/dev/null 2>&1 &); exit 0";
        let more = json!({
            "application": { "command": ["sh", "-c", script], "left-behind": known },
            "expect": [],
        });
        project.scenario(name, &scenario(&more));
        project.apptrace(&["run", "--format", "json", name])
    };
    let result = run("host.yaml", &["other"]).expect_code(1).json();
    assert_eq!(codes(&result), ["outlived"], "{result:#}");
    let message = result["findings"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("left behind, and ended with the run: sleep ("), "{message}");
    let _ = run("known.yaml", &["sleep"]).expect_code(0);
    assert_eq!(processes(&["sleep", "7531"]), [0; 0]);
}
