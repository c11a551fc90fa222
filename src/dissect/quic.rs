//! QUIC, recognised by its long header (RFC 8999 section 5.1), and by the header of Google's
//! QUIC before it.

use super::gquic::is_gquic;
use super::quic_versions::{Family, family};
use super::tls_fields::Fields;
use crate::contact::Protocol;

/// Connection IDs are no longer in any version in use (RFC 9000 section 17.2).
const LONGEST_ID: usize = 20;

/// What all versions have in common at the start of a packet with a long header.
#[derive(Debug, Clone, Copy)]
pub(super) struct LongHeader<'a> {
    pub(super) first: u8,
    pub(super) version: u32,
    pub(super) destination: &'a [u8],
    /// What follows the connection IDs.
    pub(super) rest: &'a [u8],
}

/// The kinds of packet with a long header (RFC 9000 section 17.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PacketKind {
    Initial,
    ZeroRtt,
    Handshake,
    Retry,
}

impl<'a> LongHeader<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut fields = Fields::new(bytes);
        let first = fields.byte().filter(|first| first & 0x80 != 0)?;
        let version = fields.word()?;
        let (destination, _) = if family(version).is_some_and(Family::has_short_lengths) {
            // Before the twenty-second draft both lengths shared a byte.
            let lengths = usize::from(fields.byte()?);
            let length = |half: usize| if half == 0 { 0 } else { half + 3 };
            (fields.take(length(lengths >> 4))?, fields.take(length(lengths & 15))?)
        } else {
            let mut id = || {
                let length = fields.byte().map(usize::from)?;
                fields.take(length).filter(|id| id.len() <= LONGEST_ID)
            };
            (id()?, id()?)
        };
        Some(Self { first, version, destination, rest: fields.rest() })
    }

    /// The kind of packet: version 2 moved the numbers on by one (RFC 9369 section 3.2).
    pub(super) fn kind(&self) -> PacketKind {
        let moved = family(self.version).is_some_and(Family::has_moved_kinds);
        match (self.first >> 4 & 3).wrapping_sub(u8::from(moved)) & 3 {
            0 => PacketKind::Initial,
            1 => PacketKind::ZeroRtt,
            2 => PacketKind::Handshake,
            _ => PacketKind::Retry,
        }
    }

    /// The versions that a server offers (RFC 9000 section 17.2.1).
    pub(super) fn offered(&self) -> impl Iterator<Item = u32> + 'a {
        let words = if self.version == 0 { self.rest } else { &[] };
        words.chunks_exact(4).map(|word| Fields::new(word).word().unwrap_or_default())
    }
}

/// A number of variable length (RFC 9000 section 16).
pub(super) fn variable(fields: &mut Fields<'_>) -> Option<u64> {
    let first = *fields.rest().first()?;
    let length = 1_usize << (first >> 6);
    let number = fields.number(length)?;
    Some(number & (u64::MAX >> 2 >> (64 - 8 * length)))
}

/// Whether a datagram begins a packet of QUIC, on whatever port: the IETF's or Google's.
pub fn is_quic(bytes: &[u8]) -> bool {
    quic_protocol(bytes).is_some()
}

/// Which QUIC a datagram begins with: the IETF's by the long header of a version in use, or
/// Google's by the version in its header.
pub fn quic_protocol(bytes: &[u8]) -> Option<Protocol> {
    let first = *bytes.first()?;
    if first & 0x80 == 0 {
        return is_gquic(bytes).then_some(Protocol::Gquic);
    }
    let header = LongHeader::read(bytes)?;
    let fixed_bit = first & 0x40 != 0;
    if header.version == 0 {
        // A version of zero is common in other protocols: it must list versions, and a known
        // one among them.
        let listed = !header.rest.is_empty() && header.rest.len().is_multiple_of(4);
        let known = header.offered().any(|version| family(version).is_some());
        return (listed && known).then_some(Protocol::Quic);
    }
    let family = family(header.version)?;
    // A client may clear the bit that is else fixed (RFC 9287), but then its packet must be
    // an Initial of full size to be told from noise.
    let greased = header.kind() == PacketKind::Initial
        && bytes.len() >= 1200
        && family.is_published()
        && header.destination.len() >= 8;
    let whole = !header.rest.is_empty() && (fixed_bit || greased);
    whole.then_some(if family.is_google() { Protocol::Gquic } else { Protocol::Quic })
}
