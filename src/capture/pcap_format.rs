//! The classic format of libpcap (`draft-ietf-opsawg-pcap`), in both byte orders, with
//! microseconds or nanoseconds, and as Alexey Kuznetsov modified it.

use super::block::Record;
use super::facts::Interface;
use super::format::{MOST_PACKET, Step, place};
use crate::packet::{LinkType, Timestamp};

/// libpcap takes no longer packets of most links, whatever the header's snaplen says.
const USUAL_MOST: u32 = 262_144;

/// What a file's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PcapFormat {
    big_endian: bool,
    /// How many nanoseconds the fraction of a second counts in.
    unit: u32,
    modified: bool,
    /// Before version 2.3 the two lengths stood the other way round, in 2.3 either way.
    minor: u16,
    link: LinkType,
    snaplen: u32,
}

impl PcapFormat {
    /// Whether this is a file's header, and what it says; an error where it is one of a
    /// version that nobody knows.
    pub(super) fn announced(header: &[u8; 24]) -> Result<Option<Self>, String> {
        let [a, b, c, d, ..] = *header;
        let (big_endian, magic) = match u32::from_be_bytes([a, b, c, d]) {
            magic @ (0xa1b2_c3d4 | 0xa1b2_3c4d | 0xa1b2_cd34) => (true, magic),
            magic => (false, magic.swap_bytes()),
        };
        let (unit, modified) = match magic {
            0xa1b2_c3d4 => (1000, false),
            0xa1b2_3c4d => (1, false),
            0xa1b2_cd34 => (1000, true),
            _ => return Ok(None),
        };
        let word = |at: usize| word(header, at, big_endian);
        let versions = if big_endian { word(4) } else { word(4).rotate_left(16) };
        let (major, minor) = (versions >> 16, (versions & 0xffff) as u16);
        // 543.0 is what DG/UX wrote for 2.2.
        let minor = if major == 543 { 2 } else { minor };
        if !matches!(major, 2 | 543) {
            return Err(format!("version {major}.{minor} of the pcap format is not known"));
        }
        // The upper bits tell of a checksum at the end of each packet, or are reserved.
        let link = LinkType(word(20) & 0xffff);
        Ok(Some(Self { big_endian, unit, modified, minor, link, snaplen: word(16) }))
    }

    pub(super) fn name(&self) -> &'static str {
        match (self.modified, self.unit) {
            (true, _) => "pcap-modified",
            (false, 1) => "pcap-ns",
            (false, _) => "pcap",
        }
    }

    pub(super) fn interface(&self) -> Interface {
        Interface::new(1, self.link, self.snaplen)
    }

    /// The byte order is decided here once, not at every number.
    pub(super) fn find(&self, bytes: &[u8], records: &mut Vec<Record>) -> Step {
        if self.big_endian {
            self.walk::<true>(bytes, records)
        } else {
            self.walk::<false>(bytes, records)
        }
    }

    fn walk<const BIG_ENDIAN: bool>(&self, bytes: &[u8], records: &mut Vec<Record>) -> Step {
        let header_length = if self.modified { 24 } else { 16 };
        let most = self.snaplen.clamp(USUAL_MOST, MOST_PACKET);
        let mut at = 0;
        while let Some(header) = bytes.get(at..).and_then(<[u8]>::first_chunk::<16>) {
            let word = |at: usize| word(header, at, BIG_ENDIAN);
            let (seconds, fraction, mut length, mut wire_len) =
                (word(0), word(4), word(8), word(12));
            if self.minor < 3 || self.minor == 3 && length > wire_len {
                (length, wire_len) = (wire_len, length);
            }
            if length > most {
                return Step::bad(at, format!("a packet of {length} bytes is announced"));
            }
            let end = at + header_length + length as usize;
            if end > bytes.len() {
                return Step::need(at, end - at);
            }
            let nanoseconds = u64::from(fraction) * u64::from(self.unit);
            records.push(Record {
                time: Timestamp(u64::from(seconds) * 1_000_000_000 + nanoseconds),
                start: place(at + header_length),
                length,
                wire_len,
                link: self.link,
            });
            at = end;
        }
        Step::need(at, header_length)
    }
}

/// Four bytes of a header as a number. `at` is a constant that fits.
#[inline]
fn word<const LENGTH: usize>(header: &[u8; LENGTH], at: usize, big_endian: bool) -> u32 {
    let bytes = header.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
    if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
}
