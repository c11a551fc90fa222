//! Ethernet, IP, TCP and UDP headers: found in a frame, changed, or written.

use std::net::{IpAddr, Ipv4Addr};

/// Where the IP header of an Ethernet frame is, and what follows it.
#[derive(Clone, Copy)]
pub(crate) struct Network {
    at: usize,
    six: bool,
    protocol: u8,
    /// The transport header; none in a fragment that is not the first.
    transport: Option<usize>,
}

impl Network {
    pub(crate) fn of(frame: &[u8]) -> Option<Self> {
        let mut at = 12;
        // Tags of VLANs (IEEE 802.1Q) come before the type.
        while matches!(word(frame, at)?, 0x8100 | 0x88a8) {
            at += 4;
        }
        let (kind, at) = (word(frame, at)?, at + 2);
        match kind {
            0x0800 => {
                let header = usize::from(frame.get(at)? & 15) * 4;
                frame.get(at..at + header.max(20))?;
                let first = word(frame, at + 6)? & 0x1fff == 0;
                let transport = first.then_some(at + header);
                Some(Self { at, six: false, protocol: *frame.get(at + 9)?, transport })
            }
            0x86dd => {
                frame.get(at..at + 40)?;
                let protocol = *frame.get(at + 6)?;
                Some(Self { at, six: true, protocol, transport: Some(at + 40) })
            }
            _ => None,
        }
    }

    /// Source and destination.
    pub(crate) fn addresses(&self, frame: &[u8]) -> (IpAddr, IpAddr) {
        let (source, length) = if self.six { (self.at + 8, 16) } else { (self.at + 12, 4) };
        (address(frame, source, length), address(frame, source + length, length))
    }

    /// The ports of TCP and UDP.
    pub(crate) fn ports(&self, frame: &[u8]) -> Option<(u16, u16)> {
        let transport = self.transport.filter(|_| matches!(self.protocol, 6 | 17))?;
        word(frame, transport).zip(word(frame, transport + 2))
    }

    /// Changes the low bits of the clients' addresses, and the checksums with them (RFC 1624).
    pub(crate) fn readdress(
        &self,
        frame: &mut [u8],
        mask: u16,
        is_client: impl Fn(IpAddr) -> bool,
    ) {
        let (source, destination) = self.addresses(frame);
        let length = if self.six { 16 } else { 4 };
        let begin = if self.six { self.at + 8 } else { self.at + 12 };
        for (address, end) in [(source, begin + length), (destination, begin + 2 * length)] {
            let Some(old) = word(frame, end - 2).filter(|_| is_client(address)) else { continue };
            let new = old ^ mask;
            put(frame, end - 2, new);
            if !self.six {
                adjust(frame, self.at + 10, old, new);
            }
            let checksum = match self.protocol {
                6 => 16,
                17 => 6,
                58 => 2,
                _ => continue,
            };
            let Some(at) = self.transport.map(|transport| transport + checksum) else { continue };
            // A datagram without a checksum stays without.
            if self.protocol != 17 || word(frame, at) != Some(0) {
                adjust(frame, at, old, new);
            }
        }
    }
}

/// An ARP message (RFC 826) of other than Ethernet's and IPv4's addresses: argus 3.0.8 writes
/// beyond its memory at those, and so could not be compared.
pub(crate) fn is_odd_arp(frame: &[u8]) -> bool {
    word(frame, 12) == Some(0x0806) && word(frame, 18) != Some(0x0604)
}

/// Whether an address belongs to nobody alone.
pub(crate) fn is_shared(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            four.is_multicast()
                || four.is_broadcast()
                || four.octets()[3] == 255
                || four.is_unspecified()
        }
        IpAddr::V6(six) => six.is_multicast() || six.is_unspecified(),
    }
}

fn address(frame: &[u8], at: usize, length: usize) -> IpAddr {
    let bytes = frame.get(at..at + length).unwrap_or_default();
    match <[u8; 16]>::try_from(bytes) {
        Ok(six) => IpAddr::from(six),
        Err(_) => IpAddr::from(<[u8; 4]>::try_from(bytes).unwrap_or_default()),
    }
}

fn word(frame: &[u8], at: usize) -> Option<u16> {
    frame.get(at..)?.first_chunk().map(|&bytes| u16::from_be_bytes(bytes))
}

fn put(frame: &mut [u8], at: usize, value: u16) {
    if let Some(bytes) = frame.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *bytes = value.to_be_bytes();
    }
}

/// RFC 1624 section 3.
fn adjust(frame: &mut [u8], at: usize, old: u16, new: u16) {
    let Some(checksum) = word(frame, at) else { return };
    let sum = u32::from(!checksum) + u32::from(!old) + u32::from(new);
    put(frame, at, !fold(sum));
}

fn fold(mut sum: u32) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

/// RFC 1071.
fn sum(bytes: &[u8]) -> u32 {
    let pairs = bytes
        .chunks(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)])));
    pairs.fold(0, |sum, pair| u32::from(fold(sum + pair)))
}

/// One side of a conversation, and whom it talks to.
#[derive(Clone, Copy)]
pub(crate) struct Ends {
    pub(crate) from: (Ipv4Addr, u16),
    pub(crate) to: (Ipv4Addr, u16),
}

impl Ends {
    pub(crate) fn back(self) -> Self {
        Self { from: self.to, to: self.from }
    }

    /// Ethernet and IPv4 headers, and what they carry.
    fn write(self, into: &mut Vec<u8>, protocol: u8, parts: [&[u8]; 2], checksum: usize) -> u32 {
        let begin = into.len();
        into.extend_from_slice(&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]);
        let carried = parts[0].len() + parts[1].len();
        let [high, low] = ((carried + 20) as u16).to_be_bytes();
        into.extend_from_slice(&[0x45, 0, high, low, 0, 0, 0x40, 0, 64, protocol, 0, 0]);
        into.extend_from_slice(&self.from.0.octets());
        into.extend_from_slice(&self.to.0.octets());
        let header = sum(&into[begin + 14..begin + 34]);
        put(into, begin + 24, !fold(header));
        into.extend_from_slice(parts[0]);
        into.extend_from_slice(parts[1]);
        let pseudo = sum(&into[begin + 26..begin + 34]) + u32::from(protocol) + carried as u32;
        let whole = pseudo + sum(&into[begin + 34..]);
        put(into, begin + 34 + checksum, !fold(whole));
        (into.len() - begin) as u32
    }

    pub(crate) fn udp(self, into: &mut Vec<u8>, payload: &[u8]) -> u32 {
        let mut header = [0; 8];
        put(&mut header, 0, self.from.1);
        put(&mut header, 2, self.to.1);
        put(&mut header, 4, payload.len() as u16 + 8);
        self.write(into, 17, [&header, payload], 6)
    }

    /// With the timestamps option (RFC 7323), as nearly all segments have it.
    pub(crate) fn tcp(
        self,
        into: &mut Vec<u8>,
        numbers: (u32, u32),
        flags: u8,
        payload: &[u8],
    ) -> u32 {
        let mut header = [0; 32];
        put(&mut header, 0, self.from.1);
        put(&mut header, 2, self.to.1);
        header[4..8].copy_from_slice(&numbers.0.to_be_bytes());
        header[8..12].copy_from_slice(&numbers.1.to_be_bytes());
        header[12..16].copy_from_slice(&[0x80, flags, 0xfa, 0xf0]);
        header[20..24].copy_from_slice(&[1, 1, 8, 10]);
        header[24..28].copy_from_slice(&numbers.0.to_be_bytes());
        self.write(into, 6, [&header, payload], 16)
    }
}
