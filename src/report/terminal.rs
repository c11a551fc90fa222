//! The report for a person: what was contacted, what is wrong with it, what to do. Every
//! mark is a word; colour only repeats it.

use std::io::{self, Write};

use anstyle::Style;

use super::Reporter;
use super::headline::{facts, word};
use super::page::{CYAN, DIM, GREEN, Page, RED, YELLOW};
use super::rows::{places, table};
use super::wrap::wrap;
use crate::contact::{ContactKind, printable, printable_word};
use crate::diff::Verdict;
use crate::harness::{LaunchedAs, Outcome, SnapshotOutcome, SnapshotState};

/// The report for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// How many columns a line may take.
    pub width: usize,
    /// Whether to colour.
    pub colour: bool,
    /// Whether a pass is said in one line: where many scenarios run, the others matter.
    pub brief: bool,
    /// Whether every process is shown, those too that contacted nobody.
    pub processes: bool,
}

impl Default for Terminal {
    fn default() -> Self {
        Self { width: 80, colour: false, brief: false, processes: false }
    }
}

impl Reporter for Terminal {
    fn report(&self, outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
        let mut page = Page::new(self.width, self.colour);
        page.header(outcome);
        let brief = self.brief && outcome.verdict == Verdict::Pass;
        if !brief {
            page.contacts(outcome);
            page.processes(outcome, self.processes);
        }
        page.notes(outcome);
        if let Some(snapshot) = &outcome.snapshot {
            page.snapshot(snapshot);
        }
        if outcome.excerpts.is_empty() {
            page.findings(&outcome.findings);
        } else {
            page.explanations(outcome);
        }
        if self.brief && !brief {
            page.lines.push(String::new());
        }
        page.write(out)
    }

    fn finish(&self, outcomes: &[Outcome], out: &mut dyn Write) -> io::Result<()> {
        if outcomes.len() < 2 {
            return Ok(());
        }
        let mut page = Page::new(self.width, self.colour);
        page.summary(outcomes);
        page.write(out)
    }
}

impl Page {
    fn header(&mut self, outcome: &Outcome) {
        let (word, style) = word(outcome);
        let name = printable_word(&outcome.scenario);
        let text = format!("{name}  {}", facts(outcome));
        self.headline(word, style, &text);
    }

    fn contacts(&mut self, outcome: &Outcome) {
        if outcome.application.launched_as == LaunchedAs::StandIn {
            let command = printable(&outcome.application.command.join(" ")).into_owned();
            self.labelled(2, "ran the stand-in:", YELLOW, &command);
        }
        self.blank();
        let contacted = places(&outcome.contacts, ContactKind::Traffic);
        if outcome.verdict == Verdict::Invalid && outcome.capture.packets == 0 {
            self.lines.push("  nothing was observed".to_owned());
        } else if contacted.is_empty() {
            self.lines.push("  nobody was contacted".to_owned());
        } else {
            self.table(&table(&contacted, ContactKind::Traffic));
        }
        let looked_up = places(&outcome.contacts, ContactKind::Lookup);
        if !looked_up.is_empty() {
            self.blank();
            self.lines.push("  looked up, and nothing sent to:".to_owned());
            self.table(&table(&looked_up, ContactKind::Lookup));
        }
        self.blank();
    }

    fn notes(&mut self, outcome: &Outcome) {
        let noise = places(&outcome.noise, ContactKind::Traffic);
        if !noise.is_empty() {
            let shown: Vec<String> = noise.iter().map(|place| place.shown()).collect();
            let text =
                format!("left out, since the sandbox itself contacted them: {}", shown.join(", "));
            self.labelled(2, "note:", CYAN, &text);
        }
        for note in &outcome.notes {
            self.labelled(2, "note:", CYAN, &printable(&note.message));
            self.hint(note.hint.as_deref());
        }
        if let Some(file) = &outcome.capture.file {
            let text = format!("the packets are in {}", file.display());
            self.labelled(2, "note:", CYAN, &printable(&text));
        }
    }

    fn snapshot(&mut self, snapshot: &SnapshotOutcome) {
        let file = snapshot.file.display().to_string();
        let (text, style) = match snapshot.state {
            // The finding says it all.
            SnapshotState::Unchanged | SnapshotState::Missing => return,
            SnapshotState::Written => (format!("written, the first: {file}"), GREEN),
            SnapshotState::Updated => (format!("updated: {file}"), YELLOW),
            SnapshotState::Changed => (format!("changed: {file}"), RED),
            SnapshotState::NotCompared => ("not compared, the run being invalid".to_owned(), DIM),
        };
        self.labelled(2, "snapshot", style, &printable(&text));
        for line in snapshot.diff.iter().flat_map(|diff| diff.lines()) {
            self.diff_line(line);
        }
    }

    fn diff_line(&mut self, line: &str) {
        let style = match line.as_bytes().first() {
            Some(b'+') => GREEN,
            Some(b'-') => RED,
            Some(b'@') => CYAN,
            _ => Style::new(),
        };
        let line = printable(line);
        let (mark, text) =
            line.split_at(line.find(|c: char| !"+-@ ".contains(c)).unwrap_or(line.len()));
        let room = self.width() - 8 - mark.len();
        for (index, part) in wrap(text, room, |character| character == ' ').iter().enumerate() {
            let line = if index == 0 {
                format!("    {}", self.paint(style, &format!("{mark}{part}")))
            } else {
                format!("{:indent$}{}", "", self.paint(style, part), indent = 8 + mark.len())
            };
            self.lines.push(line);
        }
    }

    fn summary(&mut self, outcomes: &[Outcome]) {
        let count = |verdict| outcomes.iter().filter(|outcome| outcome.verdict == verdict).count();
        let counted: Vec<String> = [
            (count(Verdict::Pass), "passed"),
            (count(Verdict::Fail), "failed"),
            (count(Verdict::Invalid), "invalid"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
        self.lines.push(format!("{} scenarios: {}", outcomes.len(), counted.join(", ")));
        for outcome in outcomes.iter().filter(|outcome| outcome.verdict != Verdict::Pass) {
            let (word, style) = word(outcome);
            let mut codes: Vec<&str> = Vec::new();
            for finding in &outcome.findings {
                if !codes.contains(&finding.code.as_str()) {
                    codes.push(finding.code.as_str());
                }
            }
            let name = printable_word(&outcome.scenario);
            let text = format!("{name}: {}", codes.join(", "));
            self.labelled(2, word, style.bold(), &text);
        }
    }
}

#[cfg(test)]
#[path = "terminal_tests.rs"]
mod tests;
