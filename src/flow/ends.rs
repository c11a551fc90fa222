//! The flow that one packet belongs to, told from that packet alone.

use std::net::SocketAddr;

use crate::contact::{FlowKey, Transport};
use crate::dissect::{Body, Fragment, dissect};
use crate::packet::PacketView;

/// The 5-tuple of a packet, its sender as the client; none where it has no flow. A first
/// fragment tells its ports, a later one does not.
pub fn flow_of(packet: &PacketView<'_>) -> Option<FlowKey> {
    let frame = dissect(packet.link, packet.data);
    let (from, to) = frame.addresses?;
    let (transport, source, destination) = match frame.body {
        Body::Tcp(it) => (Transport::Tcp, it.source_port, it.destination_port),
        Body::Udp(it) => (Transport::Udp, it.source_port, it.destination_port),
        Body::Sctp { source_port, destination_port, .. } => {
            (Transport::Sctp, source_port, destination_port)
        }
        Body::EchoRequest(_) | Body::EchoReply(_) => (Transport::Icmp, 0, 0),
        Body::OtherIp(_) | Body::Compressed(_) => (Transport::Ip, 0, 0),
        Body::Fragment(fragment) => begun(&fragment)?,
        _ => return None,
    };
    let (client, server) = (SocketAddr::new(from, source), SocketAddr::new(to, destination));
    Some(FlowKey { transport, client, server })
}

/// What a packet's first fragment says of its ends.
fn begun(fragment: &Fragment<'_>) -> Option<(Transport, u16, u16)> {
    if fragment.offset != 0 {
        return None;
    }
    let transport = match fragment.protocol {
        6 => Transport::Tcp,
        17 => Transport::Udp,
        132 => Transport::Sctp,
        // Echo requests, of either version.
        1 | 58 => return Some((Transport::Icmp, 0, 0)),
        _ => return Some((Transport::Ip, 0, 0)),
    };
    let &[a, b, c, d, ..] = fragment.payload else { return None };
    Some((transport, u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::wire::{LOCAL, Wire, at};

    #[test]
    fn a_packet_tells_its_flow() {
        let mut wire = Wire::from(11);
        wire.connection(at(&format!("{LOCAL}:4000")), at("198.18.0.1:80"), &[b"x"]);
        let flows: Vec<_> = wire.packets.iter().map(|packet| flow_of(&packet.view())).collect();
        let (out, back) = ((format!("{LOCAL}:4000"), "198.18.0.1:80".to_owned()), LOCAL);
        for flow in flows {
            let flow = flow.unwrap();
            assert_eq!(flow.transport, Transport::Tcp);
            let ends = (flow.client.to_string(), flow.server.to_string());
            assert!(ends == out || ends == (out.1.clone(), format!("{back}:4000")), "{ends:?}");
        }
    }

    #[test]
    fn only_a_first_fragment_tells_its_ports() {
        let payload = [0x0f, 0xa0, 0x00, 0x35, 0, 9];
        let fragment = |offset, protocol, length: usize| Fragment {
            id: 7,
            protocol,
            offset,
            more: true,
            payload: &payload[..length],
            cut: false,
        };
        let udp = Some((Transport::Udp, 4000, 53));
        for (offset, protocol, length, expected) in [
            (0, 17, 6, udp),
            (0, 17, 3, None),
            (8, 17, 6, None),
            (0, 1, 0, Some((Transport::Icmp, 0, 0))),
            (0, 47, 0, Some((Transport::Ip, 0, 0))),
        ] {
            assert_eq!(begun(&fragment(offset, protocol, length)), expected, "{protocol}");
        }
    }
}
