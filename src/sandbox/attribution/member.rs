//! One living process: what it was born of, and which program it runs now. A process's program
//! changes when it executes another, which is held and so known; whether that succeeded is
//! looked up at the next occasion.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use super::image;
use crate::contact::{Image, ProcessRecord};
use crate::sandbox::sys_notify;

/// How many programs that a process executed earlier are kept.
const MOST_EARLIER: usize = 64;

/// What a process came into the world with.
#[derive(Debug)]
pub(super) struct Born {
    /// What it ran when it was first seen: its parent's program.
    pub(super) birth: Image,
    /// The names of its parents' programs, the application's first process first, each as it
    /// was when the next was born.
    pub(super) lineage: Arc<[String]>,
    /// It is the sandbox's first process, or still to execute what it was started for.
    pub(super) is_copy_of_init: bool,
}

/// A living process.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) outside: u32,
    /// No other process has it, whatever becomes of the id.
    pub(super) serial: u64,
    pub(super) handle: OwnedFd,
    pub(super) record: ProcessRecord,
    pub(super) lineage: Arc<[String]>,
    birth: Image,
    is_copy_of_init: bool,
    is_known: bool,
    /// The thread that is executing another program, or was when last heard of, and the path.
    executing: Option<(u32, Option<String>)>,
    /// How many programs it is known to have run.
    pub(super) version: u32,
}

/// On what occasion a process is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Occasion {
    Call,
    Execution,
    Sample,
}

impl Member {
    pub(super) fn new(
        outside: u32,
        serial: u64,
        handle: OwnedFd,
        record: ProcessRecord,
        born: Born,
    ) -> Self {
        let Born { birth, lineage, is_copy_of_init } = born;
        Self {
            outside,
            serial,
            handle,
            record,
            lineage,
            birth,
            is_copy_of_init,
            is_known: false,
            executing: None,
            version: 0,
        }
    }

    /// Whether it still has its id.
    pub(super) fn is_alive(&self) -> bool {
        sys_notify::is_alive(self.handle.as_fd())
    }

    /// Whether it is known which program it runs, or ran.
    pub(super) fn is_known(&self) -> bool {
        self.is_known
    }

    /// The names from the application's first process down to this one.
    pub(super) fn chain(&self) -> Vec<String> {
        self.lineage.iter().cloned().chain([self.record.name.clone()]).collect()
    }

    /// What is on record of it at its end; nothing of a copy of the sandbox's first process. One
    /// that was killed before its next call ran what it was about to execute, or what it was born
    /// with.
    pub(super) fn into_record(mut self) -> Option<ProcessRecord> {
        if self.is_known {
            return Some(self.record);
        }
        match self.executing {
            Some((_, Some(path))) => {
                self.record.name = image::file_name(&path).to_owned();
                self.record.executable = Some(path);
            }
            _ if self.is_copy_of_init => return None,
            _ => {
                let Image { name, executable, arguments } = self.birth;
                (self.record.name, self.record.executable) = (name, executable);
                self.record.arguments = arguments;
            }
        }
        Some(self.record)
    }

    /// One of its threads makes a call, or is about to end: what it runs must be known.
    pub(super) fn calls(&mut self, thread: u32) {
        self.occurs(thread, Occasion::Call);
    }

    /// One of its threads executes another program.
    pub(super) fn executes(&mut self, thread: u32, path: Option<String>) {
        // A copy of its parent that has done nothing yet: what it ran so far is its parent's.
        if self.executing.is_some() || self.is_known {
            self.occurs(thread, Occasion::Execution);
        }
        self.executing = Some((thread, path));
    }

    /// It is looked at without an occasion of its own.
    pub(super) fn sampled(&mut self) {
        if !self.is_known || self.executing.is_some() {
            self.look(Occasion::Sample);
        }
    }

    fn occurs(&mut self, thread: u32, occasion: Occasion) {
        let Some((executing, _)) = &self.executing else {
            if !self.is_known {
                self.look(occasion);
            }
            return;
        };
        let executing = *executing;
        let before = self.version;
        self.look(occasion);
        // The thread that executed is past it, one way or the other. Where another thread than
        // the first one did, and succeeded, it goes on as the first.
        let became_first = thread == self.outside && self.version != before;
        if thread == executing || became_first {
            self.executing = None;
        }
    }

    fn look(&mut self, occasion: Occasion) {
        let attempted = self.executing.as_ref().and_then(|(_, path)| path.as_deref());
        let Some(image) = image::look(self.outside, attempted) else { return };
        let is_as_born = !self.is_known && image == self.birth;
        // An execution that failed, most often on the way through PATH; or one to come.
        if is_as_born && (self.is_copy_of_init || occasion == Occasion::Execution) {
            return;
        }
        // Its parent's program is its own only once it does something by it.
        if is_as_born && occasion == Occasion::Sample && self.executing.is_some() {
            return;
        }
        let record = &mut self.record;
        if self.is_known {
            let known = Image {
                name: record.name.clone(),
                executable: record.executable.clone(),
                arguments: record.arguments.clone(),
            };
            if known == image {
                return;
            }
            if record.earlier.len() < MOST_EARLIER {
                record.earlier.push(known);
            }
        } else {
            record.directory = image::directory(self.outside);
        }
        let Image { name, executable, arguments } = image;
        (record.name, record.executable, record.arguments) = (name, executable, arguments);
        self.is_known = true;
        self.version += 1;
    }
}
