//! How many of the sockets that last for a while are seen with their holder, and that none is
//! taken for another's.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::support::Project;
use crate::support::result::{codes, list};
use crate::support::world::{self, RESOLVER, World};

/// How many datagrams each process sends, each from a socket of its own to a port of its own.
const EACH: u16 = 100;

/// Two processes, each of which says its id and the first of its ports.
const APPLICATION: &str = "
import os, socket, time
first = 2000 if os.fork() == 0 else 1000
print('sender', os.getpid(), first, flush=True)
for port in range(first, first + 100):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.sendto(b'ours', ('10.9.0.14', port))
        time.sleep(0.02)
";

#[test]
fn sockets_that_last_are_known_and_none_is_taken_for_anothers() {
    if world::repeat(
        "host_mode::shares::sockets_that_last_are_known_and_none_is_taken_for_anothers",
    ) {
        return;
    }
    let _world = World::with_resolvers(&[RESOLVER]);
    let over = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&over);
    // Somebody else sends all the while, by sockets that come and go as well.
    let chatter = thread::spawn(move || {
        for port in (3000..=u16::MAX).take_while(|_| !stop.load(Ordering::Relaxed)) {
            let socket = UdpSocket::bind("10.9.0.100:0").unwrap();
            socket.send_to(b"noise", ("10.9.0.14", port)).unwrap();
            thread::sleep(Duration::from_millis(15));
        }
    });
    let project = Project::new();
    let words = ["trace", "--sandbox", "none", "--phases", "none", "--format", "json", "--"];
    let ran = project.apptrace(&[&words[..], &["python3", "-c", APPLICATION]].concat());
    over.store(true, Ordering::Relaxed);
    chatter.join().unwrap();
    let result = ran.expect_code(0).json();
    assert!(codes(&result).is_empty(), "{result:#}");
    let mut known = 0;
    for line in ran.stderr.lines().filter_map(|line| line.strip_prefix("sender ")) {
        let (pid, first) = line.split_once(' ').unwrap();
        let (pid, first): (u64, u16) = (pid.parse().unwrap(), first.parse().unwrap());
        let ports = u64::from(first)..u64::from(first + EACH);
        let all = list(&result, "contacts").iter().chain(background(&result));
        for contact in all.filter(|it| ports.contains(&it["port"].as_u64().unwrap_or(0))) {
            let process = &contact["process"];
            if !process.is_null() {
                assert_eq!(process["pid"], pid, "{contact:#}");
                known += 1;
            }
        }
    }
    // What others sent is nobody's, or theirs.
    for contact in list(&result, "contacts").iter().filter(|it| it["port"].as_u64() >= Some(3000)) {
        assert_eq!(contact["process"], Value::Null, "{contact:#}");
    }
    // Where it is looked every two milliseconds nearly all are seen; a machine may be busy.
    assert!(known > EACH * 2 * 3 / 4, "{known} of {}", EACH * 2);
}

fn background(result: &Value) -> &[Value] {
    result["background"].as_array().map_or(&[], Vec::as_slice)
}
