//! Which process owns a socket, looked up in the socket tables of /proc while the socket is
//! still open: what is left where calls cannot be held. The simulated internet then holds its
//! first answer back until this is done, so that whoever waits for one is found; who has gone by
//! then is not.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};

use procfs::ProcResult;
use procfs::net::{TcpNetEntry, UdpNetEntry};
use procfs::process::{FDTarget, Process as ProcEntry};

use crate::contact::{FlowKey, Transport};

/// Who holds the client sockets of these flows, of the processes with the ids `living` outside,
/// in the sandbox whose first process is `init`; none for those that cannot be told.
pub fn find(init: u32, living: &[u32], flows: &[FlowKey]) -> Vec<Option<u32>> {
    let sockets = Sockets::of(init);
    let inodes: Vec<Option<u64>> = flows.iter().map(|flow| sockets.inode(flow)).collect();
    let holders = holders(living, &inodes.iter().flatten().copied().collect());
    inodes.into_iter().map(|inode| holders.get(&inode?).copied()).collect()
}

/// Whether the process with this id outside the sandbox owns the flow's client socket.
pub fn is_owner(outside: u32, flow: &FlowKey) -> bool {
    Sockets::of(outside)
        .inode(flow)
        .is_some_and(|inode| descriptors(outside).any(|held| held == inode))
}

/// By socket inode, the process that holds it; none where several unrelated ones do, for
/// then it cannot be told which of them sent.
fn holders(living: &[u32], wanted: &HashSet<u64>) -> HashMap<u64, u32> {
    let mut holders: HashMap<u64, Vec<u32>> = HashMap::new();
    for pid in living.iter().copied().filter(|_| !wanted.is_empty()) {
        for inode in descriptors(pid).filter(|inode| wanted.contains(inode)) {
            holders.entry(inode).or_default().push(pid);
        }
    }
    let only = |(inode, mut pids): (u64, Vec<u32>)| {
        pids.sort_unstable();
        pids.dedup();
        match pids.as_slice() {
            [only] => Some((inode, *only)),
            _ => None,
        }
    };
    holders.into_iter().filter_map(only).collect()
}

/// The inodes of the sockets that a process holds.
fn descriptors(pid: u32) -> impl Iterator<Item = u64> {
    let entries = ProcEntry::new(pid.cast_signed()).and_then(|process| process.fd());
    entries.into_iter().flatten().flatten().filter_map(|fd| match fd.target {
        FDTarget::Socket(inode) => Some(inode),
        _ => None,
    })
}

/// One line of a socket table: local address, remote address, inode.
type Line = (SocketAddr, SocketAddr, u64);

/// Lines by their local port: connections are many, and those of one port are few.
type Table = HashMap<u16, Vec<Line>>;

/// The sandbox's socket tables, read as they are needed: the kernel walks through all of a
/// machine's connections to write one of those of TCP.
struct Sockets {
    process: Option<ProcEntry>,
    tcp: OnceCell<Table>,
    tcp6: OnceCell<Table>,
    udp: OnceCell<Table>,
}

impl Sockets {
    fn of(pid: u32) -> Self {
        let process = ProcEntry::new(pid.cast_signed()).ok();
        Self { process, tcp: OnceCell::new(), tcp6: OnceCell::new(), udp: OnceCell::new() }
    }

    fn inode(&self, flow: &FlowKey) -> Option<u64> {
        match flow.transport {
            // A connection over IPv4 may be an IPv6 socket's.
            Transport::Tcp if flow.client.is_ipv4() => {
                look_up(self.tcp(), flow).or_else(|| look_up(self.tcp6(), flow))
            }
            Transport::Tcp => look_up(self.tcp6(), flow),
            Transport::Udp => look_up(self.udp(), flow),
            _ => None,
        }
    }

    fn tcp(&self) -> &Table {
        self.tcp.get_or_init(|| table(lines(self.process.as_ref().map(ProcEntry::tcp), tcp_line)))
    }

    fn tcp6(&self) -> &Table {
        self.tcp6.get_or_init(|| table(lines(self.process.as_ref().map(ProcEntry::tcp6), tcp_line)))
    }

    fn udp(&self) -> &Table {
        self.udp.get_or_init(|| {
            let both = [ProcEntry::udp, ProcEntry::udp6];
            let tables = both.map(|table| lines(self.process.as_ref().map(table), udp_line));
            table(tables.concat())
        })
    }
}

/// A table's lines; none where it cannot be read.
fn lines<E>(table: Option<ProcResult<Vec<E>>>, line: fn(E) -> Line) -> Vec<Line> {
    table.into_iter().flatten().flatten().map(line).collect()
}

fn table(lines: Vec<Line>) -> Table {
    let mut table = Table::new();
    for line in lines {
        table.entry(line.0.port()).or_default().push(line);
    }
    table
}

fn tcp_line(entry: TcpNetEntry) -> Line {
    (plain(entry.local_address), plain(entry.remote_address), entry.inode)
}

fn udp_line(entry: UdpNetEntry) -> Line {
    (plain(entry.local_address), plain(entry.remote_address), entry.inode)
}

fn look_up(table: &Table, flow: &FlowKey) -> Option<u64> {
    let lines = table.get(&flow.client.port())?;
    let exact = |(local, remote, _): &&Line| *local == flow.client && *remote == flow.server;
    let by_port = |(local, remote, _): &&Line| {
        (local.ip() == flow.client.ip() || local.ip().is_unspecified())
            && remote.ip().is_unspecified()
    };
    let found = lines.iter().find(exact).or_else(|| {
        let mut candidates = lines.iter().filter(by_port);
        let first = candidates.next();
        // Several sockets on one port (SO_REUSEPORT): it cannot be told which.
        if candidates.next().is_some() { None } else { first }
    });
    found.map(|(_, _, inode)| *inode).filter(|inode| *inode != 0)
}

/// An IPv4 address in IPv6 clothes as what it is (RFC 4291 section 2.5.5.2).
fn plain(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V6(v6) if v6.is_unspecified() => address,
        ip => SocketAddr::new(ip.to_canonical(), address.port()),
    }
}
