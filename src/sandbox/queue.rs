//! Packets held back until somebody says what becomes of them: the kernel's packet queue
//! (include/uapi/linux/netfilter/nfnetlink_queue.h), to which the rules of `gate` send.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, send,
    setsockopt, socket, sockopt,
};

use super::SandboxError;
use super::nfnetlink::Attributes;
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
/// Room for that many of ordinary size, as far as the system allows.
const BUFFER: usize = 8 << 20;
/// Netlink's header and nfnetlink's.
const HEADERS: usize = 20;

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
pub struct Queue(OwnedFd);

impl Queue {
    /// Takes the queue of the calling thread's network namespace.
    ///
    /// # Errors
    /// Where the kernel has no packet queue.
    pub fn open() -> Result<Self, SandboxError> {
        let failed = |step| move |errno| SandboxError::Hold { step, errno };
        let netlink = socket(
            AddressFamily::Netlink,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC,
            SockProtocol::NetlinkNetFilter,
        )
        .map_err(failed("open netlink"))?;
        bind(netlink.as_raw_fd(), &NetlinkAddr::new(0, 0)).map_err(failed("bind netlink"))?;
        // As much as the system allows.
        let _ = setsockopt(&netlink, sockopt::RcvBuf, &BUFFER);
        let queue = Self(netlink);
        queue
            .configure(|it| it.bytes(NFQA_CFG_CMD, &[NFQNL_CFG_CMD_BIND, 0, 0, 0]))
            .and_then(|()| {
                queue.configure(|it| {
                    it.bytes(NFQA_CFG_PARAMS, &[0, 0, 0xff, 0xff, NFQNL_COPY_PACKET]);
                    it.number(NFQA_CFG_QUEUE_MAXLEN, LENGTH);
                })
            })
            .map_err(failed("take the packet queue"))?;
        Ok(queue)
    }

    fn configure(&self, fill: impl FnOnce(&mut Attributes)) -> nix::Result<()> {
        self.message(NFQNL_MSG_CONFIG, libc::NLM_F_ACK as u16, fill)?;
        let mut answer = [0; 4096];
        let length = recv(self.0.as_raw_fd(), &mut answer, MsgFlags::empty())?;
        match answer.get(..length).and_then(|answer| answer.get(16..20)) {
            Some(&[a, b, c, d]) => match i32::from_ne_bytes([a, b, c, d]) {
                0 => Ok(()),
                code => Err(Errno::from_raw(code.wrapping_neg())),
            },
            _ => Err(Errno::EBADMSG),
        }
    }

    fn message(
        &self,
        kind: u16,
        flags: u16,
        fill: impl FnOnce(&mut Attributes),
    ) -> nix::Result<()> {
        let mut attributes = Attributes::default();
        fill(&mut attributes);
        let attributes = attributes.as_bytes();
        let mut message = Vec::with_capacity(HEADERS + attributes.len());
        message.extend(((HEADERS + attributes.len()) as u32).to_ne_bytes());
        message.extend((NFNL_SUBSYS_QUEUE << 8 | kind).to_ne_bytes());
        message.extend((libc::NLM_F_REQUEST as u16 | flags).to_ne_bytes());
        // Sequence number and port; then any family, version 0, queue 0.
        message.extend([0; 12]);
        message.extend(attributes);
        send(self.0.as_raw_fd(), &message, MsgFlags::empty()).map(drop)
    }

    /// Waits for the next packet; none for a message that is no packet.
    ///
    /// # Errors
    /// Where the socket cannot be read; `ENOBUFS` says that packets were lost.
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<Option<Held>> {
        let length = recv(self.0.as_raw_fd(), buffer, MsgFlags::empty())?;
        Ok(buffer.get(..length).and_then(held))
    }

    /// Says what becomes of a packet.
    ///
    /// # Errors
    /// Where the kernel does not hold it any more.
    pub fn decide(&self, id: u32, fate: Fate) -> io::Result<()> {
        let verdict = if fate == Fate::Drop { NF_DROP } else { NF_ACCEPT };
        self.message(NFQNL_MSG_VERDICT, 0, |it| {
            let [a, b, c, d] = verdict.to_be_bytes();
            let [e, f, g, h] = id.to_be_bytes();
            it.bytes(NFQA_VERDICT_HDR, &[a, b, c, d, e, f, g, h]);
            it.number(NFQA_MARK, mark(fate));
        })?;
        Ok(())
    }
}

/// A message of the kernel's as the packet that it brings.
fn held(message: &[u8]) -> Option<Held> {
    let kind = u16::from_ne_bytes([*message.get(4)?, *message.get(5)?]);
    if kind != NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET {
        return None;
    }
    let (mut id, mut packet) = (None, Vec::new());
    let mut rest = message.get(HEADERS..)?;
    while let Some(&[a, b, c, d]) = rest.first_chunk::<4>() {
        let length = usize::from(u16::from_ne_bytes([a, b]));
        let value = rest.get(4..length)?;
        match u16::from_ne_bytes([c, d]) & 0x3fff {
            NFQA_PACKET_HDR => id = value.first_chunk().copied().map(u32::from_be_bytes),
            NFQA_PAYLOAD => packet = value.to_vec(),
            _ => {}
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Some(Held { id: id?, packet })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut body = Attributes::default();
        for (kind, value) in attributes {
            body.bytes(*kind, value);
        }
        let mut message = vec![0; HEADERS];
        message[4..6].copy_from_slice(&(NFNL_SUBSYS_QUEUE << 8).to_ne_bytes());
        message.extend(body.as_bytes());
        message
    }

    #[test]
    fn a_packet_is_read_and_what_is_cut_is_none() {
        let header = [0, 0, 0, 7, 8, 0, 0];
        let whole = message(&[(1, &header), (5, &[0; 4]), (10, b"packet")]);
        assert_eq!(held(&whole), Some(Held { id: 7, packet: b"packet".to_vec() }));
        assert_eq!(held(&message(&[(10, b"packet")])), None);
        for end in 0..whole.len() {
            // Whatever it gives, it does not panic.
            let _ = held(&whole[..end]);
        }
        let mut other = whole;
        other[4] = 9;
        assert_eq!(held(&other), None);
    }
}
