//! Blocks of packets on their way to the survey, less those that a filter keeps back and those
//! that the harness itself sent.

use super::chosen::{Chosen, InspectError};
use super::inspection::CaptureFacts;
use super::own;
use super::reading::Placed;
use crate::capture::Block;
use crate::contact::Remark;
use crate::flow::{Attributed, Lane, Packets, flow_of};
use crate::packet::{PacketView, Timestamp};

/// Blocks, and where each of their packets falls: nowhere where it is not let through.
pub(super) struct Piece {
    blocks: Vec<Placed>,
    start: Timestamp,
    attributed: Vec<Attributed>,
}

impl Piece {
    /// Counts the packets of blocks and asks the filter about each.
    pub(super) fn of(
        mut blocks: Vec<Placed>,
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
            for (block, lanes) in &mut blocks {
                for (lane, packet) in lanes.iter_mut().zip(block.packets()) {
                    if !lets_through(packet)? {
                        *lane = Lane::NOWHERE;
                    }
                }
            }
        } else {
            let packets = blocks.iter().flat_map(|(block, _)| block.packets());
            packets.for_each(|packet| facts.count(packet.time));
        }
        let attributed = blocks.iter().flat_map(|(block, _)| attributed(block)).collect();
        Ok(Self { blocks, start: facts.first.unwrap_or_default(), attributed })
    }

    /// When the capture began.
    pub(super) fn start(&self) -> Timestamp {
        self.start
    }

    /// The packets, each with what people remarked on it in the file.
    pub(super) fn remarked(&self) -> impl Iterator<Item = (PacketView<'_>, Vec<String>)> {
        self.blocks.iter().flat_map(|(block, lanes)| {
            // They stand in the order of their packets.
            let mut comments = block.comments().peekable();
            block.packets().enumerate().filter_map(move |(at, packet)| {
                let mut remarks = Vec::new();
                while let Some((_, text)) = comments.next_if(|(place, _)| *place <= at) {
                    remarks.push(text.to_owned());
                }
                let is_through = lanes.get(at).is_some_and(|lane| *lane != Lane::NOWHERE);
                is_through.then_some((packet, remarks))
            })
        })
    }

    /// Takes what comments on the packets say of who sent their flows, if a run saved them.
    pub(super) fn take_attributed(&mut self) -> Vec<Attributed> {
        std::mem::take(&mut self.attributed)
    }

    /// What it was made of, to be filled again.
    pub(super) fn into_blocks(self) -> Vec<Placed> {
        self.blocks
    }
}

impl Packets for Piece {
    fn runs(&self) -> impl Iterator<Item = impl Iterator<Item = (Lane, PacketView<'_>)>> {
        self.blocks.iter().map(|(block, lanes)| {
            let placed = lanes.iter().copied().zip(block.packets());
            placed.filter(|(lane, _)| *lane != Lane::NOWHERE)
        })
    }

    fn take_attributed(&mut self) -> Vec<Attributed> {
        self.take_attributed()
    }
}

/// What comments say of who sent the flows of packets. Those that a filter keeps back say it too.
fn attributed(block: &Block) -> impl Iterator<Item = Attributed> {
    block.comments().filter_map(|(at, text)| {
        let (process, is_background, is_application) = match Remark::parse(text)? {
            Remark::Sent { process, background, .. } => (process, background, false),
            Remark::Application { .. } => (None, false, true),
            Remark::Own => return None,
        };
        let packet = block.packet(at)?;
        let (flow, time) = (flow_of(&packet)?, packet.time);
        Some(Attributed { flow, time, process, is_background, is_application })
    })
}
