//! Captures that a run kept: made in apptrace's own sandbox, whose addresses are known, and in
//! which the harness itself sent a packet at the beginning and one at the end.

use crate::capture::Block;
use crate::flow::Setting;
use crate::harness::own::{DISCARD_PORT, MARK_PAYLOAD};
use crate::harness::place;
use crate::packet::{LinkType, PacketView};
use crate::sandbox::APPLICATION_MAC;
use crate::sandbox::addresses::GATEWAY_V4;
use crate::sandbox::init::PROBE_PAYLOAD;

/// The control probe is sent before anything is launched; neighbours are found before that.
const WITHIN: usize = 100;

/// What is known of the place where a capture was made, if a run made it: the control probe
/// tells.
pub(super) fn setting(first: &Block) -> Option<Setting> {
    first.packets().take(WITHIN).any(|packet| is_harness(&packet)).then(place::setting)
}

/// Whether the harness sent this packet: the control probe, or the mark of the end, alone in a
/// datagram to the gateway. An application that adds their text to its own hides nothing.
pub(super) fn is_harness(packet: &PacketView<'_>) -> bool {
    let data = packet.data;
    packet.link == LinkType::ETHERNET
        && data.get(6..12) == Some(&APPLICATION_MAC)
        && data.get(12..14) == Some(&[8, 0])
        && data.get(30..34) == Some(&GATEWAY_V4.octets())
        && data.get(36..38) == Some(&DISCARD_PORT.to_be_bytes())
        && [PROBE_PAYLOAD, MARK_PAYLOAD].iter().any(|it| data.get(42..) == Some(*it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Timestamp;

    fn probe() -> Vec<u8> {
        let mut data = vec![0; 42];
        data[6..12].copy_from_slice(&APPLICATION_MAC);
        data[12] = 8;
        data[30..34].copy_from_slice(&GATEWAY_V4.octets());
        data[37] = 9;
        data.extend(PROBE_PAYLOAD);
        data
    }

    fn is_probe(data: &[u8]) -> bool {
        let link = LinkType::ETHERNET;
        is_harness(&PacketView { time: Timestamp(0), link, wire_len: 64, data })
    }

    #[test]
    fn only_the_harnesss_own_packets_are_left_out() {
        assert!(is_probe(&probe()));
        for (at, byte) in [(6, 9), (13, 6), (33, 9), (37, 53), (42, b'x')] {
            let mut other = probe();
            other[at] = byte;
            assert!(!is_probe(&other), "{at}");
        }
        let mut longer = probe();
        longer.splice(42..42, *b"what the application sends, ");
        assert!(!is_probe(&longer));
        for cut in 0..64 {
            assert!(!is_probe(&probe()[..cut]), "{cut}");
        }
    }
}
