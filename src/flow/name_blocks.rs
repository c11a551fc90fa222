//! Names that a capture file itself gives to addresses: whoever captured had them resolved, by DNS,
//! by a list of his own or by asking for the address's reverse name. A file may give them at its
//! end, so they are put to the contacts when all is known.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;

use foldhash::fast::RandomState;

use super::contacts::settle_evidence;
use super::entry::MOST_CLAIMS;
use super::requests::Requests;
use super::{Setting, Survey};
use crate::contact::{AddressClass, Contact, ContactKind, Evidence, EvidenceKind, Host};
use crate::dissect::{host_name, is_host};

/// At most this many names are kept of one address.
const MOST_NAMES: usize = 4;

/// The names of each address, the first of them the one that it goes by.
type Names = HashMap<IpAddr, Vec<String>, RandomState>;

impl Survey {
    /// Learns names that the capture's files give to addresses. They are weak evidence, and a host
    /// goes by one, as a guess, where nothing better is known of it. Where the contacts are `judged`, no
    /// host does: a verdict must not hang on what somebody noted. In a simulated internet no name is
    /// believed that was not asked for there.
    pub fn learn_names(&mut self, given: &[(IpAddr, String)], setting: &Setting, judged: bool) {
        let names = fit(given);
        if names.is_empty() || !setting.outward.is_empty() {
            return;
        }
        let mut renamed = false;
        for contact in &mut self.contacts {
            let Contact { host, guessed, evidence, class, address, kind, .. } = contact;
            if let (ContactKind::Traffic, Some(address)) = (*kind, *address) {
                let named = learn(&names, address, *class, evidence);
                renamed |= !judged && take(named, host, guessed);
            }
        }
        for flow in &mut self.flows {
            let address = flow.key.server.ip();
            let named = learn(&names, address, flow.class, &mut flow.evidence);
            if !judged {
                take(named, &mut flow.host, &mut flow.guessed);
            }
        }
        if renamed {
            self.contacts = joined(std::mem::take(&mut self.contacts));
        }
    }
}

/// The names that can be a host's.
fn fit(given: &[(IpAddr, String)]) -> Names {
    let mut names = Names::default();
    for (address, name) in given {
        let name = host_name(name.as_bytes());
        let is_name = is_host(&name)
            && !name.contains(['*', '\\', ':', '%'])
            && matches!(Host::from_text(&name), Host::Name(_));
        let known = names.entry(*address).or_default();
        if is_name && known.len() < MOST_NAMES && !known.contains(&name) {
            known.push(name);
        }
    }
    names.retain(|_, names| !names.is_empty());
    names
}

/// Adds the names of an address to the evidence for its host; the one that it may go by.
fn learn<'a>(
    names: &'a Names,
    address: IpAddr,
    class: AddressClass,
    evidence: &mut Vec<Evidence>,
) -> Option<&'a str> {
    // A group or broadcast address is no host's.
    if matches!(class, AddressClass::Multicast | AddressClass::Broadcast) {
        return None;
    }
    let names = names.get(&address)?;
    evidence.retain(|piece| piece.kind != EvidenceKind::Address);
    let room = MOST_CLAIMS.saturating_sub(evidence.len());
    let named = names.iter().take(room).map(|name| Evidence::new(EvidenceKind::NameBlock, &**name));
    evidence.extend(named);
    settle_evidence(evidence, Some(address));
    names.first().map(String::as_str)
}

/// Calls a host by a name where it goes by its address; whether it does now.
fn take(name: Option<&str>, host: &mut Host, guessed: &mut bool) -> bool {
    let (Host::Address(_), Some(name)) = (&*host, name) else { return false };
    *host = Host::Name(name.to_owned());
    *guessed = true;
    true
}

/// Contacts of one host and service together, now that their hosts have one name.
fn joined(contacts: Vec<Contact>) -> Vec<Contact> {
    let mut places = HashMap::<_, usize, RandomState>::default();
    let mut result: Vec<Contact> = Vec::new();
    for contact in contacts {
        let Contact { host, port, transport, phase, kind, .. } = &contact;
        match places.entry((host.clone(), *port, *transport, *phase, *kind)) {
            Entry::Occupied(place) => {
                if let Some(known) = result.get_mut(*place.get()) {
                    join(known, contact);
                }
            }
            Entry::Vacant(place) => {
                place.insert(result.len());
                result.push(contact);
            }
        }
    }
    result
}

/// Adds a contact to one that was made before it.
fn join(known: &mut Contact, more: Contact) {
    known.guessed &= more.guessed;
    known.protocol = known.protocol.or(more.protocol);
    if known.process.is_none() {
        known.process = more.process;
    }
    known.last = known.last.max(more.last);
    known.flows += more.flows;
    known.packets += more.packets;
    known.bytes_out += more.bytes_out;
    known.bytes_in += more.bytes_in;
    for piece in more.evidence {
        if known.evidence.len() < MOST_CLAIMS && !known.evidence.contains(&piece) {
            known.evidence.push(piece);
        }
    }
    settle_evidence(&mut known.evidence, known.address);
    let mut requests = Requests::default();
    let all = std::mem::take(&mut known.requests).into_iter().chain(more.requests);
    all.for_each(|request| requests.keep(request));
    known.requests = requests.into_list();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::wire::{LOCAL, Wire, at, line, setting};

    fn us(port: u16) -> std::net::SocketAddr {
        at(&format!("{LOCAL}:{port}"))
    }

    /// The contacts of two addresses with a port in common and of a third, given these names.
    fn check(given: &[(&str, &str)], in_sandbox: bool, expected: &[(&str, bool)]) {
        let mut wire = Wire::from(11);
        wire.lookup("asked.example", 1, &["198.18.0.3"]);
        for (port, server) in [(4000, "198.18.0.1"), (4001, "198.18.0.2"), (4002, "198.18.0.3")] {
            let get = format!("GET /{port} HTTP/1.0\r\n\r\n");
            wire.connection(us(port), at(&format!("{server}:80")), &[get.as_bytes()]);
        }
        let setting =
            if in_sandbox { setting() } else { Setting { flows: true, ..Setting::default() } };
        let mut survey = wire.survey(&setting);
        let given: Vec<_> = given
            .iter()
            .map(|(address, name)| (address.parse().unwrap(), (*name).to_owned()))
            .collect();
        survey.learn_names(&given, &setting, false);
        let web: Vec<_> = survey.contacts.iter().filter(|it| it.port == Some(80)).collect();
        let found: Vec<_> = web.iter().map(|it| (line(it), it.guessed)).collect();
        let found: Vec<_> = found.iter().map(|(line, guessed)| (line.as_str(), *guessed)).collect();
        assert_eq!(found, expected, "{given:?}");
        for contact in web.iter().filter(|it| it.guessed) {
            assert_eq!(contact.evidence[0].kind, EvidenceKind::NameBlock);
        }
        for flow in survey.flows.iter().filter(|flow| flow.guessed) {
            assert!(web.iter().any(|it| it.host == flow.host));
        }
    }

    #[test]
    fn a_name_of_the_file_is_a_guess() {
        let one = "198.18.0.1 80/tcp http startup outward x1 GET /4000";
        let two = "198.18.0.2 80/tcp http startup outward x1 GET /4001";
        let asked = "asked.example 80/tcp http startup outward x1 GET /4002";
        let plain = [(one, false), (two, false), (asked, false)];
        check(&[], false, &plain);
        let named = "h.example 80/tcp http startup outward x1 GET /4000";
        check(
            &[("198.18.0.1", "H.example.")],
            false,
            &[(named, true), (two, false), (asked, false)],
        );
        let both = "h.example 80/tcp http startup outward x2 GET /4000 GET /4001";
        let twice = [("198.18.0.1", "h.example"), ("198.18.0.2", "h.example")];
        check(&twice, false, &[(both, true), (asked, false)]);
        // What was asked for is known better.
        check(&[("198.18.0.3", "other.example")], false, &plain);
        for name in ["", "198.18.0.7", "two words", "*.example", "a\u{1b}[2J"] {
            check(&[("198.18.0.1", name)], false, &plain);
        }
        check(&[("198.18.0.1", "h.example")], true, &plain);
    }

    #[test]
    fn a_verdict_does_not_hang_on_it() {
        let mut wire = Wire::from(11);
        wire.connection(us(4000), at("198.18.0.1:80"), &[b"GET / HTTP/1.0\r\n\r\n"]);
        let setting = Setting::default();
        let mut survey = wire.survey(&setting);
        let given = [("198.18.0.1".parse().unwrap(), "h.example".to_owned())];
        survey.learn_names(&given, &setting, true);
        let contact = &survey.contacts[0];
        assert_eq!((contact.host.to_string().as_str(), contact.guessed), ("198.18.0.1", false));
        assert_eq!(contact.evidence, [Evidence::new(EvidenceKind::NameBlock, "h.example")]);
    }
}
