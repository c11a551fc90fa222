//! Which addresses are the gateway's, where the capture shows it beyond doubt: a DHCP server said
//! so when it gave an address, or a router advertised itself. That packets went through some
//! link-layer address proves nothing: it may be a bridge's, or another host's.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use super::event::Event;
use super::leases::Leasing;
use super::shard::Shard;
use super::{Setting, class_of};
use crate::contact::{AddressClass, Contact, FlowRecord};
use crate::dissect::{Body, Dhcp, Frame, Icmp};

/// At most this many addresses are kept.
const MOST: usize = 64;

/// A router advertisement (RFC 4861 section 4.2).
const ADVERTISEMENT: u8 = 134;

/// The gateway's addresses as they become known.
#[derive(Debug, Default)]
pub(super) struct Gateways {
    found: BTreeSet<IpAddr>,
}

impl Shard<'_> {
    /// A packet that has no flow: whether a router advertises itself by it.
    pub(super) fn discovering(&mut self, frame: &Frame<'_>) {
        if let Body::NeighbourDiscovery(message) = frame.body
            && self.is_first()
            && message.kind == ADVERTISEMENT
            && let Some((router, _)) = frame.addresses
            && advertises_default(router, &message)
        {
            self.tell(Event::Router(router));
        }
    }
}

/// Whether it makes its sender a default router: with a lifetime, and from a link-local address,
/// which a valid one has (RFC 4861 sections 6.1.2 and 6.3.4).
fn advertises_default(router: IpAddr, message: &Icmp<'_>) -> bool {
    let link_local = matches!(router, IpAddr::V6(v6) if v6.is_unicast_link_local());
    let lifetime = message.rest.get(2..4).unwrap_or_default();
    // Less than the fixed part of the message is none.
    link_local && message.code == 0 && message.rest.len() >= 12 && lifetime != [0, 0]
}

impl Gateways {
    /// A router advertised itself.
    pub(super) fn advertised(&mut self, router: IpAddr, setting: &Setting) {
        self.learn(router, setting);
    }

    /// A message of DHCP: what a server gives with an address names the routers. One of another
    /// network is none of this one's.
    pub(super) fn leased(&mut self, leasing: &Leasing, setting: &Setting) {
        let Leasing { dhcp, source, .. } = leasing;
        if dhcp.from_client || source.is_none_or(|source| setting.is_local(source)) {
            return;
        }
        for router in on_link(dhcp) {
            self.learn(router.into(), setting);
        }
    }

    /// Whoever says which address it is knows better. An address beyond the local network is
    /// taken for no gateway, so that no packet can make a host outside look like one.
    fn learn(&mut self, router: IpAddr, setting: &Setting) {
        let known = !setting.gateway.is_empty() || !setting.outward.is_empty();
        let class = class_of(router, setting);
        if !known && self.found.len() < MOST && is_near(class) && !setting.is_local(router) {
            self.found.insert(router);
        }
    }

    /// Gives contacts and flows that were with it their class.
    pub(super) fn apply<'a>(
        &self,
        contacts: impl Iterator<Item = &'a mut Contact>,
        flows: &mut [FlowRecord],
    ) {
        if self.found.is_empty() {
            return;
        }
        let classify = |address: IpAddr, class: &mut AddressClass| {
            if is_near(*class) && self.found.contains(&address) {
                *class = AddressClass::Gateway;
            }
        };
        for contact in contacts {
            if let Some(address) = contact.address {
                classify(address, &mut contact.class);
            }
        }
        for flow in flows {
            classify(flow.key.server.ip(), &mut flow.class);
        }
    }

    /// The addresses.
    pub(super) fn into_list(self) -> Vec<IpAddr> {
        self.found.into_iter().collect()
    }
}

fn is_near(class: AddressClass) -> bool {
    matches!(class, AddressClass::LocalNetwork | AddressClass::LinkLocal)
}

/// The routers that are in the network of the address that was given.
fn on_link(dhcp: &Dhcp) -> impl Iterator<Item = Ipv4Addr> {
    let mask = dhcp.mask.map(u32::from).filter(|mask| *mask != 0);
    let given = match dhcp.assigned {
        Some(IpAddr::V4(given)) => Some(u32::from(given)),
        _ => None,
    };
    dhcp.routers.iter().copied().filter(move |&router| {
        let network = |address| mask.map(|mask| address & mask);
        given.is_some_and(|given| {
            network(given).is_some_and(|it| Some(it) == network(router.into()))
        })
    })
}
