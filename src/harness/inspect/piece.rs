//! Pieces of a capture on their way to the survey, less the packets that a filter keeps back and
//! those that the harness itself sent.

use super::chosen::{Chosen, InspectError};
use super::inspection::CaptureFacts;
use super::own;
use crate::capture::Block;
use crate::contact::Remark;
use crate::flow::{Attributed, Lanes, Packets, Place, Places, flow_of};
use crate::packet::{PacketView, Timestamp};

/// A block, and which of its packets are surveyed.
#[derive(Default)]
pub(super) struct Piece {
    block: Block,
    places: Places,
    start: Timestamp,
    attributed: Vec<Attributed>,
}

impl Piece {
    /// The memory of another one, for its block to be filled again.
    pub(super) fn block(&mut self) -> &mut Block {
        &mut self.block
    }

    /// Counts the packets of its block and asks the filter about each.
    pub(super) fn choose(
        &mut self,
        lanes: Lanes,
        chosen: &mut Chosen,
        facts: &mut CaptureFacts,
    ) -> Result<(), InspectError> {
        self.places.begin(lanes);
        if facts.own || !chosen.is_everything() {
            for (at, packet) in (0..).zip(self.block.packets()) {
                if facts.own && own::is_harness(&packet) {
                    continue;
                }
                facts.count(packet.time);
                if chosen.lets_through(&packet)? {
                    self.places.add(lanes, at, &packet);
                }
            }
        } else {
            for (at, packet) in (0..).zip(self.block.packets()) {
                facts.count(packet.time);
                self.places.add(lanes, at, &packet);
            }
        }
        self.attributed = attributed(&self.block).collect();
        self.start = facts.first.unwrap_or_default();
        Ok(())
    }

    /// When the capture began.
    pub(super) fn start(&self) -> Timestamp {
        self.start
    }

    /// The packets, each with what people remarked on it in the file.
    pub(super) fn remarked(&self) -> impl Iterator<Item = (PacketView<'_>, Vec<String>)> {
        // They stand in the order of their packets.
        let mut comments = self.block.comments().peekable();
        self.given(0).map(move |(place, packet)| {
            let mut remarks = Vec::new();
            while let Some((at, text)) = comments.next_if(|(at, _)| *at <= place.at as usize) {
                if at == place.at as usize {
                    remarks.push(text.to_owned());
                }
            }
            (packet, remarks)
        })
    }
}

impl Packets for Piece {
    fn given(&self, shard: usize) -> impl Iterator<Item = (Place, PacketView<'_>)> {
        let places = self.places.of(shard).iter();
        places.filter_map(|place| Some((*place, self.block.packet(place.at as usize)?)))
    }

    fn surveyed(&self) -> u64 {
        self.places.surveyed()
    }

    fn take_attributed(&mut self) -> Vec<Attributed> {
        std::mem::take(&mut self.attributed)
    }
}

/// What comments say of who sent the flows of packets. Those that a filter keeps back say it too.
fn attributed(block: &Block) -> impl Iterator<Item = Attributed> {
    block.comments().filter_map(|(at, text)| match Remark::parse(text)? {
        Remark::Sent { process, background: is_background, .. } => {
            let packet = block.packet(at)?;
            let (flow, time) = (flow_of(&packet)?, packet.time);
            Some(Attributed { flow, time, process, is_background })
        }
        Remark::Own => None,
    })
}
