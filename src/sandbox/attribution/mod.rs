//! Exact attribution: which process and thread made a contact, told at the system call that
//! makes it, before any packet of it exists.
//!
//! 1. A seccomp filter (`filter`), installed by the sandbox's first process, has the kernel
//!    hold every call that gives a socket an address, executes a program or ends a process,
//!    until the stage's *supervisor* (`supervisor`) lets it go on.
//! 2. The supervisor knows the calling thread's process, program and parents (`registry`),
//!    and puts a number that stands for them on the socket as its mark (`marks`).
//! 3. The kernel copies a socket's mark to its packets. Rules in the application's network
//!    namespace (`rules`) have it log the first packet of each flow with the mark, and a
//!    thread reads that log (`flow_log`): flow, number, and so process.
//!
//! `docs/attribution.md` says what this cannot see.

mod call;
mod callers;
mod filter;
mod flow_log;
mod image;
mod listener;
mod marks;
mod member;
mod members;
mod memory;
mod registry;
mod rules;
mod sighting;
mod status;
mod supervisor;
mod watch;

pub use callers::Caller;
pub(super) use filter::install;
pub use flow_log::FlowLog;
pub use listener::Listener;
pub use registry::{Registry, discover};
pub use sighting::Sighting;
pub use supervisor::supervise;
pub use watch::{lock, watch};
