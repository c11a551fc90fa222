//! What the threads that capture in host mode have in common: which flows are new, how much was
//! sent, and when it is time to stop.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use ipnet::IpNet;

use crate::capture::{LiveCapture, LiveError, Totals};
use crate::contact::FlowKey;
use crate::flow::flow_of;
use crate::packet::{PacketView, Timestamp};
use crate::sandbox::machine::Call;

/// So many flows are remembered, to tell a new one.
const MOST_FLOWS: usize = 1 << 16;

/// What the threads that capture have in common.
#[derive(Default)]
pub(super) struct Traffic {
    /// The machine's addresses.
    pub(super) own: Vec<IpNet>,
    /// From here on new flows may be the application's.
    pub(super) launched: AtomicBool,
    pub(super) sent: AtomicU64,
    /// When it is time to stop.
    pub(super) stop: Mutex<Option<Instant>>,
    pub(super) flows: Mutex<Flows>,
}

/// Flows that were there before the launch, and those that came after it.
#[derive(Default)]
pub(super) struct Flows {
    before: HashSet<FlowKey>,
    after: HashSet<FlowKey>,
}

/// Captures until it is time to stop, and calls for a look whenever a new flow is begun.
pub(super) fn capture_all(
    mut capture: LiveCapture,
    traffic: &Traffic,
    call: &Call,
) -> Result<Totals, LiveError> {
    let link = capture.link();
    let each = |data: &[u8]| {
        let packet = PacketView { time: Timestamp(0), link, wire_len: 0, data };
        traffic.take(&packet, call);
        false
    };
    let is_over = || {
        let stop = traffic.stop.lock().ok().and_then(|stop| *stop);
        stop.is_some_and(|stop| Instant::now() >= stop)
    };
    capture.run(each, is_over)
}

impl Traffic {
    /// What the phases' quiet is measured by: packets of flows that this machine began after the
    /// launch. Those of others' among them make it seem busier than it is, until `at-most`.
    fn take(&self, packet: &PacketView<'_>, call: &Call) {
        let Some(flow) = flow_of(packet) else { return };
        if !self.own.iter().any(|own| own.addr() == flow.client.ip()) {
            return;
        }
        let launched = self.launched.load(Ordering::Relaxed);
        let Ok(mut flows) = self.flows.lock() else { return };
        if flows.before.contains(&flow) {
            return;
        }
        let known = if launched { &mut flows.after } else { &mut flows.before };
        if known.len() >= MOST_FLOWS {
            known.clear();
        }
        if known.insert(flow) {
            call.look(flow.transport);
        }
        if launched {
            self.sent.fetch_add(1, Ordering::Relaxed);
        }
    }
}
