//! The text of a snapshot: what of a result is the same run after run, a line a host.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::RequestView;
use crate::contact::{
    AddressClass, Contact, ContactKind, Host, KnownBy, Phase, Protocol, Transport, printable_word,
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
    /// What the network led to, where that is not what the scenario says.
    pub internet: Option<&'a str>,
    /// Whom the application contacted.
    pub contacts: &'a [Contact],
    /// What is shown of its requests.
    pub requests: &'a RequestView,
    /// Whether the processes that made the contacts are shown.
    pub processes: bool,
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
    processes: BTreeSet<String>,
}

type Place<'a> = (&'a Host, Option<u16>, Transport, AddressClass);

/// The text that is kept and compared. Fields are divided by two blanks and never aligned,
/// so that one changed host is one changed line.
pub fn render(input: &SnapshotInput<'_>) -> String {
    let mut text = String::from(if input.stand_in { "ran: stand-in\n" } else { "ran: command\n" });
    if let Some(internet) = input.internet {
        text.push_str(&format!("internet: {internet}\n"));
    }
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
        line.processes.extend(process(contact).filter(|_| input.processes));
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
        if !line.processes.is_empty() {
            fields.push(format!("by {}", joined(&line.processes)));
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

/// Who made a contact, where that is certain: whom the socket tables show depends on when they are
/// looked at.
fn process(contact: &Contact) -> Option<String> {
    let process = contact.process.as_ref().filter(|it| it.known_by == KnownBy::Call)?;
    Some(printable_word(&process.name).into_owned())
}

fn joined<T: ToString>(items: &BTreeSet<T>) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
