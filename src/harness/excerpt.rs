//! The packets that a finding is about, read out of the run's capture.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use super::{Inspect, Outcome, inspect};
use crate::contact::{Contact, ContactKind, PacketLine, Party, Remark, Transport};
use crate::diff::Finding;

/// How many packets are told of one finding.
const MOST: usize = 10;

/// How many contacts of one finding are explained.
const MOST_CONTACTS: usize = 5;

/// The first packets of a contact that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Excerpt {
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

/// The contacts of a finding that are explained, by their indices: every program's first one, and
/// then what there is room for, so that the many of one program do not hide what another did.
pub fn explained(outcome: &Outcome, finding: &Finding) -> Vec<usize> {
    let mut programs: HashMap<Option<&str>, usize> = HashMap::new();
    let mut ranked: Vec<(usize, usize)> = Vec::new();
    for &index in finding.about() {
        let Some(contact) = outcome.contacts.get(index) else { continue };
        let program = contact.process.as_ref().map(|process| process.name.as_str());
        let rank = programs.entry(program).or_default();
        ranked.push((*rank, index));
        *rank += 1;
    }
    ranked.sort_unstable();
    ranked.truncate(MOST_CONTACTS);
    let mut chosen: Vec<usize> = ranked.into_iter().map(|(_, index)| index).collect();
    chosen.sort_unstable();
    chosen
}

/// For each of these findings, by their index, the first packets of each contact that is
/// [explained] of it, from one pass over the capture; `file` is where that lies, if anywhere.
pub fn excerpts(outcome: &Outcome, findings: &[usize], file: Option<&Path>) -> Vec<Vec<Excerpt>> {
    let contacts: Vec<Vec<&Contact>> = findings
        .iter()
        .filter_map(|&index| outcome.findings.get(index))
        .map(|finding| explained(outcome, finding))
        .map(|chosen| chosen.into_iter().filter_map(|it| outcome.contacts.get(it)).collect())
        .collect();
    let all: Vec<&Contact> = contacts.iter().flatten().copied().collect();
    let read = match file {
        _ if all.is_empty() => Ok(Vec::new()),
        Some(file) => read(&all, file).map_err(Excerpt::Unreadable),
        None => Err(Excerpt::NotKept),
    };
    let (found, otherwise) = match read {
        Ok(found) => (found, Excerpt::NotKept),
        Err(otherwise) => (Vec::new(), otherwise),
    };
    let mut found = found.into_iter();
    let mut next = || match found.next() {
        Some(mut lines) => {
            let more = lines.len() > MOST;
            lines.truncate(MOST);
            Excerpt::Packets { lines, more }
        }
        None => otherwise.clone(),
    };
    contacts.iter().map(|of| of.iter().map(|_| next()).collect()).collect()
}

/// The packets of each contact, up to one more than are told.
fn read(contacts: &[&Contact], file: &Path) -> Result<Vec<Vec<PacketLine>>, String> {
    let mut found: Vec<Vec<PacketLine>> = vec![Vec::new(); contacts.len()];
    let wanted = Inspect { files: vec![file.to_owned()], packets: true, ..Inspect::default() };
    // Who sent each flow, as the saved capture remarks it on the flow's packets.
    let mut senders: HashMap<Ends, Option<u32>> = HashMap::new();
    let inspected = inspect(&wanted, &mut |line, _| {
        learn(line, &mut senders);
        let sender = ends(line).and_then(|ends| senders.get(&ends).copied());
        let mut is_full = true;
        for (lines, contact) in found.iter_mut().zip(contacts) {
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
fn learn(line: &PacketLine, senders: &mut HashMap<Ends, Option<u32>>) {
    let sent = line.comments.iter().find_map(|comment| match Remark::parse(comment) {
        Some(Remark::Application { .. }) => Some(None),
        Some(Remark::Sent { process, .. }) => Some(process.map(|process| process.pid)),
        _ => None,
    });
    if let (Some(ends), Some(sender)) = (ends(line), sent) {
        senders.insert(ends, sender);
    }
}

/// What the packets of one flow have in common, also where no flow is told: what is asked of
/// apptrace's own resolver has none, since that is no contact.
type Ends = (Option<Transport>, [(String, Option<u16>); 2]);

fn ends(line: &PacketLine) -> Option<Ends> {
    let end = |party: &Party| (party.address.clone(), party.port);
    let mut ends = [end(&line.source), end(&line.destination)];
    ends.sort_unstable();
    let is_any_known = ends.iter().all(|(address, _)| !address.is_empty());
    is_any_known.then(|| (line.flow.map(|flow| flow.transport), ends))
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
    if !(contact.first..=contact.last).contains(&line.time) {
        return false;
    }
    match contact.kind {
        ContactKind::Lookup => {
            let name = contact.host.to_string();
            // A name of NetBIOS has its kind behind it: `FILES<20>`.
            let mut words = line.info.split([' ', ',', '<']);
            is_of_names(line)
                && words.any(|word| word.trim_end_matches('.').eq_ignore_ascii_case(&name))
        }
        ContactKind::Traffic => line.flow.is_some_and(|flow| {
            flow.transport == contact.transport
                && contact.port.is_none_or(|port| port == flow.server.port())
                && (line.host.as_ref() == Some(&contact.host)
                    || Some(flow.server.ip()) == contact.address)
        }),
    }
}

/// Whether a packet asks for names, or answers. The protocol of its flow cannot tell: where it is
/// apptrace's own resolver that is asked, no flow is told, and where HTTP carries the question
/// the protocol is another.
fn is_of_names(line: &PacketLine) -> bool {
    matches!(line.label.as_ref(), "DNS" | "MDNS" | "LLMNR" | "NBNS")
        || line.info.contains("Standard query ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::{AddressClass, FlowKey, Host, Phase};
    use crate::packet::Timestamp;

    fn line(info: &str, server: &str, label: &'static str, time: u64) -> PacketLine {
        let flow = FlowKey {
            transport: Transport::Udp,
            client: "198.18.0.2:4000".parse().unwrap(),
            server: server.parse().unwrap(),
        };
        PacketLine {
            number: 1,
            time: Timestamp(time),
            source: party(flow.client),
            destination: party(flow.server),
            label: label.into(),
            protocol: None,
            length: 60,
            info: info.to_owned(),
            comments: Vec::new(),
            flow: Some(flow),
            host: Some(Host::Address(flow.server.ip())),
        }
    }

    fn party(end: std::net::SocketAddr) -> Party {
        Party { address: end.ip().to_string(), name: None, port: Some(end.port()) }
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
        let mut line = line("", "198.18.0.7:4711", "UDP", 10);
        let process = crate::contact::Process { pid: 7, ..Default::default() };
        for (process, pid) in [(Some(process), Some(7)), (None, None)] {
            let remark = Remark::Sent { process, phase: Phase::Idle, background: false };
            line.comments = vec!["by a person".to_owned(), remark.to_string()];
            learn(&line, &mut senders);
            assert_eq!(senders.get(&ends(&line).unwrap()), Some(&pid));
            // The answer is of the same flow.
            let (source, destination) = (line.destination.clone(), line.source.clone());
            let answer = PacketLine { source, destination, ..line.clone() };
            assert_eq!(ends(&answer), ends(&line));
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
            let line = line("", server, "UDP", time);
            assert_eq!(is_of(&line, &contact(ContactKind::Traffic)), belongs, "{server} {time}");
        }
        // A host may have several addresses: its name decides as well.
        let named = PacketLine {
            host: Some(Host::Name("a.test".to_owned())),
            ..line("", "198.18.0.9:4711", "UDP", 15)
        };
        assert!(is_of(&named, &contact(ContactKind::Traffic)));
        for (label, info, belongs) in [
            ("DNS", "Standard query 0x1 A a.test", true),
            ("DNS", "Standard query response 0x1 A A.test. A 198.18.0.7", true),
            ("DNS", "Standard query 0x1 A b.a.test", false),
            ("NBNS", "Name query NB A.TEST<20>", true),
            ("HTTP2", "DATA[1]: Standard query 0x1 A a.test", true),
            ("HTTP", "GET / HTTP/1.1 a.test", false),
        ] {
            // What is asked of apptrace's own resolver has no flow.
            let told = line(info, "198.18.0.1:53", label, 15);
            for line in [PacketLine { flow: None, host: None, ..told.clone() }, told] {
                assert_eq!(is_of(&line, &contact(ContactKind::Lookup)), belongs, "{info}");
                assert!(!is_of(&line, &contact(ContactKind::Traffic)), "{info}");
            }
        }
    }
}
