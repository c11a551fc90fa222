//! Files that are no captures, expressions that are none, readers that go away.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::{project, reference};
use crate::support::program;
use crate::support::result::codes;

#[test]
fn what_cannot_be_read_is_named() {
    let project = project();
    project.write("empty.pcap", "");
    project.write("notes.txt", "no capture at all, but long enough for a header");
    project.write("a folder/x", "");
    for (file, reason) in [
        ("absent.pcap", "no such file or directory"),
        ("a folder", "it is a folder"),
        ("empty.pcap", "it is empty"),
        ("notes.txt", "unknown file format"),
    ] {
        for files in [&[file][..], &["start.pcap", file]] {
            let ran = project.apptrace(&[&["inspect"], files].concat());
            ran.expect_code(2).complains(&format!("cannot read the capture file {file}: {reason}"));
            assert_eq!(ran.stdout, "", "{ran:#?}");
        }
    }
}

#[test]
fn a_capture_is_read_wherever_it_comes_from() {
    let project = project();
    let expected = project.apptrace(&["inspect", "--format", "jsonl", "start.pcap"]);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&reference::start().pcap()).unwrap();
    project.write("start.pcap.gz", packed.finish().unwrap());
    let unpacked = project.apptrace(&["inspect", "--format", "jsonl", "start.pcap.gz"]);
    assert_eq!(unpacked.expect_code(0).stdout, expected.expect_code(0).stdout);

    let ran = program::apptrace(&project.folder())
        .args(["inspect", "--format", "jsonl", "-"])
        .write_stdin(reference::start().pcap())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stdout), expected.stdout);
    let ran = program::apptrace(&project.folder()).args(["inspect", "-"]).output().unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&ran.stderr).contains("standard input: it is empty"),
        "{ran:?}"
    );
    let ran = project.apptrace(&["inspect", "-", "start.pcap", "-"]);
    ran.expect_code(2).complains("standard input, `-`, is given twice");
}

#[test]
fn a_capture_that_was_cut_gives_what_is_whole() {
    let project = project();
    let whole = reference::start().pcap();
    project.write("cut.pcap", &whole[..whole.len() - 10]);
    let ran = project.apptrace(&["inspect", "cut.pcap"]);
    ran.expect_code(0).says("16 packets").says("is damaged after packet 16, at byte");
    ran.says("everything before that is here");
    let ran = project.apptrace(&["inspect", "--format", "json", "cut.pcap"]);
    let damage = ran.expect_code(0).json()["capture"]["files"][0]["damage"].clone();
    assert_eq!(damage["packets"], 16, "{ran:#?}");
    let ran = project.apptrace(&["inspect", "--packets", "--format", "csv", "cut.pcap"]);
    ran.expect_code(0).complains("is damaged after packet 16");
    assert_eq!(ran.stdout.lines().count(), 17);

    // Whoever judges by it must know that it proves nothing.
    project.scenario(
        "any.yaml",
        &json!({ "application": { "command": ["x"] }, "expect": [{ "host": "*" }] }),
    );
    let ran =
        project.apptrace(&["inspect", "--baseline", "any.yaml", "--format", "json", "cut.pcap"]);
    let result = ran.expect_code(3).json();
    assert_eq!(
        (result["verdict"].as_str(), codes(&result)),
        (Some("invalid"), vec!["packets-lost"])
    );
}

#[test]
fn what_is_wrong_in_an_expression_is_marked() {
    let project = project();
    for (arguments, marked) in [
        (
            &["--where", "port = 80 and hots = x"][..],
            "1 | port = 80 and hots = x\n  |               ^^^^\n",
        ),
        (&["--where", "host ="], "1 | host =\n  |       ^\n"),
        (&["--packets", "--where", "class = outward"], "a packet has no `class`"),
        (&["--filter", "udp prot 53"], "1 | udp prot 53\n  | "),
        (&["--filter", ""], ""),
    ] {
        let ran = project.apptrace(&[&["inspect", "start.pcap"], arguments].concat());
        if marked.is_empty() {
            // An empty filter lets everything through, as everywhere.
            ran.expect_code(0);
            continue;
        }
        ran.expect_code(2).complains(marked).complains("error: ");
        assert_eq!(ran.stdout, "", "{ran:#?}");
    }
    for arguments in [&["--packets", "--flows"][..], &["--local", "nowhere"], &["--format", "xml"]]
    {
        let ran = project.apptrace(&[&["inspect", "start.pcap"], arguments].concat());
        ran.expect_code(2).complains("try '--help'");
    }
}

/// `apptrace inspect --packets … | head`.
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let project = project();
    let mut wire = reference::start();
    for second in 6..20_000 {
        wire.frames.push((second * 100_000, wire.frames[0].1.clone()));
    }
    project.write("long.pcap", wire.pcap());
    for view in ["--packets", "--packets --format json", "--packets --format csv"] {
        let script =
            format!("\"$0\" inspect {view} long.pcap | head -n 2; echo \"${{PIPESTATUS[0]}}\"");
        let program = project.words(&[]).pop().unwrap();
        let ran = assert_cmd::Command::new("bash")
            .args(["-c", &script, &program])
            .current_dir(project.folder())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert_eq!(text.lines().last(), Some("0"), "{view}: {ran:?}");
        assert_eq!(ran.stderr, b"", "{view}: {ran:?}");
    }
}

#[test]
fn standard_output_that_cannot_be_written_is_an_error() {
    let project = project();
    for view in ["", "--packets", "--format json"] {
        let script = format!("\"$0\" inspect {view} start.pcap > /dev/full");
        let program = project.words(&[]).pop().unwrap();
        let ran = assert_cmd::Command::new("sh")
            .args(["-c", &script, &program])
            .current_dir(project.folder())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(2), "{view}: {told}");
        assert!(told.contains("cannot read standard input or write standard output"), "{told}");
        assert!(told.contains("No space left on device"), "{told}");
    }
}
