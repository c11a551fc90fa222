//! Packets in fragments on their way to the survey: whole ones go on, and of the others their
//! first fragment does.

use std::io::{Cursor, Read};

use flate2::bufread::DeflateDecoder;

use super::fragments::Alone;
use super::shard::Shard;
use crate::dissect::{Body, Frame, of_ip_payload};
use crate::packet::{LinkType, PacketView};

impl Shard<'_> {
    /// A packet as the layers below IP gave it.
    pub(super) fn frame(&mut self, packet: &PacketView<'_>, frame: Frame<'_>) {
        let (Body::Fragment(fragment), Some(addresses)) = (frame.body, frame.addresses) else {
            return self.unpacked(packet, &frame);
        };
        let first = fragment.offset == 0;
        let whole = self.fragments.take(packet.time, addresses, &fragment);
        self.count_alone();
        if let Some(whole) = whole {
            let inner = of_ip_payload(addresses, whole.protocol, &whole.payload, true);
            // What was put together is no fragment any more, whatever it says.
            if !matches!(inner.body, Body::Fragment(_)) {
                if let Some(listing) = &mut self.listing {
                    listing.reassembled(&inner);
                }
                // The first fragment waited to be counted until it was known for what.
                if !first {
                    self.set_aside("ip-fragment");
                }
                return self.unpacked(packet, &inner);
            }
        }
        if !first {
            self.set_aside("ip-fragment");
        }
    }

    /// A whole packet, and what a compressed one holds.
    fn unpacked(&mut self, packet: &PacketView<'_>, frame: &Frame<'_>) {
        let (Body::Compressed(compressed), Some(addresses)) = (frame.body, frame.addresses) else {
            return self.body(packet, frame);
        };
        let Some(payload) = self.inflater.inflated(compressed.payload) else {
            return self.body(packet, frame);
        };
        let inner = of_ip_payload(addresses, compressed.protocol, &payload, true);
        if let Some(listing) = &mut self.listing {
            listing.reassembled(&inner);
        }
        self.body(packet, &inner);
    }

    /// Counts first fragments whose packets will never be whole: they have the ports.
    pub(super) fn count_alone(&mut self) {
        while let Some(alone) = self.fragments.evicted() {
            let Alone { addresses, protocol, payload, first_seen: time } = alone;
            let frame = of_ip_payload(addresses, protocol, &payload, false);
            let wire_len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
            let packet = PacketView { time, link: LinkType::RAW, wire_len, data: &payload };
            // What is to be said is to be said of another packet.
            let listing = self.listing.take();
            self.body(&packet, &frame);
            self.listing = listing;
        }
    }
}

/// Undoes what was compressed by DEFLATE (RFC 2394), the one algorithm in use. Its state is large,
/// and kept from packet to packet; nothing of one is known to the next.
#[derive(Debug, Default)]
pub(super) struct Inflater(Option<DeflateDecoder<Cursor<Vec<u8>>>>);

impl Inflater {
    /// No packet is longer than its limit.
    fn inflated(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        let input = Cursor::new(payload.to_vec());
        let decoder = match &mut self.0 {
            Some(decoder) => {
                decoder.reset(input);
                decoder
            }
            none => none.insert(DeflateDecoder::new(input)),
        };
        let mut bytes = Vec::new();
        let read = decoder.take(u64::from(u16::MAX)).read_to_end(&mut bytes);
        (read.is_ok() && !bytes.is_empty()).then_some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;

    use super::Inflater;
    use crate::flow::wire::{Wire, at, dns, foreign, lines};
    use crate::packet::LinkType;

    /// A DNS query over two fragments, of which the second may be missing.
    fn query(with_second: bool) -> Wire {
        let mut whole = Wire::from(11);
        let (us, them) = (at("192.0.2.2:4000"), at("198.18.0.9:53"));
        whole.udp(us, them, &dns("a-name-of-some-length.example", 1, None));
        let (header, payload) = whole.packets[0].data[14..].split_at(20);
        let mut wire = Wire::from(11);
        for (offset, data, more) in [(0_u16, &payload[..16], 0x2000), (2, &payload[16..], 0)] {
            let mut packet = [header, data].concat();
            let length = u16::try_from(packet.len()).unwrap();
            packet[2..4].copy_from_slice(&length.to_be_bytes());
            packet[6..8].copy_from_slice(&(offset | more).to_be_bytes());
            if offset == 0 || with_second {
                wire.raw(LinkType::RAW, packet);
            }
        }
        wire
    }

    #[test]
    fn a_compressed_packet_says_what_it_holds() {
        let mut whole = Wire::from(11);
        let (us, them) = (at("192.0.2.2:4000"), at("198.18.0.9:53"));
        whole.udp(us, them, &dns("compressed.example", 1, None));
        let (header, payload) = whole.packets[0].data[14..].split_at(20);
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::default());
        packer.write_all(payload).unwrap();
        let packed = packer.finish().unwrap();
        for (cut, lookups, line) in [(0, 1, None), (20, 0, Some("198.18.0.9 -/ip"))] {
            let packed = &packed[..packed.len() - cut];
            let mut packet = [header, &[17, 0, 0, 2], packed].concat();
            let length = u16::try_from(packet.len()).unwrap();
            packet[2..4].copy_from_slice(&length.to_be_bytes());
            packet[9] = 108;
            let mut wire = Wire::from(11);
            wire.raw(LinkType::RAW, packet);
            let survey = wire.survey(&foreign());
            assert_eq!(survey.lookups.len(), lookups);
            let begun = lines(&survey).iter().any(|l| line.is_some_and(|line| l.starts_with(line)));
            assert_eq!(begun, line.is_some(), "{:?}", lines(&survey));
        }
    }

    #[test]
    fn no_packet_says_anything_of_the_next() {
        let packed = |text: &[u8]| {
            let mut packer = DeflateEncoder::new(Vec::new(), Compression::default());
            packer.write_all(text).unwrap();
            packer.finish().unwrap()
        };
        let (short, long) = (packed(b"short"), packed(&b"long, ".repeat(9000)));
        let mut inflater = Inflater::default();
        for _ in 0..2 {
            assert_eq!(inflater.inflated(&short).unwrap(), b"short");
            assert_eq!(inflater.inflated(&long).unwrap(), b"long, ".repeat(9000));
            assert_eq!(inflater.inflated(&[0xff; 40]), None);
            // What breaks off says what stands before.
            let cut = inflater.inflated(&long[..long.len() - 4]).unwrap_or_default();
            assert!(b"long, ".repeat(9000).starts_with(&cut));
            assert_eq!(inflater.inflated(&[]), None);
        }
    }

    #[test]
    fn a_whole_packet_says_more_than_its_first_fragment() {
        let survey = query(true).survey(&foreign());
        assert_eq!(survey.lookups[0].name, "a-name-of-some-length.example");
        assert_eq!((survey.packets, survey.other.get("ip-fragment")), (2, Some(&1)));
        let survey = query(false).survey(&foreign());
        assert_eq!((survey.packets, survey.lookups.len()), (1, 0));
        let lines = lines(&survey);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].starts_with("198.18.0.9 53/udp"), "{lines:?}");
    }
}
