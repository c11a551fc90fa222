//! A line that is slow, narrow or lossy, where the kernel has no *netem*: whatever leaves for the
//! application waits in the packet queue until it is due, or is lost there. In nft's words:
//!
//! ```text
//! table inet apptrace { chain line {
//!     type filter hook postrouting priority filter;
//!     meta mark RESENT accept
//!     oif gw0 queue to 0
//! } }
//! ```
//!
//! A TCP socket sends no more while much of what it sent is still in the machine ("TCP small
//! queues", `tcp_small_queue_check` in net/ipv4/tcp_output.c), which the bytes in the queue are. So
//! of its packets a copy waits, to be sent by a raw socket, and the packet itself is as good as
//! sent; netem parts packets from their sockets for the same reason (`skb_orphan_partial`).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io;
use std::net::SocketAddrV6;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Instant;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn, SockaddrIn6, sendto,
    setsockopt, socket, sockopt,
};
use nix::sys::time::TimeSpec;

use super::SandboxError;
use super::impairment::Impairment;
use super::link::LINK_INDEX;
use super::nfnetlink::Batch;
use super::pace::Pace;
use super::queue::{Held, Queue};
use super::rule::{Hook, PRIORITY_FILTER, Rule, add_chain, add_rule, add_table};

const CHAIN: &[u8] = b"line\0";
/// The packet mark of what has been delayed.
const RESENT: u32 = 0x6c69_6e65;
/// A message of the queue's.
const MESSAGE: usize = 1 << 17;
/// So many copies wait at most; what comes then is lost, as on any line that is overrun.
const MOST_COPIES: usize = 1 << 15;

/// The line of a network namespace.
#[derive(Debug)]
pub struct Line {
    queue: Queue,
    resender: Resender,
    pace: Pace,
    /// When which packet is due, and by which number the queue knows, or knew, it; what is due at
    /// the same moment keeps its order.
    waiting: BinaryHeap<Reverse<(Instant, u32)>>,
    copies: HashMap<u32, Vec<u8>>,
}

impl Line {
    /// Takes hold of what leaves for the application from the calling thread's network namespace.
    /// Until it is served, nothing does.
    pub(super) fn open(impairment: Impairment, most_waiting: u32) -> Result<Self, SandboxError> {
        let queue = Queue::of_length(most_waiting)?;
        let no_socket = |errno| SandboxError::Hold { step: "open a raw socket", errno };
        let resender = Resender::open().map_err(no_socket)?;
        match rules(Rule::hold).send() {
            Err(SandboxError::Divert { errno: Errno::ENOENT, .. }) => {
                rules(Rule::hold_by_target).send()?;
            }
            other => other?,
        }
        let (pace, waiting) = (Pace::new(impairment), BinaryHeap::new());
        Ok(Self { queue, resender, pace, waiting, copies: HashMap::new() })
    }

    /// Lets each packet go when it is due.
    ///
    /// # Errors
    /// Where the queue cannot be read any more.
    pub fn serve(mut self) -> io::Result<()> {
        let mut buffer = vec![0; MESSAGE];
        loop {
            let now = Instant::now();
            self.release(now)?;
            let wait = self.waiting.peek().map(|Reverse((due, _))| due.duration_since(now));
            let mut polled = [PollFd::new(self.queue.as_fd(), PollFlags::POLLIN)];
            match ppoll(&mut polled, wait.map(TimeSpec::from_duration), None) {
                Ok(0) | Err(Errno::EINTR) => continue,
                Ok(_) => self.take(&mut buffer)?,
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    fn release(&mut self, now: Instant) -> io::Result<()> {
        while let Some(&Reverse((due, id))) = self.waiting.peek() {
            if due > now {
                break;
            }
            self.waiting.pop();
            match self.copies.remove(&id) {
                Some(packet) => self.resender.send(&packet),
                None => gone_is_gone(self.queue.release(id))?,
            }
        }
        Ok(())
    }

    /// Takes in what is there now.
    fn take(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        loop {
            match self.queue.receive_ready(buffer) {
                Ok(Some(held)) => self.admit(held)?,
                Ok(None) => {}
                Err(error) => match error.raw_os_error().map(Errno::from_raw) {
                    Some(Errno::EAGAIN) => return Ok(()),
                    // What found no room is lost, as it is on any line that is overrun.
                    Some(Errno::EINTR | Errno::ENOBUFS) => {}
                    _ => return Err(error),
                },
            }
        }
    }

    fn admit(&mut self, Held { id, packet }: Held) -> io::Result<()> {
        let is_tcp = is_tcp(&packet);
        let is_overrun = is_tcp && self.copies.len() >= MOST_COPIES;
        let due = self.pace.due(Instant::now(), packet.len()).filter(|_| !is_overrun);
        if let Some(due) = due {
            self.waiting.push(Reverse((due, id)));
            if !is_tcp {
                return Ok(());
            }
            self.copies.insert(id, packet);
        }
        gone_is_gone(self.queue.lose(id))
    }
}

/// Sends whole packets, of either version of IP.
#[derive(Debug)]
struct Resender {
    v4: OwnedFd,
    v6: OwnedFd,
}

impl Resender {
    fn open() -> nix::Result<Self> {
        let of = |family| {
            let protocol = SockProtocol::Raw;
            let socket = socket(family, SockType::Raw, SockFlag::SOCK_CLOEXEC, protocol)?;
            setsockopt(&socket, sockopt::Mark, &RESENT)?;
            Ok(socket)
        };
        Ok(Self { v4: of(AddressFamily::Inet)?, v6: of(AddressFamily::Inet6)? })
    }

    /// What cannot be sent is lost.
    fn send(&self, packet: &[u8]) {
        let flags = MsgFlags::empty();
        let _ = match (packet.get(16..20), packet.get(24..40)) {
            (_, Some(to)) if version(packet) == 6 => {
                let to = <[u8; 16]>::try_from(to).unwrap_or_default();
                let to = SockaddrIn6::from(SocketAddrV6::new(to.into(), 0, 0, LINK_INDEX));
                sendto(self.v6.as_raw_fd(), packet, &to, flags)
            }
            (Some(&[a, b, c, d]), _) => {
                let to = SockaddrIn::new(a, b, c, d, 0);
                sendto(self.v4.as_raw_fd(), packet, &to, flags)
            }
            _ => Ok(0),
        };
    }
}

/// The kernel drops a packet by itself where its interface goes.
fn gone_is_gone(told: io::Result<()>) -> io::Result<()> {
    match told {
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
        other => other,
    }
}

fn rules(hold: fn(&mut Rule)) -> Batch {
    let mut batch = Batch::begin();
    add_table(&mut batch);
    add_chain(&mut batch, CHAIN, Hook::Postrouting, PRIORITY_FILTER);
    add_rule(&mut batch, CHAIN, |rule| {
        rule.mark_is(RESENT);
        rule.accept();
    });
    add_rule(&mut batch, CHAIN, |rule| {
        rule.leaves_by(LINK_INDEX);
        hold(rule);
    });
    batch
}

fn version(packet: &[u8]) -> u8 {
    packet.first().map_or(0, |first| first >> 4)
}

/// Whether a packet is TCP's, by the protocol of its IP header (RFC 791 section 3.1, RFC 8200
/// section 3): the kernel's own TCP sends no extension headers.
fn is_tcp(packet: &[u8]) -> bool {
    let at = if version(packet) == 6 { 6 } else { 9 };
    packet.get(at) == Some(&(libc::IPPROTO_TCP as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_of_tcp_are_told_from_others() {
        let packet = |version: u8, at: usize, protocol: u8| {
            let mut packet = vec![0; 40];
            (packet[0], packet[at]) = (version << 4, protocol);
            packet
        };
        for (packet, expected) in [
            (packet(4, 9, 6), true),
            (packet(4, 9, 17), false),
            (packet(6, 6, 6), true),
            (packet(6, 9, 6), false),
            (vec![0x45], false),
            (Vec::new(), false),
        ] {
            assert_eq!(is_tcp(&packet), expected, "{packet:?}");
        }
    }
}
