//! Writing pcapng (draft-ietf-opsawg-pcapng): one section of blocks, in the machine's byte order.

use std::io::{self, Write};
use std::net::IpAddr;

use crate::packet::{LinkType, PacketView, Timestamp};

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const NAMES: u32 = 4;
const STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;
const DECRYPTION_SECRETS: u32 = 10;
const BYTE_ORDER: u32 = 0x1a2b_3c4d;
/// The secrets are a TLS key log (section 4.7).
const TLS_KEY_LOG: u32 = 0x544c_534b;
/// A comment, in whatever block (section 3.5).
const COMMENT: u16 = 1;
/// A block of names or secrets holds no more than about this: readers take a whole block into
/// memory.
const MOST_BLOCK: usize = 1 << 20;

/// What a section says of itself (section 4.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SectionText {
    /// Anything, for people.
    pub comment: String,
    /// The machine.
    pub hardware: String,
    /// The operating system.
    pub system: String,
    /// The program that made it.
    pub application: String,
}

/// An interface whose packets are written (section 4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceText {
    /// What the system calls it.
    pub name: String,
    /// What it is.
    pub description: String,
    /// What its packets begin with.
    pub link: LinkType,
    /// The most bytes of a packet that are kept; zero for no limit.
    pub snaplen: u32,
}

/// How many packets an interface received, and what became of them (section 4.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InterfaceCounts {
    /// When capturing began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
    /// Packets that came.
    pub received: u64,
    /// Packets that were dropped for lack of resources.
    pub dropped: u64,
}

/// A pcapng file that is being written. Secrets and names are to be written before the packets,
/// for readers that read once.
#[derive(Debug)]
pub struct PcapNgWriter<W: Write> {
    out: W,
}

impl<W: Write> PcapNgWriter<W> {
    /// Begins a section.
    ///
    /// # Errors
    /// Those of writing, here as everywhere below.
    pub fn begin(out: W, text: &SectionText) -> io::Result<Self> {
        let mut body = BYTE_ORDER.to_ne_bytes().to_vec();
        // Version 1.0, and a section whose length is not told.
        body.extend(1_u16.to_ne_bytes());
        body.extend(0_u16.to_ne_bytes());
        body.extend((-1_i64).to_ne_bytes());
        let SectionText { comment, hardware, system, application } = text;
        texts(&mut body, &[(COMMENT, comment), (2, hardware), (3, system), (4, application)]);
        let mut writer = Self { out };
        writer.block(SECTION_HEADER, &body)?;
        Ok(writer)
    }

    /// Describes the next interface: packets name it by its place, from 0. Their times are in
    /// nanoseconds.
    pub fn interface(&mut self, interface: &InterfaceText) -> io::Result<()> {
        let link = u16::try_from(interface.link.0).map_err(io::Error::other)?;
        let mut body = u32::from(link).to_ne_bytes().to_vec();
        if cfg!(target_endian = "big") {
            body = [link.to_ne_bytes(), [0; 2]].concat();
        }
        body.extend(interface.snaplen.to_ne_bytes());
        option(&mut body, 2, interface.name.as_bytes());
        option(&mut body, 3, interface.description.as_bytes());
        // The unit of time: ten to the power of minus nine.
        option(&mut body, 9, &[9]);
        option(&mut body, 0, &[]);
        self.block(INTERFACE, &body)
    }

    /// Writes a TLS key log, whole lines to a block (section 4.7).
    pub fn secrets(&mut self, keys: &str) -> io::Result<()> {
        let mut rest = keys;
        while !rest.is_empty() {
            let end = match rest.as_bytes().get(..MOST_BLOCK) {
                Some(part) => {
                    part.iter().rposition(|it| *it == b'\n').map_or(rest.len(), |at| at + 1)
                }
                None => rest.len(),
            };
            let (part, behind) = rest.split_at(end);
            let length = u32::try_from(part.len()).map_err(io::Error::other)?;
            let mut body = TLS_KEY_LOG.to_ne_bytes().to_vec();
            body.extend(length.to_ne_bytes());
            body.extend(part.as_bytes());
            self.block(DECRYPTION_SECRETS, &body)?;
            rest = behind;
        }
        Ok(())
    }

    /// Writes the names of addresses, each address once (section 4.5).
    pub fn names<'a>(
        &mut self,
        names: impl IntoIterator<Item = (IpAddr, &'a [String])>,
    ) -> io::Result<()> {
        let mut body = Vec::new();
        for (address, names) in names {
            let (kind, mut value) = match address {
                IpAddr::V4(v4) => (1, v4.octets().to_vec()),
                IpAddr::V6(v6) => (2, v6.octets().to_vec()),
            };
            for name in names {
                value.extend(name.bytes().filter(|byte| *byte != 0));
                value.push(0);
            }
            option(&mut body, kind, &value);
            if body.len() > MOST_BLOCK {
                self.name_block(&mut body)?;
            }
        }
        if body.is_empty() { Ok(()) } else { self.name_block(&mut body) }
    }

    fn name_block(&mut self, body: &mut Vec<u8>) -> io::Result<()> {
        // The record that ends them.
        option(body, 0, &[]);
        self.block(NAMES, body)?;
        body.clear();
        Ok(())
    }

    /// Writes a packet of an interface (section 4.3).
    pub fn packet(
        &mut self,
        interface: u32,
        packet: &PacketView<'_>,
        comment: Option<&str>,
    ) -> io::Result<()> {
        let length = u32::try_from(packet.data.len()).map_err(io::Error::other)?;
        let [high, low] = halves(packet.time.0);
        let mut body = Vec::with_capacity(packet.data.len() + 64);
        for word in [interface, high, low, length, packet.wire_len] {
            body.extend(word.to_ne_bytes());
        }
        body.extend(packet.data);
        if let Some(comment) = comment {
            body.resize(body.len().next_multiple_of(4), 0);
            texts(&mut body, &[(COMMENT, comment)]);
        }
        self.block(ENHANCED_PACKET, &body)
    }

    /// Writes what became of an interface's packets; behind them.
    pub fn statistics(&mut self, interface: u32, counts: &InterfaceCounts) -> io::Result<()> {
        let time = |time: Timestamp| halves(time.0).map(u32::to_ne_bytes).concat();
        let mut body = interface.to_ne_bytes().to_vec();
        body.extend(time(counts.end));
        option(&mut body, 2, &time(counts.start));
        option(&mut body, 3, &time(counts.end));
        option(&mut body, 4, &counts.received.to_ne_bytes());
        option(&mut body, 5, &counts.dropped.to_ne_bytes());
        option(&mut body, 0, &[]);
        self.block(STATISTICS, &body)
    }

    /// Writes out what is still held back.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    /// A block: its type, its length before and behind, its body padded to four bytes.
    fn block(&mut self, kind: u32, body: &[u8]) -> io::Result<()> {
        let padded = body.len().next_multiple_of(4);
        let length = u32::try_from(padded + 12).map_err(io::Error::other)?;
        self.out.write_all(&kind.to_ne_bytes())?;
        self.out.write_all(&length.to_ne_bytes())?;
        self.out.write_all(body)?;
        self.out.write_all(&[0; 3][..padded - body.len()])?;
        self.out.write_all(&length.to_ne_bytes())
    }
}

/// The upper and the lower half of a time.
fn halves(time: u64) -> [u32; 2] {
    [(time >> 32) as u32, time as u32]
}

/// Options that are texts, those that say nothing left out, and their end.
fn texts(body: &mut Vec<u8>, texts: &[(u16, &str)]) {
    for (code, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
        option(
            body,
            *code,
            text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default().as_bytes(),
        );
    }
    option(body, 0, &[]);
}

/// The longest text that an option has room for.
const LONGEST: usize = u16::MAX as usize;

/// An option, or a record of names, which has the same form (section 3.5); one that is too long
/// is left out.
fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    let Ok(length) = u16::try_from(value.len()) else { return };
    body.extend(code.to_ne_bytes());
    body.extend(length.to_ne_bytes());
    body.extend(value);
    body.resize(body.len().next_multiple_of(4), 0);
}
