//! A socket to the services that netfilter has besides its rules, the packet queue and the log
//! (include/uapi/linux/netfilter/nfnetlink.h, netlink(7)): requests, their answers, and the
//! attributes of what the kernel sends.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, send,
    setsockopt, socket, sockopt,
};

use super::nfnetlink::Attributes;

/// Netlink's header and nfnetlink's.
pub(super) const HEADERS: usize = 20;
/// Room for thousands of messages, as far as the system allows.
const BUFFER: usize = 8 << 20;

/// What a message is to, of its service: its kind, and the number of the queue or the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct To {
    pub(super) service: u16,
    pub(super) kind: u16,
    pub(super) number: u16,
}

/// A socket to netfilter in the network namespace of the thread that opened it.
#[derive(Debug)]
pub(super) struct Netfilter(OwnedFd);

impl Netfilter {
    pub(super) fn open() -> nix::Result<Self> {
        let netlink = socket(
            AddressFamily::Netlink,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC,
            SockProtocol::NetlinkNetFilter,
        )?;
        bind(netlink.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
        // As much as the system allows.
        let _ = setsockopt(&netlink, sockopt::RcvBuf, &BUFFER);
        Ok(Self(netlink))
    }

    /// Sends a message that nobody answers.
    pub(super) fn tell(&self, to: To, fill: impl FnOnce(&mut Attributes)) -> nix::Result<()> {
        self.message(to, 0, fill)
    }

    /// Sends a request, and waits for the kernel's word on it. Nothing else may be on its way
    /// to this socket yet.
    pub(super) fn ask(&self, to: To, fill: impl FnOnce(&mut Attributes)) -> nix::Result<()> {
        self.message(to, libc::NLM_F_ACK, fill)?;
        let mut answer = [0; 4096];
        let length = self.receive(&mut answer, MsgFlags::empty())?;
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
        to: To,
        flags: libc::c_int,
        fill: impl FnOnce(&mut Attributes),
    ) -> nix::Result<()> {
        let mut attributes = Attributes::default();
        fill(&mut attributes);
        let attributes = attributes.as_bytes();
        let mut message = Vec::with_capacity(HEADERS + attributes.len());
        message.extend(((HEADERS + attributes.len()) as u32).to_ne_bytes());
        message.extend((to.service << 8 | to.kind).to_ne_bytes());
        message.extend(((libc::NLM_F_REQUEST | flags) as u16).to_ne_bytes());
        // Sequence number and port; then any family, and version 0.
        message.extend([0; 10]);
        message.extend(to.number.to_be_bytes());
        message.extend(attributes);
        send(self.0.as_raw_fd(), &message, MsgFlags::empty()).map(drop)
    }

    /// The next datagram; `ENOBUFS` says that some found no room.
    pub(super) fn receive(&self, buffer: &mut [u8], flags: MsgFlags) -> nix::Result<usize> {
        recv(self.0.as_raw_fd(), buffer, flags)
    }
}

impl AsFd for Netfilter {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The attributes of a message, from behind its headers, up to where they cease to make sense:
/// their kinds and values.
pub(super) fn attributes(mut rest: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let &[a, b, c, d] = rest.first_chunk::<4>()?;
        let length = usize::from(u16::from_ne_bytes([a, b]));
        let value = rest.get(4..length)?;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        // Without the flags that say what a value is made of.
        Some((u16::from_ne_bytes([c, d]) & 0x3fff, value))
    })
}

/// A message as the kernel sends it, for tests.
#[cfg(test)]
pub(super) fn message(kind: u16, attributes: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = Attributes::default();
    for (kind, value) in attributes {
        body.bytes(*kind, value);
    }
    let mut message = vec![0; HEADERS];
    let length = (HEADERS + body.as_bytes().len()) as u32;
    message[..4].copy_from_slice(&length.to_ne_bytes());
    message[4..6].copy_from_slice(&kind.to_ne_bytes());
    message.extend(body.as_bytes());
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_end_where_they_make_no_sense() {
        let whole = message(0, &[(1, b"abc"), (0x8002, b"")]);
        let check = |bytes: &[u8], expected: &[(u16, &[u8])]| {
            assert_eq!(attributes(bytes).collect::<Vec<_>>(), expected, "{bytes:?}");
        };
        check(&whole[HEADERS..], &[(1, b"abc"), (2, b"")]);
        check(&whole[HEADERS..HEADERS + 9], &[(1, b"abc")]);
        check(&[3, 0, 1, 0], &[]);
        check(&[9, 0, 1, 0, 7], &[]);
        check(&[], &[]);
    }
}
