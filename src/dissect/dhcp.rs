//! DHCP (RFC 2131) and DHCPv6 (RFC 8415), told from other traffic on their ports.

use super::frame::Datagram;

/// Whether a datagram is DHCP or DHCPv6: the ports and the first bytes must both say so, so
/// that nothing else hides behind the ports.
pub fn is_dhcp(datagram: &Datagram<'_>) -> bool {
    let bytes = datagram.payload;
    match (datagram.source_port, datagram.destination_port) {
        (67 | 68, 67 | 68) => {
            // RFC 2131 section 3: a BOOTP operation, and the magic cookie before the options.
            matches!(bytes.first(), Some(1 | 2)) && bytes.get(236..240) == Some(&[99, 130, 83, 99])
        }
        // RFC 8415 section 7.3 numbers the messages from 1; a server may answer from any port.
        (_, 546 | 547) => matches!(bytes.first(), Some(1..=13)) && bytes.len() >= 4,
        _ => false,
    }
}
