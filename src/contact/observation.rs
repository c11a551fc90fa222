//! What was observed: contacts, lookups and requests. The JSON keys are promises to users
//! (`docs/result-format.md`).

use std::net::IpAddr;

use serde::Serialize;

use super::{AddressClass, Evidence, Host, Phase, Process, Protocol, Transport};
use crate::packet::Timestamp;

/// Whether packets went to a host, or its name was only asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ContactKind {
    /// Packets were addressed to the host.
    Traffic,
    /// The name was looked up and nothing was sent to what it resolved to.
    Lookup,
}

/// One host and service that the application addressed in one phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

/// A request, as it was sent. Two requests are the same where method, target, host and direction
/// are, whatever was answered.
#[derive(Debug, Clone, Eq, Serialize)]
pub struct Request {
    /// The method: `GET`, `REGISTER`.
    pub method: String,
    /// The request target or URI as sent.
    pub target: String,
    /// The host that it asks for, where it names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The status that it was answered with, where an answer was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Whom it is from, where it says so: the URI in SIP's From (RFC 3261 section 20.20).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Whom it is to, where it says so: the URI in SIP's To (RFC 3261 section 20.39).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Where its sender wants to be reached: the URI in SIP's Contact (RFC 3261 section 20.10).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// The other side sent it: the application was asked, and did not ask.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub received: bool,
}

impl Request {
    /// A request that has not been answered yet.
    pub fn new(method: impl Into<String>, target: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            target: target.into(),
            host: None,
            status: None,
            from: None,
            to: None,
            contact: None,
            received: false,
        }
    }

    /// Method and target in one line, which says so where the application did not send it.
    pub fn line(&self) -> String {
        let way = if self.received { "received: " } else { "" };
        format!("{way}{} {}", self.method, self.target)
    }

    /// What tells it from other requests.
    fn identity(&self) -> (bool, &str, &str, Option<&str>) {
        (self.received, &self.method, &self.target, self.host.as_deref())
    }

    /// How many bytes its texts take.
    pub fn size(&self) -> usize {
        let more = [&self.host, &self.from, &self.to, &self.contact];
        let more = more.into_iter().flatten().map(String::len);
        self.method.len() + self.target.len() + more.sum::<usize>()
    }

    /// The same request to a host.
    #[must_use]
    pub fn to_host(self, host: Option<String>) -> Self {
        Self { host, ..self }
    }
}

impl PartialEq for Request {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl std::hash::Hash for Request {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

/// How a lookup was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookupVia {
    /// DNS over UDP.
    Dns,
    /// DNS over TCP.
    DnsTcp,
    /// Multicast DNS.
    Mdns,
    /// LLMNR.
    Llmnr,
    /// NetBIOS name service.
    Nbns,
}

impl LookupVia {
    /// The name as it stands in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::DnsTcp => "dns-tcp",
            Self::Mdns => "mdns",
            Self::Llmnr => "llmnr",
            Self::Nbns => "nbns",
        }
    }
}

/// A record of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
