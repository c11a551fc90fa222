//! What polling /proc gets: every 10 ms, which process holds which socket of the sandbox.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use procfs::process::{FDTarget, Process, all_processes};

const INTERVAL: Duration = Duration::from_millis(10);

/// A local port of a transport, and the process that held it, by its id in the sandbox.
pub(crate) type Held = (&'static str, u16, u32);

/// Polls until told to stop; every holder that was seen.
pub(crate) fn poll(stop: &AtomicBool) -> (HashSet<Held>, usize) {
    let (mut seen, mut rounds) = (HashSet::new(), 0);
    let own = std::fs::read_link("/proc/self/ns/net").unwrap_or_default();
    while !stop.load(Ordering::Relaxed) {
        let begun = Instant::now();
        look(&own, &mut seen);
        rounds += 1;
        thread::sleep(INTERVAL.saturating_sub(begun.elapsed()));
    }
    (seen, rounds)
}

fn look(own: &std::path::Path, seen: &mut HashSet<Held>) {
    let mut ports: Option<HashMap<u64, (&'static str, u16)>> = None;
    for process in all_processes().into_iter().flatten().flatten() {
        let Some(inside) = inside(&process) else { continue };
        let network = std::fs::read_link(format!("/proc/{}/ns/net", process.pid));
        if network.is_ok_and(|it| it == own) {
            continue;
        }
        let ports = ports.get_or_insert_with(|| sockets(&process));
        for descriptor in process.fd().into_iter().flatten().flatten() {
            if let FDTarget::Socket(inode) = descriptor.target
                && let Some((transport, port)) = ports.get(&inode)
            {
                seen.insert((transport, *port, inside));
            }
        }
    }
}

fn inside(process: &Process) -> Option<u32> {
    let ids = process.status().ok()?.nspid?;
    u32::try_from(*ids.get(1)?).ok()
}

fn sockets(process: &Process) -> HashMap<u64, (&'static str, u16)> {
    let mut ports = HashMap::new();
    for entry in [process.udp(), process.udp6()].into_iter().flatten().flatten() {
        ports.insert(entry.inode, ("udp", entry.local_address.port()));
    }
    for entry in [process.tcp(), process.tcp6()].into_iter().flatten().flatten() {
        ports.insert(entry.inode, ("tcp", entry.local_address.port()));
    }
    ports
}
