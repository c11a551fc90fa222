//! One file a format: what a reader sees of an outcome, made from the outcome alone.

mod acceptance;
mod command_line;
mod explain;
mod headline;
mod inspect;
mod internets;

mod json;
mod made_by;
mod page;
mod rows;
#[cfg(test)]
mod sample;
mod table;
mod terminal;
mod tree;
mod wrap;

use std::io::{self, Write};

pub use explain::explain;
pub use inspect::{InspectFormat, InspectReport, Look, Times};
pub use internets::write_internets;
pub use json::Json;
pub use terminal::Terminal;

use crate::harness::Outcome;

/// A format for results.
pub trait Reporter {
    /// Writes what came of one scenario.
    fn report(&self, outcome: &Outcome, out: &mut dyn Write) -> io::Result<()>;

    /// Writes what is to be said of all of them together, after the last.
    fn finish(&self, _outcomes: &[Outcome], _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}
