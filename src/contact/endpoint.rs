//! The far end of a flow: transport, address, port, and where that address lies.

use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// What carries the bytes above IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// RFC 9293.
    Tcp,
    /// RFC 768.
    Udp,
    /// Echo requests of RFC 792 and RFC 4443; a contact over it has no port.
    Icmp,
    /// RFC 9260.
    Sctp,
    /// Any other IP protocol, over which a contact has no port.
    Ip,
}

impl Transport {
    /// Its name as it stands in scenarios and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
            Self::Sctp => "sctp",
            Self::Ip => "ip",
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where an address lies, seen from the application: only `Outward` brings a line up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressClass {
    /// Beyond the gateway.
    Outward,
    /// The gateway itself.
    Gateway,
    /// A private or on-link address (RFC 1918, RFC 4193, the own subnet).
    LocalNetwork,
    /// RFC 3927, RFC 4291 section 2.5.6.
    LinkLocal,
    /// RFC 5771, RFC 4291 section 2.7.
    Multicast,
    /// The limited broadcast address or a subnet's directed one.
    Broadcast,
    /// RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3.
    Loopback,
}

impl AddressClass {
    /// The class's name as it stands in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Outward => "outward",
            Self::Gateway => "gateway",
            Self::LocalNetwork => "local-network",
            Self::LinkLocal => "link-local",
            Self::Multicast => "multicast",
            Self::Broadcast => "broadcast",
            Self::Loopback => "loopback",
        }
    }
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A flow, keyed by its 5-tuple; `client` is the side that sent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FlowKey {
    /// What carries it.
    pub transport: Transport,
    /// Who began it; port 0 where the transport has none.
    pub client: SocketAddr,
    /// Whom it addressed; port 0 where the transport has none.
    pub server: SocketAddr,
}
