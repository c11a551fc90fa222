//! The table of flows: keyed by 5-tuple, bounded.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::connection::Flow;
use crate::contact::Transport;

/// At most this many flows are followed at once. When the table is full, the half that has
/// been silent longest leaves it and is counted; its contacts stay.
pub(super) const MOST_FLOWS: usize = 1 << 17;

/// A 5-tuple, the same for both directions.
type Key = (Transport, SocketAddr, SocketAddr);

/// The flows that are followed.
#[derive(Debug, Default)]
pub(super) struct FlowTable {
    flows: HashMap<Key, Flow>,
}

impl FlowTable {
    /// The flow between two ends.
    pub(super) fn get(
        &mut self,
        transport: Transport,
        one: SocketAddr,
        other: SocketAddr,
    ) -> Option<&mut Flow> {
        self.flows.get_mut(&key(transport, one, other))
    }

    /// Puts a flow into the table.
    pub(super) fn insert(&mut self, flow: Flow) -> &mut Flow {
        let key = key(flow.key.transport, flow.key.client, flow.key.server);
        self.flows.entry(key).insert_entry(flow).into_mut()
    }

    /// Takes a flow out.
    pub(super) fn remove(
        &mut self,
        transport: Transport,
        one: SocketAddr,
        other: SocketAddr,
    ) -> Option<Flow> {
        self.flows.remove(&key(transport, one, other))
    }

    /// Whether there is no room for another flow.
    pub(super) fn is_full(&self) -> bool {
        self.flows.len() >= MOST_FLOWS
    }

    /// Takes out the half that has been silent longest.
    pub(super) fn take_silent(&mut self) -> Vec<Flow> {
        let mut times: Vec<_> = self.flows.values().map(|flow| flow.last).collect();
        let middle = times.len() / 2;
        if times.is_empty() {
            return Vec::new();
        }
        let (_, &mut limit, _) = times.select_nth_unstable(middle);
        in_order(self.flows.extract_if(|_, flow| flow.last <= limit).map(|(_, flow)| flow))
    }

    /// Takes out all of them.
    pub(super) fn take_all(&mut self) -> Vec<Flow> {
        in_order(std::mem::take(&mut self.flows).into_values())
    }
}

/// In order of their first packet, so that the same packets always give the same result.
fn in_order(flows: impl Iterator<Item = Flow>) -> Vec<Flow> {
    let mut flows: Vec<_> = flows.collect();
    flows.sort_by_key(|flow| (flow.first, flow.key));
    flows
}

fn key(transport: Transport, one: SocketAddr, other: SocketAddr) -> Key {
    (transport, one.min(other), one.max(other))
}
