//! The text of a snapshot: what of a result is the same run after run, a line a host.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::RequestView;
use crate::contact::{
    AddressClass, Contact, ContactKind, Host, Phase, Protocol, Transport, printable_word,
};

/// What a snapshot is made of.
#[derive(Debug, Clone, Copy)]
pub struct SnapshotInput<'a> {
    /// The scenario's name, which names the file.
    pub scenario: &'a str,
    /// One sentence for the file's header.
    pub description: Option<&'a str>,
    /// The scenario file, for the header.
    pub source: Option<&'a Path>,
    /// Program and arguments of the scenario's command, for the header.
    pub command: &'a [String],
    /// Whether the stand-in ran instead of the command.
    pub stand_in: bool,
    /// Whom the application contacted.
    pub contacts: &'a [Contact],
    /// What is shown of its requests.
    pub requests: &'a RequestView,
}

/// One line: a place, and when and how it was contacted.
///
/// A connection that closes before its first byte has no protocol, and whether one does can
/// differ from run to run; so the protocols are gathered on the line, not lines of their own.
#[derive(Default)]
struct Line {
    protocols: BTreeSet<Protocol>,
    phases: BTreeSet<Phase>,
    requests: BTreeSet<String>,
}

type Place<'a> = (&'a Host, Option<u16>, Transport, AddressClass);

/// The text that is kept and compared. Fields are divided by two blanks and never aligned,
/// so that one changed host is one changed line.
pub fn render(input: &SnapshotInput<'_>) -> String {
    let mut text = String::from(if input.stand_in { "ran: stand-in\n" } else { "ran: command\n" });
    text.push_str("contacts:\n");
    push_lines(&mut text, input, ContactKind::Traffic);
    text.push_str("looked up only:\n");
    push_lines(&mut text, input, ContactKind::Lookup);
    text
}

fn push_lines(text: &mut String, input: &SnapshotInput<'_>, kind: ContactKind) {
    let contacts = input.contacts;
    let reached: BTreeSet<&Host> = contacts
        .iter()
        .filter(|contact| contact.kind == ContactKind::Traffic)
        .map(|contact| &contact.host)
        .collect();
    let mut lines: BTreeMap<Place<'_>, Line> = BTreeMap::new();
    for contact in contacts.iter().filter(|contact| contact.kind == kind) {
        let place = match kind {
            ContactKind::Traffic => (&contact.host, contact.port, contact.transport, contact.class),
            ContactKind::Lookup if reached.contains(&contact.host) => continue,
            // Whether a resolver asks again over TCP depends on the answer's size alone.
            ContactKind::Lookup => (&contact.host, None, Transport::Udp, AddressClass::Outward),
        };
        let line = lines.entry(place).or_default();
        line.protocols.extend(contact.protocol);
        line.phases.insert(contact.phase);
        let shown = contact.requests.iter().filter_map(|it| input.requests.line(it, contact));
        line.requests.extend(shown);
    }
    if lines.is_empty() {
        text.push_str("  (none)\n");
    }
    for ((host, port, transport, class), line) in lines {
        let mut fields = vec![printable_word(&host.to_string()).into_owned()];
        if kind == ContactKind::Traffic {
            fields.push(match port {
                Some(port) => format!("{port}/{transport}"),
                None => transport.to_string(),
            });
        }
        let protocols = joined(&line.protocols);
        fields.push(if protocols.is_empty() { "-".to_owned() } else { protocols });
        fields.push(joined(&line.phases));
        if class != AddressClass::Outward {
            fields.push(class.to_string());
        }
        text.push_str("  ");
        text.push_str(&fields.join("  "));
        text.push('\n');
        for request in line.requests {
            text.push_str("    ");
            text.push_str(&request);
            text.push('\n');
        }
    }
}

fn joined<T: ToString>(items: &BTreeSet<T>) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Timestamp;

    fn contact(host: &str, port: u16, protocol: Option<Protocol>, phase: Phase) -> Contact {
        Contact {
            host: Host::from_text(host),
            address: None,
            port: Some(port),
            transport: Transport::Tcp,
            protocol,
            phase,
            class: AddressClass::Outward,
            kind: ContactKind::Traffic,
            expected: None,
            guessed: false,
            process: None,
            evidence: Vec::new(),
            tls: None,
            requests: Vec::new(),
            flows: 1,
            first: Timestamp(1),
            last: Timestamp(2),
            packets: 3,
            bytes_out: 4,
            bytes_in: 5,
        }
    }

    fn lookup(host: &str, protocol: Protocol) -> Contact {
        Contact {
            kind: ContactKind::Lookup,
            port: None,
            ..contact(host, 0, Some(protocol), Phase::Startup)
        }
    }

    fn rendered(contacts: &[Contact]) -> String {
        render(&SnapshotInput {
            scenario: "zoiper",
            description: None,
            source: None,
            command: &[],
            stand_in: false,
            contacts,
            requests: &RequestView::default(),
        })
    }

    #[test]
    fn a_line_a_place_with_its_phases() {
        let sip = |phase| Contact {
            transport: Transport::Udp,
            ..contact("sip.ca1.voip.ms", 5060, Some(Protocol::Sip), phase)
        };
        let text = rendered(&[
            contact("www.asteriskguru.com", 80, Some(Protocol::Http), Phase::Startup),
            sip(Phase::Idle),
            sip(Phase::Startup),
            lookup("www.dyndns.com", Protocol::Dns),
            contact("192.0.2.7", 443, None, Phase::Startup),
        ]);
        insta::assert_snapshot!(text, @r"
        ran: command
        contacts:
          sip.ca1.voip.ms  5060/udp  sip  startup idle
          www.asteriskguru.com  80/tcp  http  startup
          192.0.2.7  443/tcp  -  startup
        looked up only:
          www.dyndns.com  dns  startup
        ");
    }

    #[test]
    fn nobody_is_said_in_words() {
        insta::assert_snapshot!(rendered(&[]), @r"
        ran: command
        contacts:
          (none)
        looked up only:
          (none)
        ");
    }

    #[test]
    fn local_neighbours_show_their_class_and_pings_no_port() {
        let text = rendered(&[
            Contact {
                transport: Transport::Udp,
                class: AddressClass::Multicast,
                ..contact("239.255.255.250", 1900, Some(Protocol::Ssdp), Phase::Startup)
            },
            Contact {
                transport: Transport::Icmp,
                port: None,
                ..contact("example.org", 0, None, Phase::After)
            },
        ]);
        insta::assert_snapshot!(text, @r"
        ran: command
        contacts:
          example.org  icmp  -  after
          239.255.255.250  1900/udp  ssdp  startup  multicast
        looked up only:
          (none)
        ");
    }

    #[test]
    fn a_changed_host_is_one_changed_line() {
        let known = contact("a.example", 443, Some(Protocol::Tls), Phase::Startup);
        let with = |host| rendered(&[known.clone(), contact(host, 80, None, Phase::Idle)]);
        let (one, other) = (with("b.example"), with("a-much-longer-name.telemetry.example"));
        let differing = |text: &str, other: &str| {
            let kept: BTreeSet<&str> = other.lines().collect();
            text.lines().filter(|line| !kept.contains(line)).count()
        };
        assert_eq!((differing(&one, &other), differing(&other, &one)), (1, 1));
        assert_eq!(differing(&rendered(std::slice::from_ref(&known)), &rendered(&[])), 1);
    }

    #[test]
    fn what_varies_by_nature_is_left_out() {
        let named = contact("a.example", 443, Some(Protocol::Tls), Phase::Startup);
        let again = Contact {
            address: "198.18.0.9".parse().ok(),
            protocol: None,
            first: Timestamp(77),
            packets: 99,
            flows: 4,
            ..named.clone()
        };
        let (lookup, traffic) = (lookup("a.example", Protocol::Dns), named.clone());
        assert_eq!(
            rendered(std::slice::from_ref(&named)),
            rendered(&[again.clone(), named.clone()])
        );
        assert_eq!(rendered(&[named, again]), rendered(&[lookup, traffic]));
    }

    #[test]
    fn a_hostile_name_stays_on_its_line() {
        let evil = Contact {
            host: Host::Name("a\n---\n  b".to_owned()),
            ..contact("x", 80, None, Phase::Startup)
        };
        assert!(rendered(&[evil]).contains("  a\\u{a}---\\u{a}\\u{20}\\u{20}b  80/tcp"));
    }
}
