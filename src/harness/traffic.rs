//! Whether a frame is traffic of the application's, told from its first bytes alone: what the
//! phases' quiet is measured by. The exact answer is the dissection's, afterwards.

use crate::sandbox::APPLICATION_MAC;

const IPV4: [u8; 2] = [0x08, 0x00];
const IPV6: [u8; 2] = [0x86, 0xdd];
const IGMP: u8 = 2;
const HOP_BY_HOP: u8 = 0;
const ICMPV6: u8 = 58;

/// Whether the application's side sent this Ethernet frame, and more than the kernel sends by
/// itself: ARP, neighbour discovery and group membership are left out.
pub(super) fn is_sent(frame: &[u8]) -> bool {
    let (Some(source), Some(kind), Some(packet)) =
        (frame.get(6..12), frame.get(12..14), frame.get(14..))
    else {
        return false;
    };
    if source != APPLICATION_MAC {
        return false;
    }
    if kind == IPV4 {
        packet.get(9).is_some_and(|protocol| *protocol != IGMP)
    } else if kind == IPV6 {
        match packet.get(6) {
            // Only group membership reports carry hop-by-hop options here (RFC 3810).
            None | Some(&HOP_BY_HOP) => false,
            // Echo requests are the application's; types from 130 on are the kernel's.
            Some(&ICMPV6) => packet.get(40).is_some_and(|kind| *kind < 130),
            Some(_) => true,
        }
    } else {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_applications_own_traffic_counts() {
        let frame = |source: [u8; 6], kind: [u8; 2], at: usize, protocol: u8, icmp: u8| {
            let mut frame = vec![0; 60];
            frame[6..12].copy_from_slice(&source);
            frame[12..14].copy_from_slice(&kind);
            frame[14 + at] = protocol;
            frame[54] = icmp;
            frame
        };
        let gateway = [2, 0, 0, 0, 0, 1];
        for (frame, sent) in [
            (frame(APPLICATION_MAC, IPV4, 9, 17, 0), true),
            (frame(gateway, IPV4, 9, 17, 0), false),
            (frame(APPLICATION_MAC, IPV4, 9, IGMP, 0), false),
            (frame(APPLICATION_MAC, [0x08, 0x06], 9, 17, 0), false),
            (frame(APPLICATION_MAC, IPV6, 6, 6, 0), true),
            (frame(APPLICATION_MAC, IPV6, 6, ICMPV6, 135), false),
            (frame(APPLICATION_MAC, IPV6, 6, ICMPV6, 128), true),
            (frame(APPLICATION_MAC, IPV6, 6, HOP_BY_HOP, 0), false),
            (Vec::new(), false),
        ] {
            assert_eq!(is_sent(&frame), sent, "{frame:?}");
        }
    }
}
