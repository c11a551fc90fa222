//! What each view shows of the reference traces.

use super::{project, reference, shipped};
use crate::support::result::{contact, list};

fn shown(arguments: &[&str]) -> String {
    let ran = project().apptrace(&[&["inspect"], arguments].concat());
    ran.expect_code(0);
    assert_eq!(ran.stderr, "", "{ran:#?}");
    for line in ran.stdout.lines() {
        assert_eq!(line.trim_end(), line, "{ran:#?}");
    }
    ran.stdout
}

/// Line by line what was noted in 2008 (`docs/inspect.md` shows it).
#[test]
fn the_list_of_packets_reads_as_the_reference_trace() {
    insta::assert_snapshot!("inspect_packets_start", shown(&["--packets", "start.pcap"]));
    insta::assert_snapshot!("inspect_packets_idle", shown(&["--packets", "idle.pcap"]));
}

#[test]
fn each_view_is_for_people() {
    for (name, arguments) in [
        ("inspect_contacts", &["start.pcap"][..]),
        ("inspect_contacts_idle", &["idle.pcap"]),
        ("inspect_both", &["start.pcap", "idle.pcap"]),
        ("inspect_contacts_absolute", &["--times", "absolute", "start.pcap"]),
        ("inspect_packets_addresses", &["--packets", "-n", "--times", "absolute", "start.pcap"]),
        ("inspect_flows", &["--flows", "start.pcap"]),
        ("inspect_dns", &["--dns", "start.pcap"]),
    ] {
        let text = shown(arguments);
        let is_list = arguments.contains(&"--packets");
        assert!(is_list || text.lines().all(|line| line.chars().count() <= 80), "{text}");
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn each_view_has_a_form_for_programs() {
    let project = project();
    for (view, rows) in
        [(None, 3), (Some("--flows"), 3), (Some("--packets"), 17), (Some("--dns"), 2)]
    {
        let words = |format| {
            let mut words = vec!["inspect", "--format", format, "start.pcap"];
            words.extend(view);
            words
        };
        let objects = project.apptrace(&words("jsonl"));
        assert_eq!(objects.expect_code(0).objects().len(), rows, "{view:?}: {objects:#?}");
        let table = project.apptrace(&words("csv"));
        let lines: Vec<&str> = table.expect_code(0).stdout.lines().collect();
        assert_eq!(lines.len(), rows + 1, "{table:#?}");
        let fields = |line: &str| line.split(',').count();
        assert!(lines.iter().all(|line| fields(line) >= fields(lines[0])), "{table:#?}");

        let result = project.apptrace(&words("json")).expect_code(0).json();
        for key in ["verdict", "findings"] {
            assert_eq!(result.get(key), None, "nothing was judged: {result:#}");
        }
        let key = match view {
            None => "contacts",
            Some("--dns") => "lookups",
            Some(view) => view.trim_start_matches("--"),
        };
        assert_eq!(list(&result, key).len(), rows, "{result:#}");
        // As for a run, whatever the view.
        let counter = contact(&result, "www.asteriskguru.com", Some(80), "tcp");
        assert_eq!(counter["requests"][0]["method"], "GET");
        assert_eq!(counter["requests"][0]["status"], 200);
        assert_eq!(counter["packets"], 11);
        assert_eq!(counter["evidence"][0]["kind"], "dns");
        assert_eq!(result["capture"]["packets"], 17);
        assert_eq!(result["capture"]["files"][0]["format"], "pcap");
        assert_eq!(result["capture"]["other"]["arp"], 2);
        assert_eq!(result["started"], "2008-04-12T10:00:00.000000000Z");
    }
}

#[test]
fn rows_are_chosen_by_filter_and_expression() {
    let project = project();
    let count = |arguments: &[&str]| {
        let words = [&["inspect", "--format", "jsonl", "start.pcap"], arguments].concat();
        project.apptrace(&words).expect_code(0).objects().len()
    };
    for (arguments, rows) in [
        (&["--where", "host = *.asteriskguru.com"][..], 1),
        (&["--where", "not protocol = dns"], 1),
        (&["--where", "class != outward"], 0),
        (&["--where", "time > 3s"], 1),
        (&["--packets", "--where", "label = arp"], 2),
        (&["--packets", "--where", "info ~ 'dup ack'"], 1),
        (&["--packets", "--where", "host = www.asteriskguru.com and time in 4s..5s"], 4),
        (&["--packets", "--filter", "udp port 53"], 4),
        (&["--packets", "--filter", "udp port 53", "--where", "time < 1s"], 2),
        (&["--flows", "--where", "mark = retransmission or mark ~ lost"], 1),
        (&["--dns", "--where", "answer = 198.51.100.0/26"], 1),
        (&["--local", "192.168.1.0/24"], 3),
        (&["--local", "198.51.100.80"], 0),
        (&["--resolver", "203.0.113.53"], 2),
    ] {
        assert_eq!(count(arguments), rows, "{arguments:?}");
    }
}

/// Colour repeats what words say.
#[test]
fn colour_adds_nothing_but_colour() {
    let project = project();
    for view in [&["--packets"][..], &[], &["--flows"], &["--dns"]] {
        let words = [&["inspect", "start.pcap"], view].concat();
        let coloured = project.apptrace_with(&words, &[("CLICOLOR_FORCE", "1")]);
        assert!(coloured.expect_code(0).stdout.contains("\u{1b}["), "{coloured:#?}");
        let plain = anstream::adapter::strip_str(&coloured.stdout).to_string();
        assert_eq!(plain, project.apptrace(&words).stdout, "{words:?}");
    }
}

/// The example is what the test builds. With `APPTRACE_BLESS` set it is written.
#[test]
fn the_shipped_capture_is_the_reference_trace() {
    let built = reference::start().pcap();
    if std::env::var_os("APPTRACE_BLESS").is_some() {
        std::fs::write(shipped(), &built).expect("examples can be written");
    }
    let is_same = std::fs::read(shipped()).is_ok_and(|bytes| bytes == built);
    assert!(is_same, "{}: APPTRACE_BLESS=1 cargo test shipped", shipped().display());
}
