//! The packets that a finding is about, read out of the run's capture.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use super::{Inspect, Outcome, inspect};
use crate::contact::{Contact, ContactKind, FlowKey, PacketLine, Protocol, Remark};

/// How many packets are told of one finding.
const MOST: usize = 10;

/// The first packets that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Excerpt {
    /// It is about no contact.
    NoContact,
    /// These.
    Packets {
        /// The first of them, in order.
        lines: Vec<PacketLine>,
        /// Whether there are more in the capture.
        more: bool,
    },
    /// The capture was not kept.
    NotKept,
    /// The capture could not be read, for this reason.
    Unreadable(String),
}

/// For each of these findings, by their index, the first packets of the contact it is about, from
/// one pass over the capture; `file` is where that lies, if anywhere.
pub fn excerpts(outcome: &Outcome, findings: &[usize], file: Option<&Path>) -> Vec<Excerpt> {
    let contact = |&index: &usize| {
        let finding = outcome.findings.get(index)?;
        outcome.contacts.get(finding.contact?)
    };
    let contacts: Vec<Option<&Contact>> = findings.iter().map(contact).collect();
    let each = |excerpt: Excerpt| {
        let of = |contact: &Option<&Contact>| match contact {
            Some(_) => excerpt.clone(),
            None => Excerpt::NoContact,
        };
        contacts.iter().map(of).collect()
    };
    let Some(file) = file else { return each(Excerpt::NotKept) };
    if contacts.iter().all(Option::is_none) {
        return each(Excerpt::NoContact);
    }
    match read(&contacts, file) {
        Ok(found) => found
            .into_iter()
            .zip(&contacts)
            .map(|(mut lines, contact)| {
                let more = lines.len() > MOST;
                lines.truncate(MOST);
                contact.map_or(Excerpt::NoContact, |_| Excerpt::Packets { lines, more })
            })
            .collect(),
        Err(reason) => each(Excerpt::Unreadable(reason)),
    }
}

/// The packets of each contact, up to one more than are told.
fn read(contacts: &[Option<&Contact>], file: &Path) -> Result<Vec<Vec<PacketLine>>, String> {
    let mut found: Vec<Vec<PacketLine>> = vec![Vec::new(); contacts.len()];
    let wanted = Inspect { files: vec![file.to_owned()], packets: true, ..Inspect::default() };
    // Who sent each flow, as the saved capture remarks it on the flow's packets.
    let mut senders: HashMap<FlowKey, Option<u32>> = HashMap::new();
    let inspected = inspect(&wanted, &mut |line, _| {
        learn(line, &mut senders);
        let sender = line.flow.and_then(|flow| senders.get(&flow).copied());
        let mut is_full = true;
        for (lines, contact) in found.iter_mut().zip(contacts) {
            let Some(contact) = contact else { continue };
            let pid = contact.process.as_ref().map(|process| process.pid);
            let is_sender = sender.is_none_or(|sender| sender == pid);
            if lines.len() <= MOST && is_sender && is_of(line, contact) {
                lines.push(plain(line));
            }
            is_full &= lines.len() > MOST;
        }
        if is_full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let inspection = inspected.map_err(|error| error.to_string())?;
    match inspection.capture.files.into_iter().find_map(|file| file.damage) {
        Some(damage) if found.iter().all(Vec::is_empty) => Err(damage.message),
        _ => Ok(found),
    }
}

/// Takes note of who sent a packet's flow.
fn learn(line: &PacketLine, senders: &mut HashMap<FlowKey, Option<u32>>) {
    let sent = line.comments.iter().find_map(|comment| match Remark::parse(comment) {
        Some(Remark::Application { .. }) => Some(None),
        Some(Remark::Sent { process, .. }) => Some(process.map(|process| process.pid)),
        _ => None,
    });
    if let (Some(flow), Some(sender)) = (line.flow, sent) {
        senders.insert(flow, sender);
    }
}

/// The packet without what is said of its sender elsewhere.
fn plain(line: &PacketLine) -> PacketLine {
    let mut line = line.clone();
    line.comments.retain(|comment| Remark::parse(comment).is_none());
    line
}

/// Whether a packet belongs to a contact: it went to its place, or came from there, while it
/// lasted; for a name that was only looked up, it asks for it or answers.
fn is_of(line: &PacketLine, contact: &Contact) -> bool {
    let Some(flow) = line.flow.filter(|_| (contact.first..=contact.last).contains(&line.time))
    else {
        return false;
    };
    match contact.kind {
        ContactKind::Lookup => {
            let name = contact.host.to_string();
            let mut words = line.info.split([' ', ',']);
            line.protocol == Some(Protocol::Dns)
                && words.any(|word| word.trim_end_matches('.').eq_ignore_ascii_case(&name))
        }
        ContactKind::Traffic => {
            flow.transport == contact.transport
                && contact.port.is_none_or(|port| port == flow.server.port())
                && (line.host.as_ref() == Some(&contact.host)
                    || Some(flow.server.ip()) == contact.address)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::{AddressClass, Host, Party, Phase, Transport};
    use crate::packet::Timestamp;

    fn line(info: &str, server: &str, protocol: Option<Protocol>, time: u64) -> PacketLine {
        let flow = FlowKey {
            transport: Transport::Udp,
            client: "198.18.0.2:4000".parse().unwrap(),
            server: server.parse().unwrap(),
        };
        PacketLine {
            number: 1,
            time: Timestamp(time),
            source: Party::default(),
            destination: Party::default(),
            label: "UDP".into(),
            protocol,
            length: 60,
            info: info.to_owned(),
            comments: Vec::new(),
            flow: Some(flow),
            host: Some(Host::Address(flow.server.ip())),
        }
    }

    fn contact(kind: ContactKind) -> Contact {
        Contact {
            host: Host::Name("a.test".to_owned()),
            guessed: false,
            address: "198.18.0.7".parse().ok(),
            port: Some(if kind == ContactKind::Lookup { 53 } else { 4711 }),
            transport: Transport::Udp,
            protocol: None,
            phase: Phase::Idle,
            class: AddressClass::Outward,
            kind,
            expected: None,
            process: None,
            evidence: Vec::new(),
            tls: None,
            requests: Vec::new(),
            flows: 1,
            first: Timestamp(10),
            last: Timestamp(20),
            packets: 1,
            bytes_out: 1,
            bytes_in: 0,
        }
    }

    #[test]
    fn the_sender_is_learned_from_the_remark_and_no_more_is_kept_of_it() {
        let mut senders = HashMap::new();
        let mut line = line("", "198.18.0.7:4711", None, 10);
        let process = crate::contact::Process { pid: 7, ..Default::default() };
        for (process, pid) in [(Some(process), Some(7)), (None, None)] {
            let remark = Remark::Sent { process, phase: Phase::Idle, background: false };
            line.comments = vec!["by a person".to_owned(), remark.to_string()];
            learn(&line, &mut senders);
            assert_eq!(senders.get(&line.flow.unwrap()), Some(&pid));
            assert_eq!(plain(&line).comments, ["by a person"]);
        }
        learn(&plain(&line), &mut senders);
        assert_eq!(senders.len(), 1);
    }

    #[test]
    fn packets_belong_to_a_contact_by_place_and_time() {
        for (server, time, belongs) in [
            ("198.18.0.7:4711", 10, true),
            ("198.18.0.7:4711", 20, true),
            ("198.18.0.7:4711", 21, false),
            ("198.18.0.7:4712", 15, false),
            ("198.18.0.8:4711", 15, false),
        ] {
            let line = line("", server, None, time);
            assert_eq!(is_of(&line, &contact(ContactKind::Traffic)), belongs, "{server} {time}");
        }
        // A host may have several addresses: its name decides as well.
        let named = PacketLine {
            host: Some(Host::Name("a.test".to_owned())),
            ..line("", "198.18.0.9:4711", None, 15)
        };
        assert!(is_of(&named, &contact(ContactKind::Traffic)));
        for (info, belongs) in [
            ("Standard query 0x1 A a.test", true),
            ("Standard query response 0x1 A A.test. A 198.18.0.7", true),
            ("Standard query 0x1 A b.a.test", false),
        ] {
            let line = line(info, "198.18.0.1:53", Some(Protocol::Dns), 15);
            assert_eq!(is_of(&line, &contact(ContactKind::Lookup)), belongs, "{info}");
        }
    }
}
