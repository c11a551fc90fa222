//! Who began which flow. The same addresses and ports are used again and again in a long run,
//! by one process after another, so it depends on the moment as well.

use std::collections::HashMap;
use std::time::Duration;

use crate::contact::{FlowKey, KnownBy, Process};
use crate::packet::Timestamp;

/// Beginnings of flows are heard of soon after the packets that they are told by.
const DELAY: Duration = Duration::from_millis(20);

/// By whom lookups and contacts are kept apart: the id of the process, where that is known beyond
/// doubt.
pub(super) type Asker = Option<u32>;

/// Whoever did something.
pub(super) fn asker(process: Option<&Process>) -> Asker {
    process.filter(|process| process.known_by == KnownBy::Call).map(|process| process.pid)
}

/// A process that may have begun flows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The process; none where it is sure to be one of the application's, but not which.
    pub process: Option<Process>,
    /// It began none before.
    pub since: Timestamp,
    /// It began none after, where it has ended.
    pub until: Option<Timestamp>,
}

/// Who began which flow, as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct Owners {
    owners: Vec<Owner>,
    /// By flow: when its beginning was heard of, and whose it is, by place in `owners`.
    flows: HashMap<FlowKey, Vec<(Timestamp, usize)>>,
}

impl Owners {
    /// These owners, of nothing yet.
    pub fn new(owners: Vec<Owner>) -> Self {
        Self { owners, flows: HashMap::new() }
    }

    /// At a moment a flow was heard to be begun by one of the owners; those are to be given in
    /// order of time.
    pub fn begun(&mut self, flow: FlowKey, time: Timestamp, owner: usize) {
        if owner < self.owners.len() {
            self.flows.entry(flow).or_default().push((time, owner));
        }
    }

    /// Which process sent the first packet of a flow at a moment; none where it is not known, and
    /// where it could be one as well as another.
    pub fn get(&self, flow: &FlowKey, at: Timestamp) -> Option<&Process> {
        self.whose(flow, at)?.process.as_ref()
    }

    /// The same, with owners of whom no process is known.
    pub fn whose(&self, flow: &FlowKey, at: Timestamp) -> Option<&Owner> {
        let heard = self.flows.get(flow)?;
        let told = |(time, owner): &(Timestamp, usize)| Some((*time, self.owners.get(*owner)?));
        let all = || heard.iter().filter_map(told);
        let (_, first) = all().next()?;
        if all().all(|(_, owner)| owner.process == first.process) {
            return Some(first);
        }
        let lived = |owner: &Owner| owner.since <= at && owner.until.is_none_or(|end| end >= at);
        let possible = || all().filter(|(_, owner)| lived(owner));
        let after = possible().filter(|(time, _)| *time >= at && time.since(at) <= DELAY);
        let before = possible().rfind(|(time, _)| *time < at);
        // What is heard of at that moment is mostly what was begun then; otherwise who began
        // the flow last uses it still.
        let mut candidates: Vec<&Owner> = after.map(|(_, owner)| owner).collect();
        if candidates.is_empty() {
            candidates.extend(before.map(|(_, owner)| owner));
        }
        if candidates.is_empty() {
            // Heard of late, as happens on a busy machine.
            candidates.extend(possible().map(|(_, owner)| owner));
        }
        let only = candidates.first()?;
        candidates.iter().all(|it| it.process == only.process).then_some(*only)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Transport;

    const MILLISECOND: u64 = 1_000_000;

    fn owner(pid: u32, since: u64, until: Option<u64>) -> Owner {
        let process = Process { name: "curl".into(), pid, ..Process::default() };
        let moment = |milliseconds| Timestamp(milliseconds * MILLISECOND);
        Owner { process: Some(process), since: moment(since), until: until.map(moment) }
    }

    #[test]
    fn a_flow_used_again_has_another_owner() {
        let end = |port| std::net::SocketAddr::from(([192, 0, 2, 2], port));
        let flow = FlowKey { transport: Transport::Udp, client: end(40_000), server: end(53) };
        let check =
            |name: &str, owners: Vec<Owner>, heard: &[(u64, usize)], asked: &[(u64, u32)]| {
                let mut all = Owners::new(owners);
                for (time, owner) in heard {
                    all.begun(flow, Timestamp(time * MILLISECOND), *owner);
                }
                for (at, pid) in asked {
                    let told = all.get(&flow, Timestamp(at * MILLISECOND));
                    let told = told.map_or(0, |process| process.pid);
                    assert_eq!(told, *pid, "{name}, at {at}");
                }
            };
        check("none", vec![owner(1, 0, None)], &[], &[(5, 0)]);
        check("no such owner", vec![owner(1, 0, None)], &[(5, 1)], &[(5, 0)]);
        check("one, heard late", vec![owner(1, 0, Some(9))], &[(500, 0)], &[(5, 1), (900, 1)]);
        check(
            "one after another",
            vec![owner(1, 0, Some(50)), owner(2, 90, Some(120))],
            &[(11, 0), (101, 1)],
            &[(10, 1), (40, 1), (100, 2), (110, 2)],
        );
        check(
            "the second heard of late",
            vec![owner(1, 0, Some(50)), owner(2, 90, Some(120))],
            &[(11, 0), (700, 1)],
            &[(10, 1), (100, 2)],
        );
        check(
            "both live",
            vec![owner(1, 0, None), owner(2, 0, None)],
            &[(11, 0), (501, 1)],
            &[(10, 1), (300, 1), (500, 2), (900, 2)],
        );
        check(
            "it could be either",
            vec![owner(1, 0, None), owner(2, 0, None)],
            &[(11, 0), (15, 1)],
            &[(10, 0), (14, 2), (40, 2)],
        );
    }
}
