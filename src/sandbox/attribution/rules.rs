//! The rules by which the kernel logs the first packet of each flow that leaves by a marked
//! socket. In nft's words:
//!
//! ```text
//! table inet apptrace {
//!   set seen4 { typeof ip saddr . ip daddr . th dport . meta mark;  # ports: both
//!               flags dynamic,timeout; timeout 60s; size 65536; }
//!   chain sightings { type filter hook output priority mangle;
//!     oif != eth0 accept
//!     meta mark 0 accept
//!     tcp flags & (fin|syn|rst) == syn log group 1
//!     meta l4proto tcp accept
//!     meta l4proto udp, ip: (saddr, daddr, ports, mark) not in seen4: log group 1, add to seen4
//!     ip: (saddr, daddr, protocol, mark) not in seen4: log group 1, add to it
//!   }   # the same for IPv6, with a set of its own
//! }
//! ```
//!
//! Where a set is full its flows are logged packet by packet.

use crate::sandbox::SandboxError;
use crate::sandbox::link::LINK_INDEX;
use crate::sandbox::nfnetlink::Batch;
use crate::sandbox::rule::{Hook, PRIORITY_MANGLE, Rule, add_chain, add_rule, add_table};
use crate::sandbox::rule_key::{Field, add_set};

/// The log's number.
pub(super) const GROUP: u16 = 1;

const CHAIN: &[u8] = b"sightings\0";
const TCP: u8 = libc::IPPROTO_TCP as u8;
const UDP: u8 = libc::IPPROTO_UDP as u8;
/// How long a flow is not logged again.
const TIMEOUT_MILLISECONDS: u64 = 60_000;
const SIZE: u32 = 65_536;

/// A family's set, and where its headers have the addresses: (offset, length).
struct Family {
    set: &'static [u8],
    number: u8,
    source: (u32, u32),
    destination: (u32, u32),
}

const FAMILIES: [Family; 2] = [
    Family { set: b"seen4\0", number: 2, source: (12, 4), destination: (16, 4) },
    Family { set: b"seen6\0", number: 10, source: (8, 16), destination: (24, 16) },
];

/// Has the beginnings of flows logged in the calling thread's network namespace.
///
/// # Errors
/// Where the kernel refuses: it may have no log for nf_tables.
pub(super) fn set_up() -> Result<(), SandboxError> {
    let mut batch = Batch::begin();
    add_table(&mut batch);
    for (id, family) in (1..).zip(&FAMILIES) {
        let length = family.source.1 + family.destination.1 + 8;
        add_set(&mut batch, family.set, id, length, (SIZE, TIMEOUT_MILLISECONDS));
    }
    add_chain(&mut batch, CHAIN, Hook::Output, PRIORITY_MANGLE);
    let mut rule = |fill: &dyn Fn(&mut Rule)| add_rule(&mut batch, CHAIN, fill);
    rule(&|rule| {
        rule.leaves_by_another_than(LINK_INDEX);
        rule.accept();
    });
    rule(&|rule| {
        rule.mark_is(0);
        rule.accept();
    });
    rule(&|rule| {
        rule.protocol_is(TCP);
        rule.opens_connection();
        rule.log(GROUP);
    });
    rule(&|rule| {
        rule.protocol_is(TCP);
        rule.accept();
    });
    for what in [Field::Ports, Field::Protocol] {
        for family in &FAMILIES {
            rule(&|rule| {
                rule.family_is(family.number);
                if what == Field::Ports {
                    rule.protocol_is(UDP);
                }
                let fields = [
                    Field::Network(family.source),
                    Field::Network(family.destination),
                    what,
                    Field::Mark,
                ];
                rule.is_new(family.set, &fields);
                rule.log(GROUP);
                rule.remember(family.set);
                // What has its ports on record is not looked at without them.
                rule.accept();
            });
            if what == Field::Ports {
                rule(&|rule| {
                    rule.family_is(family.number);
                    rule.protocol_is(UDP);
                    rule.accept();
                });
            }
        }
    }
    batch.send().map_err(|error| match error {
        SandboxError::Divert { errno, .. } => {
            SandboxError::Attribution { step: "have the kernel log which flows begin", errno }
        }
        other => other,
    })
}
