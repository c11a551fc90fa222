//! The frames in QUIC's Initial packets (RFC 9000 section 19), of which the CRYPTO frames hold
//! the handshake.

use super::quic::variable;
use super::tls_fields::Fields;

/// A frame that says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    /// A piece of the handshake and its place in it.
    Crypto(u64, &'a [u8]),
    /// The connection is given up, with this error.
    Close(u64),
}

/// The frames of a packet, as far as they are understood.
pub(super) fn frames(packet: &[u8], google: bool) -> Vec<Frame<'_>> {
    let mut fields = Fields::new(packet);
    let mut found = Vec::new();
    while !fields.is_empty() {
        let read = if google { google_frame(&mut fields) } else { frame(&mut fields) };
        match read {
            Some(frame) => found.extend(frame),
            None => break,
        }
    }
    found
}

/// Takes one frame: None where it is not understood, `Some(None)` where it says nothing here.
fn frame<'a>(fields: &mut Fields<'a>) -> Option<Option<Frame<'a>>> {
    Some(match variable(fields)? {
        // PADDING and PING.
        0 | 1 => None,
        // ACK, with or without the counts of congestion marks.
        kind @ (2 | 3) => {
            let (_, _, ranges) = (variable(fields)?, variable(fields)?, variable(fields)?);
            variable(fields)?;
            // Each range takes two bytes at least, so their number is bounded by the packet.
            for _ in 0..ranges {
                variable(fields)?;
                variable(fields)?;
            }
            if kind == 3 {
                for _ in 0..3 {
                    variable(fields)?;
                }
            }
            None
        }
        6 => Some(crypto(fields)?),
        kind @ (0x1c | 0x1d) => {
            let error = variable(fields)?;
            if kind == 0x1c {
                variable(fields)?;
            }
            let reason = usize::try_from(variable(fields)?).ok()?;
            fields.up_to(reason);
            Some(Frame::Close(error))
        }
        _ => return None,
    })
}

fn crypto<'a>(fields: &mut Fields<'a>) -> Option<Frame<'a>> {
    let offset = variable(fields)?;
    let length = usize::try_from(variable(fields)?).ok()?;
    Some(Frame::Crypto(offset, fields.take(length)?))
}

/// The frames of Google's QUIC that precede a handshake message or stand beside one.
fn google_frame<'a>(fields: &mut Fields<'a>) -> Option<Option<Frame<'a>>> {
    Some(match fields.byte()? {
        // PADDING and PING.
        0 | 7 => None,
        8 => Some(crypto(fields)?),
        // ACK: the lengths of its numbers are in its type.
        kind @ 0x40..=0x7f => {
            let length = |bits: u8| [1, 2, 4, 6].get(usize::from(bits & 3)).copied();
            let block = length(kind)?;
            fields.take(length(kind >> 2)? + 2)?;
            let blocks = if kind & 0x20 == 0 { 0 } else { usize::from(fields.byte()?) };
            fields.take(block + blocks * (1 + block))?;
            let times = usize::from(fields.byte()?);
            fields.take(if times == 0 { 0 } else { 5 + (times - 1) * 3 })?;
            None
        }
        _ => return None,
    })
}
