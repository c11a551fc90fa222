//! Who held which socket when, as far as looking again and again has seen it.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::birth::{may_have_been_there, was_there};
use crate::contact::{FlowKey, Process, ProcessRecord, Transport};
use crate::packet::Timestamp;

/// Everything that was seen.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Holdings {
    /// The sockets.
    pub sockets: Vec<HeldSocket>,
    /// Who held them.
    pub holders: Vec<Holder>,
    /// The id of the application's first process, which was born with no socket.
    pub main: Option<u32>,
    /// The application's processes.
    pub processes: Vec<ProcessRecord>,
    /// Sockets that found no room.
    pub beyond: u64,
}

/// A process that held sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The process.
    pub process: Process,
    /// It was begun within the clock tick from this moment on.
    pub begun: Timestamp,
    /// Whether it is one of the application's.
    pub is_application: bool,
}

/// A socket, from when it was first seen until it was last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldSocket {
    /// What it carries.
    pub transport: Transport,
    /// Our end; without an address where it has all of the machine's.
    pub local: SocketAddr,
    /// The other end; port 0 where it is connected to nobody.
    pub remote: SocketAddr,
    /// When it was first seen.
    pub first: Timestamp,
    /// When it was last seen.
    pub last: Timestamp,
    /// When it was not there yet, the last time that somebody looked.
    pub since: Timestamp,
    /// When it was not there any more, the first time that somebody looked; none where it was there
    /// to the end.
    pub until: Option<Timestamp>,
    /// Who held it, by place among the holders, where that could be seen.
    pub holder: Option<usize>,
    /// Whether one of the application's processes held it, even if it could not be seen which.
    pub is_application: bool,
}

/// Who sent a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// This process, by place among the holders.
    Process(usize),
    /// The application, by one of its processes, of which it cannot be told which.
    Application,
}

/// The sockets by their own ports.
#[derive(Debug)]
pub struct HoldingsIndex<'a> {
    holdings: &'a Holdings,
    ports: HashMap<(Transport, u16), Vec<&'a HeldSocket>>,
}

impl<'a> HoldingsIndex<'a> {
    /// Sorts them.
    pub fn of(holdings: &'a Holdings) -> Self {
        let mut ports: HashMap<_, Vec<_>> = HashMap::new();
        for socket in &holdings.sockets {
            ports.entry((socket.transport, socket.local.port())).or_default().push(socket);
        }
        Self { holdings, ports }
    }

    /// Who sent a flow that was begun at a moment: whoever held its socket then. A socket that is
    /// connected comes before one that is not. Where it could be one as well as another, it is
    /// nobody, or the application where that is sure.
    pub fn sender(&self, flow: &FlowKey, time: Timestamp) -> Option<Sender> {
        let sockets = self.ports.get(&(flow.transport, flow.client.port()))?;
        let fitting = |is_connected: bool| -> Vec<&HeldSocket> {
            let fits = |socket: &&&HeldSocket| {
                let remote = if is_connected {
                    socket.remote == flow.server
                } else {
                    socket.remote.port() == 0
                };
                remote && is_at(socket.local.ip(), flow.client.ip()) && socket.may_be_at(time)
            };
            sockets.iter().filter(fits).copied().collect()
        };
        let connected = fitting(true);
        let all = if connected.is_empty() { fitting(false) } else { connected };
        let is_seen = |socket: &&HeldSocket| (socket.first..=socket.last).contains(&time);
        let seen: Vec<&HeldSocket> = all.iter().copied().filter(is_seen).collect();
        let all = if seen.is_empty() { all } else { seen };
        let senders = all.into_iter().map(|socket| self.sender_by(socket, time));
        senders.reduce(|one, other| self.either(one?, other?)).flatten()
    }

    /// Who sent something by a socket at a moment. Whoever was seen to hold it may have been born
    /// afterwards, and have it from a process that had ended by then.
    fn sender_by(&self, socket: &HeldSocket, time: Timestamp) -> Option<Sender> {
        let place = socket.holder.filter(|place| *place < self.holdings.holders.len());
        let holder = place.and_then(|place| self.holdings.holders.get(place));
        let is_surely = |holder: &&Holder| {
            let from_nobody = self.holdings.main == Some(holder.process.pid);
            was_there(holder.begun, time)
                || holder.is_application && from_nobody && may_have_been_there(holder.begun, time)
        };
        let is_application = socket.is_application;
        match holder.filter(is_surely).filter(|it| it.is_application || !is_application) {
            Some(_) => place.map(Sender::Process),
            // It was handed down within the application.
            None => is_application.then_some(Sender::Application),
        }
    }

    fn either(&self, one: Sender, other: Sender) -> Option<Sender> {
        let is_application = |sender: Sender| match sender {
            Sender::Process(place) => {
                self.holdings.holders.get(place).is_some_and(|holder| holder.is_application)
            }
            Sender::Application => true,
        };
        match one == other {
            true => Some(one),
            false => (is_application(one) && is_application(other)).then_some(Sender::Application),
        }
    }
}

impl HeldSocket {
    /// Whether it may have been there at a moment.
    fn may_be_at(&self, time: Timestamp) -> bool {
        self.since <= time && self.until.is_none_or(|until| time <= until)
    }
}

fn is_at(bound: IpAddr, address: IpAddr) -> bool {
    // A socket of IPv6 has all of IPv4's addresses as well, where it is not said otherwise.
    bound == address || bound.is_unspecified() && (bound.is_ipv6() || address.is_ipv4())
}

#[cfg(test)]
#[path = "holdings_tests.rs"]
mod tests;
