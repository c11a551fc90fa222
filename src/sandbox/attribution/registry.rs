//! Who may call: the threads of the sandbox's processes, and the numbers that stand for those
//! that did.

use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags};

use super::callers::{Caller, Callers};
use super::members::{Members, unknown_children};
use super::status::{self, Status};
use crate::contact::ProcessRecord;
use crate::sandbox::{SandboxError, sys_notify};

#[derive(Debug)]
struct Thread {
    /// None for a process's first thread, which the process's own descriptor stands for.
    handle: Option<OwnedFd>,
    process: u32,
    serial: u64,
    inside: u32,
    /// Its number, and the version of the program that it was given in.
    number: Option<(u32, u32)>,
}

/// Everything that is known of the sandbox's processes.
#[derive(Debug)]
pub struct Registry {
    pub(super) members: Members,
    threads: HashMap<u32, Thread>,
    callers: Callers,
    /// Calls whose sockets could not be marked.
    pub(super) unmarked: u64,
    /// io_uring was asked for, and refused.
    pub(super) ring_refused: bool,
    pub(super) ends_told: Arc<Epoll>,
}

impl Registry {
    /// Of the processes below the one with this id outside the sandbox.
    ///
    /// # Errors
    /// Where the kernel has no room for another epoll(7).
    pub fn below(init: u32) -> Result<Self, SandboxError> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).map_err(|errno| {
            SandboxError::Attribution { step: "watch for the ends of processes", errno }
        })?;
        let ends_told = Arc::new(epoll);
        Ok(Self {
            members: Members::below(init, Arc::clone(&ends_told)),
            threads: HashMap::new(),
            callers: Callers::default(),
            unmarked: 0,
            ring_refused: false,
            ends_told,
        })
    }

    /// Makes sure that a thread, whose call is held, and its process are known; whether they
    /// can be.
    pub(super) fn knows(&mut self, thread: u32) -> bool {
        if self.threads.contains_key(&thread) {
            if self.has_met(thread) && self.handle(thread).is_some_and(sys_notify::is_alive) {
                return true;
            }
            self.threads.remove(&thread);
        }
        self.meet(thread).is_some()
    }

    /// Whether a thread with this id was known once; another may have the id by now, and then the
    /// descriptor that stands for the first leads nowhere.
    pub(super) fn has_met(&self, thread: u32) -> bool {
        let known = self.threads.get(&thread);
        known.is_some_and(|known| self.members.serial(known.process) == Some(known.serial))
    }

    fn meet(&mut self, thread: u32) -> Option<()> {
        let status = Status::of(thread)?;
        let process = status.process;
        let is_first = process == thread;
        // An older kernel has no such descriptors: then every call is looked up anew, since
        // another thread may have the id.
        let handle = (!is_first).then(|| sys_notify::open_thread(thread).ok()).flatten();
        let serial = self.members.living(process)?.serial;
        let known = Thread { handle, process, serial, inside: status.inside, number: None };
        self.threads.insert(thread, known);
        Some(())
    }

    /// The process of a thread that is known.
    pub(super) fn process_of(&self, thread: u32) -> Option<u32> {
        self.threads.get(&thread).map(|known| known.process)
    }

    /// What a thread's descriptors are taken by.
    pub(super) fn handle(&self, thread: u32) -> Option<BorrowedFd<'_>> {
        let known = self.threads.get(&thread)?;
        match &known.handle {
            Some(handle) => Some(handle.as_fd()),
            None => self.members.handle(known.process),
        }
    }

    /// The mark for a socket that bears this one when the thread makes a call on it; none where
    /// it is to stay as it is.
    pub(super) fn mark(&mut self, thread: u32, current: u32) -> Option<u32> {
        let known = self.threads.get(&thread)?;
        let (serial, number) = (known.serial, known.number);
        let member = self.members.known(known.process)?;
        member.calls(thread);
        let version = member.version;
        let own = number.filter(|(_, known)| *known == version).map(|(number, _)| number);
        if own == Some(current) {
            return None;
        }
        let bearer = self.callers.get(current);
        let is_same_program = |it: &Caller| it.serial == serial && it.version == version;
        match bearer {
            // Several threads of one process use this socket: it cannot be told any more which
            // of them sent a packet.
            Some(bearer) if is_same_program(bearer) => {
                bearer.process.thread?;
                self.number(thread, false)
            }
            // It was another process's: a number never seen with it, for what the log says
            // once of each number.
            Some(_) => self.number(thread, true),
            None => own.or_else(|| self.number(thread, true)),
        }
    }

    /// A new number for a thread, or for its process as a whole.
    fn number(&mut self, thread: u32, names_thread: bool) -> Option<u32> {
        let known = self.threads.get_mut(&thread)?;
        let is_init = self.members.is_init(known.process);
        let member = self.members.known(known.process)?;
        let inside = (names_thread && known.process != thread).then_some(known.inside);
        let number = self.callers.called(member, inside, is_init);
        if names_thread {
            known.number = Some((number, member.version));
        }
        Some(number)
    }

    /// Whether a number stands for the sandbox's first process.
    pub fn is_init(&self, number: u32) -> bool {
        self.callers.get(number).is_some_and(|caller| caller.is_init)
    }

    /// A number for a process that was found otherwise than at its call.
    pub fn add(&mut self, outside: u32) -> Option<u32> {
        let member = self.members.living(outside)?;
        member.sampled();
        self.callers.found(member)
    }

    /// A thread executes another program.
    pub(super) fn executes(&mut self, thread: u32, path: Option<String>) {
        if let Some(process) = self.process_of(thread)
            && let Some(member) = self.members.known(process)
        {
            member.executes(thread, path);
        }
    }

    /// A thread is about to end, with its process or without.
    pub(super) fn ends(&mut self, thread: u32, with_process: bool) {
        let Some(process) = self.process_of(thread) else { return };
        if let Some(member) = self.members.known(process) {
            member.calls(thread);
        }
        let children = if with_process {
            status::children(process)
        } else {
            status::children_of_thread(thread)
        };
        self.members.add(&children);
        if thread != process {
            self.threads.remove(&thread);
        }
    }

    /// A process has ended.
    pub(super) fn ended(&mut self, outside: u32, serial: u64) {
        self.members.end(outside, Some(serial));
        let gone = |it: &Thread| it.process == outside && it.serial as u32 == serial as u32;
        self.threads.retain(|_, known| !gone(known));
    }

    /// The ids of the living processes outside the sandbox.
    pub fn living(&self) -> Vec<u32> {
        self.members.ids()
    }

    /// Adds processes that have made no call, found among the children of the others.
    pub(super) fn discovered(&mut self, children: &[u32]) {
        self.members.add(children);
        self.members.look_at_unknown();
    }

    /// Every process that was seen, and how many found no room.
    pub fn records(&self) -> (Vec<ProcessRecord>, u64) {
        self.members.records()
    }

    /// Every caller, by its number, counted from 1.
    pub fn callers(&self) -> Vec<Caller> {
        self.callers.all(|serial| self.members.ended_at(serial))
    }

    /// Calls on sockets that could not be marked.
    pub fn unmarked(&self) -> u64 {
        self.unmarked
    }

    /// Whether io_uring was asked for, and refused.
    pub fn ring_refused(&self) -> bool {
        self.ring_refused
    }

    /// Counts a call whose socket could not be marked, but for one on what is no socket.
    pub(super) fn count_unmarked(&mut self, errno: Errno) {
        if !matches!(errno, Errno::EBADF | Errno::ENOTSOCK) {
            self.unmarked += 1;
        }
    }
}

/// Looks for processes that have made no call.
pub fn discover(registry: &Mutex<Registry>, init: u32) {
    let known = super::watch::lock(registry).members.ids();
    let with_init: Vec<u32> = known.into_iter().chain([init]).collect();
    // Without the lock: it takes its time, and callers wait for whoever has it.
    let children = unknown_children(&with_init);
    super::watch::lock(registry).discovered(&children);
}
