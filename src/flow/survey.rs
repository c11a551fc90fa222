//! The whole capture surveyed: packets in, contacts and lookups out.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use ipnet::IpNet;

use crate::contact::{Contact, FlowKey, Lookup, PhaseSpan, Process};
use crate::packet::Packet;

/// Who sent which flow, as far as it is known.
pub type Owners = HashMap<FlowKey, Process>;

/// Where the capture was made: what tells the application's side from the other.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    /// The application's own addresses: what comes from them was sent by it.
    pub local: Vec<IpAddr>,
    /// The gateway's addresses.
    pub gateway: Vec<IpAddr>,
    /// The on-link prefixes.
    pub subnets: Vec<IpNet>,
    /// Prefixes whose addresses stand for hosts beyond the gateway, whatever they are
    /// reserved for: the simulated internet's.
    pub outward: Vec<IpNet>,
    /// The resolvers that the application was given: what is asked of them is a lookup and
    /// makes no contact with the resolver itself.
    pub resolvers: Vec<IpAddr>,
    /// Names that are the machine's own: a lookup of them is no contact.
    pub own_names: Vec<String>,
    /// When each phase was. A packet outside all of them belongs to the nearest.
    pub phases: Vec<PhaseSpan>,
    /// Flows of the harness's own, left out altogether.
    pub probes: Vec<FlowKey>,
    /// Who sent which flow.
    pub owners: Owners,
}

/// What a capture shows.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// Contacts in order of their first packet.
    pub contacts: Vec<Contact>,
    /// Contacts made in `before`, and those to the same place later.
    pub noise: Vec<Contact>,
    /// Lookups in order of their first query.
    pub lookups: Vec<Lookup>,
    /// All packets but the probes'.
    pub packets: u64,
    /// Packets that make no contact, by what they are: `arp`, `neighbour-discovery`,
    /// `icmp-error`, `dhcp`, `malformed`…
    pub other: BTreeMap<&'static str, u64>,
    /// How many packets of the probes' flows were seen, by flow.
    pub probe_packets: HashMap<FlowKey, u64>,
}

/// Surveys a capture.
pub fn survey(_packets: impl IntoIterator<Item = Packet>, _setting: &Setting) -> Survey {
    Survey::default()
}
