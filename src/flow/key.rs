//! The key of the flow table: a 5-tuple, the same for both directions, small enough to be
//! hashed and compared in a few instructions.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::contact::{FlowKey, Transport};
use crate::dissect::PlainEnds;

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
#[repr(Rust, packed(8))]
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
        let from = (source, from.port());
        Self::of_ends(&PlainEnds { transport, six, from, to: (number(to.ip()).0, to.port()) })
    }

    /// The same of a packet whose ends are known as numbers.
    #[inline]
    pub(super) fn of_ends(ends: &PlainEnds) -> (Self, End) {
        let PlainEnds { transport, six, from, to } = *ends;
        let sender = if from <= to { End::Low } else { End::High };
        let ((low, low_port), (high, high_port)) = match sender {
            End::Low => (from, to),
            End::High => (to, from),
        };
        let rest = u64::from(low_port) << 48
            | u64::from(high_port) << 32
            | u64::from(six) << 8
            | transport as u64;
        (Self { low, high, rest }, sender)
    }

    /// What carries its packets.
    pub(super) fn transport(&self) -> Transport {
        TRANSPORTS.get((self.rest & 0xff) as usize).copied().unwrap_or(Transport::Ip)
    }

    /// The flow whose client is at this end.
    pub(super) fn flow(&self, client: End) -> FlowKey {
        FlowKey {
            transport: self.transport(),
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
    #[inline]
    pub(super) fn hint(&self) -> u32 {
        hint((self.low, self.port(End::Low)), (self.high, self.port(End::High)))
    }
}

/// An address as a number, and whether it is one of IPv6.
fn number(address: IpAddr) -> (u128, bool) {
    match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), false),
        IpAddr::V6(v6) => (v6.to_bits(), true),
    }
}

/// A number for all packets between two ends, both ways.
#[inline]
pub(super) fn hint_of(ends: &PlainEnds) -> u32 {
    hint(ends.from, ends.to)
}

#[inline]
fn hint((one, one_port): (u128, u16), (other, other_port): (u128, u16)) -> u32 {
    let (sum, difference) = (one_port.wrapping_add(other_port), one_port ^ other_port);
    let ports = u64::from(sum) << 16 | u64::from(difference);
    mixed(between(one, other) ^ ports << 24)
}

/// A number for two addresses, either way round.
#[inline]
fn between(one: u128, other: u128) -> u64 {
    let [one, other] = [one, other].map(|number| number as u64 ^ (number >> 64) as u64);
    one.wrapping_add(other) ^ (one ^ other).rotate_left(32)
}

/// The upper bits of a product depend on all bits of its factors (Fibonacci hashing).
#[inline]
fn mixed(number: u64) -> u32 {
    (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// Which of so many parts the packets between two addresses fall to: the same for both
/// directions, and for every port.
#[inline]
pub(super) fn part_of(from: u128, to: u128, parts: usize) -> usize {
    // As far into the parts as the number is into all numbers: cheaper than a division.
    let scaled = u64::from(mixed(between(from, to))).wrapping_mul(parts as u64) >> 32;
    usize::try_from(scaled).unwrap_or_default()
}

/// The same for addresses.
pub(super) fn part_of_addresses(from: IpAddr, to: IpAddr, parts: usize) -> usize {
    part_of(number(from).0, number(to).0, parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_share() {
        for parts in [1, 2, 3, 8] {
            let mut shares = vec![0; parts];
            for host in 0..4096_u32 {
                let (one, other) = (0x0a00_0001 + host % 16, 0x5db8_d800 + host / 16);
                let part = part_of(one.into(), other.into(), parts);
                assert_eq!(part, part_of(other.into(), one.into(), parts));
                shares[part] += 1;
            }
            let fair = 4096 / parts;
            assert!(shares.iter().all(|&share| share > fair / 2), "{shares:?}");
        }
    }

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
            let ends = |from: SocketAddr, to: SocketAddr| {
                let ((source, six), (destination, _)) = (number(from.ip()), number(to.ip()));
                let (from, to) = ((source, from.port()), (destination, to.port()));
                PlainEnds { transport: tcp, six, from, to }
            };
            let (one_way, other_way) = (ends(at(one), at(other)), ends(at(other), at(one)));
            let hints = [there.hint(), hint_of(&one_way), hint_of(&other_way)];
            assert_eq!(hints, [there.hint(); 3], "{one} {other}");
            assert_eq!(Key::of_ends(&one_way), (there, sender), "{one} {other}");
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
