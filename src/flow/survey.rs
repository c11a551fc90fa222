//! The whole capture surveyed: packets in, contacts and lookups out.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use ipnet::IpNet;

use super::owners::Owners;
use super::surveyor::Surveyor;
use crate::contact::{Contact, DhcpClient, FlowKey, FlowRecord, Lookup, PhaseSpan, Testimony};
use crate::packet::Packet;

/// Where the capture was made: what tells the application's side from the other.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    /// The application's own addresses: what comes from them was sent by it.
    pub local: Vec<IpAddr>,
    /// Whole networks of addresses that are local in the same way.
    pub local_networks: Vec<IpNet>,
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
    /// Who else sent flows, where not everything on the wire is the application's: what they did
    /// is background, and so are contacts of nobody in particular with hosts that were contacted
    /// before the launch.
    pub others: Option<Owners>,
    /// What the other end heard, in order of time.
    pub testimony: Vec<Testimony>,
    /// Whether a record of every flow is wanted.
    pub flows: bool,
}

impl Setting {
    /// Whether it is known which side is local.
    pub(super) fn knows_local(&self) -> bool {
        !self.local.is_empty() || !self.local_networks.is_empty()
    }

    /// Whether an address is local.
    pub(super) fn is_local(&self, address: IpAddr) -> bool {
        self.local.contains(&address) || self.local_networks.iter().any(|it| it.contains(&address))
    }
}

/// What a capture shows.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// Contacts in order of their first packet.
    pub contacts: Vec<Contact>,
    /// Contacts made in `before`, and those to the same place later; where there are others
    /// on the wire, the background.
    pub noise: Vec<Contact>,
    /// Lookups in order of their first query.
    pub lookups: Vec<Lookup>,
    /// Every flow in order of its first packet, where the setting asks for them.
    pub flows: Vec<FlowRecord>,
    /// The clients of DHCP in order of their first message.
    pub dhcp: Vec<DhcpClient>,
    /// The gateway's addresses, where the setting does not say them and the capture shows them
    /// beyond doubt: by DHCP, or by a router's own advertisement.
    pub gateways: Vec<IpAddr>,
    /// All packets but the probes'.
    pub packets: u64,
    /// Packets that make no contact, by what they are: `arp`, `neighbour-discovery`,
    /// `icmp-error`, `dhcp`, `malformed`…
    pub other: BTreeMap<&'static str, u64>,
    /// How many packets the probes' flows were seen to send, by flow.
    pub probe_packets: HashMap<FlowKey, u64>,
    /// What went beyond a documented limit, and how often: `flows` that left the table early,
    /// `streams` that were not read for want of memory, `contacts`, `lookups`, `names`,
    /// `requests` and `dhcp-clients` that were not kept. Empty in any ordinary capture.
    pub overflow: BTreeMap<&'static str, u64>,
}

/// Surveys a capture.
///
/// Only what the local side sends makes a contact, and only in a flow that it began. A TCP
/// segment makes one in its phase where it is a SYN or carries data; a bare acknowledgement,
/// a FIN or a reset adds to the flow's latest contact, so that a connection which outlives a
/// phase does not appear in the next by dying. Every datagram and echo request sent makes one.
/// Where `setting.local` and `local_networks` are empty, whoever sends first in a flow counts as
/// local; where `setting.phases` is empty, everything is startup.
///
/// Packets are to be given in order of time, as captures hold them.
pub fn survey(packets: impl IntoIterator<Item = Packet>, setting: &Setting) -> Survey {
    let mut surveyor = Surveyor::new(setting);
    for packet in packets {
        surveyor.take(&packet.view());
    }
    surveyor.finish()
}
