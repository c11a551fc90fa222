//! As much of a packet as the relay goes by: addresses, ports, and what a datagram carries.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::contact::{FlowKey, Transport};

const TCP: u8 = 6;
const UDP: u8 = 17;
/// IPv6 extension headers whose length is told in the same way (RFC 8200 sections 4.3 to 4.6).
const EXTENSIONS: [u8; 3] = [0, 43, 60];

/// The flow that a packet belongs to, and the datagram's payload (nothing for TCP). The packet
/// is whole: fragments are put together before it is held back.
pub(super) fn read(packet: &[u8]) -> Option<(FlowKey, &[u8])> {
    let (source, destination, protocol, rest) = match packet.first()? >> 4 {
        4 => v4(packet)?,
        6 => v6(packet)?,
        _ => return None,
    };
    let ports = rest.first_chunk::<4>()?;
    let client = SocketAddr::new(source, u16::from_be_bytes([ports[0], ports[1]]));
    let server = SocketAddr::new(destination, u16::from_be_bytes([ports[2], ports[3]]));
    match protocol {
        TCP => Some((FlowKey { transport: Transport::Tcp, client, server }, &[])),
        UDP => {
            let length = usize::from(u16::from_be_bytes([*rest.get(4)?, *rest.get(5)?]));
            let payload = rest.get(8..length)?;
            Some((FlowKey { transport: Transport::Udp, client, server }, payload))
        }
        _ => None,
    }
}

type Parts<'p> = (IpAddr, IpAddr, u8, &'p [u8]);

/// RFC 791 section 3.1.
fn v4(packet: &[u8]) -> Option<Parts<'_>> {
    let header = packet.first_chunk::<20>()?;
    let address = |at: usize| {
        let bytes: [u8; 4] = packet.get(at..at + 4)?.try_into().ok()?;
        Some(IpAddr::V4(Ipv4Addr::from(bytes)))
    };
    let length = usize::from(header[0] & 0x0f) * 4;
    let total = usize::from(u16::from_be_bytes([header[2], header[3]]));
    Some((address(12)?, address(16)?, header[9], packet.get(length.max(20)..total)?))
}

/// RFC 8200 section 3.
fn v6(packet: &[u8]) -> Option<Parts<'_>> {
    let header = packet.first_chunk::<40>()?;
    let address = |at: usize| {
        let bytes: [u8; 16] = packet.get(at..at + 16)?.try_into().ok()?;
        Some(IpAddr::V6(Ipv6Addr::from(bytes)))
    };
    let mut next = header[6];
    let mut rest = packet.get(40..)?;
    while EXTENSIONS.contains(&next) {
        let extension = rest.first_chunk::<2>()?;
        next = extension[0];
        rest = rest.get((usize::from(extension[1]) + 1) * 8..)?;
    }
    Some((address(8)?, address(24)?, next, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn udp_v4() -> Vec<u8> {
        let mut packet =
            vec![0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 2, 203, 0, 113, 9];
        packet.extend([0x12, 0x34, 0, 53, 0, 10, 0, 0, b'h', b'i']);
        packet
    }

    fn tcp_v6() -> Vec<u8> {
        let mut packet = vec![0x60, 0, 0, 0, 0, 28, 60, 64];
        packet.extend("2001:db8::2".parse::<Ipv6Addr>().unwrap().octets());
        packet.extend("2001:db8:9::9".parse::<Ipv6Addr>().unwrap().octets());
        // Destination options, eight bytes long; then TCP.
        packet.extend([6, 0, 1, 4, 0, 0, 0, 0]);
        packet.extend([0xc0, 0, 1, 0xbb]);
        packet.extend([0; 16]);
        packet
    }

    #[test]
    fn a_flow_and_what_is_carried() {
        let flow = |transport, client: &str, server: &str| FlowKey {
            transport,
            client: client.parse().unwrap(),
            server: server.parse().unwrap(),
        };
        let (udp, tcp) = (udp_v4(), tcp_v6());
        let expected = flow(Transport::Udp, "192.0.2.2:4660", "203.0.113.9:53");
        assert_eq!(read(&udp), Some((expected, &b"hi"[..])));
        let expected = flow(Transport::Tcp, "[2001:db8::2]:49152", "[2001:db8:9::9]:443");
        assert_eq!(read(&tcp), Some((expected, &b""[..])));
        let mut other = udp;
        other[9] = 132;
        assert_eq!(read(&other), None);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..80),
            cut in 0..70_usize,
            at in 0..60_usize,
            bit in 0..8_u32,
        ) {
            let _ = read(&bytes);
            for mut packet in [udp_v4(), tcp_v6()] {
                let _ = read(&packet[..cut.min(packet.len())]);
                if let Some(byte) = packet.get_mut(at) {
                    *byte ^= 1 << bit;
                }
                let _ = read(&packet);
            }
        }
    }
}
