//! A block of packets on its way to the survey, less those that a filter keeps back and those
//! that the harness itself sent.

use super::chosen::{Chosen, InspectError};
use super::inspection::CaptureFacts;
use super::own;
use crate::capture::Block;
use crate::contact::Remark;
use crate::flow::{Attributed, Lane, Packets, flow_of};
use crate::packet::{PacketView, Timestamp};

/// A block, and where each of its packets falls: nowhere where it is not let through.
pub(super) struct Piece {
    block: Block,
    lanes: Vec<Lane>,
    start: Timestamp,
    attributed: Vec<Attributed>,
}

impl Piece {
    /// Counts the packets of a block and asks the filter about each.
    pub(super) fn of(
        (block, mut lanes): (Block, Vec<Lane>),
        chosen: &mut Chosen,
        facts: &mut CaptureFacts,
    ) -> Result<Self, InspectError> {
        if facts.own || !chosen.is_everything() {
            let mut lets_through = |packet: PacketView<'_>| {
                if facts.own && own::is_harness(&packet) {
                    return Ok(false);
                }
                facts.count(packet.time);
                chosen.lets_through(&packet)
            };
            for (lane, packet) in lanes.iter_mut().zip(block.packets()) {
                if !lets_through(packet)? {
                    *lane = Lane::NOWHERE;
                }
            }
        } else {
            block.packets().for_each(|packet| facts.count(packet.time));
        }
        let attributed = attributed(&block);
        Ok(Self { block, lanes, start: facts.first.unwrap_or_default(), attributed })
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
            let is_through = self.lanes.get(at).is_some_and(|lane| *lane != Lane::NOWHERE);
            is_through.then_some((packet, remarks))
        })
    }

    /// Takes what comments on the packets say of who sent their flows, if a run saved them.
    pub(super) fn take_attributed(&mut self) -> Vec<Attributed> {
        std::mem::take(&mut self.attributed)
    }

    /// What it was made of, to be filled again.
    pub(super) fn into_parts(self) -> (Block, Vec<Lane>) {
        (self.block, self.lanes)
    }
}

impl Packets for Piece {
    fn packets(&self) -> impl Iterator<Item = (Lane, PacketView<'_>)> {
        let placed = self.lanes.iter().copied().zip(self.block.packets());
        placed.filter(|(lane, _)| *lane != Lane::NOWHERE)
    }

    fn take_attributed(&mut self) -> Vec<Attributed> {
        self.take_attributed()
    }
}

/// What comments say of who sent the flows of packets. Those that a filter keeps back say it too.
fn attributed(block: &Block) -> Vec<Attributed> {
    let said = block.comments().filter_map(|(at, text)| match Remark::parse(text)? {
        Remark::Sent { process, .. } => {
            let packet = block.packet(at)?;
            Some(Attributed { flow: flow_of(&packet)?, time: packet.time, process })
        }
        Remark::Own => None,
    });
    said.collect()
}
