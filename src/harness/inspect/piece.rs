//! A block of packets on its way to the survey, less those that a filter keeps back and those
//! that the harness itself sent.

use super::chosen::{Chosen, InspectError};
use super::inspection::CaptureFacts;
use super::own;
use crate::capture::Block;
use crate::flow::{Lane, Packets};
use crate::packet::{PacketView, Timestamp};

/// A block, and which of its packets are let through where not all are.
pub(super) struct Piece {
    block: Block,
    lanes: Vec<Lane>,
    through: Option<Vec<bool>>,
    start: Timestamp,
}

impl Piece {
    /// Counts the packets of a block and asks the filter about each.
    pub(super) fn of(
        (block, lanes): (Block, Vec<Lane>),
        chosen: &mut Chosen,
        facts: &mut CaptureFacts,
    ) -> Result<Self, InspectError> {
        let mut through = None;
        if facts.own || !chosen.is_everything() {
            let mut lets_through = |packet: PacketView<'_>| {
                if facts.own && own::is_harness(&packet) {
                    return Ok(false);
                }
                facts.count(packet.time);
                chosen.lets_through(&packet)
            };
            through = Some(block.packets().map(&mut lets_through).collect::<Result<_, _>>()?);
        } else {
            block.packets().for_each(|packet| facts.count(packet.time));
        }
        Ok(Self { block, lanes, through, start: facts.first.unwrap_or_default() })
    }

    /// When the capture began.
    pub(super) fn start(&self) -> Timestamp {
        self.start
    }

    /// What it was made of, to be filled again.
    pub(super) fn into_parts(self) -> (Block, Vec<Lane>) {
        (self.block, self.lanes)
    }
}

impl Packets for Piece {
    fn packets(&self) -> impl Iterator<Item = (Lane, PacketView<'_>)> {
        let through = self.through.as_deref();
        let is_through = move |at: usize| through.is_none_or(|it| it.get(at) == Some(&true));
        let placed = self.lanes.iter().copied().zip(self.block.packets()).enumerate();
        placed.filter(move |(at, _)| is_through(*at)).map(|(_, it)| it)
    }
}
