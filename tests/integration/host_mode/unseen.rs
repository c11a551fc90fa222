//! What nobody was seen to send: it is told by its host, and the result says so.

use std::fs;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::{Chatter, places, scenario};
use crate::support::background::Background;
use crate::support::result::{codes, contact, list};
use crate::support::world::{self, RESOLVER, World};
use crate::support::{Project, User};

/// It stays until somebody else has been where nobody was before.
const APPLICATION: &str = "
import os, socket, time
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.sendto(b'ours', ('10.9.0.14', 7))
print('here', flush=True)
time.sleep(1)
";

/// A trace has no scenario to say for how long the machine is to be watched by itself.
#[test]
fn a_trace_watches_the_machine_first() {
    if world::repeat("host_mode::unseen::a_trace_watches_the_machine_first") {
        return;
    }
    let _world = World::with_resolvers(&[RESOLVER]);
    let _chatter = Chatter::begin();
    let project = Project::new();
    let words = ["trace", "--sandbox", "none", "--format", "json", "--", "sleep", "1"];
    let result = project.apptrace(&words).expect_code(0).json();
    assert!(codes(&result).is_empty(), "{result:#}");
    assert!(list(&result, "contacts").is_empty(), "{result:#}");
    expect_chatter(&result);
}

/// What the kernel says by itself may be there as well.
#[track_caller]
fn expect_chatter(result: &Value) {
    let mut background = places(list(result, "background"));
    background.retain(|place| place.ends_with(" udp"));
    assert_eq!(background, ["10.9.0.12 7 udp", "10.9.0.14 7 udp"], "{result:#}");
}

/// An ordinary user does not see the sockets of root's chatter.
#[test]
fn what_nobody_was_seen_to_send_is_told_by_its_host() {
    if world::repeat("host_mode::unseen::what_nobody_was_seen_to_send_is_told_by_its_host") {
        return;
    }
    if !world::users().contains(&User::Ordinary) {
        // In a namespace with one user all sockets are seen.
        return;
    }
    let world = World::with_resolvers(&[RESOLVER]);
    let _chatter = Chatter::begin();
    let project = Project::of(User::Ordinary).capturing();
    let command = json!({ "application": { "command": ["python3", "-c", APPLICATION] } });
    project.scenario("host.yaml", &scenario(&command));
    fs::set_permissions(project.folder(), PermissionsExt::from_mode(0o777)).unwrap();
    let options = ["run", "--format", "json", "--save-capture", "kept.pcapng", "host.yaml"];
    let run = Background::start(&project, &options);
    run.wait_for("here");
    let late = UdpSocket::bind("10.9.0.100:0").unwrap();
    late.send_to(b"late", "10.9.0.13:7").unwrap();
    let result = run.end().expect_code(0).json();
    assert!(codes(&result).is_empty(), "{result:#}");
    // What nobody was seen to send to a host that is new may be the application's.
    assert_eq!(
        places(list(&result, "contacts")),
        ["10.9.0.13 7 udp", "10.9.0.14 7 udp"],
        "{result:#}"
    );
    let late = contact(&result, "10.9.0.13", Some(7), "udp");
    assert_eq!(late["process"], Value::Null, "{late:#}");
    let ours = contact(&result, "10.9.0.14", Some(7), "udp");
    assert_eq!(ours["process"]["known_by"], "socket-table", "{ours:#}");
    // Of the packets that went there, those are not the application's that nobody was seen to send.
    assert_eq!(ours["packets"], 2, "{ours:#}");
    let background = list(&result, "background");
    assert!(background.iter().all(|it| it["process"].is_null()), "{background:#?}");
    expect_chatter(&result);
    let notes = list(&result, "notes");
    let told = "left out as background by the host alone, since nobody was seen to hold the socket";
    let note = notes.iter().find(|it| it["message"].as_str().unwrap().starts_with(told));
    let note = note.unwrap_or_else(|| panic!("{notes:#?}"));
    assert!(note["hint"].as_str().unwrap().contains("as root"), "{note:#}");
    // And all of it can be read back.
    let words = ["inspect", "--format", "json", "kept.pcapng"];
    let inspected = project.apptrace(&words).expect_code(0).json();
    assert_eq!(places(list(&inspected, "contacts")), places(list(&result, "contacts")));
    assert_eq!(places(list(&inspected, "noise")), places(background));
    drop(world);
}
