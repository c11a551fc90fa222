//! Packets that are no more than they seem: TCP or UDP directly above IP, above Ethernet. Nearly
//! all are. A few loads tell, so that whoever shares packets out needs not dissect them, and
//! whoever takes them goes no longer way than they need.

use super::body::{Body, Datagram};
use super::bytes::{half, up_to, word};
use super::transport::{tcp, udp};
use super::udp_tunnel;
use crate::contact::Transport;
use crate::packet::LinkType;

/// The ends of a plain packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlainEnds {
    /// TCP or UDP.
    pub transport: Transport,
    /// The addresses are of IPv6.
    pub six: bool,
    /// The source, and the port there.
    pub from: (u128, u16),
    /// The destination, and the port there.
    pub to: (u128, u16),
}

/// What stands behind a plain packet's IP header.
struct Behind<'a> {
    protocol: u8,
    six: bool,
    from: u128,
    to: u128,
    /// What was captured of it.
    payload: &'a [u8],
    /// How long it is by the header.
    length: usize,
}

/// Source and destination, where `dissect` is certain to give the same and a TCP segment or a
/// UDP datagram between them. None says nothing of a packet.
#[inline]
pub fn plain_ends(link: LinkType, data: &[u8]) -> Option<PlainEnds> {
    ends(&behind(link, data)?)
}

/// The same with the segment or the datagram.
#[inline]
pub fn plain(link: LinkType, data: &[u8]) -> Option<(PlainEnds, Body<'_>)> {
    let behind = behind(link, data)?;
    let ends = ends(&behind)?;
    let body = match ends.transport {
        Transport::Tcp => tcp(behind.payload, behind.length),
        _ => udp(behind.payload, behind.length),
    };
    Some((ends, body))
}

#[inline(always)]
fn behind(link: LinkType, data: &[u8]) -> Option<Behind<'_>> {
    if link != LinkType::ETHERNET {
        return None;
    }
    let (ethernet, rest) = data.split_first_chunk::<14>()?;
    match half(ethernet, 12) {
        0x0800 => v4(rest),
        0x86dd => v6(rest),
        _ => None,
    }
}

#[inline(always)]
fn v4(data: &[u8]) -> Option<Behind<'_>> {
    let header = data.first_chunk::<20>()?;
    let total = usize::from(half(header, 2));
    // Without options, and no fragment.
    if header[0] != 0x45 || half(header, 6) & 0x3fff != 0 {
        return None;
    }
    let total = if total == 0 { data.len() } else { total };
    let length = total.checked_sub(20)?;
    let payload = up_to(data.get(20..)?, length);
    let [from, to] = [12, 16].map(|at| u128::from(word(header, at)));
    Some(Behind { protocol: header[9], six: false, from, to, payload, length })
}

#[inline(always)]
fn v6(data: &[u8]) -> Option<Behind<'_>> {
    let (header, rest) = data.split_first_chunk::<40>()?;
    let [first, _, _, _, high, low, protocol, _, addresses @ ..] = header;
    if first >> 4 != 6 {
        return None;
    }
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    let length = if length == 0 { rest.len() } else { length };
    let from = u128::from_be_bytes(*addresses.first_chunk()?);
    let to = u128::from_be_bytes(*addresses.last_chunk()?);
    let payload = up_to(rest, length);
    Some(Behind { protocol: *protocol, six: true, from, to, payload, length })
}

/// The ends, where there is as much of a segment, or of a datagram outside any tunnel, as it
/// takes to be read as one.
#[inline(always)]
fn ends(behind: &Behind<'_>) -> Option<PlainEnds> {
    let (transport, least) = match behind.protocol {
        6 => (Transport::Tcp, 14),
        17 => (Transport::Udp, 8),
        _ => return None,
    };
    let ports = behind.payload.first_chunk::<4>().filter(|_| behind.payload.len() >= least)?;
    let (source_port, destination_port) = (half(ports, 0), half(ports, 2));
    let datagram = Datagram { source_port, destination_port, payload: &[], cut: false };
    if transport == Transport::Udp && udp_tunnel::may_be(&datagram) {
        return None;
    }
    let (from, to) = ((behind.from, source_port), (behind.to, destination_port));
    Some(PlainEnds { transport, six: behind.six, from, to })
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;
    use crate::dissect::dissect;

    /// What is told of a packet is what dissecting it gives.
    fn check(data: &[u8]) -> bool {
        let told = plain(LinkType::ETHERNET, data);
        assert_eq!(plain_ends(LinkType::ETHERNET, data), told.map(|(ends, _)| ends), "{data:?}");
        let Some((ends, body)) = told else { return false };
        let address = |number: u128| match u32::try_from(number) {
            Ok(number) if !ends.six => IpAddr::V4(Ipv4Addr::from_bits(number)),
            _ => IpAddr::V6(Ipv6Addr::from_bits(number)),
        };
        let addresses = (address(ends.from.0), address(ends.to.0));
        let frame = dissect(LinkType::ETHERNET, data);
        assert_eq!((frame.addresses, frame.body), (Some(addresses), body), "{data:?}");
        let found = match body {
            Body::Tcp(s) => (Transport::Tcp, s.source_port, s.destination_port),
            Body::Udp(d) => (Transport::Udp, d.source_port, d.destination_port),
            body => panic!("{body:?}"),
        };
        assert_eq!(found, (ends.transport, ends.from.1, ends.to.1), "{data:?}");
        true
    }

    fn packet(v6: bool, protocol: u8, ports: [u16; 2], carried: &[u8]) -> Vec<u8> {
        let payload = [&ports[0].to_be_bytes(), &ports[1].to_be_bytes(), carried].concat();
        let size = u16::try_from(payload.len()).unwrap();
        let mut data = vec![2; 12];
        if v6 {
            data.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
            data.extend(size.to_be_bytes());
            data.extend([protocol, 64]);
            data.extend([[0x20; 16], [0x21; 16]].concat());
        } else {
            data.extend([8, 0, 0x45, 0]);
            data.extend((size + 20).to_be_bytes());
            data.extend([0, 1, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 198, 18, 0, 1]);
        }
        data.extend(payload);
        data
    }

    #[test]
    fn ordinary_packets_are_plain() {
        for v6 in [false, true] {
            for protocol in [6, 17] {
                let data = packet(v6, protocol, [4000, 80], &[0x50; 40]);
                assert!(check(&data), "{v6} {protocol}");
                (0..data.len()).for_each(|cut| {
                    check(&data[..cut]);
                });
            }
            // A tunnel's port, another protocol, and a fragment.
            assert!(!check(&packet(v6, 17, [4000, 4789], &[0x50; 40])));
            assert!(!check(&packet(v6, 132, [4000, 80], &[0x50; 40])));
        }
        let mut fragment = packet(false, 17, [4000, 80], &[0x50; 40]);
        fragment[20] = 0x20;
        assert!(!check(&fragment));
    }

    proptest! {
        #[test]
        fn it_never_says_more_than_dissecting_does(
            v6 in any::<bool>(),
            udp in any::<bool>(),
            ports in any::<[u16; 2]>(),
            tunnel in any::<bool>(),
            carried in proptest::collection::vec(any::<u8>(), 0..80),
            flips in proptest::collection::vec((0_usize..120, any::<u8>()), 0..6),
            cut in 0_usize..160,
        ) {
            let ports = if tunnel { [ports[0], 2152] } else { ports };
            let mut data = packet(v6, if udp { 17 } else { 6 }, ports, &carried);
            for (at, byte) in flips {
                if let Some(place) = data.get_mut(at) {
                    *place = byte;
                }
            }
            data.truncate(cut);
            check(&data);
        }
    }
}
