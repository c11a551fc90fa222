//! The process tree of the application, by sampling through `sysinfo`.
//!
//! A process that lives and dies between two samples is not seen: this is enough to name a
//! process beside a contact, and no proof that there was no other.

use std::collections::{BTreeMap, HashMap};

use procfs::process::Process as ProcEntry;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::SandboxError;
use crate::contact::{KnownBy, Process, ProcessRecord};
use crate::packet::Timestamp;

/// The longest chain of parents that is followed.
const MAX_DEPTH: usize = 64;
/// How many processes are kept on record; those of the samples after are counted alone.
const MAX_RECORDS: usize = 20_000;

/// The tree below the sandbox's first process, as far as samples have seen it.
#[derive(Debug)]
pub struct Tree {
    system: System,
    init: Pid,
    records: BTreeMap<u32, ProcessRecord>,
    /// The living processes of the last sample: id outside → id inside.
    alive: HashMap<u32, u32>,
}

impl Tree {
    /// A tree below the process with this id outside the sandbox.
    ///
    /// # Errors
    /// Where the machine's process table cannot be read.
    pub fn below(init: u32) -> Result<Self, SandboxError> {
        let system = System::new().map_err(|error| SandboxError::Processes(error.to_string()))?;
        let init = Pid::from_u32(init);
        Ok(Self { system, init, records: BTreeMap::new(), alive: HashMap::new() })
    }

    /// Looks again at which processes there are.
    pub fn sample(&mut self) {
        let nothing = ProcessRefreshKind::nothing().without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, nothing);
        let members: Vec<Pid> =
            self.system.processes().keys().copied().filter(|pid| self.is_member(*pid)).collect();
        // What a process executes changes when it does: never take it from an older sample.
        let details = nothing.with_cmd(UpdateKind::Always).with_exe(UpdateKind::Always);
        let with_init: Vec<Pid> = members.iter().copied().chain([self.init]).collect();
        let some = ProcessesToUpdate::Some(&with_init);
        self.system.refresh_processes_specifics(some, false, details);
        self.alive =
            members.iter().filter_map(|pid| Some((pid.as_u32(), inside(pid.as_u32())?))).collect();
        let now = Timestamp::now();
        for pid in members {
            self.record(pid, now);
        }
    }

    /// The ids of the living processes outside the sandbox, by the last sample.
    pub fn alive(&self) -> impl Iterator<Item = u32> {
        self.alive.keys().copied()
    }

    /// The process with this id outside the sandbox, with its chain of parents.
    pub fn process(&self, outside: u32) -> Option<Process> {
        let pid = *self.alive.get(&outside)?;
        let record = self.records.get(&pid)?;
        let mut chain = vec![record.name.clone()];
        let mut parent = record.parent;
        while let Some(record) = parent.and_then(|pid| self.records.get(&pid)) {
            if chain.len() == MAX_DEPTH {
                break;
            }
            chain.push(record.name.clone());
            parent = record.parent;
        }
        chain.reverse();
        Some(Process {
            name: record.name.clone(),
            pid,
            chain,
            known_by: KnownBy::SocketTable,
            ..Process::default()
        })
    }

    /// Every process seen, by its id inside.
    pub fn into_records(self) -> Vec<ProcessRecord> {
        self.records.into_values().collect()
    }

    fn is_member(&self, pid: Pid) -> bool {
        let mut current = pid;
        for _ in 0..MAX_DEPTH {
            match self.system.process(current).and_then(sysinfo::Process::parent) {
                Some(parent) if parent == self.init => return true,
                Some(parent) => current = parent,
                None => return false,
            }
        }
        false
    }

    fn record(&mut self, pid: Pid, now: Timestamp) {
        let (Some(process), Some(id)) =
            (self.system.process(pid), self.alive.get(&pid.as_u32()).copied())
        else {
            return;
        };
        // A kernel thread or a process about to end has no executable.
        let Some(name) = process.exe().and_then(|path| path.file_name()) else { return };
        // Between fork and exec it is still a copy of init, with init's arguments.
        if self.system.process(self.init).is_some_and(|init| init.cmd() == process.cmd()) {
            return;
        }
        let name = name.to_string_lossy().into_owned();
        let arguments = || {
            process.cmd().iter().map(|argument| argument.to_string_lossy().into_owned()).collect()
        };
        let parent = process.parent().and_then(|parent| self.alive.get(&parent.as_u32()).copied());
        if let Some(known) = self.records.get_mut(&id) {
            known.last_seen = now;
            known.name = name;
            known.arguments = arguments();
            // An orphan's parent is init; whom it was born of is what matters.
            known.parent = known.parent.or(parent);
        } else if self.records.len() < MAX_RECORDS {
            let record = ProcessRecord {
                pid: id,
                parent,
                name,
                arguments: arguments(),
                first_seen: now,
                last_seen: now,
                ..ProcessRecord::default()
            };
            self.records.insert(id, record);
        }
    }
}

/// The id that a process has inside the innermost pid namespace (proc_pid_status(5), NSpid).
fn inside(outside: u32) -> Option<u32> {
    let status = ProcEntry::new(outside.cast_signed()).ok()?.status().ok()?;
    u32::try_from(*status.nspid?.last()?).ok()
}
