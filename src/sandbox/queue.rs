//! Packets held back until somebody says what becomes of them: the kernel's packet queue
//! (include/uapi/linux/netfilter/nfnetlink_queue.h), to which the rules of `gate` send.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::socket::MsgFlags;

use super::SandboxError;
use super::netfilter::{HEADERS, Netfilter, To, attributes};
use crate::contact::Fate;

const NFNL_SUBSYS_QUEUE: u16 = 3;
const NFQNL_MSG_PACKET: u16 = 0;
const NFQNL_MSG_VERDICT: u16 = 1;
const NFQNL_MSG_CONFIG: u16 = 2;
const NFQA_PACKET_HDR: u16 = 1;
const NFQA_VERDICT_HDR: u16 = 2;
const NFQA_MARK: u16 = 3;
const NFQA_PAYLOAD: u16 = 10;
const NFQA_CFG_CMD: u16 = 1;
const NFQA_CFG_PARAMS: u16 = 2;
const NFQA_CFG_QUEUE_MAXLEN: u16 = 3;
const NFQNL_CFG_CMD_BIND: u8 = 1;
const NFQNL_COPY_PACKET: u8 = 2;
const NF_DROP: u32 = 0;
const NF_ACCEPT: u32 = 1;
/// How many packets wait at most; what comes then is lost, as it is by any router.
const LENGTH: u32 = 8192;

/// The packet mark by which the rules know what becomes of a packet.
pub(super) fn mark(fate: Fate) -> u32 {
    match fate {
        Fate::Drop => 0,
        Fate::Pass => 1,
        Fate::Refuse => 2,
        Fate::Unreachable => 3,
        Fate::NoRoute => 4,
        Fate::Prohibit => 5,
    }
}

/// A packet that is held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// By which its fate is told.
    pub id: u32,
    /// From its IP header on.
    pub packet: Vec<u8>,
}

/// The queue number 0 of a network namespace.
#[derive(Debug)]
pub struct Queue(Netfilter);

const CONFIGURE: To = To { service: NFNL_SUBSYS_QUEUE, kind: NFQNL_MSG_CONFIG, number: 0 };
const DECIDE: To = To { service: NFNL_SUBSYS_QUEUE, kind: NFQNL_MSG_VERDICT, number: 0 };

impl Queue {
    /// Takes the queue of the calling thread's network namespace.
    ///
    /// # Errors
    /// Where the kernel has no packet queue.
    pub fn open() -> Result<Self, SandboxError> {
        Self::of_length(LENGTH)
    }

    /// The same, with another number of packets that wait at most.
    pub(super) fn of_length(most: u32) -> Result<Self, SandboxError> {
        let failed = |step| move |errno| SandboxError::Hold { step, errno };
        let netfilter = Netfilter::open().map_err(failed("open netlink"))?;
        netfilter
            .ask(CONFIGURE, |it| it.bytes(NFQA_CFG_CMD, &[NFQNL_CFG_CMD_BIND, 0, 0, 0]))
            .and_then(|()| {
                netfilter.ask(CONFIGURE, |it| {
                    it.bytes(NFQA_CFG_PARAMS, &[0, 0, 0xff, 0xff, NFQNL_COPY_PACKET]);
                    it.number(NFQA_CFG_QUEUE_MAXLEN, most);
                })
            })
            .map_err(failed("take the packet queue"))?;
        Ok(Self(netfilter))
    }

    /// Waits for the next packet; none for a message that is no packet.
    ///
    /// # Errors
    /// Where the socket cannot be read; `ENOBUFS` says that packets were lost.
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<Option<Held>> {
        let length = self.0.receive(buffer, MsgFlags::empty())?;
        Ok(buffer.get(..length).and_then(held))
    }

    /// The next packet, where there is one.
    ///
    /// # Errors
    /// `EAGAIN` where there is none; else as [`Queue::receive`].
    pub(super) fn receive_ready(&self, buffer: &mut [u8]) -> io::Result<Option<Held>> {
        let length = self.0.receive(buffer, MsgFlags::MSG_DONTWAIT)?;
        Ok(buffer.get(..length).and_then(held))
    }

    /// Lets a packet go on as it is.
    pub(super) fn release(&self, id: u32) -> io::Result<()> {
        self.verdict(id, NF_ACCEPT, None)
    }

    /// Loses a packet.
    pub(super) fn lose(&self, id: u32) -> io::Result<()> {
        self.verdict(id, NF_DROP, None)
    }

    /// Says what becomes of a packet.
    ///
    /// # Errors
    /// Where the kernel does not hold it any more.
    pub fn decide(&self, id: u32, fate: Fate) -> io::Result<()> {
        let verdict = if fate == Fate::Drop { NF_DROP } else { NF_ACCEPT };
        self.verdict(id, verdict, Some(mark(fate)))
    }

    fn verdict(&self, id: u32, verdict: u32, mark: Option<u32>) -> io::Result<()> {
        self.0.tell(DECIDE, |it| {
            let [a, b, c, d] = verdict.to_be_bytes();
            let [e, f, g, h] = id.to_be_bytes();
            it.bytes(NFQA_VERDICT_HDR, &[a, b, c, d, e, f, g, h]);
            if let Some(mark) = mark {
                it.number(NFQA_MARK, mark);
            }
        })?;
        Ok(())
    }
}

impl AsFd for Queue {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// A message of the kernel's as the packet that it brings.
fn held(message: &[u8]) -> Option<Held> {
    let kind = u16::from_ne_bytes([*message.get(4)?, *message.get(5)?]);
    if kind != NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET {
        return None;
    }
    let (mut id, mut packet) = (None, Vec::new());
    for (kind, value) in attributes(message.get(HEADERS..)?) {
        match kind {
            NFQA_PACKET_HDR => id = value.first_chunk().copied().map(u32::from_be_bytes),
            NFQA_PAYLOAD => packet = value.to_vec(),
            _ => {}
        }
    }
    Some(Held { id: id?, packet })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::netfilter::message;

    #[test]
    fn a_packet_is_read_and_what_is_cut_is_none() {
        let header = [0, 0, 0, 7, 8, 0, 0];
        let kind = NFNL_SUBSYS_QUEUE << 8;
        let whole = message(kind, &[(1, &header), (5, &[0; 4]), (10, b"packet")]);
        assert_eq!(held(&whole), Some(Held { id: 7, packet: b"packet".to_vec() }));
        assert_eq!(held(&message(kind, &[(10, b"packet")])), None);
        for end in 0..whole.len() - 8 {
            // What is cut is no packet, or one without what it carries.
            assert!(held(&whole[..end]).is_none_or(|held| held.packet.is_empty()), "{end}");
        }
        let mut other = whole;
        other[4] = 9;
        assert_eq!(held(&other), None);
    }
}
