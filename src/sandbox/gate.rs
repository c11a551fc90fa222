//! The rules by which nothing passes that was not looked at: connections are held back when
//! they are begun, datagrams one by one, until somebody says what becomes of them (`queue`).
//! In nft's words:
//!
//! ```text
//! table inet apptrace {
//!   chain hold { type filter hook prerouting priority mangle - 10;
//!     iif gw0 tcp flags & (fin|syn|rst|ack) == syn queue to 0
//!     iif gw0 meta l4proto udp queue to 0
//!   }
//!   chain divert { type filter hook prerouting priority mangle;
//!     meta mark REFUSE|UNREACHABLE|NO-ROUTE|PROHIBIT accept     # not to the listener
//!     iif gw0 meta l4proto tcp tproxy to :TCP
//!   }
//!   chain refuse { type filter hook input priority filter;
//!     meta mark UNREACHABLE reject with icmpx host-unreachable  # NO-ROUTE, PROHIBIT alike
//!     iif gw0 ip daddr != GATEWAY icmp type echo-request reject with icmpx admin-prohibited
//!   }
//! }
//! ```
//!
//! What is to be refused with a reset or a port unreachable is left to the kernel, which does
//! so since nobody listens there. The queue has no bypass: were nobody to look, nothing passed.

use std::net::IpAddr;

use nix::errno::Errno;

use super::SandboxError;
use super::link::{LINK_INDEX, addresses};
use super::nfnetlink::Batch;
use super::queue::mark;
use super::rule::{
    Hook, PRIORITY_FILTER, PRIORITY_MANGLE, Reject, Rule, add_chain, add_rule, add_table,
};
use crate::contact::Fate;

const HOLD: &[u8] = b"hold\0";
const DIVERT: &[u8] = b"divert\0";
const REFUSE: &[u8] = b"refuse\0";
const TCP: u8 = libc::IPPROTO_TCP as u8;
const UDP: u8 = libc::IPPROTO_UDP as u8;
/// Echo requests: protocol and type (RFC 792, RFC 4443 section 4.1).
const ECHO: [(u8, u8, IpAddr); 2] =
    [(1, 8, IpAddr::V4(addresses::GATEWAY_V4)), (58, 128, IpAddr::V6(addresses::GATEWAY_V6))];

/// Has everything that comes from the application held back in the calling thread's network
/// namespace; connections that pass go to the listener at `tcp_port`.
///
/// # Errors
/// Where the kernel refuses: it may have no packet queue for nf_tables.
pub fn hold(tcp_port: u16) -> Result<(), SandboxError> {
    match rules(tcp_port, Rule::hold).send() {
        Err(SandboxError::Divert { errno: Errno::ENOENT, .. }) => {
            rules(tcp_port, Rule::hold_by_target).send()
        }
        other => other,
    }
    .map_err(|error| match error {
        SandboxError::Divert { step, errno } => SandboxError::Hold { step, errno },
        other => other,
    })
}

fn rules(tcp_port: u16, hold: fn(&mut Rule)) -> Batch {
    let mut batch = Batch::begin();
    add_table(&mut batch);
    add_chain(&mut batch, HOLD, Hook::Prerouting, PRIORITY_MANGLE - 10);
    for protocol in [TCP, UDP] {
        add_rule(&mut batch, HOLD, |rule| {
            rule.came_by(LINK_INDEX);
            rule.protocol_is(protocol);
            if protocol == TCP {
                rule.begins_connection();
            }
            hold(rule);
        });
    }
    add_chain(&mut batch, DIVERT, Hook::Prerouting, PRIORITY_MANGLE);
    for fate in [Fate::Refuse, Fate::Unreachable, Fate::NoRoute, Fate::Prohibit] {
        add_rule(&mut batch, DIVERT, |rule| {
            rule.mark_is(mark(fate));
            rule.accept();
        });
    }
    add_rule(&mut batch, DIVERT, |rule| {
        rule.came_by(LINK_INDEX);
        rule.protocol_is(TCP);
        rule.divert_to(tcp_port);
    });
    add_chain(&mut batch, REFUSE, Hook::Input, PRIORITY_FILTER);
    for (fate, why) in [
        (Fate::Unreachable, Reject::HostUnreachable),
        (Fate::NoRoute, Reject::NoRoute),
        (Fate::Prohibit, Reject::Prohibited),
    ] {
        add_rule(&mut batch, REFUSE, |rule| {
            rule.mark_is(mark(fate));
            rule.reject(why);
        });
    }
    for (protocol, kind, gateway) in ECHO {
        add_rule(&mut batch, REFUSE, |rule| {
            rule.came_by(LINK_INDEX);
            rule.protocol_is(protocol);
            rule.icmp_type_is(kind);
            rule.address_is_not(gateway);
            rule.reject(Reject::Prohibited);
        });
    }
    batch
}
