//! apptrace launches an application in a sandbox, captures its traffic, names the hosts it
//! contacted, and compares them with a baseline and a snapshot.
//!
//! ```text
//! scenario ─► sandbox ─► capture ─► dissect ─► flow ─► contact ─► diff ─► snapshot, report
//!               └► internet (simulated)
//! ```
//!
//! The layers, lowest first; each may import only those that the table in
//! `tests/integration/architecture.rs` names.

pub mod packet;

pub mod contact;

pub mod query;

pub mod script;

pub mod scenario;

pub mod sandbox;

pub mod internet;

pub mod capture;

pub mod dissect;

pub mod flow;

pub mod diff;

pub mod snapshot;

pub mod harness;

pub mod report;
