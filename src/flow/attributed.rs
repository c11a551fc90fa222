//! Who sent which flow, where the capture itself says so, packet by packet: a run that saved it
//! remarked on it. Strangers can do so too, so what is kept of it is bounded.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::key::Key;
use crate::contact::{FlowKey, Process};
use crate::packet::Timestamp;

/// From this moment on a flow was sent by this process, or by nobody who is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributed {
    /// The flow; either end can be the client.
    pub flow: FlowKey,
    /// When the packet was captured that says so.
    pub time: Timestamp,
    /// Who.
    pub process: Option<Process>,
    /// Whether that is another than the application.
    pub is_background: bool,
    /// Whether it is the application, though no process is known.
    pub is_application: bool,
}

/// What a packet says, and from when on.
#[derive(Debug)]
struct Said {
    since: Timestamp,
    process: Option<Process>,
    is_background: bool,
    is_application: bool,
}

/// The texts of all processes together may take this many bytes, and what is handed on of them
/// once more.
const MOST_BYTES: usize = 32 << 20;
/// At most so many packets say it.
const MOST: usize = 1 << 18;

/// What is known so far.
#[derive(Debug)]
pub(super) struct AttributedFlows {
    flows: HashMap<Key, Vec<Said>, RandomState>,
    count: usize,
    room: usize,
    to_hand_on: usize,
    /// What found no room.
    pub(super) refused: u64,
}

impl Default for AttributedFlows {
    fn default() -> Self {
        let flows = HashMap::default();
        Self { flows, count: 0, room: MOST_BYTES, to_hand_on: MOST_BYTES, refused: 0 }
    }
}

impl AttributedFlows {
    /// Learns it of a flow. Packets are given in their order.
    pub(super) fn learn(&mut self, said: Attributed) {
        let Attributed { flow, time, process, is_background, is_application } = said;
        let (key, _) = Key::of(flow.transport, flow.client, flow.server);
        let size = process.as_ref().map_or(0, size);
        let latest = self.flows.get(&key).and_then(|known| known.last());
        let what = (is_background, is_application);
        let same = |last: &Said| {
            last.process == process && (last.is_background, last.is_application) == what
        };
        if latest.is_some_and(same) {
            return;
        }
        let Some(room) = self.room.checked_sub(size).filter(|_| self.count < MOST) else {
            self.refused += 1;
            return;
        };
        self.room = room;
        self.count += 1;
        let said = Said { since: time, process, is_background, is_application };
        self.flows.entry(key).or_default().push(said);
    }

    /// Whether the latest packet of a flow by a moment said that it is another's than the
    /// application's.
    pub(super) fn is_background(&self, flow: &FlowKey, time: Timestamp) -> bool {
        latest(&self.flows, flow, time).is_some_and(|said| said.is_background)
    }

    /// Whether it said that it is the application's, though no process is known.
    pub(super) fn is_application(&self, flow: &FlowKey, time: Timestamp) -> bool {
        latest(&self.flows, flow, time).is_some_and(|said| said.is_application)
    }

    /// Who sent a flow at a moment: whom the latest packet named by then. What later ones say
    /// is of no account, so that it does not matter how far ahead they were read.
    pub(super) fn owner(&mut self, flow: &FlowKey, time: Timestamp) -> Option<Process> {
        let process = latest(&self.flows, flow, time)?.process.as_ref()?;
        match self.to_hand_on.checked_sub(size(process)) {
            Some(left) => {
                self.to_hand_on = left;
                Some(process.clone())
            }
            None => {
                self.refused += 1;
                None
            }
        }
    }
}

/// What the latest packet of a flow said by a moment.
fn latest<'a>(
    flows: &'a HashMap<Key, Vec<Said>, RandomState>,
    flow: &FlowKey,
    time: Timestamp,
) -> Option<&'a Said> {
    if flows.is_empty() {
        return None;
    }
    let (key, _) = Key::of(flow.transport, flow.client, flow.server);
    flows.get(&key)?.iter().rfind(|said| said.since <= time)
}

fn size(process: &Process) -> usize {
    let chain: usize = process.chain.iter().map(|name| name.len() + size_of::<String>()).sum();
    size_of::<Process>() + process.name.len() + chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Transport;

    fn flow(port: u16) -> FlowKey {
        let client = ([192, 0, 2, 1], port).into();
        FlowKey { transport: Transport::Tcp, client, server: ([192, 0, 2, 2], 80).into() }
    }

    fn process(name: &str) -> Option<Process> {
        Some(Process { name: name.to_owned(), ..Process::default() })
    }

    fn said(port: u16, time: u64, process: Option<Process>) -> Attributed {
        Attributed {
            flow: flow(port),
            time: Timestamp(time),
            process,
            is_background: false,
            is_application: false,
        }
    }

    #[test]
    fn a_port_that_is_used_again_has_another_owner() {
        let mut known = AttributedFlows::default();
        for it in [said(1, 10, process("a")), said(1, 20, None), said(1, 30, process("b"))] {
            known.learn(it);
        }
        let FlowKey { transport, client, server } = flow(1);
        let back = FlowKey { transport, client: server, server: client };
        for (time, name) in [(5, None), (10, Some("a")), (20, None), (29, None), (30, Some("b"))] {
            for key in [flow(1), back] {
                let owner = known.owner(&key, Timestamp(time));
                assert_eq!(owner.map(|it| it.name).as_deref(), name, "{time}");
            }
        }
        assert_eq!(known.owner(&flow(2), Timestamp(10)), None);
        assert_eq!(known.refused, 0);
    }

    #[test]
    fn memory_is_bounded() {
        let mut known = AttributedFlows::default();
        let long = "x".repeat(1 << 20);
        (0..40).for_each(|at| known.learn(said(at, 1, process(&format!("{at}{long}")))));
        assert!((9..12).contains(&known.refused), "{}", known.refused);
        assert_eq!(known.flows.len() as u64 + known.refused, 40);
        let owned = (0..1000).filter(|_| known.owner(&flow(1), Timestamp(1)).is_some()).count();
        assert!((28..32).contains(&owned), "{owned}");
        let mut known = AttributedFlows::default();
        for time in 0..(MOST as u64 + 5) {
            known.learn(said(1, time, process(if time % 2 == 0 { "a" } else { "b" })));
        }
        assert!((1..=5).contains(&known.refused) || known.room < 1 << 10, "{}", known.refused);
    }
}
