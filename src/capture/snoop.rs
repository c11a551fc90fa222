//! The format of Solaris' `snoop` (RFC 1761).

use super::block::Record;
use super::facts::Interface;
use super::format::{MOST_PACKET, Step, place};
use crate::packet::{LinkType, Timestamp};

/// What a file's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Snoop {
    link: LinkType,
}

impl Snoop {
    /// Whether this is a file's header, and what it says.
    pub(super) fn announced(header: &[u8; 16]) -> Result<Option<Self>, String> {
        let [b's', b'n', b'o', b'o', b'p', 0, 0, 0, a, b, c, d, e, f, g, h] = *header else {
            return Ok(None);
        };
        let version = u32::from_be_bytes([a, b, c, d]);
        if version != 2 {
            return Err(format!("version {version} of the snoop format is not known"));
        }
        let link = match u32::from_be_bytes([e, f, g, h]) {
            // IEEE 802.3 and Ethernet.
            0 | 4 => LinkType::ETHERNET,
            // IEEE 802.5 Token Ring, FDDI.
            2 => LinkType(6),
            8 => LinkType(10),
            // IP over InfiniBand, and Solaris' IPNET.
            26 => LinkType(242),
            31 => LinkType(226),
            other => return Err(format!("packets of the snoop data link {other} are not known")),
        };
        Ok(Some(Self { link }))
    }

    pub(super) fn interface(&self) -> Interface {
        Interface::new(1, self.link, 0)
    }

    pub(super) fn find(&self, bytes: &[u8], records: &mut Vec<Record>) -> Step {
        let mut at = 0;
        while let Some(header) = bytes.get(at..).and_then(<[u8]>::first_chunk::<24>) {
            let [a, b, c, d, e, f, g, h, i, j, k, l, _, _, _, _, seconds @ .., m, n, o, p] =
                *header;
            let wire_len = u32::from_be_bytes([a, b, c, d]);
            let length = u32::from_be_bytes([e, f, g, h]);
            let record_length = u32::from_be_bytes([i, j, k, l]);
            if length > MOST_PACKET || record_length > 2 * MOST_PACKET {
                return Step::bad(at, format!("a packet of {length} bytes is announced"));
            }
            // The record's length counts this header, and bytes that fill it up.
            if record_length < 24 + length {
                return Step::bad(at, "a record is shorter than its packet");
            }
            let end = at + record_length as usize;
            if end > bytes.len() {
                return Step::need(at, end - at);
            }
            let microseconds = u64::from(u32::from_be_bytes([m, n, o, p]));
            let seconds = u64::from(u32::from_be_bytes(seconds));
            records.push(Record {
                time: Timestamp(seconds * 1_000_000_000 + microseconds * 1000),
                start: place(at + 24),
                length,
                wire_len,
                link: self.link,
            });
            at = end;
        }
        Step::need(at, 24)
    }
}
