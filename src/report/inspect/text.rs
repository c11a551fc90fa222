//! The page for a person: what the capture is, the rows, what limits them.

use super::amounts;
use super::report::{Look, Times};
use crate::contact::{AddressClass, Contact, ContactKind, RunRecord, printable, printable_word};
use crate::diff::Verdict;
use crate::harness::{FileFacts, Inspection};
use crate::packet::Timestamp;
use crate::query::View;
use crate::report::page::{CYAN, GREEN, Page, RED, YELLOW};
use crate::report::table::{Cell, Column, Row};
use crate::report::wrap::columns;

/// From here on addresses and evidence get columns of their own.
pub(super) const WIDE: usize = 120;
/// How many runs are named that saved the capture.
const MOST_RUNS: usize = 3;

/// An inspection as text.
pub(super) struct Text<'a> {
    pub(super) look: &'a Look,
    pub(super) inspection: &'a Inspection,
}

/// A table as it comes together.
pub(super) struct Grid {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
}

impl Grid {
    pub(super) fn new(rows: usize) -> Self {
        let row = Row { cells: Vec::new(), under: Vec::new() };
        Self { columns: Vec::new(), rows: vec![row; rows] }
    }

    /// A column, left out where no row has anything to say in it.
    pub(super) fn add(
        &mut self,
        heading: &'static str,
        least: usize,
        cells: impl IntoIterator<Item = Cell>,
    ) {
        let cells: Vec<Cell> = cells.into_iter().collect();
        if cells.iter().all(|cell| cell.text.trim().is_empty()) {
            return;
        }
        self.columns.push(Column { heading, least });
        self.rows.iter_mut().zip(cells).for_each(|(row, cell)| row.cells.push(cell));
    }

    /// A column of amounts, which end below each other.
    pub(super) fn amounts(
        &mut self,
        heading: &'static str,
        texts: impl IntoIterator<Item = String>,
    ) {
        let texts: Vec<String> = texts.into_iter().collect();
        let widest = texts.iter().map(|text| columns(text)).fold(heading.len(), usize::max);
        let cells = texts.iter().map(|text| Cell::plain(format!("{text:>widest$}")));
        self.add(heading, widest, cells);
    }

    pub(super) fn rows(&mut self) -> impl Iterator<Item = &mut Row> {
        self.rows.iter_mut()
    }
}

impl Text<'_> {
    /// The whole page; `listed` packets stand above it already.
    pub(super) fn page(&self, view: View, listed: u64) -> Page {
        let mut page = Page::new(self.look.width, self.look.colour);
        if listed > 0 {
            page.lines.push(String::new());
        }
        // Whoever lists packets has no use for a headline, unless it is a verdict.
        if view != View::Packets || self.inspection.verdict.is_some() {
            self.header(&mut page);
        }
        page.blank();
        match view {
            View::Contacts => self.contacts(&mut page),
            View::Flows => {
                let flows = self.inspection.flows.as_deref().unwrap_or_default();
                self.table(&mut page, "no flows", self.flows(flows));
            }
            View::Lookups => {
                self.table(&mut page, "no lookups", self.lookups(&self.inspection.lookups));
            }
            View::Packets if listed == 0 => page.lines.push("no packets".to_owned()),
            View::Packets => {}
        }
        page.blank();
        if view == View::Contacts {
            self.rest(&mut page);
            self.clients(&mut page);
        }
        self.notes(&mut page);
        page.findings(self.inspection.findings.as_deref().unwrap_or_default());
        while page.lines.last().is_some_and(String::is_empty) {
            page.lines.pop();
        }
        page
    }

    pub(super) fn start(&self) -> Timestamp {
        self.inspection.capture.first.unwrap_or_default()
    }

    pub(super) fn seconds(&self, time: Timestamp) -> String {
        amounts::column(time, self.start())
    }

    fn header(&self, page: &mut Page) {
        let Inspection { contacts, capture, verdict, .. } = self.inspection;
        let (word, style) = match verdict {
            None => ("CAPTURE", CYAN),
            Some(Verdict::Pass) => ("PASS", GREEN),
            Some(Verdict::Fail) => ("FAIL", RED),
            Some(Verdict::Invalid) => ("INVALID", YELLOW),
        };
        let mut facts: Vec<String> = Vec::new();
        let count = |kind| contacts.iter().filter(|it| it.kind == kind).count() as u64;
        facts.push(amounts::counted(count(ContactKind::Traffic), "contact"));
        if count(ContactKind::Lookup) > 0 {
            facts.push(format!("{} looked up only", count(ContactKind::Lookup)));
        }
        facts.push(match capture.read {
            read if read == capture.packets => amounts::counted(read, "packet"),
            read => format!("{} of {}", capture.packets, amounts::counted(read, "packet")),
        });
        if capture.lost > 0 {
            facts.push(format!("{} lost", capture.lost));
        }
        let scenario = self.inspection.scenario.as_deref().map(printable_word);
        let scenario = scenario.map(|name| format!("{name}  ")).unwrap_or_default();
        page.headline(word, style, &format!("{scenario}{}  {}", self.files(), facts.join(", ")));
        if let (Some(first), Some(last)) = (capture.first, capture.last) {
            let relative = match self.look.times {
                Times::Relative => "; times count from there",
                Times::Absolute => "",
            };
            let length = amounts::length(last.since(first));
            let text = format!("{length} from {}{relative}", amounts::clock(first, 6));
            let label = format!("{},", self.formats());
            page.labelled(2, &label, anstyle::Style::new(), &text);
        }
        capture.runs.iter().take(MOST_RUNS).for_each(|run| saved(page, run));
    }

    fn files(&self) -> String {
        let named = |file: &FileFacts| match file.file.to_string_lossy() {
            name if name == "-" => "standard input".to_owned(),
            name => printable(&name).into_owned(),
        };
        match self.inspection.capture.files.as_slice() {
            [one] => named(one),
            [first, .., last] => format!("{} to {}", named(first), named(last)),
            [] => "nothing".to_owned(),
        }
    }

    /// What the files are, each kind once.
    fn formats(&self) -> String {
        let mut formats: Vec<String> = Vec::new();
        for FileFacts { format, compressed, .. } in &self.inspection.capture.files {
            let format = format!("{format}{}", if *compressed { " in gzip" } else { "" });
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        let many = match self.inspection.capture.files.len() {
            0 | 1 => String::new(),
            many => format!("{many} files, "),
        };
        format!("{many}{}", formats.join(", "))
    }

    fn contacts(&self, page: &mut Page) {
        let of = |pick: fn(&Contact) -> bool| -> Vec<&Contact> {
            self.inspection.contacts.iter().filter(|contact| pick(contact)).collect()
        };
        let is_outward =
            |it: &Contact| it.kind == ContactKind::Traffic && it.class == AddressClass::Outward;
        let is_near =
            |it: &Contact| it.kind == ContactKind::Traffic && it.class != AddressClass::Outward;
        let nobody = match self.inspection.chosen {
            true => "no contact outside was chosen",
            false => "nobody outside was contacted",
        };
        self.table(page, nobody, self.traffic(&of(is_outward)));
        let near = of(is_near);
        if !near.is_empty() {
            page.blank();
            let text = "so no line is brought up for them:";
            page.labelled(2, "not outward,", anstyle::Style::new(), text);
            self.table(page, "", self.traffic(&near));
        }
        let alone = of(|it| it.kind == ContactKind::Lookup);
        if !alone.is_empty() {
            page.blank();
            page.labelled(2, "looked up,", anstyle::Style::new(), "and nothing sent to:");
            self.table(page, "", self.names_alone(&alone));
        }
        if self.inspection.contacts.iter().any(|contact| contact.guessed) {
            page.blank();
            let text = "the name is a guess, from weak evidence";
            page.labelled(2, "?", YELLOW, text);
        }
    }

    fn table(&self, page: &mut Page, nothing: &str, grid: Grid) {
        if grid.rows.is_empty() {
            page.lines.push(format!("  {nothing}"));
        } else {
            page.table(&(grid.columns, grid.rows));
        }
    }

    /// Packets that made no contact.
    fn rest(&self, page: &mut Page) {
        let other = &self.inspection.capture.other;
        if other.is_empty() {
            return;
        }
        let counts = other.iter().map(|(name, count)| format!("{count} {name}"));
        let text = counts.collect::<Vec<_>>().join(", ");
        page.labelled(2, "other packets:", anstyle::Style::new(), &text);
    }

    fn notes(&self, page: &mut Page) {
        let Inspection { noise, resolvers, .. } = self.inspection;
        let (resolvers, earlier) = noise.split_at(noise.len().min(*resolvers));
        for (why, contacts) in [
            ("not judged, being the network's own resolver", resolvers),
            ("left out, being there before the launch", earlier),
        ] {
            if !contacts.is_empty() {
                page.labelled(2, "note:", CYAN, &format!("{why}: {}", listed(contacts)));
            }
        }
        for note in &self.inspection.notes {
            page.labelled(2, "note:", CYAN, &printable(&note.message));
            page.hint(note.hint.as_deref());
        }
    }
}

/// Contacts in a sentence, each place once.
fn listed(contacts: &[Contact]) -> String {
    let mut shown: Vec<String> = Vec::new();
    for contact in contacts {
        let port = contact.port.map(|port| format!(" {port}")).unwrap_or_default();
        let host = printable_word(&contact.host.to_string()).into_owned();
        let place = format!("{host}{port}/{}", contact.transport);
        if !shown.contains(&place) {
            shown.push(place);
        }
    }
    shown.join(", ")
}

/// What the run that saved the capture says of itself. Anybody may have written it.
fn saved(page: &mut Page, run: &RunRecord) {
    let RunRecord { scenario, verdict, internet, sandbox, version, kernel, .. } = run;
    let word = |text: &str| printable_word(text).into_owned();
    let label = format!("saved by apptrace {},", word(version));
    let text = format!(
        "run of {}, {}, verdict {}, on {}",
        printable(scenario),
        if sandbox == "none" {
            "on the machine itself".to_owned()
        } else {
            format!("{} internet", word(internet))
        },
        word(verdict),
        printable(kernel)
    );
    page.labelled(2, &label, anstyle::Style::new(), &text);
}
