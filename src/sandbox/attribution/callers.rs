//! The numbers that stand for those who made calls.

use serde::{Deserialize, Serialize};

use super::member::Member;
use crate::contact::{KnownBy, Process};
use crate::packet::Timestamp;

/// How many callers are told apart in a run; those after have the number [`UNTOLD`].
const MOST: usize = 1 << 18;
/// Stands for every caller that found no room, or of which it cannot be told what it is.
const UNTOLD: u32 = u32::MAX;

/// A process that ran a program, or one of its threads, and made a call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Caller {
    /// The process.
    pub process: Process,
    /// Since when its number is in use.
    pub since: Timestamp,
    /// When the process ended, if it did.
    pub until: Option<Timestamp>,
    #[serde(skip)]
    pub(super) serial: u64,
    #[serde(skip)]
    pub(super) version: u32,
    #[serde(skip)]
    pub(super) is_init: bool,
}

/// All of them; numbers are counted from 1, since sockets bear 0 of themselves.
#[derive(Debug, Default)]
pub(super) struct Callers(Vec<Caller>);

impl Callers {
    /// Whom a number stands for.
    pub(super) fn get(&self, number: u32) -> Option<&Caller> {
        self.0.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    /// A new number for a process, or its thread with this id inside.
    pub(super) fn called(&mut self, member: &Member, thread: Option<u32>, is_init: bool) -> u32 {
        if !(member.is_known() || is_init) {
            return UNTOLD;
        }
        let process = process(member, thread, KnownBy::Call);
        let (serial, version) = (member.serial, member.version);
        let since = Timestamp::now();
        self.push(Caller { process, since, until: None, serial, version, is_init })
    }

    /// A number for a process that was found in the socket tables; none where it is not known
    /// what it runs.
    pub(super) fn found(&mut self, member: &Member) -> Option<u32> {
        let (serial, version) = (member.serial, member.version);
        let is_it = |it: &Caller| {
            let by = it.process.known_by;
            it.serial == serial && it.version == version && by == KnownBy::SocketTable
        };
        if let Some(at) = self.0.iter().position(is_it) {
            return u32::try_from(at + 1).ok();
        }
        if !member.is_known() {
            return None;
        }
        let process = process(member, None, KnownBy::SocketTable);
        let (since, is_init) = (Timestamp(0), false);
        Some(self.push(Caller { process, since, until: None, serial, version, is_init }))
    }

    fn push(&mut self, caller: Caller) -> u32 {
        if self.0.len() >= MOST {
            return UNTOLD;
        }
        self.0.push(caller);
        u32::try_from(self.0.len()).unwrap_or(UNTOLD)
    }

    /// All, with when their processes ended, by their serial numbers.
    pub(super) fn all(&self, ended: impl Fn(u64) -> Option<Timestamp>) -> Vec<Caller> {
        self.0.iter().map(|it| Caller { until: ended(it.serial), ..it.clone() }).collect()
    }
}

fn process(member: &Member, thread: Option<u32>, known_by: KnownBy) -> Process {
    let (name, pid) = (member.record.name.clone(), member.record.pid);
    Process { name, pid, chain: member.chain(), thread, known_by }
}
