//! Entering namespaces between fork and exec: the hook that `duct` runs.
//!
//! Two processes go through it. The *stage* leaves the machine: new user, network, uts
//! and ipc namespaces, in which it is user 0 with every capability over them and none over
//! anything else (user_namespaces(7)). The *application* then goes one user namespace
//! further, which maps its own user id back and leaves it without any capability over the
//! sandbox's network and mounts.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl, open};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use nix::unistd::{pipe2, setsid, write};

use super::error::{EntryStep, SandboxError};
use super::sys;

/// Which ids the new user namespace shows, and as what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IdMap {
    /// The id inside.
    pub(super) inside: u32,
    /// The id outside, the caller's own.
    pub(super) outside: u32,
}

/// What a process enters between fork and exec. Prepared before the fork, since nothing may
/// be allocated after it.
pub(super) struct Entry {
    flags: CloneFlags,
    uid_map: CString,
    gid_map: CString,
    deny_groups: bool,
    terminal: bool,
    keep: Vec<RawFd>,
    /// Whether it ends with the thread that launched it.
    tied: bool,
    report: OwnedFd,
}

/// Reads which step of an [`Entry`] failed.
pub(super) struct EntryReport(OwnedFd);

impl Entry {
    /// The stage's: everything new, user 0 inside. `keep` stays open across exec.
    pub(super) fn stage(
        uid: u32,
        gid: u32,
        keep: &[BorrowedFd<'_>],
    ) -> Result<(Self, EntryReport), SandboxError> {
        let flags = CloneFlags::CLONE_NEWUSER
            | CloneFlags::CLONE_NEWNET
            | CloneFlags::CLONE_NEWUTS
            | CloneFlags::CLONE_NEWIPC;
        let user = IdMap { inside: 0, outside: uid };
        let group = IdMap { inside: 0, outside: gid };
        let (mut entry, report) = Self::prepare(flags, user, group)?;
        entry.deny_groups = true;
        entry.keep = keep.iter().map(AsRawFd::as_raw_fd).collect();
        entry.tied = true;
        Ok((entry, report))
    }

    /// That of a process which stays on the machine, in a session of its own.
    pub(super) fn outside(
        keep: &[BorrowedFd<'_>],
        terminal: bool,
        tied: bool,
    ) -> Result<(Self, EntryReport), SandboxError> {
        let nobody = IdMap { inside: 0, outside: 0 };
        let (entry, report) = Self::prepare(CloneFlags::empty(), nobody, nobody)?;
        let keep = keep.iter().map(AsRawFd::as_raw_fd).collect();
        Ok((Self { keep, terminal, tied, ..entry }, report))
    }

    /// The application's: one user namespace further, its own ids back.
    pub(super) fn application(
        user: IdMap,
        group: IdMap,
        terminal: bool,
    ) -> Result<(Self, EntryReport), SandboxError> {
        let (mut entry, report) = Self::prepare(CloneFlags::CLONE_NEWUSER, user, group)?;
        entry.terminal = terminal;
        Ok((entry, report))
    }

    fn prepare(
        flags: CloneFlags,
        user: IdMap,
        group: IdMap,
    ) -> Result<(Self, EntryReport), SandboxError> {
        let (reading, writing) = pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK)
            .map_err(|errno| SandboxError::Create { what: "a pipe to the sandbox", errno })?;
        let map = |ids: IdMap| {
            CString::new(format!("{} {} 1", ids.inside, ids.outside)).unwrap_or_default()
        };
        let entry = Self {
            flags,
            uid_map: map(user),
            gid_map: map(group),
            deny_groups: false,
            terminal: false,
            keep: Vec::new(),
            tied: false,
            report: writing,
        };
        Ok((entry, EntryReport(reading)))
    }

    /// A `before_spawn` hook for duct that enters.
    pub(super) fn into_hook(
        self,
    ) -> impl Fn(&mut std::process::Command) -> io::Result<()> + Send + Sync + 'static {
        let entry = std::sync::Arc::new(self);
        move |command| {
            let entry = std::sync::Arc::clone(&entry);
            sys::before_exec(command, move || entry.enter());
            Ok(())
        }
    }

    /// Runs between fork and exec: system calls on prepared memory alone.
    fn enter(&self) -> io::Result<()> {
        self.step(EntryStep::Session, || setsid().map(drop))?;
        if self.terminal {
            self.step(EntryStep::Terminal, sys::take_terminal)?;
        }
        if !self.flags.is_empty() {
            self.leave_the_machine()?;
        }
        // Nor must it matter what the caller, or process 1, ignores or blocks.
        self.step(EntryStep::Signals, sys::reset_signals)?;
        // What apptrace inherited, or holds itself, would be a way out of the sandbox.
        self.step(EntryStep::Descriptors, sys::close_on_exec_all)?;
        if self.tied {
            // After unshare: a change of credentials clears the death signal.
            let signal = Signal::SIGKILL;
            self.step(EntryStep::DeathSignal, || nix::sys::prctl::set_pdeathsig(signal))?;
        }
        for keep in &self.keep {
            self.step(EntryStep::KeepControl, || {
                // The descriptor outlives this hook: it belongs to the parent's memory,
                // which the child shares until exec.
                let keep = sys::borrow(*keep);
                fcntl(keep, FcntlArg::F_SETFD(FdFlag::empty())).map(drop)
            })?;
        }
        Ok(())
    }

    fn leave_the_machine(&self) -> io::Result<()> {
        self.step(EntryStep::Unshare, || unshare(self.flags))?;
        if self.deny_groups {
            // Without this an unprivileged process may not map its group
            // (user_namespaces(7), "Defining user and group ID mappings").
            self.step(EntryStep::DenyGroups, || put(c"/proc/self/setgroups", b"deny"))?;
        }
        self.step(EntryStep::MapUser, || put(c"/proc/self/uid_map", self.uid_map.as_bytes()))?;
        self.step(EntryStep::MapGroup, || put(c"/proc/self/gid_map", self.gid_map.as_bytes()))
    }

    fn step(&self, step: EntryStep, run: impl FnOnce() -> nix::Result<()>) -> io::Result<()> {
        run().map_err(|errno| {
            // Should even this fail, the error number alone still arrives.
            let _ = write(self.report.as_fd(), &[step as u8]);
            io::Error::from(errno)
        })
    }
}

impl EntryReport {
    /// The error of a launch: the step where one was reported, exec itself otherwise.
    pub(super) fn failed_step(&self) -> Option<EntryStep> {
        let mut byte = [0];
        match nix::unistd::read(self.0.as_fd(), &mut byte) {
            Ok(1) => EntryStep::from_byte(byte[0]),
            _ => None,
        }
    }
}

fn put(path: &std::ffi::CStr, bytes: &[u8]) -> nix::Result<()> {
    let file = open(path, OFlag::O_WRONLY | OFlag::O_CLOEXEC, Mode::empty())?;
    write(&file, bytes).map(drop)
}
