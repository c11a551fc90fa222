//! Answers to DNS queries.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use super::Turns;
use crate::contact::HostPattern;

/// An answer to DNS queries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsRule {
    /// The name asked for.
    pub host: HostPattern,
    /// The record types asked for; any where empty.
    pub types: Vec<DnsType>,
    /// To which of these queries it is the answer.
    pub turns: Turns,
    /// The answer.
    pub answer: DnsAnswer,
}

/// What a query is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DnsAnswer {
    /// These records.
    Records(Vec<DnsData>),
    /// The name exists, and has no such record (NODATA, RFC 2308 section 2.2).
    NoData,
    /// The name does not exist (NXDOMAIN, RFC 2308 section 2.1).
    NoName,
    /// The server fails (RFC 1035 section 4.1.1).
    Failure,
    /// The server refuses (RFC 1035 section 4.1.1).
    Refusal,
    /// Nothing.
    Silence,
}

/// A record type that a scenario can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DnsType {
    /// An IPv4 address (RFC 1035 section 3.4.1).
    A,
    /// An IPv6 address (RFC 3596 section 2.1).
    Aaaa,
    /// Another name for it (RFC 1035 section 3.3.1).
    Cname,
    /// Who takes its mail (RFC 1035 section 3.3.9).
    Mx,
    /// Who serves it (RFC 2782).
    Srv,
    /// Text (RFC 1035 section 3.3.14).
    Txt,
}

/// A record's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DnsData {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// The name meant.
    Cname(String),
    /// A mail server.
    Mx {
        /// Lower ones are tried first.
        preference: u16,
        /// Its name.
        exchange: String,
    },
    /// A server.
    Srv {
        /// Lower ones are tried first.
        priority: u16,
        /// The share among those of one priority.
        weight: u16,
        /// Its port.
        port: u16,
        /// Its name.
        target: String,
    },
    /// Text, of any length: it is cut into strings of 255 bytes.
    Txt(String),
}
