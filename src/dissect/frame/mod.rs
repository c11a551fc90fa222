//! From a captured packet to its transport: link, network and transport headers and the tunnels
//! between them, walked without a copy and laxly, so that what a snaplen cut off costs only
//! itself. The innermost packet is what counts.

mod arp;
mod body;
mod bytes;
mod ethernet;
mod icmp;
mod ip;
mod link;
mod mpls;
mod names;
mod plain;
mod ppp;
mod rare_link;
mod summary;
mod summary_icmp;
mod transport;
mod tunnel;
mod udp_tunnel;
mod wireless;

#[cfg(test)]
mod never_panics;
#[cfg(test)]
mod summary_tests;
#[cfg(test)]
mod tests;

pub use arp::Arp;
pub use body::{Body, Compressed, Datagram, Fragment, Frame, Other, Segment};
pub use icmp::{Icmp, Igmp};
pub use link::dissect;
pub use plain::{PlainEnds, plain, plain_ends};
pub use summary::summary;
pub use transport::of_ip_payload;
