//! The report of one scenario in two internets.

use std::io::{self, Write};

use super::json::object;
use super::page::{GREEN, Page, RED, YELLOW};
use super::rows::{places, table};
use super::{Reporter, Terminal};
use crate::contact::{Contact, ContactKind, printable_word};
use crate::diff::Verdict;
use crate::harness::Internets;

impl Terminal {
    /// Writes both runs, a pass in a line, and then whom only one of them shows.
    pub fn report_internets(&self, compared: &Internets, out: &mut dyn Write) -> io::Result<()> {
        for outcome in compared.outcomes() {
            Self { brief: true, ..*self }.report(outcome, out)?;
        }
        let mut page = Page::new(self.width, self.colour);
        let name = printable_word(&compared.scenario);
        let is_same = compared.only_simulated.is_empty() && compared.only_real.is_empty();
        let (word, style, text) = match compared.verdict {
            Verdict::Invalid => ("INVALID", YELLOW, "not compared, for a run is invalid"),
            _ if is_same => ("SAME", GREEN, "the same contacts in both internets"),
            _ => ("DIFFERS", RED, "not the same contacts in both internets"),
        };
        page.headline(word, style, &format!("{name}  {text}"));
        page.only("only in the simulated internet:", &compared.only_simulated);
        page.only("only in the real internet:", &compared.only_real);
        page.write(out)
    }
}

impl Page {
    fn only(&mut self, title: &str, contacts: &[Contact]) {
        if contacts.is_empty() {
            return;
        }
        self.blank();
        self.lines.push(format!("  {title}"));
        for kind in [ContactKind::Traffic, ContactKind::Lookup] {
            let rows = places(contacts, kind);
            if !rows.is_empty() {
                if kind == ContactKind::Lookup {
                    self.lines.push("  looked up, and nothing sent to:".to_owned());
                }
                self.table(&table(&rows, kind));
            }
        }
    }
}

/// Writes the comparison as one JSON object on a line of its own (`docs/result-format.md`).
pub fn write_internets(compared: &Internets, out: &mut dyn Write) -> io::Result<()> {
    let mut line = object(compared)?;
    line.push(b'\n');
    out.write_all(&line)
}
