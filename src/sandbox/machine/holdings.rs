//! Who held which socket when, as far as looking again and again has seen it.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::contact::{FlowKey, Process, ProcessRecord, Transport};
use crate::packet::Timestamp;

/// A socket that was last seen longer ago than this, or seen only so much later, may be another's
/// than that which sent a packet: ports are used again. Somebody looks every few milliseconds, and
/// on a busy machine less often.
const NEAR: u64 = 500_000_000;

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
    /// socket nearest to that moment, and not long before or after. A socket that is connected
    /// comes before one that is not.
    pub fn holder(&self, flow: &FlowKey, time: Timestamp) -> Option<usize> {
        let sockets = self.ports.get(&(flow.transport, flow.client.port()))?;
        let fitting = |is_connected: bool| {
            let all = sockets.iter().filter(move |socket| {
                let remote = if is_connected {
                    socket.remote == flow.server
                } else {
                    socket.remote.port() == 0
                };
                remote
                    && is_at(socket.local.ip(), flow.client.ip())
                    && distance(socket, time) <= NEAR
            });
            all.min_by_key(|socket| distance(socket, time))
        };
        let socket = fitting(true).or_else(|| fitting(false))?;
        socket.holder.filter(|holder| *holder < self.holdings.holders.len())
    }
}

fn is_at(bound: IpAddr, address: IpAddr) -> bool {
    // A socket of IPv6 has all of IPv4's addresses as well, where it is not said otherwise.
    bound == address || bound.is_unspecified() && (bound.is_ipv6() || address.is_ipv4())
}

/// How far a moment is from those at which a socket was seen.
fn distance(socket: &HeldSocket, time: Timestamp) -> u64 {
    if time < socket.first { socket.first.0 - time.0 } else { time.0.saturating_sub(socket.last.0) }
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
                socket("192.0.2.1:4000", "192.0.2.9:53", (40, 50), 1),
                socket("0.0.0.0:4000", "0.0.0.0:0", (60, 70), 2),
                socket("192.0.2.2:5000", "0.0.0.0:0", (0, 90), 2),
                socket("192.0.2.2:6000", "0.0.0.0:0", (0, 90), 7),
                socket("[::]:8000", "[::]:0", (0, 90), 1),
            ],
            holders: (0..3).map(holder).collect(),
            ..Holdings::default()
        };
        let index = HoldingsIndex::of(&holdings);
        for (client, server, time, expected) in [
            ("192.0.2.1:4000", "192.0.2.9:53", 9, Some(0)),
            ("192.0.2.1:4000", "192.0.2.9:53", 25, Some(0)),
            ("192.0.2.1:4000", "192.0.2.9:53", 45, Some(1)),
            ("192.0.2.1:4000", "192.0.2.8:53", 45, Some(2)),
            ("192.0.2.1:5000", "192.0.2.9:53", 45, None),
            ("192.0.2.2:5000", "192.0.2.9:53", 45, Some(2)),
            ("192.0.2.2:6000", "192.0.2.9:53", 45, None),
            ("192.0.2.1:7000", "192.0.2.9:53", 45, None),
            ("192.0.2.1:8000", "192.0.2.9:53", 45, Some(1)),
            ("[2001:db8::1]:8000", "[2001:db8::9]:53", 45, Some(1)),
            ("[2001:db8::1]:4000", "[2001:db8::9]:53", 65, None),
            ("192.0.2.1:4000", "192.0.2.9:53", 70 + NEAR, Some(2)),
            ("192.0.2.1:4000", "192.0.2.9:53", 71 + NEAR, None),
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
