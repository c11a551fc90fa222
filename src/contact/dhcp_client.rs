//! A host as it told a DHCP server of itself.

use std::net::IpAddr;

use serde::Serialize;

use crate::packet::Timestamp;

/// A client of DHCP (RFC 2131) or DHCPv6 (RFC 8415).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DhcpClient {
    /// Its hardware address in hexadecimal digits; for DHCPv6 its DUID.
    pub client: String,
    /// What it calls itself, latest (option 12, or 81 in RFC 4702; DHCPv6's 39 in RFC 4704).
    pub host_name: Option<String>,
    /// What its software calls itself (option 60 of RFC 2132; DHCPv6's 16), in order: a machine
    /// that starts from the network has one for that, and another of its system.
    pub vendor_classes: Vec<String>,
    /// The address that it was given, latest.
    pub address: Option<IpAddr>,
    /// The server that gave it.
    pub server: Option<IpAddr>,
    /// Its first message, or the first to it.
    pub first: Timestamp,
    /// The last one.
    pub last: Timestamp,
}
