//! A test that counts what a run leaves on the machine must be alone on it: it runs itself
//! again in namespaces of its own, where other tests and programs do not show.

use std::collections::BTreeSet;
use std::fs;

use assert_cmd::Command;

use super::background::PATIENCE;
use super::{User, project};

/// Set in the environment of a test that is alone.
const ALONE: &str = "APPTRACE_TEST_ALONE";

/// Runs the named test again, alone, as each user; false where this is such a run.
pub(crate) fn repeat(test: &str) -> bool {
    if std::env::var_os(ALONE).is_some() {
        return false;
    }
    for user in User::all() {
        // The build's own folder may lie in a home that others may not enter.
        let place = tempfile::Builder::new().prefix("alone-").tempdir().unwrap();
        let mut words = user.prefix();
        let unshare = "unshare --user --map-current-user --pid --mount --net --fork --kill-child \
                       --mount-proc sh -c";
        words.extend(unshare.split_whitespace().map(str::to_owned));
        // The shell is process 1 there, and waits for the orphans.
        words.push("\"$@\"; exit $?".to_owned());
        let own = std::env::current_exe().unwrap();
        let reachable = user.reachable(&own, place.path());
        let apptrace = user.reachable(&project::program(), place.path());
        let ran = Command::new(&words[0])
            .args(&words[1..])
            .arg("sh")
            .arg(reachable)
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(ALONE, "1")
            .env(project::PROGRAM, apptrace)
            .current_dir("/")
            .timeout(PATIENCE * 3)
            .output()
            .unwrap();
        let out = String::from_utf8_lossy(&ran.stdout);
        let errors = String::from_utf8_lossy(&ran.stderr);
        // A name that matches no test would pass as well.
        let is_passed = ran.status.success() && out.contains("test result: ok. 1 passed");
        assert!(is_passed, "{test} as {user:?}:\n{out}\n{errors}");
    }
    true
}

/// What of a machine a sandbox takes, as far as it is seen from here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    processes: BTreeSet<String>,
    namespaces: BTreeSet<String>,
    interfaces: BTreeSet<String>,
    mounts: Vec<String>,
}

impl Taken {
    /// Now.
    pub(crate) fn now() -> Self {
        let lines = |path: &str| -> Vec<String> {
            fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
        };
        let processes: BTreeSet<String> = names("/proc")
            .into_iter()
            .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
            .collect();
        let namespaces = processes
            .iter()
            .flat_map(|pid| {
                let folder = format!("/proc/{pid}/ns");
                names(&folder).into_iter().map(move |name| format!("{folder}/{name}"))
            })
            // Of a process that ends meanwhile there is nothing to be read.
            .filter_map(|link| fs::read_link(link).ok())
            .map(|namespace| namespace.to_string_lossy().into_owned())
            .collect();
        let interfaces = lines("/proc/net/dev")
            .iter()
            .filter_map(|line| Some(line.split_once(':')?.0.trim().to_owned()))
            .collect();
        Self { processes, namespaces, interfaces, mounts: lines("/proc/self/mountinfo") }
    }

    /// Whether this has processes and namespaces that the other lacks.
    pub(crate) fn exceeds(&self, other: &Self) -> bool {
        self.processes.len() > other.processes.len()
            && self.namespaces.len() > other.namespaces.len()
    }
}

fn names(folder: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}
