//! Who held which socket when, as far as looking again and again has seen it.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::contact::{FlowKey, Process, ProcessRecord, Transport};
use crate::packet::Timestamp;

/// Everything that was seen.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Holdings {
    /// The sockets.
    pub sockets: Vec<HeldSocket>,
    /// Who held them.
    pub holders: Vec<Holder>,
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

    /// Who sent a flow that was begun at a moment, by place among the holders: whoever held its
    /// socket then. A socket that is connected comes before one that is not. Where it could be one
    /// as well as another, it is nobody.
    pub fn holder(&self, flow: &FlowKey, time: Timestamp) -> Option<usize> {
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
        let mut holders = if seen.is_empty() { &all } else { &seen }.iter().map(|it| it.holder);
        let holder = holders.next()?.filter(|holder| *holder < self.holdings.holders.len())?;
        holders.all(|other| other == Some(holder)).then_some(holder)
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
mod tests {
    use super::*;

    fn socket(local: &str, remote: &str, seen: (u64, u64), holder: usize) -> HeldSocket {
        HeldSocket {
            transport: Transport::Udp,
            local: local.parse().unwrap(),
            remote: remote.parse().unwrap(),
            first: Timestamp(seen.0),
            last: Timestamp(seen.1),
            since: Timestamp(seen.0.saturating_sub(5)),
            until: Some(Timestamp(seen.1 + 5)),
            holder: Some(holder),
        }
    }

    #[test]
    fn a_flow_belongs_to_whoever_held_its_socket_then() {
        let holder = |pid| Holder {
            process: Process { pid, ..Process::default() },
            is_application: pid == 0,
        };
        let holdings = Holdings {
            sockets: vec![
                socket("192.0.2.1:4000", "192.0.2.9:53", (10, 20), 0),
                socket("192.0.2.1:4000", "192.0.2.9:53", (28, 50), 1),
                socket("0.0.0.0:4000", "0.0.0.0:0", (60, 70), 2),
                socket("192.0.2.2:5000", "0.0.0.0:0", (0, 90), 2),
                socket("192.0.2.2:6000", "0.0.0.0:0", (0, 90), 7),
                socket("[::]:8000", "[::]:0", (0, 90), 1),
                // Both may send by the same port (SO_REUSEPORT in socket(7)).
                socket("0.0.0.0:5353", "0.0.0.0:0", (0, 90), 0),
                socket("0.0.0.0:5353", "0.0.0.0:0", (50, 90), 1),
            ],
            holders: (0..3).map(holder).collect(),
            ..Holdings::default()
        };
        let index = HoldingsIndex::of(&holdings);
        for (client, server, time, expected) in [
            ("192.0.2.1:4000", "192.0.2.9:53", 4, None),
            ("192.0.2.1:4000", "192.0.2.9:53", 5, Some(0)),
            ("192.0.2.1:4000", "192.0.2.9:53", 22, Some(0)),
            // It could be either.
            ("192.0.2.1:4000", "192.0.2.9:53", 24, None),
            ("192.0.2.1:4000", "192.0.2.9:53", 26, Some(1)),
            ("192.0.2.1:4000", "192.0.2.9:53", 45, Some(1)),
            ("192.0.2.1:4000", "192.0.2.8:53", 45, None),
            ("192.0.2.1:4000", "192.0.2.8:53", 75, Some(2)),
            ("192.0.2.1:4000", "192.0.2.8:53", 76, None),
            ("192.0.2.1:5000", "192.0.2.9:53", 45, None),
            ("192.0.2.2:5000", "192.0.2.9:53", 45, Some(2)),
            ("192.0.2.2:6000", "192.0.2.9:53", 45, None),
            ("192.0.2.1:7000", "192.0.2.9:53", 45, None),
            ("192.0.2.1:8000", "192.0.2.9:53", 45, Some(1)),
            ("[2001:db8::1]:8000", "[2001:db8::9]:53", 45, Some(1)),
            ("[2001:db8::1]:4000", "[2001:db8::9]:53", 65, None),
            ("192.0.2.1:5353", "224.0.0.251:5353", 30, Some(0)),
            ("192.0.2.1:5353", "224.0.0.251:5353", 70, None),
        ] {
            let flow = FlowKey {
                transport: Transport::Udp,
                client: client.parse().unwrap(),
                server: server.parse().unwrap(),
            };
            assert_eq!(index.holder(&flow, Timestamp(time)), expected, "{client} {time}");
        }
    }
}
