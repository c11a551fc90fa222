//! A list of packets, as people know it from Wireshark. Lines are printed as the packets come,
//! so a column is as wide as the widest so far.

use std::fmt::Write as _;

use anstyle::Style;

use super::report::{Look, Times};
use super::{amounts, colours};
use crate::contact::{PacketLine, Party, printable, printable_word};
use crate::packet::Timestamp;
use crate::report::wrap::{columns, wrap};

/// A name longer than this does not widen its column for all that follow.
const WIDEST: usize = 40;
/// Where less room than this is left for a packet's text, it goes below.
const LEAST_ROOM: usize = 40;

/// How wide the columns are by now.
#[derive(Debug)]
pub(in crate::report) struct Columns {
    number: usize,
    time: usize,
    party: usize,
    label: usize,
}

impl Default for Columns {
    fn default() -> Self {
        Self { number: 5, time: 10, party: 20, label: 8 }
    }
}

impl Columns {
    /// The lines of a packet, before the first the headings.
    pub(in crate::report) fn lines(
        &mut self,
        line: &PacketLine,
        start: Timestamp,
        look: &Look,
        is_first: bool,
    ) -> String {
        let number = line.number.to_string();
        let time = amounts::moment(line.time, start, look.times, 6);
        let source = party(&line.source, look);
        let destination = party(&line.destination, look);
        let label = printable_word(&line.label).into_owned();
        if look.times == Times::Absolute {
            self.time = 27;
        }
        let party_widest =
            if columns(&source) > columns(&destination) { &source } else { &destination };
        for (column, text, most) in [
            (&mut self.number, &number, usize::MAX),
            (&mut self.time, &time, usize::MAX),
            (&mut self.party, party_widest, WIDEST),
            (&mut self.label, &label, usize::MAX),
        ] {
            *column = columns(text).min(most).max(*column);
        }
        let mut lines = String::new();
        if is_first {
            let heading = [("NO.", 0), ("TIME", 0), ("SOURCE", 0), ("DESTINATION", 0)];
            self.put(&mut lines, heading.map(|(text, _)| text), "PROTOCOL", look, true);
            lines.push_str(&paint(look, Style::new().dimmed(), "INFO"));
            lines.push('\n');
        }
        let cells = [number.as_str(), &time, &source, &destination];
        let used = self.put(&mut lines, cells, &label, look, false);
        let remarks = line.comments.iter().map(|text| format!(" [comment: {text}]"));
        let text = line.info.clone() + &remarks.collect::<String>();
        info(&mut lines, &printable(&text), used, look);
        lines
    }

    /// Everything before the text; how many columns it takes.
    fn put(
        &self,
        lines: &mut String,
        [number, time, source, destination]: [&str; 4],
        label: &str,
        look: &Look,
        is_heading: bool,
    ) -> usize {
        let before = format!(
            "{number:>0$}  {time:>1$}  {source}{2:3$}  {destination}{2:4$}  ",
            self.number,
            self.time,
            "",
            self.party.saturating_sub(columns(source)),
            self.party.saturating_sub(columns(destination)),
        );
        let style = if is_heading { Style::new().dimmed() } else { colours::of(label) };
        let padding = self.label.saturating_sub(columns(label)) + 2;
        let before_style = if is_heading { style } else { Style::new() };
        let _ = write!(
            lines,
            "{}{}{:padding$}",
            paint(look, before_style, &before),
            paint(look, style, label),
            ""
        );
        columns(&before) + columns(label) + padding
    }
}

/// The packet's text behind the columns, or below them where there is little room.
fn info(lines: &mut String, text: &str, used: usize, look: &Look) {
    let is_marked = text.starts_with('[');
    let style = if is_marked { colours::MARKED } else { Style::new() };
    if !look.wrap || used + columns(text) <= look.width {
        lines.push_str(&paint(look, style, text));
        trim(lines);
        lines.push('\n');
        return;
    }
    let below = look.width < used + LEAST_ROOM;
    let indent = if below { 8 } else { used };
    if below {
        trim(lines);
        lines.push('\n');
    }
    let parts = wrap(text, look.width.saturating_sub(indent), |character| character == ' ');
    for (index, part) in parts.iter().enumerate() {
        if index > 0 || below {
            let _ = write!(lines, "{:indent$}", "");
        }
        lines.push_str(&paint(look, style, part));
        lines.push('\n');
    }
}

/// No line ends in blanks.
fn trim(lines: &mut String) {
    lines.truncate(lines.trim_end_matches(' ').len());
}

fn party(party: &Party, look: &Look) -> String {
    let name = party.name.as_deref().filter(|_| look.names);
    printable_word(name.unwrap_or(&party.address)).into_owned()
}

fn paint(look: &Look, style: Style, text: &str) -> String {
    if look.colour && style != Style::new() && !text.is_empty() {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}
