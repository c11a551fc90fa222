//! Who may be reached where a scenario enforces its baseline: names by rule, addresses by what
//! the lookups of those names returned, or by a rule that names the address itself.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::contact::{Host, HostPattern, Transport};

/// How long an address stays its name's beyond the record's time to live: programs keep what
/// they have looked up for longer than they should.
const GRACE: Duration = Duration::from_secs(300);
/// How many addresses are remembered at most, names counted apart.
const MAX_LEARNED: usize = 65_536;
/// How many refusals are remembered at most.
const MAX_BLOCKED: usize = 16_384;

/// A rule of the baseline, as far as it says who may be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permit {
    /// Whether it allows or denies.
    pub allows: bool,
    /// Which hosts.
    pub host: HostPattern,
    /// Which ports; any where empty.
    pub ports: Vec<RangeInclusive<u16>>,
    /// Which transport; any where absent.
    pub transport: Option<Transport>,
}

impl Permit {
    fn fits(&self, host: &Host, transport: Transport, port: u16) -> bool {
        self.host.matches(host)
            && self.transport.is_none_or(|only| only == transport)
            && (self.ports.is_empty() || self.ports.iter().any(|range| range.contains(&port)))
    }

    fn is_for_any_service(&self) -> bool {
        self.ports.is_empty() && self.transport.is_none()
    }
}

/// What was refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Blocked {
    /// The lookup of this name.
    Name(String),
    /// What was sent to this server.
    Server(Transport, SocketAddr),
}

/// Everything that was refused, shared between who refuses and who reports.
#[derive(Debug, Clone, Default)]
pub struct BlockLog(Arc<Mutex<BTreeSet<Blocked>>>);

impl BlockLog {
    pub(super) fn add(&self, blocked: Blocked) {
        if let Ok(mut all) = self.0.lock()
            && all.len() < MAX_BLOCKED
        {
            all.insert(blocked);
        }
    }

    /// What was refused so far.
    pub fn all(&self) -> Vec<Blocked> {
        self.0.lock().map(|all| all.iter().cloned().collect()).unwrap_or_default()
    }
}

/// The rules, and what the lookups of permitted names returned.
#[derive(Debug)]
pub(super) struct Permits {
    rules: Vec<Permit>,
    learned: HashMap<IpAddr, HashMap<String, Instant>>,
    count: usize,
}

impl Permits {
    pub(super) fn new(rules: Vec<Permit>) -> Self {
        Self { rules, learned: HashMap::new(), count: 0 }
    }

    /// Whether a name may be looked up: a rule allows it, whatever the service, and none denies
    /// it altogether.
    pub(super) fn may_resolve(&self, name: &str) -> bool {
        let host = Host::Name(name.to_owned());
        let fits = |rule: &&Permit| rule.host.matches(&host);
        let mut denying = self.rules.iter().filter(|rule| !rule.allows);
        self.rules.iter().filter(|rule| rule.allows).any(|rule| fits(&rule))
            && !denying.any(|rule| fits(&rule) && rule.is_for_any_service())
    }

    /// Whether a server may be reached, as the address that it is or as one of the names whose
    /// lookup returned it.
    pub(super) fn may_reach(&self, transport: Transport, server: SocketAddr, now: Instant) -> bool {
        let address = server.ip().to_canonical();
        let names = self.learned.get(&address).into_iter().flatten();
        let names = names.filter(|(_, until)| **until >= now);
        let mut hosts =
            names.map(|(name, _)| Host::Name(name.clone())).chain([Host::Address(address)]);
        hosts.any(|host| {
            let fits = |rule: &Permit| rule.fits(&host, transport, server.port());
            self.rules.iter().any(|rule| rule.allows && fits(rule))
                && !self.rules.iter().any(|rule| !rule.allows && fits(rule))
        })
    }

    /// Remembers that the lookup of a name returned an address, for as long as it may be used.
    pub(super) fn learn(&mut self, name: &str, address: IpAddr, ttl: u32, now: Instant) {
        // A time to live has 31 bits (RFC 2181 section 8), so it can be added.
        let until = now + Duration::from_secs(u64::from(ttl & 0x7fff_ffff)) + GRACE;
        if self.count >= MAX_LEARNED {
            self.forget(now);
        }
        let names = self.learned.entry(address.to_canonical()).or_default();
        match names.get_mut(name) {
            Some(known) => *known = until.max(*known),
            None if self.count < MAX_LEARNED => {
                names.insert(name.to_owned(), until);
                self.count += 1;
            }
            None => {}
        }
    }

    fn forget(&mut self, now: Instant) {
        self.learned.retain(|_, names| {
            names.retain(|_, until| *until >= now);
            !names.is_empty()
        });
        self.count = self.learned.values().map(HashMap::len).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(allows: bool, host: &str, port: Option<u16>) -> Permit {
        let host = host.parse().unwrap();
        let ports = port.map(|port| port..=port).into_iter().collect();
        Permit { allows, host, ports, transport: None }
    }

    #[test]
    fn names_and_the_addresses_they_had() {
        let now = Instant::now();
        let mut permits = Permits::new(vec![
            rule(true, "a.example", Some(443)),
            rule(true, "*.wild.example", None),
            rule(false, "bad.wild.example", None),
            rule(false, "half.wild.example", Some(25)),
            rule(true, "203.0.113.0/24", None),
            rule(true, "2001:db8:5::/48", None),
        ]);
        for (name, may) in [
            ("a.example", true),
            ("x.wild.example", true),
            ("bad.wild.example", false),
            ("half.wild.example", true),
            ("wild.example", false),
            ("b.example", false),
        ] {
            assert_eq!(permits.may_resolve(name), may, "{name}");
        }
        for (name, address) in [
            ("a.example", "198.51.100.1"),
            ("x.wild.example", "198.51.100.2"),
            ("half.wild.example", "198.51.100.3"),
            ("a.example", "2001:db8:7::1"),
            ("unasked.example", "198.51.100.4"),
        ] {
            permits.learn(name, address.parse().unwrap(), 60, now);
        }
        for (server, may) in [
            ("198.51.100.1:443", true),
            ("198.51.100.1:80", false),
            ("198.51.100.2:80", true),
            ("198.51.100.3:80", true),
            ("198.51.100.3:25", false),
            ("198.51.100.4:80", false),
            ("198.51.100.9:443", false),
            ("203.0.113.7:1", true),
            ("[2001:db8:7::1]:443", true),
            ("[2001:db8:7::2]:443", false),
            ("[2001:db8:5::2]:443", true),
        ] {
            let server = server.parse().unwrap();
            assert_eq!(permits.may_reach(Transport::Tcp, server, now), may, "{server}");
        }
        let server = "198.51.100.1:443".parse().unwrap();
        let in_time = now + Duration::from_secs(60);
        assert!(permits.may_reach(Transport::Tcp, server, in_time));
        let late = now + Duration::from_secs(61) + GRACE;
        assert!(!permits.may_reach(Transport::Tcp, server, late));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let now = Instant::now();
        let mut permits = Permits::new(Vec::new());
        for number in 0..MAX_LEARNED as u32 + 100 {
            permits.learn("a.example", IpAddr::V4(number.into()), 0, now);
        }
        assert_eq!(permits.count, MAX_LEARNED);
        let later = now + GRACE + Duration::from_secs(1);
        permits.learn("a.example", "2001:db8::1".parse().unwrap(), 0, later);
        assert_eq!(permits.count, 1);
    }
}
