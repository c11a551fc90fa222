//! A process's way up to the application's first one.

use std::collections::HashMap;

use super::ProcessRecord;

/// The longest chain of parents that is followed. Whoever writes records could make a circle of
/// them.
const MOST: usize = 64;

/// The processes of a run, by their ids.
#[derive(Debug)]
pub struct Ancestry<'a>(HashMap<u32, &'a ProcessRecord>);

impl<'a> Ancestry<'a> {
    /// Of these processes.
    pub fn new(processes: &'a [ProcessRecord]) -> Self {
        Self(processes.iter().map(|record| (record.pid, record)).collect())
    }

    /// The process with this id and those above it, the topmost first; empty where there is no
    /// record of it.
    pub fn of(&self, pid: u32) -> Vec<&'a ProcessRecord> {
        let mut chain: Vec<&ProcessRecord> = Vec::new();
        let mut next = Some(pid);
        while let Some(pid) = next
            && chain.len() < MOST
            && chain.iter().all(|known| known.pid != pid)
            && let Some(record) = self.0.get(&pid)
        {
            chain.push(record);
            next = record.parent;
        }
        chain.reverse();
        chain
    }

    /// The process that a process hangs below; none for the topmost, and none where the records
    /// form a circle.
    pub fn parent(&self, record: &ProcessRecord) -> Option<&'a ProcessRecord> {
        let top = self.of(record.pid).first().and_then(|top| top.parent);
        let is_circle = top.is_some_and(|pid| self.0.contains_key(&pid));
        record.parent.filter(|_| !is_circle).and_then(|pid| self.0.get(&pid).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_ends_where_a_parent_is_not_known_or_comes_again() {
        let record = |pid, parent| ProcessRecord { pid, parent, ..ProcessRecord::default() };
        let records = [
            record(2, None),
            record(3, Some(2)),
            record(4, Some(3)),
            record(5, Some(9)),
            record(7, Some(8)),
            record(8, Some(7)),
        ];
        let ancestry = Ancestry::new(&records);
        for (pid, expected, parent) in [
            (4, &[2, 3, 4][..], Some(3)),
            (2, &[2], None),
            (5, &[5], None),
            (6, &[], None),
            (7, &[8, 7], None),
        ] {
            let chain: Vec<u32> = ancestry.of(pid).iter().map(|it| it.pid).collect();
            assert_eq!(chain, expected, "{pid}");
            let found = records.iter().find(|it| it.pid == pid);
            assert_eq!(found.and_then(|it| ancestry.parent(it)).map(|it| it.pid), parent, "{pid}");
        }
    }
}
