//! `internet: real`, on an internet of the tests' own: what is relayed, what is enforced, and
//! that the machine stays as it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::support::background::{Background, eventually};
use crate::support::client::said;
use crate::support::project::short_phases;
use crate::support::result::{codes, contact, list};
use crate::support::world::{self, MACHINE, RESOLVER, World};
use crate::support::{Project, Ran, client};

const GET: &str = r"GET\x20/one\x20HTTP/1.1\x0d\x0aHost:\x20a.example\x0d\x0a\x0d\x0a";
/// A DNS query (RFC 1035) of type A for `a.example`, with the number 7.
const QUERY: &str =
    r"\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x07example\x00\x00\x01\x00\x01";

fn trace(project: &Project, actions: &[&str]) -> Ran {
    project.write("client.pl", include_str!("support/client.pl"));
    let mut words =
        vec!["trace", "--internet", "real", "--phases", "none", "--format", "json", "--"];
    words.extend(client::command(actions));
    project.apptrace(&words)
}

#[test]
fn the_application_talks_to_real_servers_and_is_told_what_the_machine_is() {
    if world::repeat(
        "real_internet::the_application_talks_to_real_servers_and_is_told_what_the_machine_is",
    ) {
        return;
    }
    let world = World::with_resolvers(&[RESOLVER]);
    for user in world::users() {
        world.forget();
        let project = Project::of(user);
        let get = |host: &str| format!("tcp {host} 80 {GET}");
        let (by_name, by_six) = (get("b.example"), get("six.example"));
        let over_tcp = format!(r"tcp 192.0.2.1 53 \x00\x1b{QUERY}");
        let large = format!("udp a.example 7 {}", "x".repeat(5000));
        let cases = [
            (by_name.as_str(), "HTTP/1.1 200 OK"),
            (&by_six, "HTTP/1.1 200 OK"),
            ("name a.example", "10.9.0.11 fd09::11"),
            (&over_tcp, r"\x00+\x00\x07\x81\x80"),
            ("udp a.example 7 hello", "echo hello"),
            (&large, "echo xxxx"),
            ("udp a.example 8 hello", "refused"),
            ("tcp b.example 81 hello", "refused"),
            ("tcp elsewhere.example 80 hello", "refused"),
            ("tcp 10.9.0.12 80 GET", "silent"),
            ("tcp 192.0.2.1 80 hello", "refused"),
            ("udp 192.0.2.77 80 hello", "refused"),
        ];
        let actions: Vec<&str> = cases.iter().map(|(action, _)| *action).collect();
        let ran = trace(&project, &actions);
        let result = ran.expect_code(0).json();
        assert_eq!(result["internet"], "real");
        for (action, answer) in cases {
            let told = said(&ran, action);
            assert!(told.starts_with(answer), "{user:?} {action}: {told}");
        }
        for (host, port, transport) in [
            ("b.example", 80, "tcp"),
            ("six.example", 80, "tcp"),
            ("a.example", 7, "udp"),
            ("b.example", 81, "tcp"),
            ("elsewhere.example", 80, "tcp"),
        ] {
            let contact = contact(&result, host, Some(port), transport);
            assert_eq!(contact["process"]["name"], "perl", "{contact:#}");
        }
        let seen = world.seen();
        for line in MACHINE.map(|address| format!("http a.example /one from {address}")) {
            assert!(seen.contains(&line), "{line} is not in {seen:#?}");
        }
    }
}

#[test]
fn much_goes_through_whole_and_a_resolver_on_the_loopback_is_asked() {
    if world::repeat(
        "real_internet::much_goes_through_whole_and_a_resolver_on_the_loopback_is_asked",
    ) {
        return;
    }
    let world = World::with_resolvers(&["127.0.0.53"]);
    world.resolve_on_machine("127.0.0.53");
    let script = "curl -s -o /dev/null -w '%{size_download}' http://b.example/big";
    for user in world::users() {
        let words = ["trace", "--internet", "real", "--phases", "none", "--", "sh", "-c", script];
        let ran = Project::of(user).apptrace(&words);
        assert_eq!(ran.expect_code(0).stderr, "10000000", "{ran:#?}");
    }
}

/// TLS is not taken off; the keys that the application notes go into the saved capture.
#[test]
fn a_saved_capture_holds_the_keys_that_decrypt_it() {
    if world::repeat("real_internet::a_saved_capture_holds_the_keys_that_decrypt_it") {
        return;
    }
    let _world = World::with_resolvers(&[RESOLVER]);
    for user in world::users() {
        let project = Project::of(user);
        let words = ["trace", "--internet", "real", "--phases", "none", "--save-capture", "kept"];
        let curl = ["--", "curl", "-sk", "https://b.example/within"];
        let ran = project.apptrace(&[&words[..], &curl].concat());
        assert_eq!(ran.expect_code(0).stderr, "hello", "{ran:#?}");
        let kept = project.folder().join("kept/curl.pcapng");
        let bytes = fs::read(&kept).unwrap();
        assert!(bytes.windows(13).any(|it| it == b"CLIENT_RANDOM" || it == b"CLIENT_TRAFFI"));
        let inspected = project.apptrace(&["inspect", "--format", "json", "kept/curl.pcapng"]);
        let contact =
            contact(&inspected.expect_code(0).json(), "b.example", Some(443), "tcp").clone();
        assert_eq!(contact["protocol"], "tls", "{contact:#}");
        // Wireshark's own word for it, where it is installed.
        let mut tshark = assert_cmd::Command::new("tshark");
        let tshark = tshark.arg("-r").arg(&kept).args(["-Y", "http.request", "-T", "fields"]);
        match tshark.args(["-e", "http.request.uri"]).output() {
            Ok(output) => {
                let shown = String::from_utf8_lossy(&output.stdout).into_owned();
                assert!(shown.contains("/within"), "{output:?}");
            }
            Err(error) => {
                assert!(std::env::var_os("CI").is_none(), "tshark: {error}");
            }
        }
    }
}

fn enforcing(expect: &Value, actions: &[&str]) -> Value {
    json!({
        "application": client::application(actions),
        "phases": short_phases(),
        "network": { "internet": "real", "enforce": true },
        "expect": expect,
    })
}

#[test]
fn whom_the_baseline_does_not_allow_is_not_reached() {
    if world::repeat("real_internet::whom_the_baseline_does_not_allow_is_not_reached") {
        return;
    }
    let world = World::with_resolvers(&[RESOLVER]);
    let get = |host: &str| format!("tcp {host} 80 {GET}");
    let (direct, a, wild, block) =
        (get("10.9.0.12"), get("a.example"), get("x.wild.example"), get("10.9.0.14"));
    let six = get("fd09::11");
    let over_tcp = format!(r"tcp 192.0.2.1 53 \x00\x1b{QUERY}");
    let other_server = format!("udp 10.9.0.2 53 {QUERY}");
    let cases = [
        // Nobody has looked it up yet.
        (get("10.9.0.11"), "refused"),
        (a, "HTTP/1.1 200 OK"),
        (wild, "HTTP/1.1 200 OK"),
        (over_tcp, r"\x00+\x00\x07\x81\x80"),
        (six, "HTTP/1.1 200 OK"),
        (block, "HTTP/1.1 200 OK"),
        (direct, "refused"),
        ("tcp a.example 81 hello".to_owned(), "refused"),
        ("udp a.example 7 hello".to_owned(), "refused"),
        ("udp 10.9.0.13 7 hello".to_owned(), "echo hello"),
        (other_server, "refused"),
    ];
    let mut actions: Vec<&str> = cases.iter().map(|(action, _)| action.as_str()).collect();
    actions.push("name b.example");
    let expect = json!([
        { "host": "a.example", "port": [80, 81], "transport": "tcp" },
        { "deny": "a.example", "port": 81 },
        "*.wild.example",
        { "host": "10.9.0.14/32", "port": 80 },
    ]);
    for user in world::users() {
        world.forget();
        let project = Project::of(user);
        project.scenario("x.yaml", &enforcing(&expect, &actions));
        let ran = project.apptrace(&["run", "--format", "json", "x.yaml"]);
        let result = ran.expect_code(1).json();
        for (action, answer) in &cases {
            let told = said(&ran, action);
            assert!(told.starts_with(answer), "{user:?} {action}: {told}");
        }
        let codes = codes(&result);
        assert!(codes.iter().all(|code| *code == "blocked-contact"), "{result:#}");
        for blocked in [
            "a.example 81/tcp",
            "a.example 7/udp",
            "10.9.0.12 80/tcp",
            "10.9.0.2 53/udp",
            "b.example (looked up",
        ] {
            let mut findings = list(&result, "findings").iter();
            let is_told = findings.any(|it| it["message"].as_str().unwrap().starts_with(blocked));
            assert!(is_told, "{blocked}: {result:#}");
        }
        let seen = world.seen();
        assert!(!seen.iter().any(|line| line == "dns b.example"), "{seen:#?}");
    }
}

/// Whatever of the machine's network can be set.
fn state() -> BTreeMap<String, String> {
    fn collect(folder: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                collect(&path, found);
            } else if let Ok(text) = fs::read_to_string(&path) {
                found.insert(path.display().to_string(), text);
            }
        }
    }
    let mut found = BTreeMap::new();
    for folder in ["/proc/sys/net/ipv4", "/proc/sys/net/ipv6", "/proc/sys/net/netfilter"] {
        if Path::new(folder).exists() {
            collect(Path::new(folder), &mut found);
        }
    }
    // Counters of what is going on, not settings.
    found.retain(|path, _| !path.contains("count") && !path.ends_with("/stable_secret"));
    for words in
        ["-o addr", "-o link", "-4 route show table all", "-6 route show table all", "rule"]
    {
        let output = assert_cmd::Command::new("ip").args(words.split(' ')).output().unwrap();
        found.insert(words.to_owned(), String::from_utf8_lossy(&output.stdout).into_owned());
    }
    if let Ok(output) = assert_cmd::Command::new("nft").args(["list", "ruleset"]).output() {
        found.insert("nft".to_owned(), String::from_utf8_lossy(&output.stdout).into_owned());
    }
    found
}

#[track_caller]
fn expect_unchanged(before: &BTreeMap<String, String>, when: &str) {
    let now = state();
    let changed: Vec<_> =
        before.iter().filter(|(key, text)| now.get(*key) != Some(*text)).collect();
    assert!(changed.is_empty(), "{when}: {changed:#?}");
    assert_eq!(now.len(), before.len(), "{when}");
}

#[test]
fn nothing_is_changed_on_the_machine_not_even_by_a_harness_that_is_killed() {
    if world::repeat(
        "real_internet::nothing_is_changed_on_the_machine_not_even_by_a_harness_that_is_killed",
    ) {
        return;
    }
    let world = World::with_resolvers(&[RESOLVER]);
    for user in world::users() {
        world.forget();
        let project = Project::of(user);
        let before = state();
        let script = "curl -s http://b.example/one && echo && echo up && exec sleep 1000";
        let run =
            Background::start(&project, &["trace", "--internet", "real", "--", "sh", "-c", script]);
        run.wait_for("up");
        assert_eq!(world.seen().last().unwrap(), "http b.example /one from 10.9.0.100");
        expect_unchanged(&before, "while it runs");
        run.signal(Signal::SIGKILL);
        assert_eq!(run.end().code, None);
        expect_unchanged(&before, "after it was killed");
        let is_gone = || {
            fs::read_dir("/proc").unwrap().flatten().all(|entry| {
                let line = fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
                !line.starts_with("sleep\0") || !line.contains("1000")
            })
        };
        assert!(eventually(is_gone), "the application lives on");
    }
}
