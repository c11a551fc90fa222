//! QUIC packets made for tests: the sealing that is the other side of
//! [`super::quic_keys`].

use ring::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey, quic};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};

use super::quic_versions::{Family, Scheme, family, schemes};
use super::tls_samples::vector;

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(secret: &Prk, label: &str, length: usize) -> Vec<u8> {
    let label = format!("tls13 {label}");
    let info =
        [&[0, u8::try_from(length).unwrap()][..], &vector(1, label.as_bytes()), &[0]].concat();
    let mut out = vec![0; length];
    secret.expand(&[&info], Length(length)).unwrap().fill(&mut out).unwrap();
    out
}

/// Seals a packet (RFC 9001 sections 5.3 and 5.4); the header is in the clear and ends with
/// its number.
pub(super) fn seal(
    scheme: &Scheme,
    first_id: &[u8],
    client: bool,
    header: &[u8],
    frames: &[u8],
) -> Vec<u8> {
    let initial = Salt::new(HKDF_SHA256, &scheme.salt).extract(first_id);
    let label = if client { "client in" } else { "server in" };
    let secret = Prk::new_less_safe(HKDF_SHA256, &expand(&initial, label, 32));
    let key = |end: &str, length| expand(&secret, &format!("{} {end}", scheme.labels), length);
    let number_length = usize::from(header[0] & 3) + 1;
    let number_at = header.len() - number_length;
    let mut nonce = [0; 12];
    nonce.copy_from_slice(&key("iv", 12));
    for (byte, number) in nonce.iter_mut().rev().zip(header[number_at..].iter().rev()) {
        *byte ^= number;
    }
    let sealing = LessSafeKey::new(UnboundKey::new(&aead::AES_128_GCM, &key("key", 16)).unwrap());
    let mut body = frames.to_vec();
    let nonce = Nonce::assume_unique_for_key(nonce);
    sealing.seal_in_place_append_tag(nonce, Aad::from(header), &mut body).unwrap();
    let hiding = quic::HeaderProtectionKey::new(&quic::AES_128, &key("hp", 16)).unwrap();
    let mask = hiding.new_mask(&body[4 - number_length..][..16]).unwrap();
    let mut packet = [header, &body].concat();
    packet[0] ^= mask[0] & 0x0f;
    for (byte, mask) in packet[number_at..].iter_mut().zip(&mask[1..=number_length]) {
        *byte ^= mask;
    }
    packet
}

/// An Initial packet, its keys from `first_id`, sent to `destination`.
pub(super) fn initial(
    version: u32,
    first_id: &[u8],
    destination: &[u8],
    client: bool,
    number: u8,
    frames: &[u8],
) -> Vec<u8> {
    let kind = if family(version) == Some(Family::Two) { 0xd0 } else { 0xc0 };
    let length = u16::try_from(frames.len() + 1 + 16).unwrap() | 0x4000;
    let header = [
        &[kind][..],
        &version.to_be_bytes(),
        &vector(1, destination),
        &vector(1, b"source"),
        &[0],
        &length.to_be_bytes(),
        &[number],
    ];
    seal(&schemes(version)[0], first_id, client, &header.concat(), frames)
}

/// A CRYPTO frame (RFC 9000 section 19.6).
pub(super) fn crypto(offset: usize, bytes: &[u8]) -> Vec<u8> {
    let number = |number: usize| (u16::try_from(number).unwrap() | 0x4000).to_be_bytes();
    [&[6][..], &number(offset), &number(bytes.len()), bytes].concat()
}
