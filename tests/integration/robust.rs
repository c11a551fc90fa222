//! What would break a server: the simulated internet goes on, in bounded memory, and no contact
//! is lost. Memory is the most that the stage's process, in which it runs, ever had resident.

use std::collections::HashSet;

use serde_json::Value;

use crate::support::background::{Background, eventually};
use crate::support::result::{codes, contact, list};
use crate::support::{Project, Ran};

const CLIENT: &str = include_str!("robust.py");
/// What the stage has before anything comes: the program, the rings of the capture, the
/// testimony.
const REST: u64 = 64 << 10;

/// The most memory that a process ever had resident, in KiB (proc_pid_status(5)).
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// The process's children.
fn children(pid: u32) -> Vec<u32> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|it| std::fs::read_to_string(it.path().join("children")).ok());
    let lists: Vec<String> = lists.collect();
    lists.iter().flat_map(|list| list.split(' ')).filter_map(|pid| pid.parse().ok()).collect()
}

/// Has the client do one thing; the result, and the stage's most memory in KiB.
fn suffer(what: &str) -> (Ran, Value, u64) {
    let project = Project::new();
    project.write("robust.py", CLIENT);
    let words = ["/usr/bin/python3", "robust.py", what];
    let options = ["trace", "--phases", "none", "--format", "json", "--"];
    let running = Background::start(&project, &[&options[..], &words].concat());
    let mut most = 0;
    let is_over = || {
        let stage = children(running.pid()).into_iter().filter_map(peak).max();
        most = most.max(stage.unwrap_or(0));
        running.has_ended()
    };
    assert!(eventually(is_over), "{what} takes too long: {}", running.stderr());
    let ran = running.end();
    ran.complains(&format!("{what}: "));
    let result = ran.json();
    assert_eq!(result["capture"]["lost"], 0, "{what}");
    assert!(most > 0, "{what}: the stage was not found");
    (ran, result, most)
}

fn check(what: &str, contacts: &[(&str, u16)], most_kib: u64) {
    let (ran, result, peak) = suffer(what);
    for (host, port) in contacts {
        contact(&result, host, Some(*port), "tcp");
    }
    contact(&result, "ordinary.example", Some(80), "tcp");
    ran.expect_code(0);
    let most = REST + most_kib;
    eprintln!("{what}: {peak} KiB of {most} KiB; {}", ran.stderr.trim());
    assert!(peak < most, "{what}: {peak} KiB, which should be under {most} KiB");
}

#[test]
fn ten_thousand_connections_at_once() {
    let (ran, result, peak) = suffer("crowd");
    eprintln!("crowd: {peak} KiB; {}", ran.stderr.trim());
    let hosts =
        list(&result, "contacts").iter().map(|it| (it["host"].as_str(), it["port"].as_u64()));
    let hosts: HashSet<_> = hosts.collect();
    for number in 0..10_000_u64 {
        let host = format!("crowd-{}.example", number % 100);
        assert!(hosts.contains(&(Some(&*host), Some(8000 + number % 7))), "{host} {number}");
    }
    // 32 KiB a connection.
    let most = REST + 10_000 * 32;
    assert!(peak < most, "{peak} KiB, which should be under {most} KiB");
}

#[test]
fn handshakes_that_are_never_finished_or_malformed() {
    let hosts: Vec<String> = (0..50).map(|number| format!("t-{number}.example")).collect();
    let contacts: Vec<_> = hosts.iter().map(|host| (host.as_str(), 443)).collect();
    check("handshakes", &contacts, 64 << 10);
    check("malformed", &[("broken.example", 443)], 16 << 10);
}

#[test]
fn headers_and_lines_without_end() {
    check("headers", &[("headers.example", 80)], 16 << 10);
    let ports = [21, 25, 110, 143];
    check("lines", &ports.map(|port| ("lines.example", port)), 16 << 10);
}

#[test]
fn content_that_grows_where_it_is_unpacked() {
    check("bodies", &[("bodies.example", 80)], 16 << 10);
}

#[test]
fn floods_within_http2() {
    check("resets", &[("resets.example", 80)], 16 << 10);
    check("continuations", &[("continuations.example", 80)], 16 << 10);
}

#[test]
fn requests_that_say_as_much_as_is_told() {
    let (ran, result, peak) = suffer("tales");
    eprintln!("tales: {peak} KiB; {}", ran.stderr.trim());
    contact(&result, "tales.example", Some(80), "tcp");
    // More than is kept: the result says that it is not whole.
    assert_eq!(codes(&result), ["limit-reached"]);
    ran.expect_code(3);
    // The 64 MiB that are kept, and as much again while they are passed on.
    let most = REST + (128 << 10);
    assert!(peak < most, "{peak} KiB, which should be under {most} KiB");
}

#[test]
fn a_flood_of_datagrams_from_ever_new_ports() {
    let (ran, result, peak) = suffer("datagrams");
    eprintln!("datagrams: {peak} KiB; {}", ran.stderr.trim());
    assert_eq!(list(&result, "lookups").len(), 20_001, "a lookup was lost");
    let most = REST + (64 << 10);
    assert!(peak < most, "{peak} KiB, which should be under {most} KiB");
}
