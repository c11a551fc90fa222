//! What is others' where not everything on the wire is the application's: what nobody in
//! particular sent is told by its host, but where it is sure to be the application's.

use std::collections::HashSet;
use std::sync::Arc;

use crate::contact::{Contact, ContactKind, Host, Phase, Process};

/// Who sent a flow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sender<'a> {
    /// Where it is known.
    pub(super) process: Option<&'a Process>,
    /// Whether it is the application, though it is not known by which of its processes.
    pub(super) is_application: bool,
}

/// What others did before the launch.
pub(super) struct OthersBefore<'a> {
    /// The hosts that they contacted.
    hosts: HashSet<Host>,
    /// Names whose lookups are the application's all the same.
    not_lookups: &'a HashSet<Arc<str>>,
}

impl<'a> OthersBefore<'a> {
    /// By what they did, and the names that the application looked up itself.
    pub(super) fn of(background: &[Contact], not_lookups: &'a HashSet<Arc<str>>) -> Self {
        let before = background.iter().filter(|contact| contact.phase == Phase::Before);
        Self { hosts: before.flat_map(hosts).collect(), not_lookups }
    }

    /// Whether they may have made a contact of nobody in particular.
    pub(super) fn may_have_made(&self, contact: &Contact) -> bool {
        let is_ours = match (contact.kind, &contact.host) {
            (ContactKind::Lookup, Host::Name(name)) => self.not_lookups.contains(name.as_str()),
            _ => false,
        };
        contact.process.is_none()
            && !is_ours
            && hosts(contact).any(|host| self.hosts.contains(&host))
    }
}

/// What a contact's host goes by.
fn hosts(contact: &Contact) -> impl Iterator<Item = Host> {
    let by_address = contact.address.map(Host::Address);
    [Some(contact.host.clone()), by_address].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use crate::contact::{FlowKey, Transport};
    use crate::flow::wire::{LOCAL, RESOLVER, Wire, at, dns, lines, setting};
    use crate::flow::{Owner, Owners, Setting};
    use crate::packet::Timestamp;

    #[test]
    fn what_is_surely_the_applications_is_no_background() {
        let us = |port: u16| at(&format!("{LOCAL}:{port}"));
        let (resolver, there) = (at(&format!("{RESOLVER}:53")), at("198.51.100.9:7"));
        let mut wire = Wire::from(1);
        let ask = |wire: &mut Wire, port| {
            wire.udp(us(port), resolver, &dns("a.example", 1, None));
        };
        ask(&mut wire, 4000);
        wire.udp(us(4001), there, b"others'").jump(11);
        ask(&mut wire, 5000);
        wire.udp(us(5001), there, b"ours?").udp(us(5002), at("198.51.100.9:8"), b"nobody's");
        let check = |ours: &[u16], lookups: usize, expected: &[&str]| {
            let owner = Owner { process: None, since: Timestamp(0), until: None };
            let mut owners = Owners::new(vec![owner]);
            for port in ours {
                let server = if *port == 5000 { resolver } else { there };
                let flow = FlowKey { transport: Transport::Udp, client: us(*port), server };
                owners.begun(flow, Timestamp(0), 0);
            }
            let setting = Setting { owners, others: Some(Owners::default()), ..setting() };
            let survey = wire.survey(&setting);
            assert_eq!(lines(&survey), expected, "{ours:?}");
            assert_eq!(survey.lookups.len(), lookups, "{ours:?}");
            assert!(survey.contacts.iter().all(|contact| contact.process.is_none()));
        };
        let contact = "198.51.100.9 7/udp - startup outward x1";
        let lookup = "a.example 53/udp dns startup outward x1";
        check(&[], 0, &[]);
        check(&[5001], 0, &[contact]);
        check(&[5000], 1, &[lookup]);
        check(&[5000, 5001], 1, &[lookup, contact]);
    }
}
