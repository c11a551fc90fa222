//! Whoever captures has one privilege, for as long as opening the interfaces takes.

use std::collections::BTreeMap;
use std::fs;

use crate::support::background::{Background, eventually};
use crate::support::world::{self, RESOLVER, World};
use crate::support::{Project, User};

/// The id of the user `nobody`.
const ORDINARY: &str = "65534";
/// CAP_KILL, which root keeps to end what is another user's.
const KILL: u64 = 1 << 5;

/// What a thread says of itself in proc_pid_status(5).
struct Thread {
    name: String,
    users: String,
    groups: String,
    sets: BTreeMap<String, u64>,
}

impl Thread {
    fn read(text: &str) -> Self {
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key));
            line.unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let sets = ["CapInh", "CapPrm", "CapEff", "CapAmb"].map(|key| {
            let set = value(&format!("{key}:"));
            (key.to_owned(), u64::from_str_radix(&set, 16).unwrap())
        });
        let (name, users, groups) = (value("Name:"), value("Uid:"), value("Gid:"));
        Self { name, users, groups, sets: sets.into() }
    }
}

/// All threads of a process and of those below it, each with its process.
fn threads(pid: u32) -> Vec<(u32, Thread)> {
    let mut all = Vec::new();
    for task in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
        let read = |file| fs::read_to_string(task.path().join(file)).unwrap_or_default();
        let status = read("status");
        if !status.is_empty() {
            all.push((pid, Thread::read(&status)));
        }
        for child in read("children").split_whitespace() {
            all.extend(threads(child.parse().unwrap()));
        }
    }
    all
}

/// Threads of a run while its application sleeps: the harness's, and all others'.
fn running(project: &Project, more: &[(&str, &str)]) -> (Vec<Thread>, Vec<Thread>) {
    let script = "echo here; exec sleep 4321";
    let words = ["trace", "--sandbox", "none", "--phases", "none", "--", "sh", "-c", script];
    let run = Background::start_with(project, &words, more);
    run.wait_for("here");
    let is_asleep = |all: &[(u32, Thread)]| all.iter().any(|(_, it)| it.name == "sleep");
    let mut all = Vec::new();
    let came = eventually(|| {
        all = threads(run.pid());
        is_asleep(&all)
    });
    assert!(came, "{}", run.stderr());
    // The capture goes on meanwhile: a packet socket is open, for all protocols.
    let sockets = fs::read_to_string("/proc/net/packet").unwrap();
    assert_eq!(sockets.lines().count(), 2, "{sockets}");
    run.signal(nix::sys::signal::Signal::SIGINT);
    let _ = run.end().expect_code(3);
    let (harness, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(pid, _)| *pid == run.pid());
    let threads = |all: Vec<(u32, Thread)>| all.into_iter().map(|(_, it)| it).collect();
    let (harness, others): (Vec<Thread>, Vec<Thread>) = (threads(harness), threads(others));
    assert!(harness.len() > 1, "its threads are not seen");
    // The stage's, one that looks and one that captures among them, and the application's.
    assert!(others.len() >= 5, "{}", others.len());
    (harness, others)
}

#[track_caller]
fn expect_sets(threads: &[Thread], keys: &[&str], most: u64) {
    for thread in threads {
        for key in keys {
            let set = thread.sets[*key];
            assert_eq!(set & !most, 0, "{} of {}: {set:x}", key, thread.name);
        }
    }
}

const ALL: [&str; 4] = ["CapInh", "CapPrm", "CapEff", "CapAmb"];

#[test]
fn a_capability_of_the_files_is_given_up() {
    if world::repeat("host_mode::privileges::a_capability_of_the_files_is_given_up") {
        return;
    }
    let _world = World::with_resolvers(&[RESOLVER]);
    for user in world::users().into_iter().filter(|user| *user == User::Ordinary) {
        let (harness, others) = running(&Project::of(user).capturing(), &[]);
        expect_sets(&harness, &ALL, 0);
        expect_sets(&others, &ALL, 0);
        let same = [ORDINARY; 4].join(" ");
        assert!(harness.iter().chain(&others).all(|it| it.users == same));
    }
}

#[test]
fn roots_privileges_are_given_up_for_whoever_called_sudo() {
    if world::repeat("host_mode::privileges::roots_privileges_are_given_up_for_whoever_called_sudo")
    {
        return;
    }
    let _world = World::with_resolvers(&[RESOLVER]);
    if !world::users().contains(&User::Ordinary) {
        // In a namespace with one user there is nobody else to become.
        return;
    }
    let (harness, others) = running(&Project::new(), &[("SUDO_UID", ORDINARY)]);
    // It is root still, to begin the next run and to write its result, but has no power to use.
    expect_sets(&harness, &["CapEff", "CapAmb"], KILL);
    expect_sets(&others, &ALL, 0);
    let same = [ORDINARY; 4].join(" ");
    for thread in &others {
        assert_eq!((&thread.users, &thread.groups), (&same, &same), "{}", thread.name);
    }
}
