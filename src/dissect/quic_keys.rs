//! The protection of QUIC's Initial packets, which anyone who sees them can take off
//! (RFC 9001 section 5).

use std::fmt;

use ring::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey, quic};
use ring::hkdf::{self, KeyType, Prk, Salt};

use super::quic_versions::Scheme;

/// The keys of both sides.
#[derive(Debug)]
pub(super) struct InitialKeys {
    pub(super) client: SideKeys,
    pub(super) server: SideKeys,
}

impl InitialKeys {
    /// The keys that follow from the first destination connection ID of the client.
    pub(super) fn derive(scheme: &Scheme, destination: &[u8]) -> Option<Self> {
        let secret = Salt::new(hkdf::HKDF_SHA256, &scheme.salt).extract(destination);
        let side = |label: &str| {
            let secret: Prk = expand(&secret, label, hkdf::HKDF_SHA256, |okm| okm.into())?;
            SideKeys::derive(scheme, &secret)
        };
        Some(Self { client: side("client in")?, server: side("server in")? })
    }
}

/// The keys of what one side sends.
pub(super) struct SideKeys {
    key: LessSafeKey,
    iv: [u8; aead::NONCE_LEN],
    header: quic::HeaderProtectionKey,
    /// The number after the highest that was seen.
    expected: u64,
}

impl fmt::Debug for SideKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SideKeys").field("expected", &self.expected).finish_non_exhaustive()
    }
}

/// How long an initialisation vector is.
#[derive(Debug, Clone, Copy)]
struct IvLength;

impl KeyType for IvLength {
    fn len(&self) -> usize {
        aead::NONCE_LEN
    }
}

impl SideKeys {
    fn derive(scheme: &Scheme, secret: &Prk) -> Option<Self> {
        let label = |end: &str| format!("{} {end}", scheme.labels);
        let mut iv = [0; aead::NONCE_LEN];
        expand(secret, &label("iv"), IvLength, |okm| okm.fill(&mut iv))?.ok()?;
        let key = expand(secret, &label("key"), &aead::AES_128_GCM, |okm| UnboundKey::from(okm))?;
        let header: quic::HeaderProtectionKey =
            expand(secret, &label("hp"), &quic::AES_128, |okm| okm.into())?;
        Some(Self { key: LessSafeKey::new(key), iv, header, expected: 0 })
    }

    /// The frames in a packet whose number begins at `number_at`. None where it was not
    /// protected with these keys.
    pub(super) fn open(&mut self, packet: &[u8], number_at: usize) -> Option<Vec<u8>> {
        // Header protection (RFC 9001 section 5.4).
        let sample = packet.get(number_at.checked_add(4)?..)?.get(..16)?;
        let mask = self.header.new_mask(sample).ok()?;
        let first = packet.first()? ^ mask[0] & 0x0f;
        let length = usize::from(first & 3) + 1;
        let mut header = packet.get(..number_at + length)?.to_vec();
        *header.first_mut()? = first;
        let mut number = 0;
        for (byte, mask) in header.iter_mut().skip(number_at).zip(&mask[1..]) {
            *byte ^= mask;
            number = number << 8 | u64::from(*byte);
        }
        let number = whole_number(number, length, self.expected);
        // Packet protection (RFC 9001 section 5.3).
        let mut nonce = self.iv;
        for (byte, number) in nonce.iter_mut().skip(4).zip(number.to_be_bytes()) {
            *byte ^= number;
        }
        let nonce = Nonce::assume_unique_for_key(nonce);
        let mut body = packet.get(number_at + length..)?.to_vec();
        let clear = self.key.open_in_place(nonce, Aad::from(header), &mut body).ok()?.len();
        body.truncate(clear);
        self.expected = self.expected.max(number + 1);
        Some(body)
    }
}

/// A packet number from the part of it that is sent (RFC 9000 appendix A.3).
fn whole_number(part: u64, length: usize, expected: u64) -> u64 {
    let window = 1_u64 << (8 * length);
    let candidate = expected & !(window - 1) | part;
    if candidate + window / 2 <= expected && candidate < (1 << 62) - window {
        candidate + window
    } else if candidate > expected + window / 2 && candidate >= window {
        candidate - window
    } else {
        candidate
    }
}

/// HKDF-Expand-Label with an empty context (RFC 8446 section 7.1).
fn expand<L: KeyType, T>(
    secret: &Prk,
    label: &str,
    kind: L,
    read: impl FnOnce(hkdf::Okm<'_, L>) -> T,
) -> Option<T> {
    let label = format!("tls13 {label}");
    let length = u16::try_from(kind.len()).ok()?.to_be_bytes();
    let label_length = [u8::try_from(label.len()).ok()?];
    let info = [&length[..], &label_length, label.as_bytes(), &[0]];
    secret.expand(&info, kind).ok().map(read)
}
