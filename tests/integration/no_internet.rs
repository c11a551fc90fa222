//! `internet: none`: what the application tries is seen, judged and refused at once.

use serde_json::json;

use crate::support::client::said;
use crate::support::project::short_phases;
use crate::support::result::{codes, contact, list};
use crate::support::{Project, User, client};

/// A DNS query (RFC 1035) of type A for `www.example`, with the number 7.
const QUERY: &str =
    r"\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x00\x00\x01\x00\x01";

#[test]
fn what_is_tried_is_seen_and_refused() {
    let over_udp = format!("udp 203.0.113.53 53 {QUERY}");
    let over_tcp = format!(r"tcp 2001:db8::53 53 \x00\x1d{QUERY}");
    let cases = [
        ("tcp 203.0.113.9 443 hello", "refused"),
        ("tcp 2001:db8:9::9 80 hello", "refused"),
        ("udp 203.0.113.9 443 hello", "refused"),
        ("udp 2001:db8:9::9 123 hello", "refused"),
    ];
    for user in User::all() {
        let project = Project::of(user);
        project.write("client.pl", include_str!("support/client.pl"));
        let mut words =
            vec!["trace", "--internet", "none", "--phases", "none", "--format", "json", "--"];
        let mut actions: Vec<&str> = cases.iter().map(|(action, _)| *action).collect();
        actions.extend([over_udp.as_str(), over_tcp.as_str()]);
        words.extend(client::command(&actions));
        let ran = project.apptrace(&words);
        let result = ran.expect_code(0).json();
        assert_eq!(result["internet"], "none");
        for (action, answer) in cases {
            assert_eq!(said(&ran, action), answer, "{action}");
            let [transport, host, port, _] = action.split(' ').collect::<Vec<_>>()[..] else {
                panic!("{action}")
            };
            contact(&result, host, port.parse().ok(), transport);
        }
        // The number, and a response with the code REFUSED.
        for (answer, header) in [
            (said(&ran, &over_udp), r"\x00\x07\x81\x85"),
            (said(&ran, &over_tcp), r"\x00\x1d\x00\x07\x81\x85"),
        ] {
            assert!(answer.starts_with(header), "{answer}");
        }
        let lookups = list(&result, "lookups");
        assert_eq!(lookups.len(), 2, "{lookups:#?}");
        for lookup in lookups {
            assert_eq!(lookup["name"], "www.example", "{lookup:#}");
            assert_eq!(lookup["answers"], json!([]), "{lookup:#}");
        }
    }
}

/// The same scenario with and without an internet: each has its own snapshot.
#[test]
fn a_scenario_is_judged_and_compared_apart() {
    let project = Project::new();
    let mut application = client::application(&["tcp 203.0.113.9 443 hello"]);
    application["exit-status"] = json!([0, 1]);
    let scenario = |expect: serde_json::Value, internet: &str| {
        json!({
            "application": application,
            "phases": short_phases(),
            "network": { "internet": internet },
            "expect": expect,
        })
    };
    project.scenario("x.yaml", &scenario(json!(["203.0.113.9"]), "simulated"));
    project.apptrace(&["run", "x.yaml"]).expect_code(0).says("snapshot written, the first");
    let ran = project.apptrace(&["run", "--internet", "none", "x.yaml"]);
    ran.expect_code(0).says("(internet: none)").says("snapshots/x@none.snap");
    assert!(project.read("snapshots/x@none.snap").contains("ran: command\ninternet: none\n"));
    assert!(!project.read("snapshots/x.snap").contains("internet:"));
    // What the scenario itself says is its own snapshot.
    project.scenario("y.yaml", &scenario(json!([]), "none"));
    let ran = project.apptrace(&["run", "--format", "json", "y.yaml"]);
    assert_eq!(codes(&ran.expect_code(1).json()), ["unexpected-contact"]);
    assert!(project.has("snapshots/y.snap") && !project.has("snapshots/y@none.snap"));
    let ran = project.apptrace(&["run", "--internet", "nowhere", "x.yaml"]);
    ran.expect_code(2).complains("expected one of `simulated`, `real`, `none`");
}
