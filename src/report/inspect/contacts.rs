//! The rows of contacts.

use anstyle::{AnsiColor, Style};

use super::known::{Known, asker, maker};
use super::text::{Grid, Text, WIDE};
use super::{Times, amounts, colours};
use crate::contact::{AddressClass, Contact};
use crate::report::table::{Cell, Row};
use crate::report::wrap::wrap;

impl Text<'_> {
    /// Contacts in which packets were sent.
    pub(super) fn traffic(&self, contacts: &[&Contact]) -> Grid {
        let wide = self.look.width >= WIDE;
        let known: Vec<Known<'_>> = contacts.iter().map(|&contact| contact.into()).collect();
        let mut grid = Grid::new(contacts.len());
        grid.add("HOST", 10, known.iter().map(|known| bold(known.host())));
        grid.add("PORT", 8, contacts.iter().map(|contact| Cell::plain(service(contact))));
        grid.add(
            "PROTOCOL",
            8,
            contacts.iter().map(|contact| {
                let name = contact.protocol.map_or("-", crate::contact::Protocol::name);
                Cell { text: name.to_owned(), style: colours::of(name) }
            }),
        );
        if wide {
            let addresses = contacts.iter().map(|contact| contact.address.map(|it| it.to_string()));
            grid.add("ADDRESS", 15, addresses.map(|it| Cell::plain(it.unwrap_or_default())));
            grid.add("KNOWN BY", 10, known.iter().map(|known| Cell::plain(known.kinds())));
        }
        self.phases(&mut grid, contacts);
        let judged = contacts.iter().any(|contact| contact.expected.is_some());
        self.times(&mut grid, contacts, wide || !judged);
        grid.amounts("PACKETS", contacts.iter().map(|it| it.packets.to_string()));
        grid.amounts("OUT", contacts.iter().map(|it| amounts::bytes(it.bytes_out)));
        grid.amounts("IN", contacts.iter().map(|it| amounts::bytes(it.bytes_in)));
        if wide {
            grid.add("CLASS", 13, contacts.iter().map(|it| class(it.class)));
        }
        grid.add("BASELINE", 10, contacts.iter().map(|contact| baseline(contact)));
        for ((contact, known), row) in contacts.iter().zip(&known).zip(grid.rows()) {
            if !wide {
                let address = contact.address.map(|it| it.to_string()).unwrap_or_default();
                let class = match contact.class {
                    AddressClass::Outward => String::new(),
                    class => format!("{class}, "),
                };
                // Where the baseline's column takes the room of this one.
                let last = match self.look.times {
                    Times::Relative if judged => {
                        format!(", last seen {}", self.seconds(contact.last))
                    }
                    _ => String::new(),
                };
                let known = known.kinds();
                self.under(row, &format!("{class}{address}, known by {known}{last}"));
            }
            if self.look.times == Times::Absolute {
                self.under(
                    row,
                    &format!(
                        "from {} to {}",
                        amounts::clock(contact.first, 6),
                        amounts::clock(contact.last, 6)
                    ),
                );
            }
            let maker = contact.process.as_ref().map(maker);
            maker.iter().for_each(|text| self.under(row, text));
            known.others().iter().for_each(|text| self.under(row, text));
            row.under.extend(known.requests());
        }
        grid
    }

    /// Names that were looked up, and nothing sent to.
    pub(super) fn names_alone(&self, contacts: &[&Contact]) -> Grid {
        let mut grid = Grid::new(contacts.len());
        grid.add("HOST", 16, contacts.iter().map(|&contact| bold(Known::from(contact).host())));
        grid.add(
            "PROTOCOL",
            8,
            contacts.iter().map(|contact| {
                let name = contact.protocol.map_or("-", crate::contact::Protocol::name);
                Cell { text: name.to_owned(), style: colours::of(name) }
            }),
        );
        self.phases(&mut grid, contacts);
        self.times(&mut grid, contacts, true);
        grid.amounts("QUERIES", contacts.iter().map(|it| it.flows.to_string()));
        grid.add("BASELINE", 10, contacts.iter().map(|contact| baseline(contact)));
        for (contact, row) in contacts.iter().zip(grid.rows()) {
            let asker = contact.process.as_ref().map(asker);
            asker.iter().for_each(|text| self.under(row, text));
        }
        grid
    }

    /// Only a run's capture has phases.
    fn phases(&self, grid: &mut Grid, contacts: &[&Contact]) {
        if !self.inspection.phases.is_empty() {
            grid.add("PHASE", 8, contacts.iter().map(|it| Cell::plain(it.phase.name())));
        }
    }

    fn times(&self, grid: &mut Grid, contacts: &[&Contact], both: bool) {
        if self.look.times == Times::Absolute {
            return;
        }
        grid.amounts("FIRST", contacts.iter().map(|it| self.seconds(it.first)));
        if both {
            grid.amounts("LAST", contacts.iter().map(|it| self.seconds(it.last)));
        }
    }

    /// A line below a row, broken where it is too long.
    pub(super) fn under(&self, row: &mut Row, text: &str) {
        let width = self.look.width.saturating_sub(6);
        row.under.extend(wrap(text, width, |character| character == ' '));
    }
}

pub(super) fn bold(text: String) -> Cell {
    Cell { text, style: Style::new().bold() }
}

pub(super) fn class(class: AddressClass) -> Cell {
    Cell::plain(match class {
        AddressClass::Outward => "",
        class => class.name(),
    })
}

fn service(contact: &Contact) -> String {
    match contact.port {
        Some(port) => format!("{port}/{}", contact.transport),
        None => contact.transport.to_string(),
    }
}

fn baseline(contact: &Contact) -> Cell {
    match contact.expected {
        Some(true) => Cell::plain("expected"),
        Some(false) => {
            Cell { text: "UNEXPECTED".to_owned(), style: AnsiColor::Red.on_default().bold() }
        }
        None => Cell::plain(""),
    }
}
