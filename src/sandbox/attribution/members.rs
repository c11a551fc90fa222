//! The living processes of the sandbox, and those that have ended: who was born of whom, and
//! which programs each has run.

use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};

use super::member::Member;
use super::status::{self, Status};
use super::{image, member};
use crate::contact::ProcessRecord;
use crate::packet::Timestamp;
use crate::sandbox::sys_notify;

/// How many ended processes are kept on record; those after are counted alone.
const MOST_ENDED: usize = 1 << 17;
/// The longest chain of parents that is followed.
const MAX_DEPTH: usize = 64;

/// All processes below the sandbox's first one, and that one.
#[derive(Debug)]
pub(super) struct Members {
    init: u32,
    /// What the first process runs: apptrace itself.
    init_executable: Option<String>,
    living: HashMap<u32, Member>,
    ended: Vec<ProcessRecord>,
    /// When each ended, by its serial number.
    ends: HashMap<u64, Timestamp>,
    /// Processes that found no room on record.
    beyond: u64,
    serial: u64,
    /// Told when one of them ends.
    ends_told: Arc<Epoll>,
}

impl Members {
    /// Those below the process with this id outside; their ends are told by `ends_told`.
    pub(super) fn below(init: u32, ends_told: Arc<Epoll>) -> Self {
        Self {
            init,
            init_executable: image::executable(init),
            living: HashMap::new(),
            ended: Vec::new(),
            ends: HashMap::new(),
            beyond: 0,
            serial: 0,
            ends_told,
        }
    }

    /// The process with this id outside, which is alive; none where it has gone.
    pub(super) fn living(&mut self, outside: u32) -> Option<&mut Member> {
        self.find(outside, MAX_DEPTH)
    }

    /// The same, where it is known already.
    pub(super) fn known(&mut self, outside: u32) -> Option<&mut Member> {
        self.living.get_mut(&outside)
    }

    /// What the descriptors of a known process are taken by.
    pub(super) fn handle(&self, outside: u32) -> Option<BorrowedFd<'_>> {
        self.living.get(&outside).map(|member| member.handle.as_fd())
    }

    /// Which of all processes that had this id a known one is.
    pub(super) fn serial(&self, outside: u32) -> Option<u64> {
        self.living.get(&outside).map(|member| member.serial)
    }

    /// The ids of the living outside, the sandbox's first process left out.
    pub(super) fn ids(&self) -> Vec<u32> {
        self.living.keys().copied().filter(|id| *id != self.init).collect()
    }

    /// Whether this is the sandbox's first process.
    pub(super) fn is_init(&self, outside: u32) -> bool {
        outside == self.init
    }

    fn find(&mut self, outside: u32, depth: usize) -> Option<&mut Member> {
        match self.living.get(&outside) {
            Some(known) if known.is_alive() => {}
            Some(_) => {
                // Its id is another's by now.
                self.end(outside, None);
                self.adopt(outside, depth)?;
            }
            None => self.adopt(outside, depth)?,
        }
        self.living.get_mut(&outside)
    }

    fn adopt(&mut self, outside: u32, depth: usize) -> Option<()> {
        let handle = sys_notify::open_process(outside).ok()?;
        let status = Status::of(outside)?;
        if status.process != outside {
            return None;
        }
        // None of one that has ended, and is still to be reaped.
        let birth = image::look(outside, None)?;
        let is_init = outside == self.init;
        let mut parent = None;
        if !is_init && status.parent != self.init && depth > 0 {
            let found = self.find(status.parent, depth - 1);
            parent = found.map(|parent| (parent.record.pid, Arc::clone(&parent.lineage)));
        }
        // The process was read before anything else could have its id.
        if !sys_notify::is_alive(handle.as_fd()) {
            return None;
        }
        self.serial += 1;
        let executable = birth.executable.as_deref();
        let is_copy_of_init = parent.is_none() && executable == self.init_executable.as_deref();
        let lineage: Arc<[String]> = match &parent {
            // What a process runs when it is first seen is what its parent ran when it was
            // born: nothing executes another program unseen.
            Some((_, lineage)) => {
                let skip = lineage.len().saturating_sub(MAX_DEPTH - 2);
                lineage.iter().skip(skip).cloned().chain([birth.name.clone()]).collect()
            }
            None if !is_copy_of_init => [birth.name.clone()].into(),
            None => Arc::default(),
        };
        let data = u64::from(outside) | self.serial << 32;
        // Where it cannot be watched its end is found when its id is used again, or never.
        let _ = self.ends_told.add(&handle, EpollEvent::new(EpollFlags::EPOLLIN, data));
        let now = Timestamp::now();
        let record = ProcessRecord {
            pid: status.inside,
            parent: parent.map(|(pid, _)| pid),
            first_seen: now,
            last_seen: now,
            ..ProcessRecord::default()
        };
        let born = member::Born { birth, lineage, is_copy_of_init };
        self.living.insert(outside, Member::new(outside, self.serial, handle, record, born));
        Some(())
    }

    /// Adds the children of a process that is about to end, while they still have it as their
    /// parent.
    pub(super) fn add(&mut self, children: &[u32]) {
        for child in children {
            self.living(*child);
        }
    }

    /// A process has ended: the one with this serial number, where one is given.
    pub(super) fn end(&mut self, outside: u32, serial: Option<u64>) {
        let is_it =
            |member: &Member| serial.is_none_or(|serial| member.serial as u32 == serial as u32);
        if !self.living.get(&outside).is_some_and(is_it) {
            return;
        }
        let Some(member) = self.living.remove(&outside) else { return };
        let now = Timestamp::now();
        if self.ends.len() < MOST_ENDED {
            self.ends.insert(member.serial, now);
        }
        if outside == self.init {
            return;
        }
        let Some(record) = member.into_record() else { return };
        if self.ended.len() < MOST_ENDED {
            self.ended.push(ProcessRecord { last_seen: now, ended: Some(now), ..record });
        } else {
            self.beyond += 1;
        }
    }

    /// When the process with this serial number ended; none where it lives.
    pub(super) fn ended_at(&self, serial: u64) -> Option<Timestamp> {
        self.ends.get(&serial).copied()
    }

    /// Finds out what those run of which it is not known yet.
    pub(super) fn look_at_unknown(&mut self) {
        let init = self.init;
        for member in self.living.values_mut().filter(|member| member.outside != init) {
            member.sampled();
        }
    }

    /// Every process that was seen, the earliest first, and how many found no room.
    pub(super) fn records(&self) -> (Vec<ProcessRecord>, u64) {
        let now = Timestamp::now();
        let living = self.living.values().filter(|it| it.is_known() && it.outside != self.init);
        let living = living.map(|it| ProcessRecord { last_seen: now, ..it.record.clone() });
        let mut all: Vec<ProcessRecord> = self.ended.iter().cloned().chain(living).collect();
        all.sort_by_key(|record| (record.first_seen, record.pid));
        (all, self.beyond)
    }
}

/// The children of these processes that are not among them.
pub(super) fn unknown_children(known: &[u32]) -> Vec<u32> {
    let children = known.iter().flat_map(|process| status::children(*process));
    children.filter(|child| !known.contains(child)).collect()
}
