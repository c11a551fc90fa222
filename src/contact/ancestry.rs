//! A process's way up to the application's first one.

use super::ProcessRecord;

/// The longest chain of parents that is followed. Whoever writes records could make a circle of
/// them.
const MOST: usize = 64;

/// The process with this id and those above it, the topmost first; empty where there is no record
/// of it.
pub fn ancestry(processes: &[ProcessRecord], pid: u32) -> Vec<&ProcessRecord> {
    let mut chain: Vec<&ProcessRecord> = Vec::new();
    let mut next = Some(pid);
    while let Some(pid) = next
        && chain.len() < MOST
        && chain.iter().all(|known| known.pid != pid)
        && let Some(record) = processes.iter().find(|record| record.pid == pid)
    {
        chain.push(record);
        next = record.parent;
    }
    chain.reverse();
    chain
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
        for (pid, expected) in [(4, &[2, 3, 4][..]), (2, &[2]), (5, &[5]), (6, &[]), (7, &[8, 7])] {
            let chain: Vec<u32> = ancestry(&records, pid).iter().map(|it| it.pid).collect();
            assert_eq!(chain, expected, "{pid}");
        }
    }
}
