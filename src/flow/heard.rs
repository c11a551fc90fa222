//! What the other end of the flows heard: entered like what was read from the packets, which
//! hold it only encrypted.

use std::collections::HashMap;

use super::Setting;
use super::entry::Flow;
use super::event::Passed;
use super::seen::phase_at;
use crate::contact::{FlowKey, Heard, Protocol, Request, Testimony, TlsSession};
use crate::dissect::{DnsFlavour, dns_message};
use crate::packet::Timestamp;

/// A flow's last words may be heard, and told, after its last packet was captured.
const LATE: u64 = 2_000_000_000;

/// All that was heard, by flow, in order of time.
#[derive(Debug, Default)]
pub(super) struct HeardAll(HashMap<FlowKey, Vec<Testimony>>);

impl HeardAll {
    /// Sorts it by flow; lookups are entered on their own ([`lookups`]).
    pub(super) fn of(testimony: &[Testimony]) -> Self {
        let mut heard: HashMap<_, Vec<_>> = HashMap::new();
        for told in testimony.iter().filter(|told| !matches!(told.heard, Heard::Dns { .. })) {
            heard.entry(told.flow).or_default().push(told.clone());
        }
        Self(heard)
    }

    /// Adds what was heard in a flow that is over: its requests to the flow, in the place of
    /// those that its packets show; how its TLS session went is given back.
    pub(super) fn add_to(&mut self, flow: &mut Flow, setting: &Setting) -> Option<TlsSession> {
        let all = self.0.get_mut(&flow.key())?;
        // The same addresses and ports may serve another flow later.
        let until = Timestamp(flow.last.0.saturating_add(LATE));
        let count = all.iter().take_while(|told| told.time <= until).count();
        let mut session = None;
        let mut requests: Vec<(Timestamp, Protocol, Request)> = Vec::new();
        for told in all.drain(..count) {
            match told.heard {
                Heard::Request { protocol, request } => {
                    requests.push((told.time, protocol, request));
                }
                Heard::Tls(heard) => session = session.or(Some(heard)),
                Heard::Dns { .. } => {}
            }
        }
        if !requests.is_empty() {
            flow.forget_requests();
        }
        for (time, protocol, request) in requests {
            flow.protocol.get_or_insert(protocol);
            flow.testified(request, phase_at(time, setting));
        }
        session
    }
}

/// The DNS messages that were heard.
pub(super) fn lookups(setting: &Setting) -> impl Iterator<Item = Passed> {
    setting.testimony.iter().filter_map(|told| {
        let Heard::Dns { via, message } = &told.heard else { return None };
        Some(Passed {
            message: dns_message(message, DnsFlavour::Dns)?,
            via: *via,
            server: told.flow.server.ip(),
            key: told.flow,
            time: told.time,
            phase: phase_at(told.time, setting),
            bytes: 0,
            alone: false,
        })
    })
}
