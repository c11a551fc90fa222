//! That each contact has the process that made it, whatever kind of program that is and however
//! short it lives.

mod compiled;
mod elf;

use serde_json::{Value, json};

use crate::support::result::{codes, contact, list};
use crate::support::{Project, User};

/// Traces a command in a project without any waiting.
#[track_caller]
fn trace(project: &Project, command: &[&str]) -> Value {
    let words = ["trace", "--phases", "none", "--format", "json", "--"];
    let ran = project.apptrace(&[&words, command].concat());
    let result = ran.expect_code(0).json();
    assert!(codes(&result).is_empty(), "{result:#}");
    result
}

/// Fails unless the process of the one contact with this address and UDP port has this chain,
/// and was told at its call.
#[track_caller]
fn expect_chain<'a>(result: &'a Value, address: &str, port: u16, chain: &[&str]) -> &'a Value {
    let process = &contact(result, address, Some(port), "udp")["process"];
    assert_eq!(process["chain"], json!(chain), "{address} {port}: {result:#}");
    assert_eq!(process["name"], json!(chain.last()), "{address} {port}: {result:#}");
    assert_eq!(process["known_by"], "call", "{address} {port}: {result:#}");
    process
}

/// The process on record with this id.
#[track_caller]
fn record(result: &Value, pid: &Value) -> Value {
    let records = list(&result["application"], "processes");
    let found = records.iter().find(|record| record["pid"] == *pid);
    found.unwrap_or_else(|| panic!("no process {pid} in {result:#}")).clone()
}

/// How perl sends one datagram to 198.51.100.1, at a port.
fn datagram(port: u16) -> String {
    format!(
        "socket(S, PF_INET, SOCK_DGRAM, 0); \
         send(S, q(x), 0, sockaddr_in({port}, inet_aton(q(198.51.100.1))));"
    )
}

/// The file name of the program that a name leads to: `python3` to `python3.11`.
fn name_of(program: &str) -> String {
    let path = std::fs::canonicalize(format!("/usr/bin/{program}")).unwrap();
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn a_detached_child_is_named_with_its_chain_two_seconds_after_its_parents_end() {
    for user in User::all() {
        let project = Project::of(user);
        let child = format!("sleep 2; {}", datagram(1001));
        project.write("beacon.pl", format!("use Socket; exit if fork; {child}"));
        let folder = project.folder();
        let scenario = json!({
            "application": {
                "command": ["sh", "-c", "perl beacon.pl arg; exit 0"],
                "working-directory": folder,
                "visible": [folder],
            },
            "phases": { "before": 0, "startup": { "quiet": "200ms", "at-most": "10s" }, "idle": 0, "shutdown": { "at-most": "1s" }, "after": "4s" },
        });
        project.scenario("beacon.yaml", &scenario);
        let ran = project.apptrace(&["run", "--format", "json", "beacon.yaml"]);
        let result = ran.expect_code(1).json();
        assert_eq!(codes(&result), ["outlived"], "{result:#}");
        let shell = name_of("sh");
        let process = expect_chain(&result, "198.51.100.1", 1001, &[&shell, "perl", "perl"]);
        let beacon = record(&result, &process["pid"]);
        assert_eq!(beacon["arguments"], json!(["perl", "beacon.pl", "arg"]), "{result:#}");
        let parent = record(&result, &beacon["parent"]);
        assert_eq!(parent["arguments"], json!(["perl", "beacon.pl", "arg"]), "{result:#}");
        let (ended, sent) =
            (&parent["ended"], &contact(&result, "198.51.100.1", Some(1001), "udp")["first"]);
        let seconds = |moment: &Value| {
            moment.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond()
        };
        let apart = seconds(sent) - seconds(ended);
        assert!((1900..4000).contains(&apart), "{apart} ms: {result:#}");
        let grandparent = record(&result, &parent["parent"]);
        assert_eq!(grandparent["name"], json!(shell), "{result:#}");
        assert_eq!(grandparent["directory"], json!(project.folder()), "{result:#}");
    }
}

#[test]
fn every_kind_of_child_and_call_is_told() {
    let project = Project::new();
    project.write("kinds.py", include_str!("attribution/kinds.py"));
    let result = trace(&project, &["python3", "kinds.py"]);
    let python = name_of("python3");
    let python = python.as_str();
    for (port, chain) in [
        (1001, vec![python]),
        (1002, vec![python, python]),
        (1003, vec![python, python, python]),
        (1004, vec![python]),
        (1005, vec![python]),
        (1006, vec![python, "perl"]),
        (1007, vec![python]),
        (1008, vec![python, python]),
        (1009, vec![python]),
        (1010, vec![python]),
        (1011, vec![python]),
        (1012, vec![python, "perl"]),
        (1013, vec![python]),
        (1020, vec!["perl"]),
    ] {
        expect_chain(&result, "198.51.100.1", port, &chain);
    }
    // In a thread, and named by it.
    let thread = expect_chain(&result, "198.51.100.1", 1001, &[python]);
    let first = expect_chain(&result, "198.51.100.1", 1005, &[python]);
    assert_eq!(thread["pid"], first["pid"], "{result:#}");
    assert!(thread["thread"].as_u64() > thread["pid"].as_u64(), "{thread:#}");
    assert!(first["thread"].is_null(), "{first:#}");
    // Both threads use it: it cannot be told which of them sent.
    assert!(expect_chain(&result, "198.51.100.1", 1013, &[python])["thread"].is_null());
    for (address, port, transport) in [
        ("198.51.100.1", None, "icmp"),
        ("2001:db8:1::1", Some(1001), "udp"),
        ("198.51.100.1", Some(1030), "tcp"),
        ("2001:db8:1::1", Some(1030), "tcp"),
    ] {
        let process = &contact(&result, address, port, transport)["process"];
        assert_eq!(process["chain"], json!([python]), "{address} {transport}: {result:#}");
    }
    // The program that it executed at the end, and the one before.
    let main = record(&result, &first["pid"]);
    assert_eq!(main["name"], "perl", "{main:#}");
    assert_eq!(main["earlier"][0]["name"], json!(python), "{main:#}");
    assert_eq!(main["earlier"][0]["arguments"], json!(["python3", "kinds.py"]), "{main:#}");
    let notes = list(&result, "notes");
    let says = |note: &Value, text: &str| note["message"].as_str().unwrap().contains(text);
    assert!(notes.iter().any(|note| says(note, "io_uring")), "{result:#}");
    // The daemon may send when the first process has ended.
    let is_known = |note: &Value| says(note, "io_uring") || says(note, "its first process");
    assert!(notes.iter().all(is_known), "{result:#}");
}

#[test]
fn a_lookup_is_its_process_s() {
    let project = Project::new();
    let look_up = |name: &str| format!("perl -e 'gethostbyname(q({name}))'");
    let script = format!(
        "{} & {} & python3 -c 'import socket; socket.create_connection((\"c.example\", 80))'; wait",
        look_up("a.example"),
        look_up("b.example")
    );
    let result = trace(&project, &["sh", "-c", &script]);
    let (shell, python) = (name_of("sh"), name_of("python3"));
    let mut processes = Vec::new();
    for (name, program) in
        [("a.example", "perl"), ("b.example", "perl"), ("c.example", python.as_str())]
    {
        let lookups: Vec<&Value> = list(&result, "lookups")
            .iter()
            .filter(|it| it["name"] == name && it["type"] == "A")
            .collect();
        let [lookup] = lookups.as_slice() else { panic!("lookups of {name}: {result:#}") };
        assert_eq!(lookup["process"]["chain"], json!([shell, program]), "{name}: {result:#}");
        processes.push(lookup["process"]["pid"].clone());
    }
    assert_ne!(processes[0], processes[1], "{result:#}");
    // What follows from it is the same process's.
    let connection = contact(&result, "c.example", Some(80), "tcp");
    assert_eq!(connection["process"]["pid"], processes[2], "{result:#}");
    // A lookup without a connection is a contact as well.
    let alone = contact(&result, "a.example", Some(53), "udp");
    assert_eq!((&alone["kind"], &alone["process"]["pid"]), (&json!("lookup"), &processes[0]));
}

#[test]
fn a_name_that_two_processes_ask_for_is_the_lookup_of_each() {
    let project = Project::new();
    let script = "perl -e 'gethostbyname(q(shared.example))'; \
                  python3 -c 'import socket; socket.create_connection((\"shared.example\", 80))'";
    let result = trace(&project, &["sh", "-c", script]);
    let python = name_of("python3");
    let named = |key: &str, host: &str| {
        let all = list(&result, key).iter().filter(|it| it[host] == "shared.example");
        let mut names: Vec<_> = all
            .filter(|it| it["type"] != "AAAA")
            .map(|it| (it["process"]["name"].clone(), it["kind"].clone()))
            .collect();
        names.sort_by_key(|(name, _)| name.to_string());
        names
    };
    let lookups = [(json!("perl"), Value::Null), (json!(python), Value::Null)];
    assert_eq!(named("lookups", "name"), lookups, "{result:#}");
    // One of them has asked in vain, though the other went on.
    let contacts = [(json!("perl"), json!("lookup")), (json!(python), json!("traffic"))];
    assert_eq!(named("contacts", "host"), contacts, "{result:#}");
}

#[test]
fn ten_thousand_processes_are_told() {
    let project = Project::new();
    let script = "use Socket; socket(S, PF_INET, SOCK_DGRAM, 0); my $to = inet_aton(q(198.51.100.1)); \
         for my $n (1..10_000) { my $pid = fork; if (!$pid) { \
         send(S, q(x), 0, sockaddr_in($n + 10_000, $to)); exit } waitpid $pid, 0 }";
    let result = trace(&project, &["perl", "-e", script]);
    let contacts = list(&result, "contacts");
    assert_eq!(contacts.len(), 10_000);
    let mut pids = std::collections::BTreeSet::new();
    for contact in contacts {
        assert_eq!(contact["process"]["chain"], json!(["perl", "perl"]), "{contact:#}");
        pids.insert(contact["process"]["pid"].as_u64().unwrap());
    }
    assert_eq!(pids.len(), 10_000);
    let records = list(&result["application"], "processes");
    assert_eq!(records.len(), 10_001);
    assert!(records.iter().all(|record| record["ended"].is_string()), "one did not end");
}

/// Chromium's processes are under filters of their own, in namespaces of their own.
#[test]
fn chromium_under_its_own_filters_is_told() {
    let project = Project::of(*User::all().last().unwrap());
    let script = "timeout 60 chromium --headless=new --disable-gpu --dump-dom http://page.example/";
    let result = trace(&project, &["sh", "-c", script]);
    let contacts = list(&result, "contacts");
    contact(&result, "page.example", Some(80), "tcp");
    for contact in contacts {
        assert_eq!(contact["process"]["name"], "chromium", "{contact:#}");
    }
}

#[test]
fn a_program_whose_file_has_gone_or_cannot_be_read_has_its_name() {
    for user in User::all() {
        let project = Project::of(user);
        let perl = std::fs::read("/usr/bin/perl").unwrap();
        project.program("removed", &perl);
        let send = format!("use Socket; {}", datagram(1001));
        let script = format!(
            "cp removed $HOME/gone; $HOME/gone -e 'unlink q(gone), $ENV{{HOME}} . q(/gone); {send}'"
        );
        let result = trace(&project, &["sh", "-c", &script]);
        expect_chain(&result, "198.51.100.1", 1001, &[&name_of("sh"), "gone"]);
    }
}

#[test]
fn a_process_that_is_killed_stays_in_the_tree() {
    let project = Project::new();
    let script = "sh -c 'perl -e \"sleep 1; gethostbyname(q(late.example))\" & sleep 0.5; \
                  kill -9 $$'; sleep 2";
    let result = trace(&project, &["sh", "-c", script]);
    let shell = name_of("sh");
    let late = contact(&result, "late.example", Some(53), "udp");
    assert_eq!(late["process"]["chain"], json!([shell, shell, "perl"]), "{result:#}");
    let perl = record(&result, &late["process"]["pid"]);
    let killed = record(&result, &perl["parent"]);
    assert_eq!(killed["name"], json!(shell), "{result:#}");
    assert_eq!(record(&result, &killed["parent"])["parent"], Value::Null, "{result:#}");
}
