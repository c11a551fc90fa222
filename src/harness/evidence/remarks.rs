//! Which packets of a saved capture are remarked on: the first of each flow, and whichever is
//! the first in a later phase.

use std::collections::HashMap;

use crate::contact::{FlowKey, Phase, PhaseSpan, Process, Remark};
use crate::flow::{Owners, flow_of};
use crate::packet::PacketView;

/// So many flows are remembered; beyond that all are forgotten, and remarked on once more.
const MOST: usize = 1 << 17;

/// Remarks on packets, given in their order.
pub(super) struct Remarks<'a> {
    owners: &'a Owners,
    others: Option<&'a Owners>,
    own: &'a [FlowKey],
    phases: &'a [PhaseSpan],
    /// What was last remarked of each flow, whichever way its packets go.
    last: HashMap<FlowKey, (Option<&'a Process>, bool, Phase)>,
}

impl<'a> Remarks<'a> {
    /// By these owners of flows and these `others`, in a run of these phases; the harness's
    /// `own` flows besides.
    pub(super) fn new(
        owners: &'a Owners,
        others: Option<&'a Owners>,
        own: &'a [FlowKey],
        phases: &'a [PhaseSpan],
    ) -> Self {
        Self { owners, others, own, phases, last: HashMap::new() }
    }

    /// What is to be remarked on a packet.
    pub(super) fn on(&mut self, packet: &PacketView<'_>) -> Option<Remark> {
        let sent = flow_of(packet)?;
        let received = FlowKey { client: sent.server, server: sent.client, ..sent };
        if self.own.contains(&sent) || self.own.contains(&received) {
            return Some(Remark::Own);
        }
        let among = |owners: &'a Owners| {
            let owner = |flow| owners.whose(flow, packet.time);
            owner(&sent).or_else(|| owner(&received))
        };
        let ours = among(self.owners);
        let owner = ours.or_else(|| among(self.others?));
        let process = owner.and_then(|owner| owner.process.as_ref());
        let is_ours = ours.is_some() && process.is_none();
        let background = ours.is_none() && process.is_some();
        let phase = PhaseSpan::nearest(self.phases, packet.time).unwrap_or(Phase::Before);
        if self.last.len() >= MOST {
            self.last.clear();
        }
        let last = self.last.insert(sent.min(received), (process, is_ours, phase));
        let remark = || match is_ours {
            true => Remark::Application { phase },
            false => Remark::Sent { process: process.cloned(), phase, background },
        };
        (last != Some((process, is_ours, phase))).then(remark)
    }
}
