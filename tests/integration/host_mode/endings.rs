//! Runs on the machine itself that prove nothing: they say so, and leave nothing behind.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use nix::sys::signal::Signal;
use serde_json::json;

use super::scenario;
use crate::support::background::{Background, eventually, send};
use crate::support::result::{codes, list};
use crate::support::world::{self, RESOLVER, World};
use crate::support::{Project, User};

/// Processes whose command line begins with these words.
pub(super) fn processes(words: &[&str]) -> Vec<u32> {
    let start: Vec<u8> = words.iter().flat_map(|word| [word.as_bytes(), b"\0"].concat()).collect();
    let all = fs::read_dir("/proc").unwrap().flatten();
    let found = all.filter(|entry| {
        fs::read(entry.path().join("cmdline")).unwrap_or_default().starts_with(&start)
    });
    found.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

#[test]
fn an_interruption_ends_everything() {
    if world::repeat("host_mode::endings::an_interruption_ends_everything") {
        return;
    }
    let _world = World::with_resolvers(&[RESOLVER]);
    let script = "trap '' TERM INT HUP; (setsid sleep 8765 &); echo here; sleep 8764";
    let options = ["trace", "--sandbox", "none", "--format", "json", "--"];
    let words = [&options[..], &["sh", "-c", script]].concat();
    let project = Project::new();
    let is_gone =
        || processes(&["sleep", "8765"]).is_empty() && processes(&["sleep", "8764"]).is_empty();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL] {
        let run = Background::start(&project, &words);
        run.wait_for("here");
        for seconds in ["8764", "8765"] {
            assert!(eventually(|| !processes(&["sleep", seconds]).is_empty()), "{seconds}");
        }
        run.signal(signal);
        let ran = run.end();
        if signal != Signal::SIGKILL {
            assert_eq!(codes(&ran.expect_code(3).json()), ["interrupted"]);
            assert!(is_gone(), "{signal}: it is there when the run has ended");
        }
        assert!(eventually(is_gone), "{signal}: it stays");
    }
}

#[test]
fn what_does_not_start_is_told() {
    if world::repeat("host_mode::endings::what_does_not_start_is_told") {
        return;
    }
    let _world = World::with_resolvers(&[RESOLVER]);
    let project = Project::new();
    let broken = project.program("broken", "no program of any machine's kind");
    for (command, message) in [
        ("no-such-program", "no-such-program"),
        (broken.to_str().unwrap(), "it is no program of this machine's kind"),
    ] {
        let application = json!({ "application": { "command": [command] } });
        project.scenario("host.yaml", &scenario(&application));
        let result = project.apptrace(&["run", "--format", "json", "host.yaml"]);
        let result = result.expect_code(3).json();
        assert_eq!(codes(&result), ["application-not-started"], "{result:#}");
        let finding = &list(&result, "findings")[0];
        assert!(finding["message"].as_str().unwrap().contains(message), "{finding:#}");
        assert!(finding["hint"].is_string(), "{finding:#}");
    }
    if world::users().contains(&User::Ordinary) {
        // The user `nobody` may not go where the test's own user keeps things.
        let inside = ["sh", "-c", "cd closed && exec \"$@\"", "sh"];
        let elsewhere = Project::new();
        let within = Project::new().wrapped(&inside);
        for (project, command, message) in [
            (&within, "true", "user 65534 may not enter its working directory"),
            (&elsewhere, "closed/own", "/closed/own: user 65534 may not"),
        ] {
            project.write("closed/file", "");
            project.program("closed/own", "#!/bin/sh\n");
            let closed = project.folder().join("closed");
            fs::set_permissions(&closed, PermissionsExt::from_mode(0o700)).unwrap();
            let words = ["trace", "--sandbox", "none", "--user", "nobody", "--phases", "none"];
            let words = [&words[..], &["--format", "json", "--", command]].concat();
            let result = project.apptrace(&words).expect_code(3).json();
            assert_eq!(codes(&result), ["application-not-started"], "{result:#}");
            let finding = &list(&result, "findings")[0];
            assert!(finding["message"].as_str().unwrap().contains(message), "{finding:#}");
            assert!(finding["hint"].as_str().unwrap().contains("--user"), "{finding:#}");
        }
    }
    // One that fails at once and contacts nobody was not tested.
    let application = json!({ "application": { "command": ["sh", "-c", "exit 7"] } });
    project.scenario("host.yaml", &scenario(&application));
    let ran = project.apptrace(&["run", "--format", "json", "host.yaml"]);
    assert_eq!(codes(&ran.expect_code(3).json()), ["application-failed"]);
}

/// Nobody takes the packets while the stage is stopped, and the kernel has no room for all.
#[test]
fn lost_packets_make_it_invalid() {
    if world::repeat("host_mode::endings::lost_packets_make_it_invalid") {
        return;
    }
    let _world = World::with_resolvers(&[RESOLVER]);
    let project = Project::new();
    let flood = "
import os, socket, time
print('ready', flush=True)
while not os.path.exists('go'): time.sleep(0.01)
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(60000): datagrams.sendto(bytes(1400), ('10.9.0.14', 7))
print('sent', flush=True)
";
    let options = ["trace", "--sandbox", "none", "--phases", "none", "--format", "json", "--"];
    let run = Background::start(&project, &[&options[..], &["python3", "-c", flood]].concat());
    run.wait_for("ready");
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", run.pid())).unwrap();
    let stage: u32 = children.split_whitespace().next().unwrap().parse().unwrap();
    send(stage, Signal::SIGSTOP);
    project.write("go", "");
    run.wait_for("sent");
    send(stage, Signal::SIGCONT);
    let result = run.end().expect_code(3).json();
    assert_eq!(codes(&result), ["packets-lost"], "{result:#}");
    assert!(result["capture"]["lost"].as_u64().unwrap() > 0, "{result:#}");
}

/// A tunnel that the application sets up is one by which packets leave unseen.
#[test]
fn an_interface_that_comes_up_makes_it_invalid() {
    if world::repeat("host_mode::endings::an_interface_that_comes_up_makes_it_invalid") {
        return;
    }
    let _world = World::with_resolvers(&[RESOLVER]);
    let script = "ip link add n0 type veth peer name n1 && ip link set n0 up && \
                  ip addr add 10.77.0.1/24 dev n0 && sleep 1; ip link del n0";
    let project = Project::new();
    let run = |more: &[&str]| {
        let words = ["trace", "--sandbox", "none", "--phases", "none", "--format", "json"];
        project.apptrace(&[&words, more, &["--", "sh", "-c", script]].concat())
    };
    let result = run(&[]).expect_code(3).json();
    assert_eq!(codes(&result), ["packets-lost"], "{result:#}");
    assert!(list(&result, "findings")[0]["message"].as_str().unwrap().ends_with(": n0"));
    // Whoever names the interfaces knows which count.
    let _ = run(&["--interface", "up0"]).expect_code(0);
}
