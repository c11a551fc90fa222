//! How the simulated internet departs from its defaults, all together.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Closing, Conditions, DnsRule, HttpAnswer, Reset, SipRule, TlsRule};
use crate::contact::HostPattern;

/// Departures from the defaults; of each list the first that fits counts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Script {
    /// Names that resolve to just these addresses.
    pub records: Vec<(String, Vec<IpAddr>)>,
    /// Names that do not resolve.
    pub unresolvable: Vec<HostPattern>,
    /// Queries that are answered otherwise, before the two above are looked at.
    pub dns: Vec<DnsRule>,
    /// Requests that are answered otherwise.
    pub http: Vec<HttpAnswer>,
    /// SIP requests that are answered otherwise.
    pub sip: Vec<SipRule>,
    /// Ports at which nobody answers.
    pub closed: Vec<Closing>,
    /// Connections that are reset.
    pub resets: Vec<Reset>,
    /// TLS that is not as it should be.
    pub tls: Vec<TlsRule>,
    /// What the line is like, where it is not perfect.
    pub conditions: Option<Conditions>,
}

impl Script {
    /// How many departures there are, whatever the line is like.
    pub fn overrides(&self) -> usize {
        let names = self.records.len() + self.unresolvable.len() + self.dns.len();
        let answers = self.http.len() + self.sip.len();
        names + answers + self.closed.len() + self.resets.len() + self.tls.len()
    }
}
