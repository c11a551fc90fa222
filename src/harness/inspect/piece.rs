//! A block of packets on its way to the survey, less those that a filter keeps back.

use super::chosen::{Chosen, InspectError};
use super::inspection::CaptureFacts;
use crate::capture::Block;
use crate::flow::Packets;
use crate::packet::PacketView;

/// A block, and which of its packets are let through where not all are.
pub(super) struct Piece {
    block: Block,
    through: Option<Vec<bool>>,
}

impl Piece {
    /// Counts the packets of a block and asks the filter about each.
    pub(super) fn of(
        block: Block,
        chosen: &mut Chosen,
        facts: &mut CaptureFacts,
    ) -> Result<Self, InspectError> {
        for packet in block.packets() {
            facts.count(packet.time);
        }
        let through = if chosen.is_everything() {
            None
        } else {
            Some(block.packets().map(|it| chosen.lets_through(&it)).collect::<Result<_, _>>()?)
        };
        Ok(Self { block, through })
    }

    /// The block, to be filled again.
    pub(super) fn into_block(self) -> Block {
        self.block
    }
}

impl Packets for Piece {
    fn packets(&self) -> impl Iterator<Item = PacketView<'_>> {
        let through = self.through.as_deref();
        let is_through = move |at: usize| through.is_none_or(|it| it.get(at) == Some(&true));
        self.block.packets().enumerate().filter(move |(at, _)| is_through(*at)).map(|(_, it)| it)
    }
}
