//! Lookups by way of a resolver on the machine itself, which passes them on in its own name.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::{places, scenario};
use crate::support::Project;
use crate::support::result::{codes, list};
use crate::support::world::{self, World};

/// As systemd-resolved has it.
const RESOLVER: &str = "127.0.0.53";

/// A question for the address of `x.wild.example` (RFC 1035 section 4.1).
const QUERY: &[u8] = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x01x\x04wild\x07example\0\0\x01\0\x01";

/// It asks by itself, and keeps its socket for a while, as one does whose resolver is far away.
const APPLICATION: &str = "
import socket, time
lookup = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
lookup.connect(('127.0.0.53', 53))
lookup.send(b'\\x12\\x35\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\4gone\\7example\\0\\0\\1\\0\\1')
lookup.recv(500)
local = socket.create_connection(('127.0.0.1', 8080))
time.sleep(0.3)
";

#[test]
fn a_lookup_is_whose_it_is_before_the_resolver_passes_it_on() {
    if world::repeat("host_mode::lookups::a_lookup_is_whose_it_is_before_the_resolver_passes_it_on")
    {
        return;
    }
    let world = World::with_resolvers(&[RESOLVER]);
    world.resolve_on_machine(RESOLVER);
    let _local = std::net::TcpListener::bind("127.0.0.1:8080").unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&over);
    // Somebody else looks names up as well, and begins to after the launch.
    let chatter = thread::spawn(move || {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        thread::sleep(Duration::from_millis(800));
        while !stop.load(Ordering::Relaxed) {
            socket.send_to(QUERY, (RESOLVER, 53)).unwrap();
            thread::sleep(Duration::from_millis(20));
        }
    });
    let project = Project::new();
    let command = json!({ "application": { "command": ["python3", "-c", APPLICATION] } });
    project.scenario("host.yaml", &scenario(&command));
    let options = ["run", "--format", "json", "--save-capture", "kept.pcapng", "host.yaml"];
    let ran = project.apptrace(&options);
    over.store(true, Ordering::Relaxed);
    chatter.join().unwrap();
    let result = ran.expect_code(0).json();
    assert!(codes(&result).is_empty(), "{result:#}");
    // What stays on the machine is none, save the lookups.
    let [lookup] = list(&result, "contacts") else { panic!("{result:#}") };
    assert_eq!((&lookup["host"], &lookup["kind"]), (&json!("gone.example"), &json!("lookup")));
    assert_eq!(lookup["process"]["known_by"], "socket-table", "{lookup:#}");
    let [lookup] = list(&result, "lookups") else { panic!("{result:#}") };
    assert_eq!(lookup["server"], RESOLVER, "{lookup:#}");
    assert_eq!(places(list(&result, "background")), ["x.wild.example 53 udp"]);
    let inspected = project.apptrace(&["inspect", "--format", "json", "kept.pcapng"]);
    let inspected = inspected.expect_code(0).json();
    assert_eq!(places(list(&inspected, "contacts")), ["gone.example 53 udp"]);
}
