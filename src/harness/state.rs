//! What a session has come to know so far.

use std::time::Instant;

use super::message::Completed;
use crate::contact::Testimony;
use crate::packet::Timestamp;
use crate::sandbox::attribution::Sighting;
use crate::sandbox::handshake::Ended;

/// What is known so far.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) ready: bool,
    /// The application's first process.
    pub(super) pid: Option<u32>,
    pub(super) exit: Option<Ended>,
    /// When it was heard of that.
    pub(super) exited: Option<Timestamp>,
    pub(super) empty: bool,
    pub(super) sent: u64,
    /// When `sent` last grew.
    pub(super) last_sent: Option<Instant>,
    /// Who began which flow.
    pub(super) sightings: Vec<Sighting>,
    /// What the simulated internet heard.
    pub(super) testimony: Vec<Testimony>,
    pub(super) completed: Option<Completed>,
    /// The end of what the application wrote.
    pub(super) output_tail: Vec<u8>,
}
