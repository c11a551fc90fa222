//! MPLS (RFC 3032), whose labels do not say what is below them.

use super::body::Frame;
use super::{ethernet, ip};

/// What a stack of labels stands on.
pub(super) fn labelled(mut data: &[u8], depth: u8) -> Frame<'_> {
    // The third byte's lowest bit marks the last label.
    loop {
        let Some((&[_, _, bottom, _], rest)) = data.split_first_chunk() else {
            return Frame::MALFORMED;
        };
        data = rest;
        if bottom & 1 == 1 {
            break;
        }
    }
    let first = data.first().map(|first| first >> 4);
    let plain = match first {
        Some(4 | 6) => Some(ip::either(data, depth)).filter(|frame| frame.addresses.is_some()),
        // An associated channel (RFC 4385 section 5), which may hold IP by its EtherType-like
        // PPP number.
        Some(1) => data.split_first_chunk().and_then(|(&[_, _, high, low], rest)| {
            matches!((high, low), (0, 0x21 | 0x57)).then(|| ip::either(rest, depth))
        }),
        _ => None,
    };
    // A pseudowire holds Ethernet behind a control word (RFC 4448 section 4.6), or without one.
    let wire = || {
        let word = data.get(4..).filter(|_| first == Some(0));
        word.and_then(|rest| ethernet::inner(rest, depth)).or_else(|| ethernet::inner(data, depth))
    };
    plain.or_else(wire).unwrap_or(Frame::not_ip("mpls", 0x8847))
}
