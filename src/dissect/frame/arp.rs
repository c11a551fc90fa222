//! ARP (RFC 826), RARP (RFC 903) and InARP (RFC 2390).

use std::net::Ipv4Addr;

use super::bytes::be16;

/// An ARP message (RFC 826), as much of it as was captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arp {
    /// 1 asks, 2 answers; RARP has 3 and 4, InARP 8 and 9.
    pub operation: u16,
    /// The sender's link address; zeros where it has not six bytes.
    pub sender_hardware: [u8; 6],
    /// The sender's address, where it is one of IPv4.
    pub sender: Option<Ipv4Addr>,
    /// The link address that is told; zeros where it has not six bytes.
    pub target_hardware: [u8; 6],
    /// The address that is asked for or told, where it is one of IPv4.
    pub target: Option<Ipv4Addr>,
}

/// As much of an ARP message as there is.
pub(super) fn read(data: &[u8]) -> Arp {
    let operation = be16(data, 6).unwrap_or_default();
    let (hardware, protocol) = match data.get(4..6) {
        Some(&[hardware, protocol]) => (usize::from(hardware), usize::from(protocol)),
        _ => (0, 0),
    };
    let mac = |at: usize| {
        let found = data.get(at..).and_then(<[u8]>::first_chunk).copied();
        found.filter(|_| hardware == 6).unwrap_or_default()
    };
    let address = |at: usize| {
        let found = data.get(at..).and_then(<[u8]>::first_chunk::<4>);
        found.filter(|_| protocol == 4).map(|&bytes| Ipv4Addr::from(bytes))
    };
    let target = 8 + hardware + protocol;
    Arp {
        operation,
        sender_hardware: mac(8),
        sender: address(8 + hardware),
        target_hardware: mac(target),
        target: address(target + hardware),
    }
}
