//! How flows end: what is left of their data is read, and they are handed on for their contacts.

use super::ahead::{GROUP, bring_near};
use super::entry::Flow;
use super::event::Event;
use super::shard::Shard;
use crate::contact::Protocol;

impl Shard<'_> {
    /// The capture is over after so many packets.
    pub(super) fn finish(&mut self, number: u64) {
        self.number = number;
        self.alone = self.part.1 <= 1;
        self.fragments.finish();
        self.count_alone();
        let mut flows = self.table.take_all();
        for group in flows.chunks_mut(GROUP) {
            bring_near(group.iter().map(|flow| &**flow));
            group.iter_mut().for_each(|flow| self.close(flow));
        }
        flows.into_iter().for_each(|flow| self.hand_on(flow));
        let refused = self.fragments.refused();
        if refused > 0 && self.part.0 == 0 {
            self.counts.overflow.insert("fragments", refused);
        }
    }

    /// A flow is over: what is left of its data is read, and its contacts are made.
    pub(super) fn retire(&mut self, mut flow: Box<Flow>) {
        self.close(&mut flow);
        self.hand_on(flow);
    }

    /// A flow is over and read.
    fn hand_on(&mut self, mut flow: Box<Flow>) {
        if !self.setting.flows {
            // Only the record of a flow tells of it.
            flow.connection = None;
        }
        if flow.to_resolver && (flow.protocol == Some(Protocol::Dns) || !flow.spoke) {
            let packets =
                flow.spells().map(|spell| spell.amounts.packets.iter().sum::<u64>()).sum::<u64>();
            *self.counts.other.entry("dns").or_default() += packets;
            return;
        }
        self.tell(Event::Retired(flow));
    }
}
