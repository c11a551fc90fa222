//! What standard output and standard error are: terminals or not, how wide, with colour or
//! without.

use std::io::{self, IsTerminal};

/// Narrower than this a terminal's own answer is not believed.
const LEAST_WIDTH: u16 = 20;

/// How many columns a report may take: the terminal's, or 80 where standard output is none.
pub(crate) fn width() -> usize {
    let answered = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0);
    usize::from(answered.filter(|width| *width >= LEAST_WIDTH).unwrap_or(80))
}

/// Whether standard output takes colour: `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` and
/// `TERM` have their say.
pub(crate) fn colour() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// Whether standard error is a terminal, and a line on it can be drawn anew.
pub(crate) fn can_redraw() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Whether standard error takes colour.
pub(crate) fn colour_on_error() -> bool {
    anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
}
