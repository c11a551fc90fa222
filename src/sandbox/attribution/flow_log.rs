//! The kernel's log of flows that begin (include/uapi/linux/netfilter/nfnetlink_log.h), to which
//! the rules of `rules` write.

use std::os::fd::AsFd;
use std::sync::Mutex;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::MsgFlags;

use super::rules;
use super::sighting::{Sighting, flow_of};
use super::watch::lock;
use crate::packet::Timestamp;
use crate::sandbox::SandboxError;
use crate::sandbox::netfilter::{HEADERS, Netfilter, To, attributes};

const NFNL_SUBSYS_ULOG: u16 = 4;
const NFULNL_MSG_PACKET: u16 = 0;
const NFULNL_MSG_CONFIG: u16 = 1;
const NFULA_MARK: u16 = 2;
const NFULA_PAYLOAD: u16 = 9;
const NFULA_SEQ: u16 = 12;
const NFULA_CFG_CMD: u16 = 1;
const NFULA_CFG_MODE: u16 = 2;
const NFULA_CFG_NLBUFSIZ: u16 = 3;
const NFULA_CFG_QTHRESH: u16 = 5;
const NFULA_CFG_FLAGS: u16 = 6;
const NFULNL_CFG_CMD_BIND: u8 = 1;
const NFULNL_COPY_PACKET: u8 = 2;
const NFULNL_CFG_F_SEQ: u16 = 1;
/// Addresses, ports and a connection's flags, behind a few options.
const COPIED: u32 = 96;
/// One message's buffer is no larger than it needs, so that more of them find room.
const MESSAGE: u32 = 256;

const CONFIGURE: To =
    To { service: NFNL_SUBSYS_ULOG, kind: NFULNL_MSG_CONFIG, number: rules::GROUP };

/// The log of the application's network namespace.
#[derive(Debug)]
pub struct FlowLog {
    netfilter: Netfilter,
    reading: Mutex<Reading>,
}

#[derive(Debug)]
struct Reading {
    buffer: Vec<u8>,
    /// The number of the message that is to come next.
    next: u32,
    lost: u64,
}

/// One message of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Logged<'a> {
    number: Option<u32>,
    mark: u32,
    packet: &'a [u8],
}

impl FlowLog {
    /// Has flows logged in the calling thread's network namespace.
    ///
    /// # Errors
    /// Where the kernel has no such log.
    pub fn open() -> Result<Self, SandboxError> {
        let failed = |step| move |errno| SandboxError::Attribution { step, errno };
        let netfilter = Netfilter::open().map_err(failed("open netlink for the log of flows"))?;
        netfilter
            .ask(CONFIGURE, |it| it.bytes(NFULA_CFG_CMD, &[NFULNL_CFG_CMD_BIND]))
            .and_then(|()| {
                netfilter.ask(CONFIGURE, |it| {
                    let [a, b, c, d] = COPIED.to_be_bytes();
                    it.bytes(NFULA_CFG_MODE, &[a, b, c, d, NFULNL_COPY_PACKET, 0]);
                    it.number(NFULA_CFG_NLBUFSIZ, MESSAGE);
                    it.number(NFULA_CFG_QTHRESH, 1);
                    it.bytes(NFULA_CFG_FLAGS, &NFULNL_CFG_F_SEQ.to_be_bytes());
                })
            })
            .map_err(failed("take the log of flows"))?;
        // After the log is taken: what is logged before is lost.
        rules::set_up()?;
        let buffer = vec![0; 1 << 16];
        let reading = Mutex::new(Reading { buffer, next: 0, lost: 0 });
        Ok(Self { netfilter, reading })
    }

    /// Waits until something is logged.
    pub fn wait(&self) {
        let mut ready = [PollFd::new(self.netfilter.as_fd(), PollFlags::POLLIN)];
        // Interrupted, there is nothing to be read, which does no harm.
        let _ = poll(&mut ready, PollTimeout::NONE);
    }

    /// Everything that was logged since.
    pub fn read(&self) -> Vec<Sighting> {
        let mut reading = lock(&self.reading);
        let mut sightings = Vec::new();
        loop {
            let Reading { buffer, next, lost } = &mut *reading;
            let length = match self.netfilter.receive(buffer, MsgFlags::MSG_DONTWAIT) {
                Ok(length) => length,
                // What found no room is missing in the count that follows.
                Err(Errno::ENOBUFS | Errno::EINTR) => continue,
                Err(_) => return sightings,
            };
            let time = Timestamp::now();
            for logged in messages(buffer.get(..length).unwrap_or_default()) {
                if let Some(number) = logged.number {
                    *lost += u64::from(number.wrapping_sub(*next));
                    *next = number.wrapping_add(1);
                }
                if let Some(flow) = flow_of(logged.packet) {
                    sightings.push(Sighting { flow, time, caller: logged.mark });
                }
            }
        }
    }

    /// How many beginnings of flows were lost for want of room.
    pub fn lost(&self) -> u64 {
        lock(&self.reading).lost
    }
}

/// The messages of a datagram that tell of a packet.
fn messages(datagram: &[u8]) -> Vec<Logged<'_>> {
    let mut all = Vec::new();
    let mut rest = datagram;
    while let Some(&[a, b, c, d, kind_low, kind_high]) = rest.first_chunk::<6>() {
        let length = u32::from_ne_bytes([a, b, c, d]) as usize;
        let Some(message) = rest.get(..length.max(HEADERS)) else { break };
        let kind = u16::from_ne_bytes([kind_low, kind_high]);
        if kind == NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET {
            all.push(logged(message.get(HEADERS..).unwrap_or_default()));
        }
        rest = rest.get(length.max(HEADERS).next_multiple_of(4)..).unwrap_or_default();
    }
    all
}

fn logged(message: &[u8]) -> Logged<'_> {
    let mut logged = Logged { number: None, mark: 0, packet: &[] };
    for (kind, value) in attributes(message) {
        let number = value.first_chunk().copied().map(u32::from_be_bytes);
        match kind {
            NFULA_MARK => logged.mark = number.unwrap_or_default(),
            NFULA_SEQ => logged.number = number,
            NFULA_PAYLOAD => logged.packet = value,
            _ => {}
        }
    }
    logged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::netfilter::message;

    #[test]
    fn several_messages_of_a_datagram_are_read_and_what_is_cut_is_none() {
        let kind = NFNL_SUBSYS_ULOG << 8;
        let one: [(u16, &[u8]); 3] = [(2, &[0, 0, 0, 7]), (9, b"abc"), (12, &[0, 0, 1, 0])];
        let both = [message(kind, &one), message(3, &[]), message(kind, &one[1..2])].concat();
        let expected = [
            Logged { number: Some(256), mark: 7, packet: b"abc" },
            Logged { number: None, mark: 0, packet: b"abc" },
        ];
        assert_eq!(messages(&both), expected);
        for end in 0..both.len() {
            assert!(messages(&both[..end]).len() < 2, "{end}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0_u8.., 0..200)) {
            for logged in messages(&bytes) {
                let _ = flow_of(logged.packet);
            }
        }
    }
}
