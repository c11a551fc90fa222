//! Keys of packets, the sets that remember them, and the log: the expressions of nf_tables rules
//! by which what is new is told from what has been seen
//! (include/uapi/linux/netfilter/nf_tables.h).

use super::nfnetlink::Batch;
use super::rule::{
    NFT_META_L4PROTO, NFT_META_MARK, NFT_PAYLOAD_NETWORK_HEADER, NFT_PAYLOAD_TRANSPORT_HEADER,
    Rule, TABLE,
};

const NFT_MSG_NEWSET: u16 = 9;
/// The first of the registers of four bytes: fields that stand in a row are one key.
const NFT_REG32_00: u32 = 8;
/// Changed by rules, and its elements vanish after a time.
const NFT_SET_EVAL_TIMEOUT: u32 = 0x30;
const NFT_LOOKUP_F_INV: u32 = 1;
const NFT_DYNSET_OP_ADD: u32 = 0;

/// A part of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// Of the IP header: offset and length, a multiple of four.
    Network((u32, u32)),
    /// Both ports.
    Ports,
    /// The protocol above IP.
    Protocol,
    /// The packet's mark.
    Mark,
}

/// Adds a set of keys of this length, for so many of them and so many milliseconds each; its
/// name ends with a NUL, its id is its own within the batch.
pub(super) fn add_set(batch: &mut Batch, name: &[u8], id: u32, length: u32, room: (u32, u64)) {
    let (size, timeout) = room;
    batch.add(NFT_MSG_NEWSET, |set| {
        set.bytes(1, TABLE);
        set.bytes(2, name);
        set.number(3, NFT_SET_EVAL_TIMEOUT);
        set.number(4, 0);
        set.number(5, length);
        set.nest(9, |description| description.number(1, size));
        set.number(10, id);
        set.bytes(11, &timeout.to_be_bytes());
    });
}

impl Rule {
    /// The key that these fields make is not in the set.
    pub(super) fn is_new(&mut self, set: &[u8], fields: &[Field]) {
        let mut register = NFT_REG32_00;
        for field in fields {
            let length = match *field {
                Field::Network((offset, length)) => {
                    self.load(NFT_PAYLOAD_NETWORK_HEADER, offset, length, register);
                    length
                }
                Field::Ports => {
                    self.load(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 4, register);
                    4
                }
                Field::Protocol => {
                    self.meta_to(NFT_META_L4PROTO, register);
                    4
                }
                Field::Mark => {
                    self.meta_to(NFT_META_MARK, register);
                    4
                }
            };
            register += length / 4;
        }
        self.expression("lookup", |lookup| {
            lookup.bytes(1, set);
            lookup.number(2, NFT_REG32_00);
            lookup.number(5, NFT_LOOKUP_F_INV);
        });
    }

    /// Adds the key of [`Rule::is_new`] to the set.
    pub(super) fn remember(&mut self, set: &[u8]) {
        self.expression("dynset", |dynset| {
            dynset.bytes(1, set);
            dynset.number(3, NFT_DYNSET_OP_ADD);
            dynset.number(4, NFT_REG32_00);
        });
    }

    /// To the log of this number (nfnetlink_log.h), and on to the next expression.
    pub(super) fn log(&mut self, group: u16) {
        self.expression("log", |log| log.bytes(1, &group.to_be_bytes()));
    }
}
