//! How much of a flow fell into one phase.

use super::requests::Requests;
use crate::contact::Phase;
use crate::packet::Timestamp;

/// What a flow did in one phase.
#[derive(Debug)]
pub(super) struct Spell {
    pub(super) phase: Phase,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) amounts: Amounts,
    pub(super) requests: Option<Box<Requests>>,
}

/// How much went there and back.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Amounts {
    /// Packets from client and server.
    pub(super) packets: [u64; 2],
    /// Bytes on the wire from client and server.
    pub(super) bytes: [u64; 2],
}

/// A packet of a flow, as far as counting needs it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub(super) time: Timestamp,
    pub(super) phase: Phase,
    pub(super) bytes: u64,
    /// From the client to the server.
    pub(super) sent: bool,
    /// It makes a contact in its phase; otherwise it only adds to the latest one.
    pub(super) makes: bool,
}

impl Spell {
    /// One that begins with a packet at this time, which is not counted yet.
    pub(super) fn new(phase: Phase, time: Timestamp) -> Self {
        Self { phase, first: time, last: time, amounts: Amounts::default(), requests: None }
    }
}

impl Amounts {
    /// Counts a packet.
    pub(super) fn add(&mut self, packet: &Counted) {
        let side = usize::from(!packet.sent);
        if let (Some(packets), Some(bytes)) = (self.packets.get_mut(side), self.bytes.get_mut(side))
        {
            *packets += 1;
            *bytes += packet.bytes;
        }
    }

    /// Adds others.
    pub(super) fn join(&mut self, more: &Self) {
        for side in 0..2 {
            self.packets[side] += more.packets[side];
            self.bytes[side] += more.bytes[side];
        }
    }

    /// The client was the server.
    pub(super) fn swap(&mut self) {
        self.packets.reverse();
        self.bytes.reverse();
    }
}
