//! Each kind of departure that a scenario can script, met by a real client: curl, or perl where
//! single bytes are wanted.

use serde_json::{Value, json};

use crate::support::client::said;
use crate::support::project::short_phases;
use crate::support::result::contact;
use crate::support::{Project, Ran, User, client};

/// Runs a shell script that says `LABEL -> RESULT` of what it does, beside these overrides.
fn run(project: &Project, overrides: Value, script: &str) -> (Ran, Value) {
    let scenario = json!({
        "application": { "command": ["sh", "-c", script] },
        "phases": short_phases(),
        "network": { "overrides": overrides },
    });
    let file = project.scenario("scripted.yaml", &scenario);
    let ran = project.apptrace(&["run", "--format", "json", &file.to_string_lossy()]);
    let result = ran.expect_code(0).json();
    (ran, result)
}

#[test]
fn requests_are_answered_as_scripted() {
    let project = Project::new();
    project.write("answers/data.json", "{\"answer\": 42}");
    let overrides = json!([
        { "http": { "host": "web.example", "method": ["POST", "PUT"], "path": "/api/*", "status": 201,
                    "headers": { "X-Made": ["a", "b"] }, "body": "made" } },
        { "http": { "host": "web.example", "path": "/data", "file": "answers/data.json",
                    "content-type": "application/json" } },
        { "http": { "host": "web.example", "port": 8080, "status": 404 } },
        { "http": { "host": "flaky.example", "times": 2, "status": 503 } },
        { "http": { "host": "flaky.example", "status": 200, "body": "at last" } },
        { "http": { "host": "late.example", "after": 1, "status": 410 } },
        { "http": { "host": "slow.example", "delay": "700ms" } },
        { "http": { "host": "moved.example", "status": 301,
                    "headers": { "Location": "https://next.example/there" } } },
    ]);
    let (ran, result) = run(
        &project,
        overrides,
        r#"
        code() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
        echo "post -> $(curl -si -d x http://web.example/api/v1/x | tr -d '\r' | tr '\n' '|')"
        echo "get -> $(code http://web.example/api/v1/x)"
        echo "file -> $(curl -s -w ' %{content_type}' http://web.example/data)"
        echo "port -> $(code http://web.example:8080/data) $(code http://web.example:8080/x)"
        echo "flaky -> $(for i in 1 2 3; do code http://flaky.example/; echo; done | tr '\n' ' ')"
        echo "late -> $(code http://late.example/) $(code http://late.example/)"
        echo "slow -> $(curl -s -o /dev/null -w '%{time_total}' http://slow.example/)"
        echo "moved -> $(curl -sL -w '%{url_effective}' https://moved.example/)"
        echo "tls -> $(curl -sk -X PUT -d x https://web.example/api/1)"
        "#,
    );
    let post = said(&ran, "post");
    assert!(post.starts_with("HTTP/1.1 201 Created|"), "{post}");
    assert!(post.contains("|x-made: a|x-made: b|") && post.ends_with("||made"), "{post}");
    assert_eq!(said(&ran, "get"), "200");
    assert_eq!(said(&ran, "file"), "{\"answer\": 42} application/json");
    assert_eq!(said(&ran, "port"), "200 404");
    assert_eq!(said(&ran, "flaky").trim(), "503 503 200");
    assert_eq!(said(&ran, "late"), "200 410");
    assert!(said(&ran, "slow").parse::<f64>().unwrap() >= 0.7, "{ran:#?}");
    assert_eq!(said(&ran, "moved"), "https://next.example/there");
    contact(&result, "next.example", Some(443), "tcp");
    assert_eq!(said(&ran, "tls"), "made");
}

/// A DNS query (RFC 1035 section 4.1) as the client takes bytes.
fn query(name: &str, kind: u8) -> String {
    let mut bytes = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        bytes.push(label.len() as u8);
        bytes.extend(label.bytes());
    }
    bytes.extend([0, 0, kind, 0, 1]);
    let text: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    format!("udp 192.0.2.1 53 {text}")
}

#[test]
fn names_are_answered_as_scripted() {
    let project = Project::new();
    let (a, mx, txt, srv, aaaa) = (1, 15, 16, 33, 28);
    // The operand, and what the reply holds: its flags and counts, or a part of its data.
    let cases = [
        (query("fails.example", a), "\\x00\\x07\\x81\\x82"),
        (query("refuses.example", a), "\\x00\\x07\\x81\\x85"),
        (query("gone.example", a), "\\x00\\x07\\x81\\x83"),
        (query("silent.example", a), "silent"),
        (query("v4.example", aaaa), "\\x00\\x07\\x81\\x80\\x00\\x01\\x00\\x00"),
        (query("v4.example", a), "\\x00\\x07\\x81\\x80\\x00\\x01\\x00\\x01"),
        (query("a.example", txt), "v=spf1 -all"),
        (query("a.example", mx), "\\x00\\x0a\\x04mail"),
        (query("_sip._udp.a.example", srv), "\\x00\\x01\\x00\\x02\\x13\\xc4\\x03sip"),
        (query("www.example", a), "\\x00\\x07\\x81\\x80\\x00\\x01\\x00\\x02"),
        (query("twice.example", a), "\\x00\\x07\\x81\\x82"),
    ];
    let mut actions: Vec<&str> = cases.iter().map(|(action, _)| action.as_str()).collect();
    actions.extend(["name www.example", "name twice.example"]);
    let scenario = json!({
        "application": client::application(&actions),
        "phases": short_phases(),
        "network": { "overrides": [
            { "dns": { "host": "fails.example", "answer": "servfail" } },
            { "dns": { "host": "refuses.example", "answer": "refused" } },
            { "dns": { "host": "gone.example", "answer": "nxdomain" } },
            { "dns": { "host": "silent.example", "answer": "silence" } },
            { "dns": { "host": "v4.example", "type": "AAAA", "answer": "nodata" } },
            { "dns": { "host": "a.example", "type": "TXT", "records": ["v=spf1 -all"] } },
            { "dns": { "host": "a.example", "type": "MX", "records": ["10 mail.a.example"] } },
            { "dns": { "host": "_sip._udp.a.example", "type": "SRV",
                       "records": ["1 2 5060 sip.a.example"] } },
            { "dns": { "host": "www.example", "type": "CNAME", "records": "cdn.example" } },
            { "dns": { "host": "twice.example", "times": 1, "answer": "servfail" } },
        ] },
    });
    let file = project.scenario("names.yaml", &scenario);
    let ran = project.apptrace(&["run", "--format", "json", &file.to_string_lossy()]);
    let result = ran.expect_code(0).json();
    for (action, part) in &cases {
        let answered = said(&ran, action);
        assert!(answered.contains(part), "{action}: {answered}");
    }
    assert!(said(&ran, "name www.example").contains("198.18."), "{ran:#?}");
    // The first query was the one that failed.
    assert!(said(&ran, "name twice.example").contains("198.18."), "{ran:#?}");
    let lookups = result["lookups"].as_array().unwrap();
    let failed = lookups.iter().find(|lookup| lookup["name"] == "fails.example").unwrap();
    assert_eq!(failed["status"], "SERVFAIL", "{failed:#}");
}

#[test]
fn connections_break_as_scripted() {
    let project = Project::new();
    let overrides = json!([
        { "drop": { "host": "dropped.example", "port": 80 } },
        { "reset": { "host": "reset.example" } },
        { "reset": { "host": "once.example", "times": 1 } },
        { "reset": { "host": "head.example", "port": 80, "received": 20 } },
        { "http": { "host": "half.example", "body": "x".repeat(100_000) } },
        { "reset": { "host": "half.example", "sent": 50_000 } },
    ]);
    let (ran, result) = run(
        &project,
        overrides,
        r#"
        # Long enough for a busy machine to have the name resolved first.
        get() { curl -s -m 20 --connect-timeout 4 -o /dev/null -w '%{size_download} ' "$@"; echo $?; }
        echo "dropped -> $(get http://dropped.example/)"
        echo "reset -> $(get http://reset.example/)"
        echo "once -> $(get http://once.example/) $(get http://once.example/)"
        echo "head -> $(get http://head.example/)"
        echo "half -> $(get http://half.example/)"
        "#,
    );
    // curl's exit codes: 28 it took too long, 56 the connection was reset while reading.
    assert_eq!(said(&ran, "dropped"), "0 28");
    assert_eq!(said(&ran, "reset"), "0 56");
    assert_eq!(said(&ran, "once"), "0 56 0 0");
    assert_eq!(said(&ran, "head"), "0 56");
    let (size, code) = said(&ran, "half").split_once(' ').unwrap();
    assert_eq!(code, "56", "{ran:#?}");
    assert!((45_000..50_000).contains(&size.parse::<u32>().unwrap()), "{ran:#?}");
    // Whom it tried to reach it contacted; a SYN that is sent again may be in another phase.
    let contacts = result["contacts"].as_array().unwrap();
    let dropped: Vec<_> =
        contacts.iter().filter(|contact| contact["host"] == "dropped.example").collect();
    assert!(!dropped.is_empty(), "{contacts:#?}");
    assert!(dropped.iter().all(|contact| contact["bytes_in"] == 0), "{dropped:#?}");
}

#[test]
fn tls_is_met_as_scripted() {
    let project = Project::new();
    let overrides = json!([
        { "tls": { "host": "expired.example", "answer": "expired" } },
        { "tls": { "host": "wrong.example", "answer": "wrong-name" } },
        { "tls": { "host": "untrusted.example", "answer": "untrusted" } },
        { "tls": { "host": "dropped.example", "answer": "dropped" } },
        { "tls": { "host": "untouched.example", "port": 443, "answer": "untouched" } },
        { "tls": { "host": "sni.example", "answer": "dropped" } },
        { "tls": { "host": "pinned.example", "answer": "untouched-after-refusal" } },
    ]);
    let (ran, result) = run(
        &project,
        overrides,
        r#"
        why() { curl -sS -o /dev/null "$@" 2>&1; }
        code() { curl -s -o /dev/null "$@"; echo $?; }
        echo "expired -> $(why https://expired.example/)"
        echo "wrong -> $(why https://wrong.example/)"
        echo "untrusted -> $(why https://untrusted.example/)"
        echo "right -> $(why https://right.example/)"
        echo "dropped -> $(code -k https://dropped.example/)"
        echo "sni -> $(code -k --resolve sni.example:443:203.0.113.5 https://sni.example/)"
        echo "untouched -> $(code -k https://untouched.example/) $(code -k https://untouched.example:8443/)"
        echo "pinned -> $(code -k https://pinned.example/) $(code --cacert /dev/null https://pinned.example/) $(code -k https://pinned.example/)"
        "#,
    );
    // The sandbox trusts the run's authority, so each is refused for its own flaw alone.
    assert!(said(&ran, "expired").contains("certificate has expired"), "{ran:#?}");
    assert!(said(&ran, "wrong").contains("subject name"), "{ran:#?}");
    assert!(said(&ran, "untrusted").contains("self-signed certificate"), "{ran:#?}");
    assert_eq!(said(&ran, "right"), "");
    let expired = &contact(&result, "expired.example", Some(443), "tcp")["tls"]["refused"];
    let by_client = (&json!("client"), &json!("certificate_expired"));
    assert_eq!((&expired["by"], &expired["alert"]), by_client, "{expired:#}");
    let notes = result["notes"].as_array().unwrap().iter();
    let hints: Vec<_> = notes.filter_map(|note| note["hint"].as_str()).collect();
    assert!(hints.iter().any(|hint| hint.contains("shown a flawed certificate")), "{hints:#?}");
    // curl's exit codes: 35 the handshake failed, 77 the certificates could not be read.
    assert_eq!(said(&ran, "dropped"), "35");
    assert_eq!(said(&ran, "sni"), "35", "told by the name that the client asks for");
    assert_eq!(said(&ran, "untouched"), "35 0");
    let pinned = said(&ran, "pinned");
    assert!(pinned.starts_with("0 ") && pinned.ends_with(" 35"), "{pinned}");
    for (host, alert) in
        [("dropped.example", Value::Null), ("untouched.example", json!("handshake_failure"))]
    {
        let refused = &contact(&result, host, Some(443), "tcp")["tls"]["refused"];
        assert_eq!((&refused["by"], &refused["alert"]), (&json!("server"), &alert), "{host}");
    }
}

/// Counts answers to 400 lookups, each asked once, and says how long a connection and 100 kB take.
const LINE: &str = r#"
import os, socket, struct, subprocess, time
for kind in ("time_connect", "time_total"):
    took = subprocess.run(["curl", "-s", "-o", os.devnull, "-w", "%{" + kind + "}",
        "http://192.0.2.7/file"], capture_output=True, text=True).stdout
    print(kind, "->", took, flush=True)
resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
resolver.connect(("192.0.2.1", 53))
answers = 0
def answered(wait):
    global answers
    resolver.settimeout(wait)
    try:
        while resolver.recv(512):
            answers += 1
    except (BlockingIOError, TimeoutError):
        pass
for number in range(400):
    name = b"".join(bytes([len(part)]) + part for part in (b"n%d" % number, b"example"))
    resolver.send(struct.pack("!6H", number, 0x100, 1, 0, 0, 0) + name + b"\0\0\1\0\1")
    time.sleep(0.001)
    answered(0)
answered(1.5)
print("answers ->", answers, flush=True)
"#;

/// By netem, or where the kernel has none by the packet queue.
#[test]
fn a_line_is_as_slow_narrow_and_lossy_as_scripted() {
    for user in User::all() {
        let project = Project::of(user);
        for (conditions, connect, total, answers) in [
            (json!({ "latency": "1ms" }), 0.0..0.2, 0.0..0.3, 400..401),
            (json!({ "latency": "300ms", "jitter": "10ms" }), 0.28..0.6, 0.85..4.0, 400..401),
            (json!({ "bandwidth": "1 Mbit/s" }), 0.0..0.3, 0.75..2.0, 400..401),
            (json!({ "loss": "30%" }), 0.0..5.0, 0.0..30.0, 230..330),
        ] {
            let scenario = json!({
                "application": { "command": ["python3", "-c", LINE] },
                "phases": { "before": 0, "startup": { "quiet": "60s", "at-most": "60s" }, "idle": 0, "after": 0 },
                "network": {
                    "conditions": conditions,
                    "overrides": [{ "http": { "host": "192.0.2.7", "body": "x".repeat(100_000) } }],
                },
            });
            project.scenario("line.yaml", &scenario);
            let ran = project.apptrace(&["run", "--format", "json", "line.yaml"]);
            let result = ran.expect_code(0).json();
            assert_eq!(result["capture"]["lost"], 0, "lost on purpose is not lost: {result:#}");
            let time = |what| said(&ran, what).parse::<f64>().unwrap();
            let (began, took) = (time("time_connect"), time("time_total"));
            assert!(connect.contains(&began), "{conditions}: {began} s");
            assert!(total.contains(&took), "{conditions}: {took} s");
            let answered: u32 = said(&ran, "answers").parse().unwrap();
            assert!(answers.contains(&answered), "{conditions}: {answered} answers");
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_at_its_place() {
    let project = Project::new();
    let text = "application: { command: [x] }\nnetwork:\n  overrides:\n    \
                - http: { host: a.example, file: absent.json }\n";
    project.write("absent.yaml", text);
    let ran = project.apptrace(&["run", "absent.yaml"]);
    ran.expect_code(2).complains("absent.yaml:4:38").complains("cannot read `absent.json`");
}
