//! What every report for a person is put together from: lines of words that fit the terminal.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::table::{Column, Row, lines};
use super::wrap::{paragraph, wrap};
use crate::contact::printable;
use crate::diff::Finding;

/// Narrower than this nothing can be read; lines are then longer than the terminal.
const LEAST_WIDTH: usize = 40;

pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const RED: Style = AnsiColor::Red.on_default();
pub(super) const GREEN: Style = AnsiColor::Green.on_default();
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(super) const CYAN: Style = AnsiColor::Cyan.on_default();

/// The lines of one report as they come together.
#[derive(Debug)]
pub(super) struct Page {
    width: usize,
    colour: bool,
    pub(super) lines: Vec<String>,
}

impl Page {
    /// Of lines of at most so many columns, with colour or without.
    pub(super) fn new(width: usize, colour: bool) -> Self {
        Self { width, colour, lines: Vec::new() }
    }

    pub(super) fn width(&self) -> usize {
        self.width.max(LEAST_WIDTH)
    }

    pub(super) fn is_coloured(&self) -> bool {
        self.colour
    }

    pub(super) fn paint(&self, style: Style, text: &str) -> String {
        if self.colour && style != Style::new() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    pub(super) fn write(self, out: &mut dyn Write) -> io::Result<()> {
        for line in self.lines {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    pub(super) fn blank(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
    }

    /// The first line: the verdict in a word, then what it is about.
    pub(super) fn headline(&mut self, word: &str, style: Style, text: &str) {
        let lines = wrap(text, self.width() - 9, |character| character == ' ');
        for (index, line) in lines.into_iter().enumerate() {
            let mark = if index == 0 { self.paint(style.bold(), word) } else { String::new() };
            let padding = " ".repeat(9 - if index == 0 { word.len() } else { 0 });
            self.lines.push(format!("{mark}{padding}{line}"));
        }
    }

    /// A paragraph that begins with a word in a style of its own.
    pub(super) fn labelled(&mut self, indent: usize, label: &str, style: Style, text: &str) {
        let first = format!("{:indent$}{label} ", "");
        let rest = " ".repeat(indent + 4);
        let whole = paragraph("", "", &format!("{label} {text}"), self.width() - rest.len());
        for (index, line) in whole.into_iter().enumerate() {
            let line = match line.strip_prefix(label) {
                Some(after) if index == 0 => {
                    let indent = &first[..indent];
                    format!("{indent}{}{after}", self.paint(style, label))
                }
                _ => format!("{rest}{line}"),
            };
            self.lines.push(line);
        }
    }

    pub(super) fn table(&mut self, (columns, rows): &(Vec<Column>, Vec<Row>)) {
        let lines = lines(columns, rows, self.width(), &|style, text| self.paint(style, text));
        self.lines.extend(lines);
    }

    pub(super) fn findings(&mut self, findings: &[Finding]) {
        if findings.is_empty() {
            if self.lines.last().is_some_and(String::is_empty) {
                self.lines.pop();
            }
            return;
        }
        self.blank();
        for finding in findings {
            let style = if finding.code.invalidates() { YELLOW } else { RED };
            let code = format!("{}:", finding.code);
            self.labelled(2, &code, style.bold(), &printable(&finding.message));
            self.hint(finding.hint.as_deref());
        }
    }

    pub(super) fn hint(&mut self, hint: Option<&str>) {
        if let Some(hint) = hint {
            self.labelled(4, "hint:", CYAN, &printable(hint));
        }
    }
}
