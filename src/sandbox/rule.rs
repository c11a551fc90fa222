//! The expressions of nf_tables rules (include/uapi/linux/netfilter/nf_tables.h), in the words
//! of the rules that this sandbox has.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use ipnet::IpNet;

use super::nfnetlink::{Attributes, Batch, NESTED};

pub(super) const TABLE: &[u8] = b"apptrace\0";

pub(super) const PRIORITY_MANGLE: i32 = -150;
pub(super) const PRIORITY_FILTER: i32 = 0;

const NFPROTO_IPV4: u8 = 2;
const NFPROTO_IPV6: u8 = 10;
const NFT_MSG_NEWTABLE: u16 = 0;
const NFT_MSG_NEWCHAIN: u16 = 3;
const NFT_MSG_NEWRULE: u16 = 6;
const NFT_REG_1: u32 = 1;
pub(super) const NFT_META_MARK: u32 = 3;
const NFT_META_IIF: u32 = 4;
pub(super) const NFT_META_L4PROTO: u32 = 16;
const NFT_META_NFPROTO: u32 = 15;
const NFT_CMP_EQ: u32 = 0;
const NFT_CMP_NEQ: u32 = 1;
const NFT_CMP_LTE: u32 = 3;
const NFT_CMP_GTE: u32 = 5;
pub(super) const NFT_PAYLOAD_NETWORK_HEADER: u32 = 1;
pub(super) const NFT_PAYLOAD_TRANSPORT_HEADER: u32 = 2;
const NFT_REJECT_ICMPX_UNREACH: u32 = 2;
const NF_DROP: u32 = 0;
const NF_ACCEPT: u32 = 1;

const NFT_META_OIF: u32 = 5;

/// Where in a packet's way a chain stands.
#[derive(Clone, Copy)]
pub(super) enum Hook {
    /// Before it is decided whom it is for (NF_INET_PRE_ROUTING).
    Prerouting = 0,
    /// When it is for this namespace itself (NF_INET_LOCAL_IN).
    Input = 1,
    /// When it was made in this namespace (NF_INET_LOCAL_OUT).
    Output = 3,
    /// When it is about to leave this namespace (NF_INET_POST_ROUTING).
    Postrouting = 4,
}

/// What an ICMP error says (enum nft_reject_inet_code).
#[derive(Clone, Copy)]
pub(super) enum Reject {
    NoRoute = 0,
    HostUnreachable = 2,
    Prohibited = 3,
}

pub(super) fn add_table(batch: &mut Batch) {
    batch.add(NFT_MSG_NEWTABLE, |table| table.bytes(1, TABLE));
}

/// Adds a chain; its name ends with a NUL.
pub(super) fn add_chain(batch: &mut Batch, name: &[u8], hook: Hook, priority: i32) {
    batch.add(NFT_MSG_NEWCHAIN, |chain| {
        chain.bytes(1, TABLE);
        chain.bytes(3, name);
        chain.nest(4, |place| {
            place.number(1, hook as u32);
            place.number(2, priority.cast_unsigned());
        });
        chain.number(5, NF_ACCEPT);
        chain.bytes(7, b"filter\0");
    });
}

pub(super) fn add_rule(batch: &mut Batch, chain: &[u8], fill: impl FnOnce(&mut Rule)) {
    let mut rule = Rule(Attributes::default());
    fill(&mut rule);
    batch.add(NFT_MSG_NEWRULE, |message| {
        message.bytes(1, TABLE);
        message.bytes(2, chain);
        message.bytes(4 | NESTED, rule.0.as_bytes());
    });
}

/// A rule's expressions, in order.
pub(super) struct Rule(Attributes);

impl Rule {
    pub(super) fn expression(&mut self, name: &str, fill: impl FnOnce(&mut Attributes)) {
        self.0.nest(1, |element| {
            element.bytes(1, format!("{name}\0").as_bytes());
            element.nest(2, fill);
        });
    }

    fn meta(&mut self, key: u32) {
        self.meta_to(key, NFT_REG_1);
    }

    pub(super) fn meta_to(&mut self, key: u32, register: u32) {
        self.expression("meta", |meta| {
            meta.number(1, register);
            meta.number(2, key);
        });
    }

    pub(super) fn protocol_is(&mut self, protocol: u8) {
        self.meta(NFT_META_L4PROTO);
        self.compare(NFT_CMP_EQ, &[protocol]);
    }

    /// Registers hold numbers in the machine's own order.
    pub(super) fn came_by(&mut self, interface: u32) {
        self.meta(NFT_META_IIF);
        self.compare(NFT_CMP_EQ, &interface.to_ne_bytes());
    }

    pub(super) fn mark_is(&mut self, mark: u32) {
        self.meta(NFT_META_MARK);
        self.compare(NFT_CMP_EQ, &mark.to_ne_bytes());
    }

    pub(super) fn leaves_by(&mut self, interface: u32) {
        self.meta(NFT_META_OIF);
        self.compare(NFT_CMP_EQ, &interface.to_ne_bytes());
    }

    pub(super) fn leaves_by_another_than(&mut self, interface: u32) {
        self.meta(NFT_META_OIF);
        self.compare(NFT_CMP_NEQ, &interface.to_ne_bytes());
    }

    pub(super) fn family_is(&mut self, family: u8) {
        self.meta(NFT_META_NFPROTO);
        self.compare(NFT_CMP_EQ, &[family]);
    }

    /// Of a family, and its destination's address in the register.
    fn destination(&mut self, is_v6: bool) {
        self.family_is(if is_v6 { NFPROTO_IPV6 } else { NFPROTO_IPV4 });
        match is_v6 {
            true => self.payload(NFT_PAYLOAD_NETWORK_HEADER, 24, 16),
            false => self.payload(NFT_PAYLOAD_NETWORK_HEADER, 16, 4),
        }
    }

    fn compare_address(&mut self, operation: u32, address: IpAddr) {
        match address {
            IpAddr::V4(v4) => self.compare(operation, &v4.octets()),
            IpAddr::V6(v6) => self.compare(operation, &v6.octets()),
        }
    }

    /// To an address of the block.
    pub(super) fn address_in(&mut self, block: IpNet) {
        self.destination(block.addr().is_ipv6());
        match block.netmask() {
            IpAddr::V4(mask) => self.mask(&mask.octets()),
            IpAddr::V6(mask) => self.mask(&mask.octets()),
        }
        self.compare_address(NFT_CMP_EQ, block.network());
    }

    /// To an address that is in the set of this name, which ends with a NUL.
    pub(super) fn address_in_set(&mut self, set: &[u8], is_v6: bool) {
        self.destination(is_v6);
        self.expression("lookup", |lookup| {
            lookup.bytes(1, set);
            lookup.number(2, NFT_REG_1);
        });
    }

    /// Of this address's family, and to another.
    pub(super) fn address_is_not(&mut self, address: IpAddr) {
        self.destination(address.is_ipv6());
        self.compare_address(NFT_CMP_NEQ, address);
    }

    pub(super) fn destination_port_in(&mut self, ports: &RangeInclusive<u16>) {
        self.payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
        self.compare(NFT_CMP_GTE, &ports.start().to_be_bytes());
        self.compare(NFT_CMP_LTE, &ports.end().to_be_bytes());
    }

    /// An ICMP message of this type.
    pub(super) fn icmp_type_is(&mut self, kind: u8) {
        self.payload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
        self.compare(NFT_CMP_EQ, &[kind]);
    }

    /// A TCP segment that begins a connection: SYN, and none of FIN, RST, ACK (RFC 9293 section 3.1).
    pub(super) fn begins_connection(&mut self) {
        self.flags_are(0x17);
    }

    /// The same, or the answer to one.
    pub(super) fn opens_connection(&mut self) {
        self.flags_are(0x07);
    }

    /// Of the flags of this mask SYN alone is set.
    fn flags_are(&mut self, mask: u8) {
        self.payload(NFT_PAYLOAD_TRANSPORT_HEADER, 13, 1);
        self.mask(&[mask]);
        self.compare(NFT_CMP_EQ, &[0x02]);
    }

    /// What is in the register, in these bits alone.
    fn mask(&mut self, bits: &[u8]) {
        self.expression("bitwise", |bitwise| {
            bitwise.number(1, NFT_REG_1);
            bitwise.number(2, NFT_REG_1);
            bitwise.number(3, bits.len() as u32);
            bitwise.nest(4, |mask| mask.bytes(1, bits));
            bitwise.nest(5, |xor| xor.bytes(1, &vec![0; bits.len()]));
        });
    }

    fn payload(&mut self, base: u32, offset: u32, length: u32) {
        self.load(base, offset, length, NFT_REG_1);
    }

    pub(super) fn load(&mut self, base: u32, offset: u32, length: u32, register: u32) {
        self.expression("payload", |payload| {
            payload.number(1, register);
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

    pub(super) fn accept(&mut self) {
        self.verdict(NF_ACCEPT);
    }

    pub(super) fn drop(&mut self) {
        self.verdict(NF_DROP);
    }

    fn verdict(&mut self, verdict: u32) {
        self.expression("immediate", |immediate| {
            immediate.number(1, 0);
            immediate.nest(2, |data| {
                data.nest(2, |element| element.number(1, verdict));
            });
        });
    }

    /// To the listener at this port; the packet keeps its own address and family.
    pub(super) fn divert_to(&mut self, port: u16) {
        self.expression("immediate", |immediate| {
            immediate.number(1, NFT_REG_1);
            immediate.nest(2, |data| data.bytes(1, &port.to_be_bytes()));
        });
        self.expression("tproxy", |tproxy| {
            tproxy.number(1, 0);
            tproxy.number(3, NFT_REG_1);
        });
    }

    /// To packet queue 0, by the expression that nf_tables has for it.
    pub(super) fn hold(&mut self) {
        self.expression("queue", |queue| queue.bytes(1, &0_u16.to_be_bytes()));
    }

    /// The same by the target that iptables has for it: kernels are built with the one, the
    /// other, or both. Its data is a queue number, padded to eight bytes (XT_ALIGN).
    pub(super) fn hold_by_target(&mut self) {
        self.expression("target", |target| {
            target.bytes(1, b"NFQUEUE\0");
            target.number(2, 0);
            target.bytes(3, &[0; 8]);
        });
    }

    pub(super) fn reject(&mut self, why: Reject) {
        self.expression("reject", |reject| {
            reject.number(1, NFT_REJECT_ICMPX_UNREACH);
            reject.bytes(2, &[why as u8]);
        });
    }
}
