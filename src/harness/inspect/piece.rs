//! Blocks of packets on their way to the survey, less those that a filter keeps back and those
//! that the harness itself sent.

use super::chosen::{Chosen, InspectError};
use super::inspection::CaptureFacts;
use super::own;
use super::reading::Files;
use crate::capture::Block;
use crate::flow::Packets;
use crate::packet::PacketView;

/// A capture, block by block.
pub(super) struct Pieces<'a> {
    /// The first block, where it was read already.
    pub(super) first: Option<Block>,
    pub(super) files: &'a mut Files,
    pub(super) chosen: Chosen,
    pub(super) facts: &'a mut CaptureFacts,
}

/// A block, and which of its packets are let through where not all are.
pub(super) struct Piece {
    block: Block,
    through: Option<Vec<bool>>,
}

impl Pieces<'_> {
    /// The next piece; none where there are no more.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, InspectError> {
        let block = match self.first.take() {
            Some(block) => block,
            None => match self.files.next()? {
                Some(block) => block,
                None => return Ok(None),
            },
        };
        let through = if self.facts.own || !self.chosen.is_everything() {
            Some(block.packets().map(|it| self.lets_through(&it)).collect::<Result<_, _>>()?)
        } else {
            block.packets().for_each(|packet| _ = self.facts.count(packet.time));
            None
        };
        Ok(Some(Piece { block, through }))
    }

    fn lets_through(&mut self, packet: &PacketView<'_>) -> Result<bool, InspectError> {
        if self.facts.own && own::is_harness(packet) {
            return Ok(false);
        }
        self.facts.count(packet.time);
        self.chosen.lets_through(packet)
    }
}

impl Piece {
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
