//! A look at the next packets before their turn. A busy capture's flows do not fit into the
//! processor's caches, and a packet that is taken alone waits for memory at each step of its way:
//! its headers, the table's entry, the flow, the connection, the streams. Here each step is gone
//! for a group of packets at once, so that they wait together.

use std::hint::black_box;

use super::entry::Flow;
use super::lane::Lane;
use super::shard::Shard;
use crate::packet::PacketView;

/// How many packets are looked at before the first of them is taken: what they need should
/// still be near when the last one's turn comes.
pub(super) const GROUP: usize = 32;

/// A packet with its place in the capture, and where it falls.
pub(super) type Coming<'a> = (u64, Lane, PacketView<'a>);

impl Shard<'_> {
    /// Brings near what these packets will need. Nothing depends on it but the time it takes.
    pub(super) fn look_ahead(&self, group: &[Coming<'_>]) {
        // Nobody reads the sum: it keeps the compiler from leaving the loads out.
        let mut sum = 0_u64;
        for (_, _, packet) in group {
            let near = [0, 64].map(|at| packet.data.get(at).copied().unwrap_or_default());
            sum = sum.wrapping_add(near.iter().map(|&byte| u64::from(byte)).sum());
        }
        black_box(sum);
        bring_near(group.iter().filter_map(|(_, lane, _)| self.table.likely(lane.hint())));
    }
}

/// Brings near what a group of flows consists of.
pub(super) fn bring_near<'a>(flows: impl Iterator<Item = &'a Flow> + Clone) {
    let connections = flows.clone().filter_map(|flow| flow.connection.as_deref());
    let sums = [
        flows.fold(0, |sum: u64, flow| sum.wrapping_add(flow.touch())),
        connections.clone().fold(0, |sum: u64, it| sum.wrapping_add(it.touch())),
        connections.fold(0, |sum: u64, it| sum.wrapping_add(it.touch_reading())),
    ];
    black_box(sums);
}
