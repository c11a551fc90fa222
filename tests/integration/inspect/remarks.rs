//! What a pcapng file says besides its packets: names of addresses, and comments.

use serde_json::json;

use super::project;
use super::wire::{Wire, at, pcapng};

const SERVER: &str = "198.51.100.7:80";

fn wire() -> Wire {
    let mut wire = Wire::default();
    let (us, server) = (at("192.168.1.100:4000"), at(SERVER));
    wire.udp(0, us, server, b"one").udp(1000, server, us, b"two").udp(2000, us, server, b"three");
    wire
}

#[test]
fn names_that_a_file_gives_are_guesses() {
    let project = project();
    let address = *at(SERVER).ip();
    project.write("named.pcapng", pcapng(&wire(), &[(address, "noted.example")], &[]));
    let ran = project.apptrace(&["inspect", "named.pcapng"]);
    ran.expect_code(0).says("noted.example?").says("known by name-block");
    let ran = project.apptrace(&["inspect", "--format", "json", "named.pcapng"]);
    let contact = ran.expect_code(0).json()["contacts"][0].clone();
    assert_eq!(contact["host"], "noted.example");
    assert_eq!(contact["guessed"], true);
    let noted = json!([{ "kind": "name-block", "name": "noted.example", "strength": "weak" }]);
    assert_eq!(contact["evidence"], noted);

    // A verdict does not hang on it.
    let expect = json!([{ "host": "198.51.100.7" }]);
    let scenario = json!({ "application": { "command": ["x"] }, "expect": expect });
    project.scenario("known.yaml", &scenario);
    let judged = ["inspect", "--baseline", "known.yaml", "named.pcapng"];
    project.apptrace(&judged).expect_code(0).says("PASS").says("noted.example");
}

#[test]
fn comments_stand_behind_their_packets() {
    let project = project();
    let remarks = [(1, "why\u{1b}[2J this?"), (2, "first"), (2, "second")];
    project.write("remarked.pcapng", pcapng(&wire(), &[], &remarks));
    let ran = project.apptrace(&["inspect", "--packets", "remarked.pcapng"]);
    ran.expect_code(0).says("[comment: why\\u{1b}[2J this?]");
    ran.says("[comment: first] [comment: second]");
    let list = ["inspect", "--packets", "--format", "json", "--where", "comment ~ first"];
    let ran = project.apptrace(&[&list[..], &["remarked.pcapng"]].concat());
    let packets = ran.expect_code(0).json()["packets"].clone();
    assert_eq!(packets.as_array().map(Vec::len), Some(1));
    assert_eq!(packets[0]["number"], 3);
    assert_eq!(packets[0]["comments"], json!(["first", "second"]));
    // What a filter keeps back keeps its comments.
    let filtered = ["--packets", "--filter", "dst port 80", "--format", "csv", "remarked.pcapng"];
    let ran = project.apptrace(&[&["inspect"], &filtered[..]].concat());
    ran.expect_code(0).says("first | second");
    assert!(!ran.stdout.contains("why"), "{ran:#?}");
}
