//! Composes the stages: a scenario in, an outcome out, events on the way.

mod event;
mod outcome;

pub use event::{Event, Listener};
pub use outcome::{
    ApplicationOutcome, CaptureSummary, Exit, LaunchedAs, Note, Outcome, SnapshotOutcome,
    SnapshotState,
};
