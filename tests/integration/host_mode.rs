//! An application on the machine itself, which is made for the test: it has a network of its own
//! and chatters by itself.

mod endings;
mod lookups;
mod outlived;
mod privileges;
mod shares;
mod unseen;

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::result::{codes, contact, list};
use crate::support::world::{self, RESOLVER, World};
use crate::support::{Project, User};

/// It holds each of its sockets for a while, as most programs do.
const APPLICATION: &str = "
import socket, time, urllib.request
page = urllib.request.urlopen('http://a.example/hello')
new = socket.create_connection(('10.9.0.12', 80))
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.sendto(b'ours', ('10.9.0.14', 7))
time.sleep(0.3)
page.read()
";

/// What the machine sends by itself: datagrams to a host, from a socket that stays a while, and to
/// another from ever new ones.
struct Chatter {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Chatter {
    fn begin() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            // A capture that begins between a datagram and its answer takes the other end for the
            // one that began: so the socket does not stay for ever.
            let mut held = UdpSocket::bind("10.9.0.100:0").unwrap();
            for number in 1_u32.. {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                if number.is_multiple_of(10) {
                    held = UdpSocket::bind("10.9.0.100:0").unwrap();
                }
                held.send_to(b"noise", "10.9.0.14:7").unwrap();
                let short = UdpSocket::bind("10.9.0.100:0").unwrap();
                short.send_to(b"noise", "10.9.0.12:7").unwrap();
                drop(short);
                thread::sleep(Duration::from_millis(20));
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Chatter {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().map(JoinHandle::join);
    }
}

fn scenario(more: &Value) -> Value {
    let mut scenario = json!({
        "application": { "command": ["python3", "-c", APPLICATION] },
        "sandbox": "none",
        "phases": {
            "before": "600ms",
            "startup": { "quiet": "200ms", "at-most": "3s" },
            "idle": "1s",
            "shutdown": { "at-most": "5s" },
            "after": "200ms",
        },
    });
    for (key, value) in more.as_object().unwrap() {
        scenario[key] = value.clone();
    }
    scenario
}

/// Host, port and transport of rows.
fn places(rows: &[Value]) -> Vec<String> {
    let mut all: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "{} {} {}",
                row["host"].as_str().unwrap(),
                row["port"],
                row["transport"].as_str().unwrap()
            )
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn the_background_is_subtracted() {
    if world::repeat("host_mode::the_background_is_subtracted") {
        return;
    }
    let _world = World::with_resolvers(&[RESOLVER]);
    let _chatter = Chatter::begin();
    let project = Project::new();
    project.scenario("host.yaml", &scenario(&json!({ "expect": ["a.example"] })));
    let words = ["run", "--ci", "--format", "json", "--save-capture", "kept.pcapng", "host.yaml"];
    let ran = project.apptrace(&words);
    let result = ran.expect_code(1).json();
    assert_eq!((&result["sandbox"], &result["internet"]), (&json!("none"), &json!("real")));
    assert_eq!(
        places(list(&result, "contacts")),
        ["10.9.0.12 80 tcp", "10.9.0.14 7 udp", "a.example 80 tcp"],
        "{result:#}"
    );
    // The same host is contacted by others, at the same port and at another.
    let _ = contact(&result, "10.9.0.12", Some(80), "tcp");
    let ours = contact(&result, "10.9.0.14", Some(7), "udp");
    for contact in [ours, contact(&result, "a.example", Some(80), "tcp")] {
        let process = &contact["process"];
        assert!(process["name"].as_str().unwrap().starts_with("python3"), "{contact:#}");
        assert_eq!(process["known_by"], "socket-table", "{contact:#}");
    }
    let background = list(&result, "background");
    let known = places(background);
    for place in ["10.9.0.12 7 udp", "10.9.0.14 7 udp"] {
        assert!(known.iter().any(|it| it == place), "{known:?}");
    }
    let other = background.iter().find(|it| it["host"] == "10.9.0.14").unwrap();
    let name = other["process"]["name"].as_str().unwrap_or_default();
    assert!(name.starts_with("integration"), "{background:#?}");
    let unexpected = "unexpected-contact";
    assert_eq!(codes(&result), [unexpected, unexpected, "snapshot-missing"], "{result:#}");
    let notes: Vec<&str> =
        list(&result, "notes").iter().filter_map(|note| note["message"].as_str()).collect();
    assert!(notes.iter().any(|it| it.contains("ran on the machine itself")), "{notes:#?}");
    let others = "left out as background, being of other processes: 10.9.0.";
    assert!(notes.iter().any(|it| it.contains(others)), "{notes:#?}");
    assert_eq!(result["capture"]["lost"], 0);
    // And all of it can be read back.
    let words = ["inspect", "--format", "json", "kept.pcapng"];
    let inspected = project.apptrace(&words).expect_code(0).json();
    assert_eq!(inspected["capture"]["runs"][0]["sandbox"], "none");
    assert_eq!(list(&inspected, "contacts").len(), list(&result, "contacts").len());
    for (seen, told) in list(&inspected, "contacts").iter().zip(list(&result, "contacts")) {
        for key in ["host", "port", "phase", "process", "packets"] {
            assert_eq!(seen[key], told[key], "{key}: {seen:#} {told:#}");
        }
    }
    assert_eq!(places(list(&inspected, "noise")), known);
}

#[test]
fn who_may_not_capture_is_told_what_to_do() {
    if world::repeat("host_mode::who_may_not_capture_is_told_what_to_do") {
        return;
    }
    let _world = World::with_resolvers(&[RESOLVER]);
    for user in world::users().into_iter().filter(|user| *user == User::Ordinary) {
        let project = Project::of(user);
        let words = ["trace", "--sandbox", "none", "--format", "json", "--", "true"];
        let result = project.apptrace(&words).expect_code(3).json();
        let [finding] = list(&result, "findings") else { panic!("{result:#}") };
        assert!(finding["message"].as_str().unwrap().contains("CAP_NET_RAW"), "{finding:#}");
        assert!(finding["hint"].as_str().unwrap().contains("setcap cap_net_raw+ep"), "{finding:#}");
    }
    let project = Project::new();
    for (words, complaint) in [
        (&["--sandbox", "none", "--interface", "eth9"][..], "no interface `eth9` is up"),
        (&["--sandbox", "none", "--user", "no-such-user"], "there is no user `no-such-user`"),
    ] {
        let words = [&["trace"], words, &["--", "true"]].concat();
        project.apptrace(&words).expect_code(3).says(complaint);
    }
    for (words, complaint) in [
        (&["--interface", "lo"][..], "--interface is for --sandbox none"),
        (&["--sandbox", "none", "--root"], "--root needs a sandbox"),
        (&["--sandbox", "none", "--internet", "simulated"], "--internet needs a sandbox"),
        (&["--sandbox", "non"], "expected `namespaces` or `none`"),
    ] {
        let words = [&["trace"], words, &["--", "true"]].concat();
        let _ = project.apptrace(&words).expect_code(2).complains(complaint);
    }
    project.scenario("host.yaml", &scenario(&json!({})));
    for option in ["--internet=none", "--internet=simulated", "--compare-internets"] {
        let ran = project.apptrace(&["run", option, "host.yaml"]);
        let _ = ran.expect_code(2).complains("needs a sandbox, and host.yaml says `sandbox: none`");
    }
}

/// The application is the user's who called sudo, has no power, and leaves nothing behind.
#[test]
fn the_application_is_the_users_own_and_ends() {
    if world::repeat("host_mode::the_application_is_the_users_own_and_ends") {
        return;
    }
    let _world = World::with_resolvers(&[RESOLVER]);
    let script = "id -u; grep CapEff /proc/self/status; pwd >/dev/null; (setsid sleep 7654 &) ; \
                  curl -s http://a.example/ >/dev/null";
    let words = ["trace", "--sandbox", "none", "--for", "1s", "--", "sh", "-c", script];
    let project = Project::new();
    let is_root = world::users().contains(&User::Ordinary);
    let named = [&["trace", "--user", "nobody"], &words[1..]].concat();
    let (runs, user) = match is_root {
        true => {
            let by_sudo = project.apptrace_with(&words, &[("SUDO_UID", "65534")]);
            (vec![by_sudo, project.apptrace(&named)], "65534")
        }
        // In a namespace with one user there is nobody else to become.
        false => (vec![project.apptrace(&words)], "0"),
    };
    for ran in runs {
        let _ = ran.expect_code(0).says("a.example 80/tcp");
        let mut lines = ran.stderr.lines();
        assert_eq!(lines.next(), Some(user), "{ran:#?}");
        if is_root {
            assert_eq!(lines.next(), Some("CapEff:\t0000000000000000"), "{ran:#?}");
        }
    }
    let left = std::fs::read_dir("/proc").unwrap().flatten().filter(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        line.starts_with(b"sleep\x007654")
    });
    assert_eq!(left.count(), 0);
}
