//! The pcapng format (`draft-ietf-opsawg-pcapng`): sections of blocks, in either byte order.

use super::block::Record;
use super::facts::Interface;
use super::format::{Found, MOST_PACKET, Step, Then, place};
use super::pcapng_options::{Order, options, resolved_names};
use super::pcapng_time::Clock;
use crate::packet::{LinkType, Timestamp};

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const NAMES: u32 = 4;
const STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;

/// The longest block that is read: a packet and its options. Longer ones of other kinds are
/// passed over, and longer ones of packets are taken for damage.
const MOST_BLOCK: u32 = MOST_PACKET + (1 << 20);
/// How many interfaces a file may have.
const MOST_INTERFACES: usize = 65_536;
/// How many resolved names are kept, and how many comments of one block of packets.
pub(super) const MOST_TEXTS: usize = 65_536;
/// How many comments on sections are kept.
const MOST_REMARKS: usize = 64;

/// Where in a file the reader is.
#[derive(Debug, Default)]
pub(super) struct PcapNg {
    order: Order,
    sections: u32,
    /// Those of the section, and where the first of them stands among those of the file.
    interfaces: Vec<Known>,
    first_interface: usize,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    link: LinkType,
    snaplen: u32,
    clock: Clock,
}

impl PcapNg {
    pub(super) fn is_announced(start: &[u8]) -> bool {
        let magic = start.get(8..12);
        start.starts_with(&SECTION.to_be_bytes())
            && (magic == Some(&[0x1a, 0x2b, 0x3c, 0x4d])
                || magic == Some(&[0x4d, 0x3c, 0x2b, 0x1a]))
    }

    pub(super) fn find(&mut self, bytes: &[u8], found: &mut Found<'_>) -> Step {
        let mut at = 0;
        while let Some(head) = bytes.get(at..).filter(|head| head.len() >= 12) {
            let kind = self.order.word(head, 0).unwrap_or_default();
            if kind == SECTION {
                match head.get(8..12) {
                    Some([0x1a, 0x2b, 0x3c, 0x4d]) => self.order = Order::Big,
                    Some([0x4d, 0x3c, 0x2b, 0x1a]) => self.order = Order::Little,
                    _ => return Step::bad(at, "a section begins without its byte order"),
                }
            }
            let length = self.order.word(head, 4).unwrap_or_default();
            // Lengths that are no multiple of four occur; what fills up is not counted then.
            let length = length.checked_next_multiple_of(4).unwrap_or(u32::MAX);
            if length < 12 {
                return Step::bad(at, format!("a block of {length} bytes is announced"));
            }
            if length > MOST_BLOCK {
                let read = matches!(kind, SECTION | INTERFACE | 2 | 3 | ENHANCED_PACKET);
                if read {
                    return Step::bad(at, format!("a block of {length} bytes is announced"));
                }
                return Step { consumed: at, then: Then::Skip(u64::from(length)) };
            }
            let length = length as usize;
            let Some(block) = head.get(..length) else { return Step::need(at, length) };
            if let Err(reason) = self.block(kind, block, at, found) {
                return Step::bad(at, reason);
            }
            at += length;
        }
        Step::need(at, 12)
    }

    /// One block, from its type to its second length.
    fn block(
        &mut self,
        kind: u32,
        block: &[u8],
        at: usize,
        found: &mut Found<'_>,
    ) -> Result<(), String> {
        let body = block.get(8..block.len() - 4).unwrap_or_default();
        if self.order.word(block, 4) != self.order.word(block, block.len() - 4) {
            return Err("a block's two lengths differ".to_owned());
        }
        match kind {
            ENHANCED_PACKET => self.packet(body, at + 8, found, true),
            OBSOLETE_PACKET => self.packet(body, at + 8, found, false),
            SIMPLE_PACKET => self.simple_packet(body, at + 8, found),
            SECTION => self.section(body, found),
            INTERFACE => self.interface(body, found),
            STATISTICS => {
                self.statistics(body, found);
                Ok(())
            }
            NAMES => {
                let room = MOST_TEXTS.saturating_sub(found.facts.names.len());
                found.facts.names.extend(resolved_names(body, self.order).take(room));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn section(&mut self, body: &[u8], found: &mut Found<'_>) -> Result<(), String> {
        let versions = (self.order.half(body, 4), self.order.half(body, 6));
        // 1.2 was written by mistake and means 1.0.
        let (Some(1), Some(0 | 2)) = versions else {
            let (major, minor) = (versions.0.unwrap_or(0), versions.1.unwrap_or(0));
            return Err(format!("version {major}.{minor} of the pcapng format is not known"));
        };
        self.interfaces.clear();
        self.first_interface = found.facts.interfaces.len();
        self.sections = self.sections.saturating_add(1);
        found.facts.sections = self.sections;
        let room = MOST_REMARKS.saturating_sub(found.facts.remarks.len());
        let comments = options(body.get(16..).unwrap_or_default(), self.order);
        let comments = comments.filter(|(code, _)| *code == 1).take(room);
        found.facts.remarks.extend(comments.map(|(_, value)| text(value)));
        Ok(())
    }

    fn interface(&mut self, body: &[u8], found: &mut Found<'_>) -> Result<(), String> {
        let (Some(link), Some(snaplen)) = (self.order.half(body, 0), self.order.word(body, 4))
        else {
            return Err("an interface description is too short".to_owned());
        };
        if found.facts.interfaces.len() >= MOST_INTERFACES {
            return Err(format!("it has more than {MOST_INTERFACES} interfaces"));
        }
        let link = LinkType(u32::from(link));
        let mut interface = Interface::new(self.sections, link, snaplen);
        let (mut resolution, mut offset) = (None, 0_i64);
        for (code, value) in options(body.get(8..).unwrap_or_default(), self.order) {
            match code {
                2 => interface.name = Some(text(value)),
                3 => interface.description = Some(text(value)),
                9 => resolution = value.first().copied(),
                14 => offset = self.order.long(value, 0).unwrap_or_default().cast_signed(),
                _ => {}
            }
        }
        found.facts.interfaces.push(interface);
        self.interfaces.push(Known { link, snaplen, clock: Clock::new(resolution, offset) });
        Ok(())
    }

    fn known(&self, number: u32) -> Result<Known, String> {
        let known = usize::try_from(number).ok().and_then(|number| self.interfaces.get(number));
        known
            .copied()
            .ok_or_else(|| format!("interface {number} is not described before a packet of it"))
    }

    /// An enhanced packet block, or the packet block that it replaced.
    fn packet(
        &self,
        body: &[u8],
        at: usize,
        found: &mut Found<'_>,
        enhanced: bool,
    ) -> Result<(), String> {
        let word = |at| self.order.word(body, at);
        let (Some(high), Some(low), Some(length), Some(wire_len)) =
            (word(4), word(8), word(12), word(16))
        else {
            return Err("a packet's block is too short".to_owned());
        };
        let interface = if enhanced { word(0) } else { self.order.half(body, 0).map(u32::from) };
        let known = self.known(interface.unwrap_or_default())?;
        let end = 20 + length as usize;
        if end > body.len() {
            return Err(format!("a packet of {length} bytes is announced in a shorter block"));
        }
        // The options begin where the packet was filled up to a multiple of four.
        if let Some(rest) = body.get(end.next_multiple_of(4)..)
            && rest.len() > 4
            && found.comments.len() < MOST_TEXTS
        {
            let number = place(found.records.len());
            let comments = options(rest, self.order).filter(|(code, _)| *code == 1);
            found.comments.extend(comments.map(|(_, value)| (number, text(value))));
        }
        found.records.push(Record {
            time: known.clock.moment(u64::from(high) << 32 | u64::from(low)),
            start: place(at + 20),
            length,
            wire_len,
            link: known.link,
        });
        Ok(())
    }

    /// A packet of the section's first interface, without a time.
    fn simple_packet(&self, body: &[u8], at: usize, found: &mut Found<'_>) -> Result<(), String> {
        let Some(wire_len) = self.order.word(body, 0) else {
            return Err("a packet's block is too short".to_owned());
        };
        let known = self.known(0)?;
        let most = if known.snaplen == 0 { u32::MAX } else { known.snaplen };
        let length = wire_len.min(most);
        if 4 + length as usize > body.len() {
            return Err(format!("a packet of {length} bytes is announced in a shorter block"));
        }
        let (time, start, link) = (Timestamp::default(), place(at + 4), known.link);
        found.records.push(Record { time, start, length, wire_len, link });
        Ok(())
    }

    fn statistics(&self, body: &[u8], found: &mut Found<'_>) {
        let number = self.order.word(body, 0).and_then(|number| usize::try_from(number).ok());
        let interface = number
            .filter(|number| *number < self.interfaces.len())
            .and_then(|number| found.facts.interfaces.get_mut(self.first_interface + number));
        let Some(interface) = interface else { return };
        for (code, value) in options(body.get(12..).unwrap_or_default(), self.order) {
            match code {
                4 => interface.received = self.order.long(value, 0),
                5 => interface.dropped = self.order.long(value, 0),
                _ => {}
            }
        }
    }
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).trim_end_matches('\0').to_owned()
}
