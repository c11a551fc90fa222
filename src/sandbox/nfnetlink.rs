//! Messages to nf_tables: batches of netlink messages made of attributes
//! (include/uapi/linux/netfilter/nfnetlink.h, netlink(7)).

use std::io::IoSlice;
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendmsg, socket,
};

use super::SandboxError;

const NFNL_MSG_BATCH_BEGIN: u16 = 0x10;
const NFNL_MSG_BATCH_END: u16 = 0x11;
const NFNL_SUBSYS_NFTABLES: u16 = 10;
const NFPROTO_INET: u8 = 1;
/// An attribute that holds attributes (NLA_F_NESTED).
pub(super) const NESTED: u16 = 0x8000;

/// nfnetlink messages, to be applied all or none.
#[derive(Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    /// How many of the messages the kernel acknowledges.
    acknowledged: u32,
}

impl Batch {
    /// An empty batch.
    pub(super) fn begin() -> Self {
        let mut batch = Self::default();
        batch.control(NFNL_MSG_BATCH_BEGIN);
        batch
    }

    fn control(&mut self, kind: u16) {
        self.message(kind, 0, 0, NFNL_SUBSYS_NFTABLES, |_| {});
    }

    /// Adds an object; a rule goes to the end of its chain (NLM_F_APPEND).
    pub(super) fn add(&mut self, kind: u16, fill: impl FnOnce(&mut Attributes)) {
        self.acknowledged += 1;
        let flags = (libc::NLM_F_CREATE | libc::NLM_F_ACK | libc::NLM_F_APPEND) as u16;
        self.message(NFNL_SUBSYS_NFTABLES << 8 | kind, flags, NFPROTO_INET, 0, fill);
    }

    fn message(
        &mut self,
        kind: u16,
        flags: u16,
        family: u8,
        resource: u16,
        fill: impl FnOnce(&mut Attributes),
    ) {
        let mut attributes = Attributes::default();
        fill(&mut attributes);
        let length = 16 + 4 + attributes.0.len();
        self.bytes.extend((length as u32).to_ne_bytes());
        self.bytes.extend(kind.to_ne_bytes());
        self.bytes.extend((libc::NLM_F_REQUEST as u16 | flags).to_ne_bytes());
        self.bytes.extend(1_u32.to_ne_bytes());
        self.bytes.extend(0_u32.to_ne_bytes());
        self.bytes.extend([family, 0]);
        self.bytes.extend(resource.to_be_bytes());
        self.bytes.extend(attributes.0);
    }

    /// Has the kernel apply them, and waits for its word on each.
    pub(super) fn send(mut self) -> Result<(), SandboxError> {
        self.control(NFNL_MSG_BATCH_END);
        let failed = |step| move |errno| SandboxError::Divert { step, errno };
        let netlink = socket(
            AddressFamily::Netlink,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC,
            SockProtocol::NetlinkNetFilter,
        )
        .map_err(failed("open netlink"))?;
        let kernel = NetlinkAddr::new(0, 0);
        sendmsg(
            netlink.as_raw_fd(),
            &[IoSlice::new(&self.bytes)],
            &[],
            MsgFlags::empty(),
            Some(&kernel),
        )
        .map_err(failed("send the rules"))?;
        let mut left = self.acknowledged;
        let mut buffer = vec![0; 1 << 16];
        while left > 0 {
            let length = recv(netlink.as_raw_fd(), &mut buffer, MsgFlags::empty())
                .map_err(failed("read the answer"))?;
            left = left.saturating_sub(acknowledgements(&buffer[..length])?);
        }
        Ok(())
    }
}

/// How many acknowledgements a datagram holds; the first refusal is the error.
fn acknowledgements(mut datagram: &[u8]) -> Result<u32, SandboxError> {
    let mut count = 0;
    while let Some(header) = datagram.first_chunk::<20>() {
        let length = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let kind = u16::from_ne_bytes([header[4], header[5]]);
        if i32::from(kind) == libc::NLMSG_ERROR {
            let code = i32::from_ne_bytes([header[16], header[17], header[18], header[19]]);
            if code != 0 {
                let errno = Errno::from_raw(-code);
                return Err(SandboxError::Divert { step: "apply the rules", errno });
            }
            count += 1;
        }
        datagram = datagram.get(length.next_multiple_of(4).max(20)..).unwrap_or_default();
    }
    Ok(count)
}

/// Netlink attributes: type, length, value, padded to four bytes.
#[derive(Default)]
pub(super) struct Attributes(Vec<u8>);

impl Attributes {
    /// What they are on the wire.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// An attribute as it is.
    pub(super) fn bytes(&mut self, kind: u16, value: &[u8]) {
        self.0.extend((value.len() as u16 + 4).to_ne_bytes());
        self.0.extend(kind.to_ne_bytes());
        self.0.extend(value);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
    }

    /// nf_tables' numbers are big-endian.
    pub(super) fn number(&mut self, kind: u16, value: u32) {
        self.bytes(kind, &value.to_be_bytes());
    }

    /// An attribute made of attributes.
    pub(super) fn nest(&mut self, kind: u16, fill: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        fill(&mut inner);
        self.bytes(kind | NESTED, &inner.0);
    }
}
