//! Composes the stages: a scenario in, an outcome out, events on the way.
//!
//! [`run`] is the spine; reading it top to bottom tells what a run is. It works in two
//! processes: the harness proper, and the stage inside the sandbox's namespaces
//! ([`run_stage`]), which exchange messages over a socket.

mod answering;
mod attributed;
mod attribution;
mod before;
mod blocked;
mod closing;
mod descriptors;
mod event;
mod evidence;
mod excerpt;
mod failure;
mod hearing;
mod hiding;
mod host;
mod inspect;
mod internets;
mod job;
mod judge;
mod launch;
mod limits;
mod merged;
mod message;
mod outcome;
mod outlived;
mod own;
mod phases;
mod place;
mod refusals;
mod relaying;
mod resolvers;
mod result_file;
mod run;
mod session;
mod session_keys;
mod snapshots;
mod socket_tables;
mod stage;
mod state;
mod streams;
mod testimonies;
mod traffic;
mod unheeded;

pub use event::{Event, Listener};
pub use evidence::{SaveError, SaveTo};
pub use excerpt::{Excerpt, excerpts, explained};
pub use host::{HOST_STAGE_ARGUMENT, run_host_stage};
pub use inspect::{
    CaptureFacts, Damage, FileFacts, FilterFault, Inspect, InspectError, Inspection,
    InterfaceFacts, inspect,
};
pub use internets::Internets;
pub use launch::{LaunchError, Obstacle, Wanted};
pub use outcome::{
    ApplicationOutcome, CaptureSummary, Exit, LaunchedAs, Note, Outcome, SnapshotOutcome,
    SnapshotState,
};
pub use phases::Timetable;
pub use result_file::{ResultError, read_results};
pub use run::{Job, Options, run};
pub use session::STAGE_ARGUMENT;
pub use stage::run_stage;
