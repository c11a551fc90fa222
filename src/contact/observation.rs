//! What was observed: contacts, lookups and requests. The JSON keys are promises to users
//! (`docs/result-format.md`).

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{
    AddressClass, Evidence, Host, Phase, Process, Protocol, Request, TlsSession, Transport,
};
use crate::packet::Timestamp;

/// Whether packets went to a host, or its name was only asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContactKind {
    /// Packets were addressed to the host.
    Traffic,
    /// The name was looked up and nothing was sent to what it resolved to.
    Lookup,
}

/// One host and service that the application addressed in one phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The host's name, or its address where no name is known.
    pub host: Host,
    /// Whether the name is a guess from weak evidence: a certificate, a greeting, a reverse
    /// lookup.
    pub guessed: bool,
    /// The address of the first packet; none for a lookup.
    pub address: Option<IpAddr>,
    /// The destination port; none for a transport without ports.
    pub port: Option<u16>,
    /// What carried it.
    pub transport: Transport,
    /// The application protocol, where it was recognised from the bytes or the lookup.
    pub protocol: Option<Protocol>,
    /// The phase in which it was made.
    pub phase: Phase,
    /// Where the address lies.
    pub class: AddressClass,
    /// Traffic, or a lookup alone.
    pub kind: ContactKind,
    /// Whether the baseline allows it; none where there is no baseline.
    pub expected: Option<bool>,
    /// Who made it, where that could be seen.
    pub process: Option<Process>,
    /// How the host's name is known, strongest first.
    pub evidence: Vec<Evidence>,
    /// How the TLS session went, where the simulated internet was its other end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSession>,
    /// The requests that could be read, in order, without repetition.
    pub requests: Vec<Request>,
    /// How many flows (5-tuples) it comprised; for a lookup, how many queries.
    pub flows: u64,
    /// Its first packet.
    pub first: Timestamp,
    /// Its last packet.
    pub last: Timestamp,
    /// Packets both ways.
    pub packets: u64,
    /// Bytes on the wire, sent by the application.
    pub bytes_out: u64,
    /// Bytes on the wire, received by the application.
    pub bytes_in: u64,
}

/// How a lookup was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookupVia {
    /// DNS over UDP.
    Dns,
    /// DNS over TCP.
    DnsTcp,
    /// DNS over TLS (RFC 7858).
    Dot,
    /// DNS over HTTPS (RFC 8484).
    Doh,
    /// Multicast DNS.
    Mdns,
    /// LLMNR.
    Llmnr,
    /// NetBIOS name service.
    Nbns,
}

impl LookupVia {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Dns, Self::DnsTcp, Self::Dot, Self::Doh, Self::Mdns, Self::Llmnr, Self::Nbns];

    /// Whether one server is asked, not a whole link.
    pub fn is_unicast(self) -> bool {
        !matches!(self, Self::Mdns | Self::Llmnr | Self::Nbns)
    }

    /// The name as it stands in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::DnsTcp => "dns-tcp",
            Self::Dot => "dot",
            Self::Doh => "doh",
            Self::Mdns => "mdns",
            Self::Llmnr => "llmnr",
            Self::Nbns => "nbns",
        }
    }
}

/// A record of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookupRecord {
    /// Whose record it is.
    pub owner: String,
    /// The record type's mnemonic.
    #[serde(rename = "type")]
    pub record_type: String,
    /// The address, the alias, or the presentation form of anything else.
    pub data: String,
    /// When it was first seen.
    pub time: Timestamp,
}

/// One name that was asked for, with one record type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lookup {
    /// The name, lower-cased and without the final dot.
    pub name: String,
    /// The record type's mnemonic: `A`, `AAAA`, `SRV`, `TYPE65` where unnamed.
    #[serde(rename = "type")]
    pub record_type: String,
    /// Addresses, or the other answers as text; empty where there was none.
    pub answers: Vec<String>,
    /// Every record of the answers, aliases and the addresses behind them included, with the
    /// time at which it was first seen.
    pub records: Vec<LookupRecord>,
    /// The response code's mnemonic where it was answered: `NOERROR`, `NXDOMAIN`.
    pub status: Option<String>,
    /// How it was asked.
    pub via: LookupVia,
    /// Whom it was asked.
    pub server: IpAddr,
    /// In which phase.
    pub phase: Phase,
    /// How many queries were sent for it; zero where only its answer was seen.
    pub queries: u64,
    /// The first query.
    pub first: Timestamp,
    /// Who asked, where that could be seen.
    pub process: Option<Process>,
}
