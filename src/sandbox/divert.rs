//! The rules that bring every TCP and UDP port of every address to one listener each: one
//! nf_tables chain with `tproxy`, written as raw nfnetlink messages
//! (include/uapi/linux/netfilter/{nfnetlink,nf_tables}.h). What they say, in nft's words:
//!
//! ```text
//! table inet apptrace { chain divert {
//!     type filter hook prerouting priority mangle;
//!     ip daddr A tcp dport P accept        # refused: nobody listens there, the kernel says so
//!     meta l4proto tcp tproxy to :TCP
//!     meta l4proto udp tproxy to :UDP
//! } }
//! ```

use std::io::IoSlice;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendmsg, socket,
};

use super::SandboxError;

const TABLE: &[u8] = b"apptrace\0";
const CHAIN: &[u8] = b"divert\0";

// nfnetlink.h
const NFNL_MSG_BATCH_BEGIN: u16 = 0x10;
const NFNL_MSG_BATCH_END: u16 = 0x11;
const NFNL_SUBSYS_NFTABLES: u16 = 10;
const NFPROTO_INET: u8 = 1;
const NFPROTO_IPV4: u8 = 2;
const NFPROTO_IPV6: u8 = 10;
// nf_tables.h
const NFT_MSG_NEWTABLE: u16 = 0;
const NFT_MSG_NEWCHAIN: u16 = 3;
const NFT_MSG_NEWRULE: u16 = 6;
const NFT_REG_1: u32 = 1;
const NFT_META_L4PROTO: u32 = 16;
const NFT_META_NFPROTO: u32 = 15;
const NFT_CMP_EQ: u32 = 0;
const NFT_CMP_LTE: u32 = 3;
const NFT_CMP_GTE: u32 = 5;
const NFT_PAYLOAD_NETWORK_HEADER: u32 = 1;
const NFT_PAYLOAD_TRANSPORT_HEADER: u32 = 2;
const NF_ACCEPT: u32 = 1;
const NF_INET_PRE_ROUTING: u32 = 0;
const PRIORITY_MANGLE: i32 = -150;
/// A netlink attribute that holds attributes (NLA_F_NESTED).
const NESTED: u16 = 0x8000;

/// A port that is closed: left to the kernel, which answers with a reset or an ICMP port
/// unreachable since nobody listens there.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Closed {
    /// On this address; on all where absent.
    pub address: Option<IpAddr>,
    /// These ports.
    pub ports: RangeInclusive<u16>,
    /// The IP protocol: 6 or 17.
    pub protocol: u8,
}

/// Diverts everything in the calling thread's network namespace to the listeners at
/// `tcp_port` and `udp_port`, but for what is closed.
///
/// # Errors
/// Where the kernel refuses: nf_tables or its tproxy expression may be missing.
pub fn divert(tcp_port: u16, udp_port: u16, closed: &[Closed]) -> Result<(), SandboxError> {
    let mut batch = Batch::default();
    batch.control(NFNL_MSG_BATCH_BEGIN);
    batch.add(NFT_MSG_NEWTABLE, |table| table.bytes(1, TABLE));
    batch.add(NFT_MSG_NEWCHAIN, |chain| {
        chain.bytes(1, TABLE);
        chain.bytes(3, CHAIN);
        chain.nest(4, |hook| {
            hook.number(1, NF_INET_PRE_ROUTING);
            hook.number(2, PRIORITY_MANGLE.cast_unsigned());
        });
        chain.number(5, NF_ACCEPT);
        chain.bytes(7, b"filter\0");
    });
    for port in closed {
        batch.rule(|rule| {
            if let Some(address) = port.address {
                rule.address_is(address);
            }
            rule.protocol_is(port.protocol);
            rule.destination_port_in(&port.ports);
            rule.accept();
        });
    }
    for (protocol, listener) in
        [(libc::IPPROTO_TCP as u8, tcp_port), (libc::IPPROTO_UDP as u8, udp_port)]
    {
        batch.rule(|rule| {
            rule.protocol_is(protocol);
            rule.expression("immediate", |immediate| {
                immediate.number(1, NFT_REG_1);
                immediate.nest(2, |data| data.bytes(1, &listener.to_be_bytes()));
            });
            // No address and no family: the packet keeps its own.
            rule.expression("tproxy", |tproxy| {
                tproxy.number(1, 0);
                tproxy.number(3, NFT_REG_1);
            });
        });
    }
    batch.control(NFNL_MSG_BATCH_END);
    batch.send()
}

/// nfnetlink messages, to be applied all or none.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    /// How many of the messages the kernel acknowledges.
    acknowledged: u32,
}

impl Batch {
    fn control(&mut self, kind: u16) {
        self.message(kind, 0, 0, NFNL_SUBSYS_NFTABLES, |_| {});
    }

    /// Adds an object; a rule goes to the end of its chain (NLM_F_APPEND).
    fn add(&mut self, kind: u16, fill: impl FnOnce(&mut Attributes)) {
        self.acknowledged += 1;
        let flags = (libc::NLM_F_CREATE | libc::NLM_F_ACK | libc::NLM_F_APPEND) as u16;
        self.message(NFNL_SUBSYS_NFTABLES << 8 | kind, flags, NFPROTO_INET, 0, fill);
    }

    fn rule(&mut self, fill: impl FnOnce(&mut Rule)) {
        let mut rule = Rule(Attributes::default());
        fill(&mut rule);
        self.add(NFT_MSG_NEWRULE, |message| {
            message.bytes(1, TABLE);
            message.bytes(2, CHAIN);
            message.bytes(4 | NESTED, &rule.0.0);
        });
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

    fn send(self) -> Result<(), SandboxError> {
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
struct Attributes(Vec<u8>);

impl Attributes {
    fn bytes(&mut self, kind: u16, value: &[u8]) {
        self.0.extend((value.len() as u16 + 4).to_ne_bytes());
        self.0.extend(kind.to_ne_bytes());
        self.0.extend(value);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
    }

    /// nf_tables' numbers are big-endian.
    fn number(&mut self, kind: u16, value: u32) {
        self.bytes(kind, &value.to_be_bytes());
    }

    fn nest(&mut self, kind: u16, fill: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        fill(&mut inner);
        self.bytes(kind | NESTED, &inner.0);
    }
}

/// A rule's expressions, in order.
struct Rule(Attributes);

impl Rule {
    fn expression(&mut self, name: &str, fill: impl FnOnce(&mut Attributes)) {
        self.0.nest(1, |element| {
            element.bytes(1, format!("{name}\0").as_bytes());
            element.nest(2, fill);
        });
    }

    fn meta_is(&mut self, key: u32, value: u8) {
        self.expression("meta", |meta| {
            meta.number(1, NFT_REG_1);
            meta.number(2, key);
        });
        self.compare(NFT_CMP_EQ, &[value]);
    }

    fn protocol_is(&mut self, protocol: u8) {
        self.meta_is(NFT_META_L4PROTO, protocol);
    }

    fn address_is(&mut self, address: IpAddr) {
        match address {
            IpAddr::V4(v4) => {
                self.meta_is(NFT_META_NFPROTO, NFPROTO_IPV4);
                self.payload(NFT_PAYLOAD_NETWORK_HEADER, 16, 4);
                self.compare(NFT_CMP_EQ, &v4.octets());
            }
            IpAddr::V6(v6) => {
                self.meta_is(NFT_META_NFPROTO, NFPROTO_IPV6);
                self.payload(NFT_PAYLOAD_NETWORK_HEADER, 24, 16);
                self.compare(NFT_CMP_EQ, &v6.octets());
            }
        }
    }

    fn destination_port_in(&mut self, ports: &RangeInclusive<u16>) {
        self.payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
        self.compare(NFT_CMP_GTE, &ports.start().to_be_bytes());
        self.compare(NFT_CMP_LTE, &ports.end().to_be_bytes());
    }

    fn payload(&mut self, base: u32, offset: u32, length: u32) {
        self.expression("payload", |payload| {
            payload.number(1, NFT_REG_1);
            payload.number(2, base);
            payload.number(3, offset);
            payload.number(4, length);
        });
    }

    fn compare(&mut self, operation: u32, value: &[u8]) {
        self.expression("cmp", |cmp| {
            cmp.number(1, NFT_REG_1);
            cmp.number(2, operation);
            cmp.nest(3, |data| data.bytes(1, value));
        });
    }

    fn accept(&mut self) {
        self.expression("immediate", |immediate| {
            immediate.number(1, 0);
            immediate.nest(2, |data| {
                data.nest(2, |verdict| verdict.number(1, NF_ACCEPT));
            });
        });
    }
}
