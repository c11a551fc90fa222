//! IPv4 and IPv6 headers, options, extension headers and fragments.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::body::{Body, Fragment, Frame};
use super::bytes::{half, up_to, word};
use super::transport::{Carried, carried};

/// A packet that begins with the version of IP that it is.
pub(super) fn either(data: &[u8], depth: u8) -> Frame<'_> {
    match data.first().map(|first| first >> 4) {
        Some(4) => v4(data, depth),
        Some(6) => v6(data, depth),
        _ => Frame::MALFORMED,
    }
}

/// RFC 791 section 3.1.
#[inline]
pub(super) fn v4(data: &[u8], depth: u8) -> Frame<'_> {
    let Some(header) = data.first_chunk::<20>() else { return Frame::MALFORMED };
    let header_length = usize::from(header[0] & 15) * 4;
    let total = usize::from(half(header, 2));
    if header[0] >> 4 != 4 || header_length < 20 {
        return Frame::MALFORMED;
    }
    let (source, destination) = (word(header, 12), word(header, 16));
    let addresses = (IpAddr::V4(Ipv4Addr::from(source)), IpAddr::V4(Ipv4Addr::from(destination)));
    // Segmentation offload leaves the length zero; then all that was captured counts.
    let total = if total == 0 { data.len() } else { total };
    let Some(length) = total.checked_sub(header_length) else {
        return Frame { addresses: Some(addresses), hardware: None, body: Body::Malformed };
    };
    let payload = up_to(data.get(header_length..).unwrap_or_default(), length);
    let fragment = half(header, 6);
    let protocol = header[9];
    if fragment & 0x3fff != 0 {
        let body = Body::Fragment(Fragment {
            id: u32::from(half(header, 4)),
            protocol,
            offset: usize::from(fragment & 0x1fff) * 8,
            more: fragment & 0x2000 != 0,
            payload,
            cut: payload.len() < length,
        });
        return Frame { addresses: Some(addresses), hardware: None, body };
    }
    carried(Carried { addresses, protocol, payload, length, depth })
}

/// RFC 8200 section 3.
pub(super) fn v6(data: &[u8], depth: u8) -> Frame<'_> {
    let Some((header, rest)) = data.split_first_chunk::<40>() else { return Frame::MALFORMED };
    if header[0] >> 4 != 6 {
        return Frame::MALFORMED;
    }
    let [_, _, _, _, high, low, protocol, _, addresses @ ..] = *header;
    let (Some(&source), Some(&destination)) = (addresses.first_chunk(), addresses.last_chunk())
    else {
        return Frame::MALFORMED;
    };
    let addresses =
        (IpAddr::V6(Ipv6Addr::from_octets(source)), IpAddr::V6(Ipv6Addr::from_octets(destination)));
    let length = match usize::from(u16::from_be_bytes([high, low])) {
        // A jumbogram (RFC 2675), or segmentation offload; 59 says that nothing follows.
        0 if protocol != 59 => rest.len(),
        length => length,
    };
    carried(Carried { addresses, protocol, payload: up_to(rest, length), length, depth })
}

/// What a walk over extension headers comes to.
pub(super) enum Walked<'a> {
    /// The header of this protocol.
    Upper(Carried<'a>),
    /// The packet ends here.
    End(Body<'a>),
}

/// Goes past the headers of RFC 8200 section 4 and the authentication header of RFC 4302.
pub(super) fn past_extensions(mut at: Carried<'_>) -> Walked<'_> {
    let v6 = at.addresses.0.is_ipv6();
    loop {
        // Hop-by-hop, routing, destination options; mobility (RFC 6275), HIP (RFC 7401),
        // Shim6 (RFC 5533).
        let general = v6 && matches!(at.protocol, 0 | 43 | 60 | 135 | 139 | 140);
        if !general && at.protocol != 51 && !(v6 && at.protocol == 44) {
            return Walked::Upper(at);
        }
        let Some(&[next, length, high, low]) = at.payload.first_chunk() else {
            return Walked::End(Body::Malformed);
        };
        let length = match at.protocol {
            44 => {
                let Some(&[_, _, _, _, a, b, c, d]) = at.payload.first_chunk() else {
                    return Walked::End(Body::Malformed);
                };
                let field = u16::from_be_bytes([high, low]);
                // RFC 6946: without a second fragment it is the whole packet.
                if field & 0xfff9 != 0 {
                    let payload = at.payload.get(8..).unwrap_or_default();
                    return Walked::End(Body::Fragment(Fragment {
                        id: u32::from_be_bytes([a, b, c, d]),
                        protocol: next,
                        offset: usize::from(field & 0xfff8),
                        more: field & 1 != 0,
                        payload,
                        cut: payload.len() + 8 < at.length,
                    }));
                }
                8
            }
            51 => (usize::from(length) + 2) * 4,
            _ => (usize::from(length) + 1) * 8,
        };
        // The last of the mobility and HIP headers says that nothing follows.
        if next == 59 && matches!(at.protocol, 135 | 139 | 140) {
            return Walked::Upper(at);
        }
        let (Some(payload), Some(rest)) = (at.payload.get(length..), at.length.checked_sub(length))
        else {
            return Walked::End(Body::Malformed);
        };
        at = Carried { protocol: next, payload, length: rest, ..at };
    }
}
