//! How a scenario has the simulated internet depart from what it answers.

use serde_json::json;

use crate::support::client::said;
use crate::support::project::short_phases;
use crate::support::{Project, client};

#[test]
fn a_scenario_overrides_what_is_answered() {
    let project = Project::new();
    let get = |path: &str| {
        format!(r"GET\x20{path}\x20HTTP/1.0\x0d\x0aHost:\x20web.example\x0d\x0a\x0d\x0a")
    };
    let (scripted, plain) = (
        format!("tcp web.example 80 {}", get("/version?v=2")),
        format!("tcp web.example 80 {}", get("/other")),
    );
    let cases = [
        ("name fixed.example", "198.51.100.7"),
        ("name other.example", "198.18."),
        ("name x.gone.example", "no such name"),
        (&scripted, "HTTP/1.0 503 Service Unavailable"),
        (&plain, "HTTP/1.0 200 OK"),
        ("tcp closed.example 443 x", "refused"),
        ("tcp closed.example 444 x", "silent"),
        ("udp closed.example 443 x", "silent"),
        ("tcp 203.0.113.1 25 x", "refused"),
        ("udp 2001:db8::1 25 x", "refused"),
        ("tcp x.shut.example 80 x", "refused"),
        ("tcp y.shut.example 80 x", "refused"),
        ("tcp shut.example 80 x", "silent"),
        ("tcp fixed.shut.example 80 x", "refused"),
        ("tcp 203.0.113.130 8080 x", "refused"),
        ("tcp 203.0.113.127 8080 x", "silent"),
        ("tcp 2001:db8:7::9 8080 x", "refused"),
        ("udp x.dark.example 9000 x", "silent"),
    ];
    let actions: Vec<&str> = cases.iter().map(|(action, _)| *action).collect();
    let scenario = project.scenario("overrides.yaml", &json!({
        "application": client::application(&actions),
        "phases": short_phases(),
        "network": { "overrides": [
            { "resolve": { "host": "fixed.example", "addresses": ["198.51.100.7"] } },
            { "unresolvable": "*.gone.example" },
            { "http": { "host": "web.example", "path": "/version", "status": 503, "body": "down" } },
            { "refuse": { "host": "closed.example", "port": 443, "transport": "tcp" } },
            { "refuse": { "port": 25 } },
            { "resolve": { "host": "fixed.shut.example", "addresses": ["198.51.100.8"] } },
            { "refuse": { "host": "*.shut.example", "port": 80 } },
            // The one before it settles this.
            { "drop": { "host": "y.shut.example", "port": 80 } },
            { "refuse": { "host": "203.0.113.128/25", "port": "8080-8081" } },
            { "refuse": { "host": "2001:db8:7::/48", "port": 8080 } },
            { "drop": { "host": "*.dark.example", "port": 9000 } },
        ] },
    }));
    let words = ["run", "--format", "json", &*scenario.to_string_lossy()];
    let ran = project.apptrace(&words);
    let _ = ran.expect_code(0).json();
    for (action, answer) in cases {
        let answered = said(&ran, action);
        assert!(answered.starts_with(answer), "{action}: {answered}");
    }
    assert!(said(&ran, &scripted).ends_with("down"), "{ran:#?}");
}
