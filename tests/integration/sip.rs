//! SIP's digest challenge, met by baresip and by a client that computes its proofs with Python's
//! own hashes.

use serde_json::{Value, json};

use crate::support::client::said;
use crate::support::project::short_phases;
use crate::support::result::{contact, list};
use crate::support::{Project, Ran};

/// Runs a scenario beside one override of kind `sip`.
fn run(application: Value, phases: Value, sip: Value) -> (Ran, Value) {
    let project = Project::new();
    let scenario = json!({
        "application": application,
        "phases": phases,
        "network": { "overrides": [{ "sip": sip }] },
    });
    project.scenario("sip.yaml", &scenario);
    let ran = project.apptrace(&["run", "--format", "json", "sip.yaml"]);
    let result = ran.expect_code(0).json();
    (ran, result)
}

#[test]
fn a_password_is_verified_by_either_algorithm() {
    let application = json!({
        "command": ["python3", "sip.py"],
        "files": { "sip.py": include_str!("sip.py") },
    });
    let challenge = json!({
        "host": "voip.example",
        "challenge": "voip.example",
        "user": "alice",
        "password": "secret",
        "algorithm": ["SHA-256", "MD5"],
        "stale-after": "2s",
    });
    // The client waits longer than a short phase is quiet.
    let mut phases = short_phases();
    phases["startup"] = json!({ "quiet": "6s", "at-most": "60s" });
    let (ran, result) = run(application, phases, challenge);
    for transport in ["UDP", "TLS"] {
        for method in ["REGISTER", "SUBSCRIBE"] {
            let told = |what: &str| said(&ran, &format!("{transport} {method}{what}"));
            assert_eq!(told(""), "401 Unauthorized");
            for algorithm in ["SHA-256", "MD5"] {
                assert_eq!(told(&format!(" {algorithm} secret")), "200 OK");
                assert_eq!(told(&format!(" {algorithm} wrong")), "403 Forbidden");
            }
        }
        assert_eq!(said(&ran, &format!("{transport} OPTIONS")), "200 OK");
    }
    // Who knows the password is told that only the nonce is too old.
    assert_eq!(said(&ran, "late secret"), "401 Unauthorized stale");
    assert_eq!(said(&ran, "late wrong"), "401 Unauthorized");
    let registrar = contact(&result, "voip.example", Some(5061), "tcp");
    let methods: Vec<_> = list(registrar, "requests").iter().map(|it| &it["method"]).collect();
    assert_eq!(methods, ["REGISTER", "SUBSCRIBE", "OPTIONS"], "{registrar:#}");
    assert!(!result.to_string().contains("response="), "a proof is nobody's business");
}

/// What baresip says after it has asked to be registered.
fn baresip(sip: Value) -> String {
    let account = "<sip:alice@voip.example;transport=udp>;auth_pass=secret;regint=60\n";
    let application = json!({
        "command": ["baresip", "-f", ".baresip"],
        "files": { ".baresip/accounts": account, ".baresip/contacts": "\n" },
        "terminal": true,
    });
    let phases = json!({
        "before": 0,
        "startup": { "quiet": "2s", "at-most": "20s" },
        "idle": 0,
        "shutdown": { "at-most": "8s" },
        "after": 0,
    });
    let (ran, result) = run(application, phases, sip);
    let registers = |it: &&Value| it["host"] == "voip.example" && it["port"] == 5060;
    assert!(list(&result, "contacts").iter().find(registers).is_some(), "{result:#}");
    ran.stderr
}

#[test]
fn baresip_registers_with_its_password_and_not_with_another() {
    let challenge = |more: Value| {
        let mut sip = json!({ "host": "voip.example", "challenge": "voip" });
        for (key, value) in more.as_object().unwrap() {
            sip[key] = value.clone();
        }
        sip
    };
    for (sip, expected) in [
        (challenge(json!({})), "200 OK"),
        (challenge(json!({ "user": "alice", "password": "secret" })), "200 OK"),
        (challenge(json!({ "password": "another" })), "403 Forbidden"),
        (json!({ "host": "voip.example", "status": 503 }), "503 Service Unavailable"),
    ] {
        let told = baresip(sip.clone());
        assert!(told.contains(expected), "{sip}: {told}");
    }
}
