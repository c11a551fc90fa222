//! Whether a process descends from this one, as far as /proc tells it beyond doubt: parents end
//! while they are looked for, and orphans are given others.

use procfs::process::Process as ProcEntry;

use super::family::program;
use crate::contact::{KnownBy, Process};

/// The longest chain of parents that is followed.
const MOST_DEPTH: usize = 64;

/// Whose a process is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kin {
    /// It descends from us.
    Ours,
    /// It does not; with its parents up to the machine's first process.
    Stranger(Process),
}

/// What is known of a process at a moment.
#[derive(Debug, Clone)]
struct Born {
    parent: u32,
    /// In clock ticks since the machine was started.
    begun: u64,
    name: String,
}

/// Whether a process descends from the one with the id `root`; none where it cannot be told now.
/// What descends from that one always has it among its parents, since it takes in orphans.
pub(super) fn kin(pid: u32, root: u32) -> Option<Kin> {
    kin_by(pid, root, born)
}

fn born(pid: u32) -> Option<Born> {
    let entry = ProcEntry::new(pid.cast_signed()).ok()?;
    let stat = entry.stat().ok()?;
    let name = program(&entry).map_or(stat.comm, |(name, _)| name);
    Some(Born { parent: u32::try_from(stat.ppid).ok()?, begun: stat.starttime, name })
}

fn kin_by(pid: u32, root: u32, mut born: impl FnMut(u32) -> Option<Born>) -> Option<Kin> {
    let mut names = Vec::new();
    let (mut current, mut last) = (pid, born(pid)?);
    while last.parent != 0 {
        if last.parent == root {
            return Some(Kin::Ours);
        }
        names.push(last.name);
        if names.len() == MOST_DEPTH {
            return None;
        }
        current = last.parent;
        // Nobody is younger than their child: that id is another's by now.
        last = born(current).filter(|parent| parent.begun <= last.begun)?;
    }
    // What is being reaped has no parent either, for as long as it can be read at all.
    born(current).filter(|again| again.parent == 0 && again.begun == last.begun)?;
    names.push(last.name);
    let name = names.first()?.clone();
    names.reverse();
    let known_by = KnownBy::SocketTable;
    Some(Kin::Stranger(Process { name, pid, chain: names, known_by, ..Process::default() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_certain_is_told() {
        /// Ids, parents and beginnings, and those that are gone when they are looked at again.
        type Machine<'a> = (&'a [(u32, u32, u64)], &'a [u32]);
        let ours = Some("ours");
        let machines: [(Machine<'_>, Option<&str>); _] = [
            ((&[(9, 5, 30)], &[]), ours),
            ((&[(9, 8, 30), (8, 5, 30)], &[]), ours),
            ((&[(9, 1, 30), (1, 0, 0)], &[]), Some("1 > 9")),
            ((&[(9, 8, 30), (8, 1, 20), (1, 0, 0)], &[]), Some("1 > 8 > 9")),
            // It was brought into this namespace from outside.
            ((&[(9, 0, 30)], &[]), Some("9")),
            // The parent went before it could be read: it may have been one of ours.
            ((&[(9, 8, 30)], &[]), None),
            ((&[], &[]), None),
            // Its parent, or it, is reaped at this moment.
            ((&[(9, 8, 30), (8, 0, 20)], &[8]), None),
            ((&[(9, 0, 30)], &[9]), None),
            // Another has its parent's id by now.
            ((&[(9, 8, 30), (8, 1, 31), (1, 0, 0)], &[]), None),
            // Two that are each other's parents, which cannot be.
            ((&[(9, 8, 30), (8, 9, 30)], &[]), None),
        ];
        for (machine, expected) in machines {
            let mut read = Vec::new();
            let born = |pid: u32| {
                if read.contains(&pid) && machine.1.contains(&pid) {
                    return None;
                }
                read.push(pid);
                let found = machine.0.iter().find(|it| it.0 == pid)?;
                Some(Born { parent: found.1, begun: found.2, name: pid.to_string() })
            };
            let told = kin_by(9, 5, born).map(|kin| match kin {
                Kin::Ours => "ours".to_owned(),
                Kin::Stranger(process) => {
                    assert_eq!((process.pid, process.name.as_str()), (9, "9"));
                    process.chain.join(" > ")
                }
            });
            assert_eq!(told.as_deref(), expected, "{machine:?}");
        }
    }

    /// A child that was born after the processes were looked at is no stranger.
    #[test]
    fn a_child_is_ours_whenever_it_was_born() {
        let handle = duct::cmd!("sleep", "30").start().unwrap();
        let child = handle.pids()[0];
        assert_eq!(kin(child, std::process::id()), Some(Kin::Ours));
        let Some(Kin::Stranger(process)) = kin(child, u32::MAX) else { panic!("{child}") };
        assert_eq!(process.pid, child);
        handle.kill().unwrap();
        let _ = handle.wait();
        assert_eq!(kin(child, std::process::id()), None);
    }
}
