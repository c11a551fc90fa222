//! The rules that bring every TCP and UDP port of every address to one listener each: one
//! nf_tables chain with `tproxy`, written as raw nfnetlink messages
//! (include/uapi/linux/netfilter/{nfnetlink,nf_tables}.h). What they say, in nft's words:
//!
//! ```text
//! table inet apptrace { chain divert {
//!     type filter hook prerouting priority mangle;
//!     ip daddr A tcp dport P accept        # refused: nobody listens there, the kernel says so
//!     ip daddr A tcp dport P drop          # as behind a firewall: nobody says anything
//!     meta l4proto tcp tproxy to :TCP
//!     meta l4proto udp tproxy to :UDP
//! } }
//! ```

use std::net::IpAddr;
use std::ops::RangeInclusive;

use super::SandboxError;
use super::nfnetlink::{Attributes, Batch, NESTED};

const TABLE: &[u8] = b"apptrace\0";
const CHAIN: &[u8] = b"divert\0";

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
const NF_DROP: u32 = 0;
const NF_ACCEPT: u32 = 1;
const NF_INET_PRE_ROUTING: u32 = 0;
const PRIORITY_MANGLE: i32 = -150;

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
    /// Whether what is sent there vanishes, as behind a firewall.
    pub silent: bool,
}

/// Diverts everything in the calling thread's network namespace to the listeners at
/// `tcp_port` and `udp_port`, but for what is closed.
///
/// # Errors
/// Where the kernel refuses: nf_tables or its tproxy expression may be missing.
pub fn divert(tcp_port: u16, udp_port: u16, closed: &[Closed]) -> Result<(), SandboxError> {
    let mut batch = Batch::begin();
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
        add_rule(&mut batch, |rule| {
            if let Some(address) = port.address {
                rule.address_is(address);
            }
            rule.protocol_is(port.protocol);
            rule.destination_port_in(&port.ports);
            rule.verdict(if port.silent { NF_DROP } else { NF_ACCEPT });
        });
    }
    for (protocol, listener) in
        [(libc::IPPROTO_TCP as u8, tcp_port), (libc::IPPROTO_UDP as u8, udp_port)]
    {
        add_rule(&mut batch, |rule| {
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
    batch.send()
}

fn add_rule(batch: &mut Batch, fill: impl FnOnce(&mut Rule)) {
    let mut rule = Rule(Attributes::default());
    fill(&mut rule);
    batch.add(NFT_MSG_NEWRULE, |message| {
        message.bytes(1, TABLE);
        message.bytes(2, CHAIN);
        message.bytes(4 | NESTED, rule.0.as_bytes());
    });
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

    fn verdict(&mut self, verdict: u32) {
        self.expression("immediate", |immediate| {
            immediate.number(1, 0);
            immediate.nest(2, |data| {
                data.nest(2, |element| element.number(1, verdict));
            });
        });
    }
}
