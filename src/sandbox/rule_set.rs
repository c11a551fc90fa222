//! Sets of addresses that rules look into (include/uapi/linux/netfilter/nf_tables.h).

use std::net::IpAddr;

use super::nfnetlink::Batch;
use super::rule::TABLE;

const NFT_MSG_NEWSET: u16 = 9;
const NFT_MSG_NEWSETELEM: u16 = 12;

/// Adds a set of addresses of one family; its name ends with a NUL, and no other set of the batch
/// has its number.
pub(super) fn add_set(batch: &mut Batch, name: &[u8], number: u32, is_v6: bool) {
    batch.add(NFT_MSG_NEWSET, |set| {
        set.bytes(1, TABLE);
        set.bytes(2, name);
        // The length of a key, and the set's number; what a key is called is the users' affair.
        set.number(5, if is_v6 { 16 } else { 4 });
        set.number(10, number);
    });
}

/// Adds an address to a set, where it is not yet in it.
pub(super) fn add_to_set(batch: &mut Batch, name: &[u8], address: IpAddr) {
    batch.add(NFT_MSG_NEWSETELEM, |list| {
        list.bytes(1, TABLE);
        list.bytes(2, name);
        list.nest(3, |elements| {
            elements.nest(1, |element| {
                element.nest(1, |key| match address {
                    IpAddr::V4(v4) => key.bytes(1, &v4.octets()),
                    IpAddr::V6(v6) => key.bytes(1, &v6.octets()),
                });
            });
        });
    });
}
