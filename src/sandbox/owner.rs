//! Which process owns a socket, looked up in the socket tables of /proc while the socket is
//! still open: the simulated internet holds its first answer back until this is done, so that
//! whoever waits for one is found.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use procfs::process::{FDTarget, Process as ProcEntry};

use super::SandboxError;
use super::tree::Tree;
use crate::contact::{FlowKey, Process, Transport};

/// Looks flows' owners up among the processes below the sandbox's first one.
#[derive(Debug)]
pub struct Owners {
    init: u32,
    tree: Tree,
}

impl Owners {
    /// Owners among the processes below the one with this id outside the sandbox.
    ///
    /// # Errors
    /// Where the machine's process table cannot be read.
    pub fn below(init: u32) -> Result<Self, SandboxError> {
        Ok(Self { init, tree: Tree::below(init)? })
    }

    /// The processes seen so far.
    pub fn tree(&mut self) -> &mut Tree {
        &mut self.tree
    }

    /// The processes seen, when all is over.
    pub fn into_tree(self) -> Tree {
        self.tree
    }

    /// Who owns the client sockets of these flows now; none for those that cannot be told.
    pub fn find(&mut self, flows: &[FlowKey]) -> Vec<Option<Process>> {
        let sockets = Sockets::of(self.init);
        let inodes: Vec<Option<u64>> = flows.iter().map(|flow| sockets.inode(flow)).collect();
        if inodes.iter().all(Option::is_none) {
            return vec![None; flows.len()];
        }
        self.tree.sample();
        let holders = self.holders(&inodes.iter().flatten().copied().collect::<Vec<_>>());
        inodes.into_iter().map(|inode| self.tree.process(*holders.get(&inode?)?)).collect()
    }

    /// Whether the process with this id outside the sandbox owns the flow's client socket.
    pub fn is_owner(&mut self, outside: u32, flow: &FlowKey) -> bool {
        Sockets::of(self.init)
            .inode(flow)
            .is_some_and(|inode| descriptors(outside).any(|held| held == inode))
    }

    /// By socket inode, the process that holds it; none where several unrelated ones do, for
    /// then it cannot be told which of them sent.
    fn holders(&self, wanted: &[u64]) -> HashMap<u64, u32> {
        let mut holders: HashMap<u64, Vec<u32>> = HashMap::new();
        for pid in self.tree.alive() {
            for inode in descriptors(pid).filter(|inode| wanted.contains(inode)) {
                holders.entry(inode).or_default().push(pid);
            }
        }
        holders
            .into_iter()
            .filter_map(|(inode, mut pids)| {
                pids.sort_unstable();
                pids.dedup();
                match pids.as_slice() {
                    [only] => Some((inode, *only)),
                    _ => None,
                }
            })
            .collect()
    }
}

/// The inodes of the sockets that a process holds.
fn descriptors(pid: u32) -> impl Iterator<Item = u64> {
    let entries = ProcEntry::new(pid.cast_signed()).and_then(|process| process.fd());
    entries.into_iter().flatten().flatten().filter_map(|fd| match fd.target {
        FDTarget::Socket(inode) => Some(inode),
        _ => None,
    })
}

/// The sandbox's socket tables.
struct Sockets {
    tcp: Vec<(SocketAddr, SocketAddr, u64)>,
    udp: Vec<(SocketAddr, SocketAddr, u64)>,
}

impl Sockets {
    fn of(pid: u32) -> Self {
        let mut sockets = Self { tcp: Vec::new(), udp: Vec::new() };
        let Ok(process) = ProcEntry::new(pid.cast_signed()) else { return sockets };
        for table in [process.tcp(), process.tcp6()].into_iter().flatten() {
            sockets.tcp.extend(table.into_iter().map(|entry| {
                (plain(entry.local_address), plain(entry.remote_address), entry.inode)
            }));
        }
        for table in [process.udp(), process.udp6()].into_iter().flatten() {
            sockets.udp.extend(table.into_iter().map(|entry| {
                (plain(entry.local_address), plain(entry.remote_address), entry.inode)
            }));
        }
        sockets
    }

    fn inode(&self, flow: &FlowKey) -> Option<u64> {
        let table = match flow.transport {
            Transport::Tcp => &self.tcp,
            Transport::Udp => &self.udp,
            _ => return None,
        };
        let exact = |(local, remote, _): &&(SocketAddr, SocketAddr, u64)| {
            *local == flow.client && *remote == flow.server
        };
        let by_port = |(local, remote, _): &&(SocketAddr, SocketAddr, u64)| {
            local.port() == flow.client.port()
                && (local.ip() == flow.client.ip() || local.ip().is_unspecified())
                && remote.ip().is_unspecified()
        };
        let found = table.iter().find(exact).or_else(|| {
            let mut candidates = table.iter().filter(by_port);
            let first = candidates.next();
            // Several sockets on one port (SO_REUSEPORT): it cannot be told which.
            if candidates.next().is_some() { None } else { first }
        });
        found.map(|(_, _, inode)| *inode).filter(|inode| *inode != 0)
    }
}

/// An IPv4 address in IPv6 clothes as what it is (RFC 4291 section 2.5.5.2).
fn plain(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V6(v6) if v6.is_unspecified() => address,
        ip => SocketAddr::new(ip.to_canonical(), address.port()),
    }
}
