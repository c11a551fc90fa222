//! The contacts of an outcome as rows for a person: one a place, its phases together.

use anstyle::{AnsiColor, Style};

use super::table::{Cell, Column, Row};
use crate::contact::{
    AddressClass, Contact, ContactKind, Host, Phase, Process, Protocol, Request, Transport,
    printable, printable_word,
};

/// How many request lines are shown of one place.
const MOST_REQUESTS: usize = 3;

/// What the application did with one place, in all phases together.
pub(super) struct Place<'a> {
    host: &'a Host,
    port: Option<u16>,
    transport: Transport,
    class: AddressClass,
    kind: ContactKind,
    protocols: Vec<Protocol>,
    phases: Vec<Phase>,
    processes: Vec<&'a Process>,
    requests: Vec<&'a Request>,
    expected: Option<bool>,
}

/// The places of one kind, in order of their first packet.
pub(super) fn places(contacts: &[Contact], kind: ContactKind) -> Vec<Place<'_>> {
    places_of(contacts.iter().filter(|contact| contact.kind == kind))
}

/// The places of these contacts, in order of their first packet.
pub(super) fn places_of<'a>(contacts: impl IntoIterator<Item = &'a Contact>) -> Vec<Place<'a>> {
    let mut places: Vec<Place<'_>> = Vec::new();
    for contact in contacts {
        let same = |place: &&mut Place<'_>| {
            (place.host, place.port, place.transport, place.class, place.kind)
                == (&contact.host, contact.port, contact.transport, contact.class, contact.kind)
        };
        match places.iter_mut().find(same) {
            Some(place) => place.add(contact),
            None => {
                let mut place = Place {
                    host: &contact.host,
                    port: contact.port,
                    transport: contact.transport,
                    class: contact.class,
                    kind: contact.kind,
                    protocols: Vec::new(),
                    phases: Vec::new(),
                    processes: Vec::new(),
                    requests: Vec::new(),
                    expected: None,
                };
                place.add(contact);
                places.push(place);
            }
        }
    }
    places
}

impl<'a> Place<'a> {
    fn add(&mut self, contact: &'a Contact) {
        self.protocols.extend(contact.protocol);
        self.protocols.sort_unstable();
        self.protocols.dedup();
        self.phases.push(contact.phase);
        self.phases.sort_unstable();
        self.phases.dedup();
        if let Some(process) = &contact.process
            && !self.processes.iter().any(|known| known.name == process.name)
        {
            self.processes.push(process);
        }
        for request in &contact.requests {
            if !self.requests.contains(&request) {
                self.requests.push(request);
            }
        }
        // One unexpected phase makes the place one to look at.
        self.expected = match (self.expected, contact.expected) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (known, new) => new.or(known),
        };
    }

    /// Where it is, in a sentence.
    pub(super) fn shown(&self) -> String {
        format!("{} {}", printable_word(&self.host.to_string()), self.service())
    }

    fn service(&self) -> String {
        match self.port {
            Some(port) => format!("{port}/{}", self.transport),
            None => self.transport.to_string(),
        }
    }

    fn requests(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .requests
            .iter()
            .take(MOST_REQUESTS)
            .map(|request| printable(&request.line()).into_owned())
            .collect();
        match self.requests.len().saturating_sub(MOST_REQUESTS) {
            0 => {}
            1 => lines.push("and 1 more request".to_owned()),
            more => lines.push(format!("and {more} more requests")),
        }
        lines
    }
}

/// A place in a sentence, with when it was contacted: `a.example 443/tcp in startup`.
pub(super) fn place_in(place: &Place<'_>) -> String {
    let phases = joined(&place.phases);
    match place.kind {
        ContactKind::Traffic => format!("{} in {phases}", place.shown()),
        ContactKind::Lookup => {
            format!("{} looked up in {phases}", printable_word(&place.host.to_string()))
        }
    }
}

/// A field of a place's row, where any of the rows has something to say in it.
type Field = (Column, fn(&Place<'_>) -> Cell);

const HOST: Field = (Column { heading: "HOST", least: 16 }, |place| Cell {
    text: printable_word(&place.host.to_string()).into_owned(),
    style: Style::new().bold(),
});
const SERVICE: Field = (Column { heading: "PORT", least: 9 }, |place| Cell::plain(place.service()));
const PROTOCOL: Field = (Column { heading: "PROTOCOL", least: 8 }, |place| {
    Cell::plain(if place.protocols.is_empty() { "-".to_owned() } else { joined(&place.protocols) })
});
const PHASES: Field =
    (Column { heading: "PHASES", least: 8 }, |place| Cell::plain(joined(&place.phases)));
const PROCESS: Field = (Column { heading: "PROCESS", least: 8 }, |place| {
    let names: Vec<_> = place.processes.iter().map(|process| printable(&process.name)).collect();
    Cell::plain(names.join(", "))
});
const CLASS: Field = (Column { heading: "CLASS", least: 9 }, |place| {
    Cell::plain(match place.class {
        AddressClass::Outward => String::new(),
        class => class.to_string(),
    })
});
const BASELINE: Field = (Column { heading: "BASELINE", least: 10 }, |place| match place.expected {
    Some(true) => Cell::plain("expected"),
    Some(false) => {
        Cell { text: "UNEXPECTED".to_owned(), style: AnsiColor::Red.on_default().bold() }
    }
    None => Cell::plain(""),
});

/// The columns and rows of a table of places.
pub(super) fn table(places: &[Place<'_>], kind: ContactKind) -> (Vec<Column>, Vec<Row>) {
    let fields: &[Field] = match kind {
        ContactKind::Traffic => &[HOST, SERVICE, PROTOCOL, PHASES, PROCESS, CLASS, BASELINE],
        ContactKind::Lookup => &[HOST, PROTOCOL, PHASES, PROCESS, BASELINE],
    };
    let mut columns = Vec::new();
    let mut rows: Vec<Row> =
        places.iter().map(|place| Row { cells: Vec::new(), under: place.requests() }).collect();
    for (column, cell) in fields {
        let cells: Vec<Cell> = places.iter().map(cell).collect();
        if cells.iter().any(|cell| !cell.text.is_empty()) {
            columns.push(*column);
            rows.iter_mut().zip(cells).for_each(|(row, cell)| row.cells.push(cell));
        }
    }
    (columns, rows)
}

fn joined<T: ToString>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(" ")
}
