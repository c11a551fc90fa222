//! A block of packets on its way to the survey, less those that a filter keeps back and those
//! that the harness itself sent.

use super::chosen::{Chosen, InspectError};
use super::inspection::CaptureFacts;
use super::own;
use crate::capture::Block;
use crate::flow::Packets;
use crate::packet::{PacketView, Timestamp};

/// A block, and which of its packets are let through where not all are.
pub(super) struct Piece {
    block: Block,
    through: Option<Vec<bool>>,
    start: Timestamp,
}

impl Piece {
    /// Counts the packets of a block and asks the filter about each.
    pub(super) fn of(
        block: Block,
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
        Ok(Self { block, through, start: facts.first.unwrap_or_default() })
    }

    /// When the capture began.
    pub(super) fn start(&self) -> Timestamp {
        self.start
    }

    /// The packets, each with what people remarked on it in the file.
    pub(super) fn remarked(&self) -> impl Iterator<Item = (PacketView<'_>, Vec<String>)> {
        // They stand in the order of their packets.
        let mut comments = self.block.comments().peekable();
        self.block.packets().enumerate().filter_map(move |(at, packet)| {
            let mut remarks = Vec::new();
            while let Some((_, text)) = comments.next_if(|(place, _)| *place <= at) {
                remarks.push(text.to_owned());
            }
            self.is_through(at).then_some((packet, remarks))
        })
    }

    fn is_through(&self, at: usize) -> bool {
        self.through.as_deref().is_none_or(|through| through.get(at) == Some(&true))
    }

    /// The block, to be filled again.
    pub(super) fn into_block(self) -> Block {
        self.block
    }
}

impl Packets for Piece {
    fn packets(&self) -> impl Iterator<Item = PacketView<'_>> {
        self.block.packets().enumerate().filter(|(at, _)| self.is_through(*at)).map(|(_, it)| it)
    }
}
