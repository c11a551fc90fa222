//! What a listener hears while a run goes on. The reporter's progress line is made of these;
//! the harness knows nothing of terminals.

use std::time::Duration;

use super::Outcome;
use crate::contact::Phase;

/// Something that happened in a run.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A scenario was begun.
    ScenarioStarted {
        /// Its name.
        scenario: &'a str,
        /// Its place among the scenarios of this invocation, counted from 1.
        number: usize,
        /// How many there are.
        of: usize,
    },
    /// A phase was begun.
    PhaseStarted {
        /// Which.
        phase: Phase,
        /// It ends after this at the latest; none where it has no bound.
        at_most: Option<Duration>,
    },
    /// The application was launched.
    Launched {
        /// Its first process, by its id inside the sandbox.
        pid: u32,
    },
    /// Packets that the application sent so far; at most some ten times a second.
    Traffic {
        /// How many.
        packets_sent: u64,
    },
    /// Time passes: about once in half a second, whatever else happens.
    Tick,
    /// Bytes that the application wrote to its standard output or standard error.
    ApplicationOutput {
        /// As written.
        bytes: &'a [u8],
    },
    /// The application's first process has ended.
    ApplicationExited,
    /// The scenario is done.
    ScenarioFinished {
        /// What came of it.
        outcome: &'a Outcome,
    },
}

/// Hears the events of a run, in order, from one thread.
pub trait Listener {
    /// Called for each event.
    fn hear(&mut self, event: &Event<'_>);
}
