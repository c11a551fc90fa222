//! A packet seen from the local side: when, between whom, and which way it goes.

use std::net::SocketAddr;

use super::Setting;
use super::key::{End, Key};
use super::spell::Counted;
use crate::contact::{Phase, PhaseSpan};
use crate::packet::Timestamp;

/// A packet that has a place in some flow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) time: Timestamp,
    pub(super) phase: Phase,
    pub(super) bytes: u64,
    pub(super) key: Key,
    /// Which end of the key sent it.
    pub(super) sender: End,
    pub(super) side: Side,
}

/// Which way a packet goes, seen from the local side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Sent,
    Received,
    /// To a group or to all, by somebody else.
    Overheard,
    /// Between others.
    Foreign,
    /// Nobody said which addresses are local.
    Unknown,
}

impl Seen {
    /// Where it comes from.
    pub(super) fn source(&self) -> SocketAddr {
        self.key.place(self.sender)
    }

    /// Where it goes.
    pub(super) fn destination(&self) -> SocketAddr {
        self.key.place(self.sender.other())
    }

    /// The ports that it comes from and goes to.
    pub(super) fn ports(&self) -> (u16, u16) {
        (self.key.port(self.sender), self.key.port(self.sender.other()))
    }

    pub(super) fn counted(&self, sent: bool, makes: bool) -> Counted {
        Counted { time: self.time, phase: self.phase, bytes: self.bytes, sent, makes }
    }
}

/// The phase at a moment; startup where no phases are known.
pub(super) fn phase_at(time: Timestamp, setting: &Setting) -> Phase {
    PhaseSpan::nearest(&setting.phases, time).unwrap_or(Phase::Startup)
}
