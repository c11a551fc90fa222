//! TLS terminated by the simulated internet, seen through real clients: what is said within is
//! part of the result, and a client that refuses is a fact in it.

use serde_json::{Value, json};

use crate::support::Project;
use crate::support::result::contact;

fn trace(script: &str) -> Value {
    let project = Project::new();
    let words = ["trace", "--phases", "none", "--format", "json", "--", "sh", "-c", script];
    project.apptrace(&words).expect_code(0).json()
}

#[test]
fn requests_within_tls_are_seen_in_full() {
    for (options, version, alpn) in [
        ("--tlsv1.3 --http2", "1.3", "h2"),
        ("--tlsv1.3 --http1.1", "1.3", "http/1.1"),
        ("--tls-max 1.2 --http2", "1.2", "h2"),
        ("--tls-max 1.2 --http1.1", "1.2", "http/1.1"),
    ] {
        let result = trace(&format!(
            "curl -sk {options} -A probe/1 -H 'Content-Type: application/json' -H 'X-Id: 7' \
             -H 'Authorization: Bearer abcdef' -d '{{\"a\":1}}' 'https://t.example:8443/v1?v=3'"
        ));
        let contact = contact(&result, "t.example", Some(8443), "tcp");
        assert_eq!(contact["tls"], json!({ "version": version, "alpn": alpn }), "{options}");
        let request = &contact["requests"][0];
        assert_eq!(request["method"], "POST", "{options}");
        assert_eq!(request["target"], "/v1?v=3", "{options}");
        assert_eq!(request["url"], "https://t.example:8443/v1?v=3", "{options}");
        assert_eq!(request["host"], "t.example", "{options}");
        assert_eq!(request["status"], 200, "{options}");
        assert_eq!(request["body"], json!({ "bytes": 7, "content_type": "application/json" }));
        let headers = request["headers"].as_array().unwrap();
        for (name, value) in
            [("user-agent", "probe/1"), ("x-id", "7"), ("authorization", "Bearer (6 bytes)")]
        {
            let header = json!({ "name": name, "value": value });
            assert!(headers.contains(&header), "{options}: {headers:#?}");
        }
    }
}

#[test]
fn a_client_that_refuses_the_certificate_is_a_fact() {
    // One authority that is not the run's.
    let result = trace(
        "one=$(find /usr/share/ca-certificates -name '*.crt' | head -n 1) && test -n \"$one\" && \
         ! curl -s --capath /dev --cacert \"$one\" https://pinned.example/",
    );
    let contact = contact(&result, "pinned.example", Some(443), "tcp");
    let refused = &contact["tls"]["refused"];
    assert_eq!(refused["by"], "client", "{contact:#}");
    assert_eq!(refused["alert"], "unknown_ca", "{contact:#}");
    assert_eq!(contact["requests"], json!([]), "{contact:#}");
    let notes = result["notes"].as_array().unwrap();
    let message = notes[0]["message"].as_str().unwrap();
    assert!(message.starts_with("tls-refused: curl and pinned.example: "), "{message}");
}

#[test]
fn a_proxy_leads_to_whom_it_is_asked_for() {
    let result = trace("curl -sk -x http://proxy.example:3128 https://t.example/within");
    let contact = contact(&result, "proxy.example", Some(3128), "tcp");
    let urls: Vec<_> = contact["requests"].as_array().unwrap().iter().map(|r| &r["url"]).collect();
    assert!(urls.contains(&&json!("https://t.example/within")), "{contact:#}");
}

/// Both connections are open until the application is told to go.
#[test]
fn what_is_half_said_at_the_end_is_told() {
    let project = Project::new();
    let script = "
import socket, ssl, time
context = ssl.create_default_context()
def begin(host):
    plain = socket.create_connection((host, 443))
    return context.wrap_socket(plain, server_hostname=host)
silent, talking = begin('silent.example'), begin('talking.example')
talking.send(b'POST /up HTTP/1.1\\r\\nHost: talking.example\\r\\nContent-Length: 9\\r\\n\\r\\nabc')
time.sleep(600)
";
    project.write("hold.py", script);
    let words = ["trace", "--for", "2s", "--phases", "none", "--format", "json"];
    let ran = project.apptrace(&[&words[..], &["--", "python3", "hold.py"]].concat());
    let result = ran.expect_code(0).json();
    let silent = contact(&result, "silent.example", Some(443), "tcp");
    assert_eq!(silent["tls"]["version"], "1.3", "{silent:#}");
    assert_eq!(silent["tls"]["refused"], Value::Null, "{silent:#}");
    let talking = contact(&result, "talking.example", Some(443), "tcp");
    let request = &talking["requests"][0];
    assert_eq!(request["target"], "/up", "{talking:#}");
    assert_eq!(request["body"]["bytes"], 3, "{talking:#}");
}

#[test]
fn a_resolver_that_is_scripted_silent_is_waited_for_and_its_question_told() {
    let project = Project::new();
    let ask = "curl -s -m 2 -H 'Accept: application/dns-json' \
               'https://doh.example/resolve?name=quiet.example'; echo \"code -> $?\"";
    let scenario = json!({
        "application": { "command": ["sh", "-c", ask] },
        "phases": crate::support::project::short_phases(),
        "network": { "overrides": [{ "dns": { "host": "quiet.example", "answer": "silence" } }] },
    });
    project.scenario("quiet.yaml", &scenario);
    let ran = project.apptrace(&["run", "--format", "json", "quiet.yaml"]);
    let result = ran.expect_code(0).json();
    // curl's exit code for a time that is over.
    assert_eq!(crate::support::client::said(&ran, "code"), "28");
    let lookups = result["lookups"].as_array().unwrap();
    let lookup = lookups.iter().find(|it| it["name"] == "quiet.example").unwrap();
    assert_eq!(lookup["via"], "doh", "{lookup:#}");
    assert_eq!(lookup["status"], Value::Null, "{lookup:#}");
    let asked = result["contacts"].as_array().unwrap();
    let asked = asked.iter().find(|it| it["host"] == "doh.example").unwrap();
    assert_eq!(asked["requests"][0]["status"], Value::Null, "{asked:#}");
}
