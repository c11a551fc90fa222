//! The key of the flow table: a 5-tuple, the same for both directions, small enough to be
//! hashed and compared in a few instructions.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::contact::{FlowKey, Transport};

/// One end of a flow within its key: the lower of the two, or the higher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Low,
    High,
}

impl End {
    /// The other one.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Low => Self::High,
            Self::High => Self::Low,
        }
    }

    /// Its place in an array of two.
    pub(super) fn index(self) -> usize {
        match self {
            Self::Low => 0,
            Self::High => 1,
        }
    }
}

/// A 5-tuple without direction. A whole number of eight bytes, of which there are two for each of
/// thousands of flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(C, packed(8))]
pub(super) struct Key {
    low: u128,
    high: u128,
    /// Both ports, the family and the transport.
    rest: u64,
}

/// By their numbers.
const TRANSPORTS: [Transport; 5] =
    [Transport::Tcp, Transport::Udp, Transport::Icmp, Transport::Sctp, Transport::Ip];

impl Key {
    /// The key of a packet's flow, and the end that sent it.
    pub(super) fn of(transport: Transport, from: SocketAddr, to: SocketAddr) -> (Self, End) {
        let (source, six) = number(from.ip());
        let (destination, _) = number(to.ip());
        let ports = (from.port(), to.port());
        let sender = if (source, ports.0) <= (destination, ports.1) { End::Low } else { End::High };
        let (low, high, low_port, high_port) = match sender {
            End::Low => (source, destination, ports.0, ports.1),
            End::High => (destination, source, ports.1, ports.0),
        };
        let rest = u64::from(low_port) << 48
            | u64::from(high_port) << 32
            | u64::from(six) << 8
            | transport as u64;
        (Self { low, high, rest }, sender)
    }

    /// The flow whose client is at this end.
    pub(super) fn flow(&self, client: End) -> FlowKey {
        let transport = TRANSPORTS.get((self.rest & 0xff) as usize).copied();
        FlowKey {
            transport: transport.unwrap_or(Transport::Ip),
            client: self.place(client),
            server: self.place(client.other()),
        }
    }

    /// The port of an end.
    pub(super) fn port(&self, end: End) -> u16 {
        match end {
            End::Low => (self.rest >> 48) as u16,
            End::High => (self.rest >> 32) as u16,
        }
    }

    /// The address and port of an end.
    pub(super) fn place(&self, end: End) -> SocketAddr {
        let number = match end {
            End::Low => self.low,
            End::High => self.high,
        };
        let is_six = self.rest >> 8 & 1 == 1;
        let address = if is_six {
            IpAddr::V6(Ipv6Addr::from_bits(number))
        } else {
            IpAddr::V4(Ipv4Addr::from_bits(number as u32))
        };
        SocketAddr::new(address, self.port(end))
    }

    /// A number that most other keys do not have: that of [`hint_of`] for the packets of its flow.
    pub(super) fn hint(&self) -> u32 {
        hint(self.low, self.high, self.port(End::Low), self.port(End::High))
    }
}

/// A number for all packets between two ends, both ways.
#[inline]
pub(super) fn hint_of(from: SocketAddr, to: SocketAddr) -> u32 {
    hint(number(from.ip()).0, number(to.ip()).0, from.port(), to.port())
}

#[inline]
fn hint(one: u128, other: u128, one_port: u16, other_port: u16) -> u32 {
    let folded = |number: u128| number as u64 ^ (number >> 64) as u64;
    let addresses = folded(one.wrapping_add(other)) ^ folded(one ^ other).rotate_left(32);
    let (sum, difference) = (one_port.wrapping_add(other_port), one_port ^ other_port);
    let ports = u64::from(sum) << 16 | u64::from(difference);
    // Fibonacci hashing once more.
    let mixed = (addresses ^ ports << 24).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as u32
}

/// An address as a number, and whether it is one of IPv6.
fn number(address: IpAddr) -> (u128, bool) {
    match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), false),
        IpAddr::V6(v6) => (v6.to_bits(), true),
    }
}

/// Which of so many parts the packets between two addresses fall to: the same for both
/// directions, and for every port.
pub(super) fn part_of(from: IpAddr, to: IpAddr, parts: usize) -> usize {
    let (one, other) = (number(from).0, number(to).0);
    let both = one.wrapping_add(other) as u64 ^ (one ^ other) as u64;
    // The upper bits of a product depend on all bits of its factors (Fibonacci hashing).
    let mixed = both.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
    usize::try_from(mixed).unwrap_or(0) % parts.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_have_one_key() {
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        let tcp = Transport::Tcp;
        for (one, other) in [
            ("192.0.2.1:80", "192.0.2.2:4000"),
            ("192.0.2.9:80", "192.0.2.2:4000"),
            ("192.0.2.1:80", "192.0.2.1:4000"),
            ("[2001:db8::1]:80", "[2001:db8::2]:80"),
        ] {
            let (there, sender) = Key::of(tcp, at(one), at(other));
            let (back, receiver) = Key::of(tcp, at(other), at(one));
            assert_eq!((there, sender), (back, receiver.other()), "{one} {other}");
            let hints = [there.hint(), hint_of(at(one), at(other)), hint_of(at(other), at(one))];
            assert_eq!(hints, [there.hint(); 3], "{one} {other}");
            let (udp, _) = Key::of(Transport::Udp, at(one), at(other));
            assert_ne!(there, udp);
        }
        let four = Key::of(tcp, at("0.0.0.1:1"), at("0.0.0.2:1"));
        assert_ne!(four, Key::of(tcp, at("[::1]:1"), at("[::2]:1")));
        for transport in TRANSPORTS {
            for (client, server) in [
                ("192.0.2.1:80", "192.0.2.2:4000"),
                ("192.0.2.2:4000", "192.0.2.1:80"),
                ("[2001:db8::1]:0", "[::ffff:192.0.2.1]:65535"),
            ] {
                let (client, server) = (at(client), at(server));
                let (key, end) = Key::of(transport, client, server);
                assert_eq!(key.flow(end), FlowKey { transport, client, server });
                let (client, server) = (server, client);
                assert_eq!(key.flow(end.other()), FlowKey { transport, client, server });
            }
        }
        let itself = at("192.0.2.1:7");
        assert_eq!(Key::of(tcp, itself, itself).1, End::Low);
    }
}
