//! RTP and RTCP (RFC 3550), known by their headers. Neither has a mark of its own, so the
//! headers alone are a hint: where a session description or STUN announced media, or several
//! packets of one flow agree, it is one.

/// An RTP header (section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtpHeader {
    /// What the media is coded as.
    pub payload_type: u8,
    /// Counts up by one with each packet of a source.
    pub sequence: u16,
    /// The source.
    pub ssrc: u32,
}

/// An RTCP header (section 6.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtcpHeader {
    /// What kind of packet comes first.
    pub packet_type: u8,
    /// Who sends it.
    pub ssrc: u32,
}

/// The header of what could be RTP: version 2, a payload type that does not collide with
/// RTCP's (RFC 5761 section 4), and everything that the header announces within the bytes.
pub fn looks_like_rtp(bytes: &[u8]) -> Option<RtpHeader> {
    let header: &[u8; 12] = bytes.first_chunk()?;
    let payload_type = header[1] & 0x7f;
    // Dynamic types begin at 96; between 35 and 95 few are in use, and 64 to 95 are RTCP's.
    if header[0] & 0xc0 != 0x80 || !matches!(payload_type, 0..=34 | 96..=127) {
        return None;
    }
    let mut length = 12 + 4 * usize::from(header[0] & 15);
    if header[0] & 0x10 != 0 {
        let extension: &[u8; 4] = bytes.get(length..)?.first_chunk()?;
        length += 4 + 4 * usize::from(u16::from_be_bytes([extension[2], extension[3]]));
    }
    if header[0] & 0x20 != 0 {
        let padding = usize::from(*bytes.last()?);
        length += if padding == 0 { return None } else { padding };
    }
    let ssrc = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
    (length <= bytes.len() && ssrc != 0).then_some(RtpHeader {
        payload_type,
        sequence: u16::from_be_bytes([header[2], header[3]]),
        ssrc,
    })
}

/// The header of what could be RTCP: a report or a source description first, and packets whose
/// lengths fill the bytes (section 6.1; RFC 5506 allows others first).
pub fn looks_like_rtcp(bytes: &[u8]) -> Option<RtcpHeader> {
    let header: &[u8; 8] = bytes.first_chunk()?;
    if header[0] & 0xc0 != 0x80 || !(200..=207).contains(&header[1]) {
        return None;
    }
    let mut rest = bytes;
    while let Some(&[first, kind, high, low]) = rest.first_chunk() {
        let length = 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
        if first & 0xc0 != 0x80 || !(192..=213).contains(&kind) {
            // Encrypted reports end in an index and a tag (RFC 3711 section 3.4).
            break;
        }
        rest = rest.get(length..)?;
    }
    let ssrc = u32::from_be_bytes([header[4], header[5], header[6], header[7]]);
    (rest.len() < 32).then_some(RtcpHeader { packet_type: header[1], ssrc })
}

/// Whether bytes are a compound packet of RTCP that nobody needs to have announced (RFC 3550
/// sections 6.1 and 6.5): a report, as long as its blocks make it, then what its sender is called
/// in canonical form, and packets that fill the datagram to its last byte.
pub fn is_rtcp(bytes: &[u8]) -> bool {
    let Some(header) = looks_like_rtcp(bytes) else { return false };
    let (mut rest, mut described, mut at) = (bytes, false, 0);
    while !rest.is_empty() {
        let Some(&[first, kind, high, low]) = rest.first_chunk() else { return false };
        let words = usize::from(u16::from_be_bytes([high, low]));
        let Some((packet, after)) = rest.split_at_checked(4 + 4 * words) else { return false };
        let blocks = 6 * usize::from(first & 0x1f);
        let fits = match (at, kind) {
            (0, 200) => words >= 6 + blocks,
            (0, 201) => words > blocks,
            (0, _) => false,
            (_, 202) => true,
            (_, kind) => (200..=207).contains(&kind),
        };
        // Padding stands in the last packet alone.
        if first & 0xc0 != 0x80 || !fits || first & 0x20 != 0 && !after.is_empty() {
            return false;
        }
        let source = packet.get(4..8) == Some(&header.ssrc.to_be_bytes()[..]);
        // CNAME is the first item, and its text is none of control characters.
        let name = packet.get(9).and_then(|&length| packet.get(10..10 + usize::from(length)));
        described |= kind == 202
            && source
            && first & 0x1f > 0
            && packet.get(8) == Some(&1)
            && name.is_some_and(|name| !name.is_empty() && name.iter().all(|&byte| byte >= b' '));
        (rest, at) = (after, at + 1);
    }
    described
}

impl RtpHeader {
    /// One line for a packet list.
    pub fn summary(&self) -> String {
        let coding = match self.payload_type {
            0 => "ITU-T G.711 PCMU".to_owned(),
            3 => "GSM 06.10".to_owned(),
            4 => "ITU-T G.723".to_owned(),
            8 => "ITU-T G.711 PCMA".to_owned(),
            9 => "ITU-T G.722".to_owned(),
            13 => "Comfort noise".to_owned(),
            18 => "ITU-T G.729".to_owned(),
            26 => "JPEG".to_owned(),
            31 => "ITU-T H.261".to_owned(),
            33 => "MPEG-II transport streams".to_owned(),
            34 => "ITU-T H.263".to_owned(),
            other if other >= 96 => format!("DynamicRTP-Type-{other}"),
            other => format!("Type {other}"),
        };
        format!("PT={coding}, SSRC=0x{:X}, Seq={}", self.ssrc, self.sequence)
    }
}

impl RtcpHeader {
    /// One line for a packet list.
    pub fn summary(&self) -> &'static str {
        match self.packet_type {
            200 => "Sender Report",
            201 => "Receiver Report",
            202 => "Source description",
            203 => "Goodbye",
            204 => "Application specific",
            205 => "Generic RTP Feedback",
            206 => "Payload-specific Feedback",
            _ => "Extended report",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Protocol;
    use crate::dissect::of_datagram;
    use crate::dissect::protocol_tests::hex;
    use proptest::prelude::*;

    #[test]
    fn media_is_told_from_the_rest() {
        let check = |bytes: &str, expected: Option<&str>| {
            let bytes = hex(bytes);
            let rtp = looks_like_rtp(&bytes).map(|header| header.summary());
            let rtcp = looks_like_rtcp(&bytes).map(|header| header.summary().to_owned());
            assert_eq!(rtp.or(rtcp).as_deref(), expected, "{bytes:x?}");
        };
        let pcmu = Some("PT=ITU-T G.711 PCMU, SSRC=0x1020304, Seq=5");
        check("8000 0005 00000000 01020304 ffff", pcmu);
        check("8080 0005 00000000 01020304", pcmu);
        check("9000 0005 00000000 01020304 bede 0001 00000000 ff", pcmu);
        check("9000 0005 00000000 01020304 bede 0002 00000000 ff", None);
        check("8100 0005 00000000 01020304", None);
        check("a000 0005 00000000 01020304 0002", pcmu);
        check("a000 0005 00000000 01020304 0000", None);
        check("80e0 0005 00000000 01020304", Some("PT=DynamicRTP-Type-96, SSRC=0x1020304, Seq=5"));
        check("4000 0005 00000000 01020304", None);
        check("8000 0005 00000000 00000000", None);
        check("80c9 0001 01020304 81ca 0001 01020304", Some("Receiver Report"));
        check("80c9 0001 01020304 81ca 0009 01020304", None);
        check("80c8 0006 01020304", None);
    }

    #[test]
    fn reports_are_known_without_announcement() {
        let check = |bytes: &str, expected: bool| {
            let bytes = hex(bytes);
            assert_eq!(is_rtcp(&bytes), expected, "{bytes:x?}");
            let spoken = of_datagram(&bytes, 40_001, 40_003);
            assert_eq!(spoken == Some(Protocol::Rtcp), expected, "{bytes:x?}");
        };
        let report = "80c9 0001 01020304";
        let called = "81ca 0004 01020304 01 08 6140622e63642e65 00 00";
        check(&format!("{report} {called}"), true);
        check(&format!("81c9 0007 01020304 {} {called}", "00".repeat(24)), true);
        check(&format!("80c8 0006 01020304 {} {called}", "00".repeat(20)), true);
        check(&format!("{report} {called} 81cb 0001 01020304"), true);
        check(&format!("{report} {called} a1cb 0002 01020304 00000004"), true);
        // Without its sender's name, of another's, cut, longer, in another order.
        check(report, false);
        check(&format!("{report} 80ca 0001 01020304"), false);
        check(&format!("{report} 81ca 0004 01020305 01 08 6140622e63642e65 00 00"), false);
        check(&format!("{report} 81ca 0004 01020304 01 08 6140622e63642e65 00"), false);
        check(&format!("{report} {called} 00"), false);
        check(&format!("{called} {report}"), false);
        check(&format!("82c9 0007 01020304 {} {called}", "00".repeat(24)), false);
        check(&format!("a0c9 0001 01020304 {called}"), false);
        check(&format!("{report} 81ca 0004 01020304 01 08 6140622e63640065 00 00"), false);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            is_rtcp(&bytes);
            looks_like_rtp(&bytes);
            looks_like_rtcp(&bytes);
        }
    }
}
