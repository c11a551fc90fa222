//! What IP carries: transports, control messages, and tunnels to further packets.

use std::net::IpAddr;

use super::body::{Body, Compressed, Datagram, Frame, Segment};
use super::bytes::{be16, half, up_to, word};
use super::ip::{Walked, past_extensions};
use super::{icmp, tunnel, udp_tunnel};

/// What stands behind an IP header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Carried<'a> {
    pub(super) addresses: (IpAddr, IpAddr),
    pub(super) protocol: u8,
    /// What was captured of it.
    pub(super) payload: &'a [u8],
    /// How long it is by the header.
    pub(super) length: usize,
    /// How many tunnels may still be entered.
    pub(super) depth: u8,
}

/// Dissects what fragments came to, or what the first of them says where the others are
/// missing. `complete` says that there is no more of it.
pub fn of_ip_payload<'a>(
    addresses: (IpAddr, IpAddr),
    protocol: u8,
    payload: &'a [u8],
    complete: bool,
) -> Frame<'a> {
    let length = if complete { payload.len() } else { payload.len().saturating_add(1) };
    let depth = super::link::TUNNELS;
    let frame = carried(Carried { addresses, protocol, payload, length, depth });
    match frame.body {
        // How long the segment is nobody can say.
        Body::Tcp(segment) if !complete && frame.addresses == Some(addresses) => {
            let length = u32::try_from(segment.payload.len()).unwrap_or(u32::MAX);
            Frame { body: Body::Tcp(Segment { length, ..segment }), ..frame }
        }
        _ => frame,
    }
}

/// Dissects what an IP header announces.
#[inline]
pub(super) fn carried(what: Carried<'_>) -> Frame<'_> {
    let addresses = Some(what.addresses);
    match what.protocol {
        6 => Frame { addresses, hardware: None, body: tcp(what.payload, what.length) },
        17 => {
            let body = udp(what.payload, what.length);
            if let Body::Udp(datagram) = &body
                && udp_tunnel::may_be(datagram)
                && let Some(inner) = udp_tunnel::entered(datagram, what.depth)
            {
                return inner;
            }
            Frame { addresses, hardware: None, body }
        }
        _ => less_common(what),
    }
}

#[cold]
fn less_common(what: Carried<'_>) -> Frame<'_> {
    let of = |body| Frame { addresses: Some(what.addresses), hardware: None, body };
    let what = match what.protocol {
        0 | 43 | 44 | 51 | 60 | 135 | 139 | 140 => match past_extensions(what) {
            Walked::Upper(upper) if matches!(upper.protocol, 6 | 17) => return carried(upper),
            Walked::Upper(upper) => upper,
            Walked::End(body) => return of(body),
        },
        _ => what,
    };
    if let Some(inner) = tunnel::entered(&what) {
        return inner;
    }
    let Carried { payload, protocol, .. } = what;
    of(match protocol {
        1 => icmp::v4(payload),
        58 => icmp::v6(payload),
        2 => icmp::igmp(payload),
        132 => match (be16(payload, 0), be16(payload, 2)) {
            (Some(source_port), Some(destination_port)) => {
                let chunks = payload.get(12..).unwrap_or_default();
                Body::Sctp { source_port, destination_port, chunks }
            }
            _ => Body::Malformed,
        },
        108 => match payload.split_first_chunk() {
            Some((&[protocol, _, high, low], payload)) => {
                let index = u16::from_be_bytes([high, low]);
                Body::Compressed(Compressed { protocol, index, payload })
            }
            None => Body::Malformed,
        },
        protocol => Body::OtherIp(protocol),
    })
}

/// A TCP segment of this length.
#[inline(always)]
pub(super) fn tcp(data: &[u8], length: usize) -> Body<'_> {
    // The flags are what a segment cannot be understood without.
    let Some(header) = data.first_chunk::<14>() else { return Body::Malformed };
    let offset = usize::from(header[12] >> 4) * 4;
    // A header that says it is shorter than it must be has no data that could be found, but
    // the packet went to its port all the same.
    let offset = if offset < 20 { usize::MAX } else { offset };
    Body::Tcp(Segment {
        source_port: half(header, 0),
        destination_port: half(header, 2),
        sequence: word(header, 4),
        acknowledgement: word(header, 8),
        window: be16(data, 14).unwrap_or_default(),
        flags: header[13],
        options: up_to(data, offset).get(20..).unwrap_or_default(),
        whole: data.len() >= offset,
        length: u32::try_from(length.saturating_sub(offset)).unwrap_or(u32::MAX),
        payload: data.get(offset..).unwrap_or_default(),
    })
}

/// A UDP datagram of this length.
#[inline(always)]
pub(super) fn udp(data: &[u8], length: usize) -> Body<'_> {
    let Some(ports) = data.first_chunk::<4>() else { return Body::Malformed };
    if length < 8 && data.len() >= length {
        return Body::Malformed;
    }
    // A length of zero is a jumbogram's (RFC 2675 section 4) or an offloaded one's.
    let told = be16(data, 4).map_or(0, usize::from);
    let told = if told == 0 { length } else { told };
    let payload = up_to(data.get(8..).unwrap_or_default(), told.saturating_sub(8));
    Body::Udp(Datagram {
        source_port: half(ports, 0),
        destination_port: half(ports, 2),
        payload,
        cut: payload.len() < told.saturating_sub(8),
    })
}
