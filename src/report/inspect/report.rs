//! A view in a format: packets as they come, the rest when all is known.

use std::io::{self, Write};

use super::text::Text;
use super::{packets, separated};
use crate::contact::PacketLine;
use crate::harness::Inspection;
use crate::packet::Timestamp;
use crate::query::View;
use crate::report::json::object;

/// In which format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InspectFormat {
    /// For people.
    Text,
    /// One object, all in one line.
    Json,
    /// An object a row.
    JsonLines,
    /// A line a row, the first with the names of the columns.
    Csv,
}

/// How times are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// In seconds after the capture's first packet.
    Relative,
    /// RFC 3339 in UTC.
    Absolute,
}

/// How text for people looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// How many columns a table may take.
    pub width: usize,
    /// Whether a packet's line is broken to fit, or left as long as it is.
    pub wrap: bool,
    /// Whether to colour.
    pub colour: bool,
    /// Whether packets bear names in place of addresses.
    pub names: bool,
    /// How times are told.
    pub times: Times,
}

/// Prints an inspection.
pub struct InspectReport<'w> {
    view: View,
    format: InspectFormat,
    look: Look,
    out: &'w mut dyn Write,
    /// How many packets were printed; the first brings what stands before them.
    packets: u64,
    columns: packets::Columns,
}

impl<'w> InspectReport<'w> {
    /// Prints this view in this format.
    pub fn new(view: View, format: InspectFormat, look: Look, out: &'w mut dyn Write) -> Self {
        Self { view, format, look, out, packets: 0, columns: packets::Columns::default() }
    }

    /// Prints a packet, where they are the rows.
    pub fn packet(&mut self, line: &PacketLine, start: Timestamp) -> io::Result<()> {
        if self.view != View::Packets {
            return Ok(());
        }
        let is_first = self.packets == 0;
        self.packets += 1;
        match self.format {
            InspectFormat::Text => {
                let lines = self.columns.lines(line, start, &self.look, is_first);
                self.out.write_all(lines.as_bytes())
            }
            InspectFormat::Json => {
                self.out.write_all(if is_first { b"{\"packets\":[" } else { b"," })?;
                self.out.write_all(&object(line)?)
            }
            InspectFormat::JsonLines => self.json_line(line),
            InspectFormat::Csv => {
                if is_first {
                    self.out.write_all(&separated::heading(self.view)?)?;
                }
                self.out.write_all(&separated::packet(line)?)
            }
        }
    }

    /// Prints what is known at the end.
    pub fn finish(mut self, inspection: &Inspection) -> io::Result<()> {
        match self.format {
            InspectFormat::Text => {
                let text = Text { look: &self.look, inspection };
                text.page(self.view, self.packets).write(self.out)
            }
            InspectFormat::Json => self.whole(inspection),
            InspectFormat::JsonLines => match self.view {
                View::Contacts => self.json_lines(&inspection.contacts),
                View::Flows => self.json_lines(inspection.flows.as_deref().unwrap_or_default()),
                View::Lookups => self.json_lines(&inspection.lookups),
                View::Packets => Ok(()),
            },
            InspectFormat::Csv => {
                if self.packets == 0 {
                    self.out.write_all(&separated::heading(self.view)?)?;
                }
                separated::rows(self.view, inspection, self.out)
            }
        }
    }

    /// One object; where packets are asked for it was begun with the first of them.
    fn whole(&mut self, inspection: &Inspection) -> io::Result<()> {
        let whole = object(inspection)?;
        if self.view == View::Packets {
            if self.packets == 0 {
                self.out.write_all(b"{\"packets\":[")?;
            }
            self.out.write_all(b"],")?;
            self.out.write_all(whole.get(1..).unwrap_or_default())?;
        } else {
            self.out.write_all(&whole)?;
        }
        self.out.write_all(b"\n")
    }

    fn json_lines(&mut self, rows: &[impl serde::Serialize]) -> io::Result<()> {
        rows.iter().try_for_each(|row| self.json_line(row))
    }

    fn json_line(&mut self, row: &impl serde::Serialize) -> io::Result<()> {
        self.out.write_all(&object(row)?)?;
        self.out.write_all(b"\n")
    }
}
