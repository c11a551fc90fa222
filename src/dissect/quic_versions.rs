//! The versions of QUIC, and how each protects its Initial packets.

/// Where a version comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// RFC 9000.
    One,
    /// RFC 9369 and the drafts before it.
    Two,
    /// The IETF's drafts, by number.
    Draft(u8),
    /// Facebook's, which follow a draft.
    Mvfst,
    /// Reserved to exercise version negotiation (RFC 9000 section 15).
    Reserved,
    /// Google's with a long header but nothing protected: 'Q044' to 'Q046'.
    GoogleClear,
    /// Google's with its own handshake in protected packets: 'Q050' and the like.
    GoogleLong,
    /// Google's with TLS: 'T050' and the like.
    GoogleTls,
    /// Of some other implementation, known by name alone.
    Private,
}

/// The family of a version; None where it is not one that is known.
pub(super) fn family(version: u32) -> Option<Family> {
    Some(match version {
        1 => Family::One,
        0x6b33_43cf | 0x709a_50c4 | 0xff02_0000..=0xff02_00ff => Family::Two,
        0xff00_0001..=0xff00_00ff => Family::Draft(version.to_be_bytes()[3]),
        0xface_b000..=0xface_b0ff => Family::Mvfst,
        _ if version & 0x0f0f_0f0f == 0x0a0a_0a0a => Family::Reserved,
        _ => match version.to_be_bytes() {
            [b'Q', b'0', b'4', b'4'..=b'8'] => Family::GoogleClear,
            [b'Q', b'0', b'4', b'9'] | [b'Q', b'0', b'5'..=b'9', b'0'..=b'9'] => Family::GoogleLong,
            [b'T', b'0', b'4'..=b'9', b'0'..=b'9'] => Family::GoogleTls,
            // picoquic, quant, quicly and msquic, as the working group's list of versions
            // has them.
            [b'P', b'C', b'Q', _]
            | [b'E', b'G', b'G', _]
            | [0x91, 0xc1, 0x70, _]
            | [0xab, 0xcd, 0, _] => Family::Private,
            _ => return None,
        },
    })
}

impl Family {
    /// Whether the lengths of both connection IDs share one byte.
    pub(super) fn has_short_lengths(self) -> bool {
        matches!(self, Self::Draft(..22) | Self::GoogleClear)
    }

    /// Whether the kinds of packet are numbered as in version 2.
    pub(super) fn has_moved_kinds(self) -> bool {
        self == Self::Two
    }

    /// Whether it is of the IETF, from a time when the fixed bit was fixed.
    pub(super) fn is_published(self) -> bool {
        matches!(self, Self::One | Self::Two | Self::Draft(22..))
    }

    /// Whether the handshake is Google's own.
    pub(super) fn is_google(self) -> bool {
        matches!(self, Self::GoogleClear | Self::GoogleLong)
    }

    /// Whether the frames are Google's.
    pub(super) fn has_google_frames(self) -> bool {
        matches!(self, Self::GoogleLong | Self::GoogleTls)
    }
}

/// A version as people write it.
pub(super) fn version_name(version: u32) -> String {
    let bytes = version.to_be_bytes();
    match family(version) {
        Some(Family::One) => "v1".to_owned(),
        Some(Family::Two) => "v2".to_owned(),
        Some(Family::Draft(number)) => format!("draft-{number}"),
        Some(Family::Mvfst) => format!("mvfst-{:02x}", bytes[3]),
        Some(Family::GoogleClear | Family::GoogleLong | Family::GoogleTls) => {
            bytes.map(char::from).iter().collect()
        }
        _ => format!("{version:#010x}"),
    }
}

/// How the keys of Initial packets are made (RFC 9001 section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scheme {
    pub(super) salt: [u8; 20],
    /// The word before `key`, `iv` and `hp` in the labels (RFC 9369 section 3.3.2).
    pub(super) labels: &'static str,
}

const fn scheme(salt: u128, end: u32, labels: &'static str) -> Scheme {
    let (start, end) = (salt.to_be_bytes(), end.to_be_bytes());
    let mut salt = [0; 20];
    let mut at = 0;
    while at < 20 {
        salt[at] = if at < 16 { start[at] } else { end[at - 16] };
        at += 1;
    }
    Scheme { salt, labels }
}

/// draft-ietf-quic-tls-17 to -20, section 5.2.
const DRAFT_17: Scheme = scheme(0xef4f_b0ab_b474_70c4_1bef_cf80_3133_4fae, 0x485e_09a0, "quic");
/// draft-ietf-quic-tls-21 and -22.
const DRAFT_21: Scheme = scheme(0x7fbc_db0e_7c66_bbe9_193a_96cd_2151_9ebd, 0x7a02_644a, "quic");
/// draft-ietf-quic-tls-23 to -28.
const DRAFT_23: Scheme = scheme(0xc3ee_f712_c72e_bb5a_11a7_d243_2bb4_6365, 0xbef9_f502, "quic");
/// draft-ietf-quic-tls-29 to -32.
const DRAFT_29: Scheme = scheme(0xafbf_ec28_9993_d24c_9e97_86f1_9c61_11e0, 0x4390_a899, "quic");
/// RFC 9001 section 5.2, and the drafts from -33 on.
const ONE: Scheme = scheme(0x3876_2cf7_f559_34b3_4d17_9ae6_a4c8_0cad, 0xccbb_7f0a, "quic");
/// RFC 9369 section 3.3.1.
const TWO: Scheme = scheme(0x0ded_e3de_f700_a6db_8193_81be_6e26_9dcb, 0xf9bd_2ed9, "quicv2");
/// draft-ietf-quic-v2-00 to -04.
const TWO_DRAFT: Scheme = scheme(0xa707_c203_a59b_4718_4a1d_62ca_5704_06ea, 0x7ae3_e5d3, "quicv2");
/// Google's versions, whose salts are in Chromium's source alone.
const Q050: Scheme = scheme(0x5045_74ef_d066_fe2f_9d94_5cfc_dbd3_a7f0, 0xd3b5_6b45, "quic");
const T050: Scheme = scheme(0x7ff5_79e5_acd0_7291_5580_304c_43a2_367c, 0x6048_8310, "quic");
const T051: Scheme = scheme(0x7a4e_def4_e7cc_ee5f_a450_6c19_124f_c8cc, 0xda6e_033d, "quic");

/// The schemes that a version may use, likeliest first.
pub(super) fn schemes(version: u32) -> &'static [Scheme] {
    match family(version) {
        Some(Family::One | Family::Draft(33..)) => &[ONE],
        Some(Family::Two) if version == 0x6b33_43cf => &[TWO],
        Some(Family::Two) => &[TWO, TWO_DRAFT],
        Some(Family::Draft(29..)) => &[DRAFT_29],
        Some(Family::Draft(23..)) => &[DRAFT_23],
        Some(Family::Draft(21..)) => &[DRAFT_21],
        Some(Family::Draft(17..)) => &[DRAFT_17],
        Some(Family::Mvfst) if version == 0xface_b001 => &[DRAFT_21],
        Some(Family::Mvfst) => &[DRAFT_23, DRAFT_29, ONE],
        Some(Family::Reserved | Family::Private) => &[ONE, DRAFT_29, TWO],
        Some(Family::GoogleLong) => &[Q050],
        Some(Family::GoogleTls) if version == 0x5430_3530 => &[T050],
        Some(Family::GoogleTls) => &[T051],
        Some(Family::Draft(_) | Family::GoogleClear) | None => &[],
    }
}
