//! The application's processes: all that descend from this one, by looking again and again.
//!
//! A process that lives and dies between two looks is not seen.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use procfs::process::Process as ProcEntry;

use crate::contact::{Image, KnownBy, Process, ProcessRecord};
use crate::packet::Timestamp;

/// The longest chain of parents that is followed.
const MOST_DEPTH: usize = 64;
/// How many earlier programs of a process are kept.
const MOST_EARLIER: usize = 64;
/// How many processes are kept on record.
const MOST: usize = 20_000;

/// The processes below one.
#[derive(Debug)]
pub(super) struct Family {
    root: u32,
    records: BTreeMap<u32, ProcessRecord>,
    living: HashSet<u32>,
}

impl Family {
    /// Those below the process with this id.
    pub(super) fn below(root: u32) -> Self {
        Self { root, records: BTreeMap::new(), living: HashSet::new() }
    }

    /// Looks which there are now.
    pub(super) fn look(&mut self) {
        let now = Timestamp::now();
        let mut living = HashSet::new();
        let mut todo: Vec<(u32, Option<u32>)> =
            children(self.root).into_iter().map(|pid| (pid, None)).collect();
        while let Some((pid, parent)) = todo.pop() {
            if living.insert(pid) {
                todo.extend(children(pid).into_iter().map(|child| (child, Some(pid))));
                self.note(pid, parent, now);
            }
        }
        for gone in self.living.difference(&living) {
            if let Some(record) = self.records.get_mut(gone) {
                record.ended = Some(now);
            }
        }
        self.living = living;
    }

    fn note(&mut self, pid: u32, parent: Option<u32>, now: Timestamp) {
        let Ok(entry) = ProcEntry::new(pid.cast_signed()) else { return };
        let Some((name, executable)) = program(&entry) else { return };
        // Between fork and exec it is still a copy of this very program.
        if own_program().is_some_and(|own| executable.as_deref() == Some(own.as_str())) {
            return;
        }
        let arguments = entry.cmdline().unwrap_or_default();
        // It executes another program just now: that is for the next look.
        if arguments.is_empty() || program(&entry).is_none_or(|now| now.1 != executable) {
            return;
        }
        let now_runs = Image { name, executable, arguments };
        let born_with = self.records.get(&pid).and_then(|it| it.parent).and_then(|parent| {
            let parent = self.records.get(&parent)?;
            Some(image(parent))
        });
        if let Some(known) = self.records.get_mut(&pid).filter(|known| known.ended.is_none()) {
            known.last_seen = now;
            let ran = image(known);
            // What its parent ran is what it was born with, and not what it executed.
            if ran != now_runs
                && born_with.as_ref() != Some(&ran)
                && known.earlier.len() < MOST_EARLIER
            {
                known.earlier.push(ran);
            }
            let Image { name, executable, arguments } = now_runs;
            known.name = name;
            known.executable = executable;
            known.arguments = arguments;
            // An orphan's parent is this process; whom it was born of is what matters.
            known.parent = known.parent.or(parent);
        } else if self.records.len() < MOST {
            let directory = entry.cwd().ok().map(|path| path.to_string_lossy().into_owned());
            let (first_seen, last_seen) = (now, now);
            let Image { name, executable, arguments } = now_runs;
            let record = ProcessRecord {
                pid,
                parent,
                name,
                executable,
                arguments,
                directory,
                first_seen,
                last_seen,
                ..ProcessRecord::default()
            };
            self.records.insert(pid, record);
        }
    }

    /// Those that live, by the last look.
    pub(super) fn living(&self) -> impl Iterator<Item = u32> {
        self.living.iter().copied()
    }

    /// Whether a process is one of them, by the last look.
    pub(super) fn holds(&self, pid: u32) -> bool {
        self.living.contains(&pid)
    }

    /// The process of this id, with its parents.
    pub(super) fn process(&self, pid: u32) -> Option<Process> {
        let record = self.records.get(&pid)?;
        let mut chain = vec![record.name.clone()];
        let mut parent = record.parent;
        while let Some(record) = parent.and_then(|pid| self.records.get(&pid)) {
            if chain.len() == MOST_DEPTH {
                break;
            }
            chain.push(record.name.clone());
            parent = record.parent;
        }
        chain.reverse();
        let known_by = KnownBy::SocketTable;
        Some(Process { name: record.name.clone(), pid, chain, known_by, ..Process::default() })
    }

    /// Every one that was seen.
    pub(super) fn into_records(self) -> Vec<ProcessRecord> {
        self.records.into_values().collect()
    }
}

/// What a process runs.
fn image(record: &ProcessRecord) -> Image {
    let ProcessRecord { name, executable, arguments, .. } = record;
    Image { name: name.clone(), executable: executable.clone(), arguments: arguments.clone() }
}

/// The children of a process, of all its threads (proc_pid_task(5)).
pub(super) fn children(pid: u32) -> Vec<u32> {
    let tasks = ProcEntry::new(pid.cast_signed()).and_then(|process| process.tasks());
    let tasks = tasks.into_iter().flatten().flatten();
    tasks.flat_map(|task| task.children().unwrap_or_default()).collect()
}

/// The name of a process's executable, and its path; none of a kernel thread, or where the
/// process is about to end.
pub(super) fn program(entry: &ProcEntry) -> Option<(String, Option<String>)> {
    let path = entry.exe().ok()?;
    let name = path.file_name()?.to_string_lossy();
    let name = name.strip_suffix(" (deleted)").unwrap_or(&name).to_owned();
    Some((name, Some(path.to_string_lossy().into_owned())))
}

fn own_program() -> Option<String> {
    let path = std::fs::read_link(Path::new("/proc/self/exe")).ok()?;
    Some(path.to_string_lossy().into_owned())
}

/// Ends all processes that descend from this one.
pub fn end_family(until: Instant) {
    let own = std::process::id();
    while Instant::now() < until {
        let mut family = Family::below(own);
        family.look();
        let mut is_empty = true;
        for pid in family.living() {
            // A zombie is only waited for.
            is_empty &=
                kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL) == Err(Errno::ESRCH);
        }
        if is_empty {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_born_of_us_is_seen_with_its_parents() {
        // It executes two programs, one after the other, and looks like its parent before.
        let script = "nice sh -c 'sleep 0.3; exec sleep 30' & echo $!; wait";
        let handle = duct::cmd!("sh", "-c", script);
        let reader = handle.reader().unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(&reader), &mut line).unwrap();
        let sleeper: u32 = line.trim().parse().unwrap();
        let mut family = Family::below(std::process::id());
        // It may not have executed its program yet.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        let found = loop {
            family.look();
            match family.process(sleeper) {
                Some(process) if process.name == "sleep" && process.pid == sleeper => {
                    break process;
                }
                other => assert!(std::time::Instant::now() < deadline, "{other:?}"),
            }
        };
        assert_eq!(found.chain.len(), 2, "{found:?}");
        assert_eq!(found.known_by, KnownBy::SocketTable);
        nix::sys::signal::kill(
            nix::unistd::Pid::from_raw(sleeper.cast_signed()),
            nix::sys::signal::Signal::SIGKILL,
        )
        .unwrap();
        reader.kill().unwrap();
        let records = family.into_records();
        let record = records.iter().find(|record| record.pid == sleeper).unwrap();
        assert_eq!(record.arguments, ["sleep", "30"]);
        assert!(record.parent.is_some());
        let earlier = record.arguments_of("sh").or(record.arguments_of("dash")).unwrap();
        assert_eq!(earlier.get(1).map(String::as_str), Some("-c"), "{record:?}");
        assert_eq!(earlier.get(2).map(String::as_str), Some("sleep 0.3; exec sleep 30"));
    }
}
