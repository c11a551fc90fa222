//! The saved capture, read by those who know nothing of apptrace, and read back by itself.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::Project;
use crate::support::client;
use crate::support::result::{contact, list};

/// What another program says; it must not complain. tshark warns whoever is root.
#[track_caller]
fn said_by(program: &str, file: &Path, options: &[&str]) -> String {
    let mut command = assert_cmd::Command::new(program);
    let command = if program == "tshark" { command.arg("-r") } else { &mut command };
    let output = command.arg(file).args(options).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    let complaints = complaint.lines().filter(|line| !line.starts_with("Running as user"));
    assert_eq!(complaints.collect::<Vec<_>>(), [""; 0], "{program} {options:?}");
    assert!(output.status.success(), "{program} {options:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A trace of this script, whose result is given back.
fn trace(project: &Project, save: &str, script: &str) -> Value {
    let words = ["trace", "--phases", "none", "--format", "json", "--save-capture", save, "--"];
    project.apptrace(&[&words[..], &["sh", "-c", script]].concat()).expect_code(0).json()
}

#[test]
fn others_read_the_bodies_within_tls() {
    let project = Project::new();
    let script = "
        send() { curl -sk \"$@\" >/dev/null; }
        send --tlsv1.3 --http2 -d body=one https://one.example/
        send --tlsv1.3 --http1.1 -d body=two https://two.example/
        send --tls-max 1.2 --http2 -d body=three https://three.example:8443/
        send --tls-max 1.2 --http1.1 -d body=four https://four.example:8443/
        send -d body=five http://five.example/";
    let result = trace(&project, "kept.pcapng", script);
    assert_eq!(result["capture"]["file"], "kept.pcapng");
    let file = project.folder().join("kept.pcapng");
    let bodies = said_by("tshark", &file, &["-T", "fields", "-e", "urlencoded-form.value"]);
    let bodies: Vec<&str> = bodies.split_whitespace().collect();
    assert_eq!(bodies, ["one", "two", "three", "four", "five"]);
    let hosts = ["-T", "fields", "-e", "http.host", "-e", "http2.headers.authority"];
    let hosts = said_by("tshark", &file, &hosts);
    let mut hosts: Vec<&str> = hosts.split_whitespace().collect();
    hosts.sort_unstable();
    let named =
        ["five.example", "four.example:8443", "one.example", "three.example:8443", "two.example"];
    assert_eq!(hosts, named);
}

#[test]
fn others_read_who_and_whereto_and_how_much() {
    let project = Project::new();
    let result = trace(&project, "kept", "curl -s http://named.example/; wget -qO- 203.0.113.7");
    let file = project.folder().join("kept/sh.pcapng");
    assert_eq!(result["capture"]["file"], "kept/sh.pcapng");
    let comments = said_by("tshark", &file, &["-T", "fields", "-e", "frame.comment"]);
    let comments: Vec<&str> = comments.lines().filter(|line| !line.is_empty()).collect();
    for host in ["named.example", "203.0.113.7"] {
        let process = &contact(&result, host, Some(80), "tcp")["process"];
        let (name, pid) = (process["name"].as_str().unwrap(), &process["pid"]);
        let start = format!("apptrace: process {name} (pid {pid})");
        assert!(comments.iter().any(|it| it.starts_with(&start)), "{start}: {comments:#?}");
    }
    let own = comments.iter().filter(|it| **it == "apptrace: a packet of its own").count();
    assert_eq!(own, 2, "{comments:#?}");
    // By the file alone: nobody is asked.
    let named = ["-N", "n", "-Y", "tcp.flags.syn == 1 && tcp.flags.ack == 0"];
    let fields = ["-T", "fields", "-e", "ipv6.dst_host", "-e", "ip.dst_host"];
    let names = said_by("tshark", &file, &[&named[..], &fields[..]].concat());
    let names: Vec<&str> = names.split_whitespace().collect();
    assert_eq!(names, ["named.example", "203.0.113.7"]);
    let experts = said_by("tshark", &file, &["-q", "-z", "expert"]);
    assert!(experts.contains("apptrace: process curl"), "{experts}");
    assert!(!experts.contains("Malformed") && !experts.contains("Errors"), "{experts}");
    let facts = said_by("capinfos", &file, &[]);
    for fact in [
        "File type:           Wireshark/... - pcapng",
        "File timestamp precision:  nanoseconds (9)",
        "Capture length = 262144",
        "Number of stat entries = 1",
        "Capture application: apptrace ",
        "Capture comment:     apptrace: evidence 1 apptrace: scenario sh apptrace: verdict pass",
        "Capture oper-sys:    Linux ",
        "Number of resolved IPv4 addresses in file: 1",
    ] {
        assert!(facts.contains(fact), "{fact}: {facts}");
    }
    assert!(!facts.contains("decryption secrets"), "{facts}");
}

/// Of each contact or lookup what a run and an inspection of its capture must agree on.
fn told(result: &Value, key: &str, what: &[&str]) -> Vec<Value> {
    let pick = |row: &Value| what.iter().map(|key| row[key].clone()).collect();
    list(result, key).iter().map(pick).collect()
}

#[test]
fn an_inspection_shows_the_same() {
    let project = Project::new();
    let scenario = json!({
        "name": "all-phases",
        "application": { "command": ["sh", "-c", "
            trap 'curl -s http://late.example/ >/dev/null; exit 0' TERM
            curl -s http://early.example/ >/dev/null
            (sleep 1.5; getent hosts looked-up.example) >/dev/null &
            while :; do sleep 0.1; done"] },
        "phases": {
            "before": "100ms",
            "startup": { "quiet": "500ms", "at-most": "20s" },
            "idle": "2s",
            "shutdown": { "at-most": "20s" },
            "after": "100ms",
        },
    });
    project.scenario("phases.yaml", &scenario);
    let words = ["run", "--ci", "--format", "json", "--save-capture", "kept", "phases.yaml"];
    let ran = project.apptrace(&words).expect_code(4).json();
    let file = "kept/all-phases.pcapng";
    let inspected = project.apptrace(&["inspect", "--format", "json", file]).expect_code(0).json();
    let contacts = ["host", "address", "port", "transport", "protocol", "phase", "process"];
    let counts = ["kind", "class", "flows", "packets", "bytes_out", "bytes_in", "first", "last"];
    let what = [&contacts[..], &counts[..]].concat();
    assert_eq!(told(&inspected, "contacts", &what), told(&ran, "contacts", &what));
    let phases: Vec<_> = told(&ran, "contacts", &["host", "phase"]);
    let expected = [
        json!(["early.example", "startup"]),
        json!(["looked-up.example", "idle"]),
        json!(["late.example", "shutdown"]),
    ];
    assert_eq!(phases, expected, "{ran:#}");
    assert!(list(&ran, "contacts").iter().all(|it| it["process"].is_object()), "{ran:#}");
    let what = ["name", "type", "answers", "phase", "queries", "process"];
    assert_eq!(told(&inspected, "lookups", &what), told(&ran, "lookups", &what));
    assert_eq!(inspected["phases"], ran["phases"]);
    let run = &inspected["capture"]["runs"][0];
    assert_eq!((&run["scenario"], &run["verdict"]), (&json!("all-phases"), &json!("fail")));
    let text = project.apptrace(&["inspect", file]);
    text.expect_code(0)
        .says("run of all-phases, simulated internet, verdict fail")
        .says("asked by getent (pid");
    text.says("late.example 80/tcp http shutdown").says("made by curl (pid ");
    // The list of packets, which one thread makes, and choosing by process.
    let words = ["inspect", "--flows", "--where", "process = curl", "--format", "jsonl", file];
    assert_eq!(project.apptrace(&words).expect_code(0).objects().len(), 2);
    let words = ["inspect", "--packets", "--where", "comment ~ 'process curl'", file];
    project.apptrace(&words).expect_code(0).says("[comment: apptrace: process curl (pid ");
    // Judged by the phases that it was made in.
    let expect = json!([
        { "host": "early.example", "phases": ["startup"] },
        { "host": "looked-up.example" },
        { "host": "late.example", "phases": ["startup"] },
    ]);
    let mut judged = scenario.clone();
    judged["expect"] = expect;
    project.scenario("judged.yaml", &judged);
    let words = ["inspect", "--baseline", "judged.yaml", "--format", "json", file];
    let judged = project.apptrace(&words).expect_code(1).json();
    assert_eq!(told(&judged, "findings", &["code", "contact"]), [json!(["wrong-phase", 2])]);
}

/// A stranger's file: comments that are not quite ours name nobody and are escaped.
#[test]
fn a_forged_comment_does_no_harm() {
    let project = Project::new();
    let _ = trace(&project, "kept.pcapng", "curl -s http://named.example/ >/dev/null");
    let whole = fs::read(project.folder().join("kept.pcapng")).unwrap();
    for (from, to, process) in [
        ("process curl", "process \u{1b}[2J", false),
        ("(pid ", "(pid+", false),
        (", known by ", ", knoWn by ", false),
        ("apptrace: evidence 1", "apptrace: evidence 2", true),
        ("scenario sh", "scenario \u{1b}c", true),
    ] {
        let mut forged = whole.clone();
        let places: Vec<usize> = whole
            .windows(from.len())
            .enumerate()
            .filter(|(_, window)| *window == from.as_bytes())
            .map(|(at, _)| at)
            .collect();
        assert!(!places.is_empty(), "{from}");
        for at in places {
            forged[at..at + from.len()].copy_from_slice(to.as_bytes());
        }
        project.write("forged.pcapng", &forged);
        for view in ["--flows", "--packets", "--dns"] {
            let shown = project.apptrace(&["inspect", view, "forged.pcapng"]);
            assert!(!shown.expect_code(0).stdout.contains('\u{1b}'), "{shown:#?}");
        }
        let result = project.apptrace(&["inspect", "--format", "json", "forged.pcapng"]);
        let result = result.expect_code(0).json();
        let made = contact(&result, "named.example", Some(80), "tcp");
        assert_eq!(made["process"].is_object(), process, "{to}: {made:#}");
        assert_eq!(list(&result["capture"], "runs").is_empty(), process, "{to}");
    }
}

#[test]
fn what_cannot_be_saved_is_refused_before_the_launch() {
    let project = Project::new();
    project.write("a-file", "");
    project.write("kept.pcapng", "what was there before");
    project.scenario("one.yaml", &json!({ "application": { "command": ["true"] } }));
    project.scenario("two.yaml", &json!({ "application": { "command": ["true"] } }));
    let trace = ["trace", "--", "sh", "-c", "echo launched >&2"];
    let both = ["run", "--ci", "one.yaml", "two.yaml"];
    let compared = ["run", "--compare-internets", "one.yaml"];
    for (words, save, complaint) in [
        (&trace[..], "a-file", "cannot save a capture as a-file/sh.pcapng: "),
        (&trace, "a-file/in.pcapng", "cannot save a capture as a-file/in.pcapng: "),
        (&trace, "/proc/self", "cannot save a capture as /proc/self/sh.pcapng: "),
        (&trace, "kept.pcap", "hint: name it kept.pcapng, or name a folder"),
        (&both, "a-file", "cannot save a capture as a-file/one.pcapng: "),
        (&both, "kept.pcapng", "2 captures do not fit into kept.pcapng"),
        (&compared, "kept.pcapng", "two captures do not fit into kept.pcapng"),
        (&compared, "a-file", "cannot save a capture as a-file/simulated/one.pcapng: "),
    ] {
        let mut words = words.to_vec();
        words.splice(1..1, ["--save-capture", save]);
        let ran = project.apptrace(&words);
        ran.expect_code(2).complains(complaint);
        assert!(ran.stdout.is_empty() && !ran.stderr.contains("launched"), "{ran:#?}");
    }
    assert_eq!(project.read("kept.pcapng"), "what was there before");
    assert!(!project.has("kept.pcap"));
    // One that can be written is replaced.
    let words = ["trace", "--phases", "none", "--save-capture", "kept.pcapng", "--", "true"];
    let _ = project.apptrace(&words).expect_code(0);
    let _ = project.apptrace(&["inspect", "kept.pcapng"]).expect_code(0);
}

/// Where the place becomes full meanwhile, nothing is lost.
#[test]
fn a_capture_that_cannot_be_saved_after_all_is_kept_elsewhere() {
    let small = "mkdir -p full; mount -t tmpfs -o size=64k none full; echo before > full/kept.pcapng; \
                 \"$@\"; code=$?; cat full/kept.pcapng >&2; exit $code";
    let project = Project::new().wrapped(&["unshare", "-Urm", "sh", "-c", small, "sh"]);
    let mut words = vec!["trace", "--phases", "none", "--format", "json", "--hide-output"];
    words.extend(["--save-capture", "full/kept.pcapng", "--"]);
    words.extend(client::command(&["flood 203.0.113.5 4711 1000"]));
    let _ = client::trace(&project, &[]);
    let ran = project.apptrace(&words);
    let result = ran.expect_code(3).json();
    assert_eq!(ran.stderr, "before\n", "{ran:#?}");
    let [finding] = list(&result, "findings") else { panic!("{result:#}") };
    assert_eq!(finding["code"], "capture-not-saved");
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains("No space left on device"), "{message}");
    let kept = result["capture"]["file"].as_str().unwrap();
    assert!(message.contains(kept), "{message}");
    let inspected = project.apptrace(&["inspect", "--format", "json", kept]).expect_code(0).json();
    // On a busy machine it lies in two phases.
    let flood = |told: &Value| -> u64 {
        let all = list(told, "contacts").iter().filter(|it| it["host"] == "203.0.113.5");
        all.map(|it| it["packets"].as_u64().unwrap()).sum()
    };
    assert!(flood(&result) > 0, "{result:#}");
    assert_eq!(flood(&inspected), flood(&result));
}
