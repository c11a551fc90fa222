//! How the simulated internet departs from its defaults: plain data.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::contact::{HostPattern, Transport};

/// Departures from the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Script {
    /// Names that resolve to just these addresses.
    pub records: Vec<(String, Vec<IpAddr>)>,
    /// Names that do not resolve.
    pub unresolvable: Vec<HostPattern>,
    /// Requests that are answered otherwise; the first that fits counts.
    pub http: Vec<HttpAnswer>,
    /// Ports that are closed.
    pub refused: Vec<Refusal>,
}

/// An answer to HTTP requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// The host asked for.
    pub host: HostPattern,
    /// The path asked for, query left out; any where absent.
    pub path: Option<String>,
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: String,
    /// Its media type.
    pub content_type: String,
}

/// Closed ports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Of this name or address; of all where absent.
    pub host: Option<String>,
    /// These ports.
    pub ports: Vec<RangeInclusive<u16>>,
    /// Over TCP or UDP; both where absent.
    pub transport: Option<Transport>,
}
