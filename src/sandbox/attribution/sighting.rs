//! The beginning of a flow, as the kernel logged it with its socket's mark.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::contact::{FlowKey, Transport};
use crate::packet::Timestamp;

/// A flow was begun by a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// Which flow.
    pub flow: FlowKey,
    /// When it was heard of.
    pub time: Timestamp,
    /// The caller's number, counted from 1.
    pub caller: u32,
}

/// IP protocols (RFC 5237's registry) whose headers are stepped over (RFC 8200 section 4).
const EXTENSIONS: [u8; 3] = [0, 43, 60];
const FRAGMENT: u8 = 44;
const TCP: u8 = 6;
const ACK: u8 = 0x10;

/// The flow of a packet that leaves, from its IP header on. A connection belongs to whoever
/// asked for it: an answer to one is of the same flow.
pub(super) fn flow_of(packet: &[u8]) -> Option<FlowKey> {
    let (protocol, source, destination, rest) = match packet.first()? >> 4 {
        4 => v4(packet)?,
        6 => v6(packet)?,
        _ => return None,
    };
    let transport = match protocol {
        TCP => Transport::Tcp,
        17 => Transport::Udp,
        132 => Transport::Sctp,
        1 | 58 => Transport::Icmp,
        _ => Transport::Ip,
    };
    let ports = match transport {
        Transport::Icmp | Transport::Ip => [0, 0],
        _ => {
            let &[a, b, c, d] = rest.first_chunk::<4>()?;
            [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]
        }
    };
    let from = SocketAddr::new(source, ports[0]);
    let to = SocketAddr::new(destination, ports[1]);
    let is_answer = protocol == TCP && rest.get(13)? & ACK != 0;
    let (client, server) = if is_answer { (to, from) } else { (from, to) };
    Some(FlowKey { transport, client, server })
}

type Parts<'a> = (u8, IpAddr, IpAddr, &'a [u8]);

fn v4(packet: &[u8]) -> Option<Parts<'_>> {
    let header = packet.first_chunk::<20>()?;
    let length = usize::from(header[0] & 15) * 4;
    let address = |at: usize| -> Option<IpAddr> {
        let octets: [u8; 4] = header.get(at..at + 4)?.try_into().ok()?;
        Some(Ipv4Addr::from(octets).into())
    };
    Some((header[9], address(12)?, address(16)?, packet.get(length..)?))
}

fn v6(packet: &[u8]) -> Option<Parts<'_>> {
    let header = packet.first_chunk::<40>()?;
    let address = |at: usize| -> Option<IpAddr> {
        let octets: [u8; 16] = header.get(at..at + 16)?.try_into().ok()?;
        Some(Ipv6Addr::from(octets).into())
    };
    let (mut next, mut rest) = (header[6], packet.get(40..)?);
    while EXTENSIONS.contains(&next) || next == FRAGMENT {
        let length = if next == FRAGMENT { 8 } else { usize::from(*rest.get(1)?) * 8 + 8 };
        next = *rest.first()?;
        rest = rest.get(length..)?;
    }
    Some((next, address(8)?, address(24)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(version: u8, protocol: u8, rest: &[u8]) -> Vec<u8> {
        let mut packet = vec![0; if version == 4 { 20 } else { 40 }];
        packet[0] = version << 4 | 5;
        if version == 4 {
            packet[9] = protocol;
            packet[12..16].copy_from_slice(&[192, 0, 2, 2]);
            packet[16..20].copy_from_slice(&[198, 18, 0, 1]);
        } else {
            packet[6] = protocol;
            packet[23] = 2;
            packet[39] = 1;
        }
        packet.extend(rest);
        packet
    }

    fn tcp(flags: u8) -> Vec<u8> {
        let mut header = vec![0; 20];
        header[..4].copy_from_slice(&[0x9c, 0x40, 0, 80]);
        header[13] = flags;
        header
    }

    #[test]
    fn each_kind_of_packet_has_its_flow() {
        let udp = [0x9c, 0x40, 0, 53, 0, 8, 0, 0];
        let hop_by_hop = [[17, 0, 1, 4, 0, 0, 0, 0], udp].concat();
        for (name, packet, expected) in [
            ("SYN", packet(4, 6, &tcp(2)), "Tcp 192.0.2.2:40000 198.18.0.1:80"),
            ("SYN-ACK", packet(4, 6, &tcp(0x12)), "Tcp 198.18.0.1:80 192.0.2.2:40000"),
            ("UDP", packet(4, 17, &udp), "Udp 192.0.2.2:40000 198.18.0.1:53"),
            ("UDP over IPv6", packet(6, 17, &udp), "Udp [::2]:40000 [::1]:53"),
            ("behind options", packet(6, 0, &hop_by_hop), "Udp [::2]:40000 [::1]:53"),
            ("echo", packet(4, 1, &[8, 0]), "Icmp 192.0.2.2:0 198.18.0.1:0"),
            ("GRE", packet(4, 47, &[]), "Ip 192.0.2.2:0 198.18.0.1:0"),
        ] {
            let flow = flow_of(&packet).unwrap();
            let told = format!("{:?} {} {}", flow.transport, flow.client, flow.server);
            assert_eq!(told, expected, "{name}");
            for end in 0..packet.len() {
                // Cut short it is none, or the same: the mark is what matters.
                assert!(flow_of(&packet[..end]).is_none_or(|cut| cut == flow), "{name} {end}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0_u8.., 0..90)) {
            let _ = flow_of(&bytes);
        }
    }
}
