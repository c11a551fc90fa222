//! The rules that bring every TCP and UDP port of every address to one listener each: one
//! nf_tables chain with `tproxy`, written as raw nfnetlink messages
//! (include/uapi/linux/netfilter/{nfnetlink,nf_tables}.h). What they say, in nft's words:
//!
//! ```text
//! table inet apptrace { chain divert {
//!     type filter hook prerouting priority mangle;
//!     ip daddr A tcp dport P accept        # refused: nobody listens there, the kernel says so
//!     ip daddr A tcp dport P drop          # as behind a firewall: nobody says anything
//!     ip daddr @closed-N-4 tcp dport P …   # of names, once they have addresses
//!     meta l4proto tcp tproxy to :TCP
//!     meta l4proto udp tproxy to :UDP
//! } }
//! ```

use super::SandboxError;
use super::closed::{Closed, add_closed};
use super::nfnetlink::Batch;
use super::rule::{Hook, PRIORITY_MANGLE, add_chain, add_rule, add_table};

const CHAIN: &[u8] = b"divert\0";

/// Diverts everything in the calling thread's network namespace to the listeners at
/// `tcp_port` and `udp_port`, but for what is closed.
///
/// # Errors
/// Where the kernel refuses: nf_tables or its tproxy expression may be missing.
pub fn divert(tcp_port: u16, udp_port: u16, closed: &[Closed]) -> Result<(), SandboxError> {
    let mut batch = Batch::begin();
    add_table(&mut batch);
    add_chain(&mut batch, CHAIN, Hook::Prerouting, PRIORITY_MANGLE);
    add_closed(&mut batch, CHAIN, closed);
    for (protocol, listener) in
        [(libc::IPPROTO_TCP as u8, tcp_port), (libc::IPPROTO_UDP as u8, udp_port)]
    {
        add_rule(&mut batch, CHAIN, |rule| {
            rule.protocol_is(protocol);
            rule.divert_to(listener);
        });
    }
    batch.send()
}
