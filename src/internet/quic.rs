//! QUIC (RFC 9000), refused at once so that clients fall back to TCP, in which they can be heard:
//! CONNECTION_CLOSE in an Initial packet where the version is known, otherwise a list of versions
//! that holds none which a client could speak. The capture has the client's Initial, which names
//! the host.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey, quic};
use ring::hkdf::{self, HKDF_SHA256, Prk};

/// Shorter ones are no beginning of a connection (RFC 9000 section 14.1).
const SHORTEST: usize = 1200;
/// No connection identifier is longer in the versions known (section 17.2).
const LONGEST_IDENTIFIER: usize = 20;
const LONG_HEADER: u8 = 0xc0;
/// CONNECTION_CLOSE for a reason of QUIC's own: CONNECTION_REFUSED, of no frame, without words
/// (sections 19.19 and 20.1); padding, so that there is enough to sample.
const REFUSED: [u8; 16] = [0x1c, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// Greases version negotiation (section 15): reserved, spoken by nobody.
const NO_VERSION: [u8; 4] = [0x1a, 0x2a, 0x3a, 0x4a];
/// The identifier that the server has for the connection that there will not be.
const IDENTIFIER: [u8; 8] = *b"apptrace";
const TAG: usize = 16;

/// What versions differ in.
struct Version {
    number: [u8; 4],
    salt: [u8; 20],
    /// What the labels of the keys begin with.
    label: &'static str,
    /// The type of an Initial packet, in its place.
    initial: u8,
}

/// Version 1 (RFC 9001 section 5.2) and version 2 (RFC 9369 section 3).
const VERSIONS: [Version; 2] = [
    Version {
        number: [0, 0, 0, 1],
        salt: [
            0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8,
            0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a,
        ],
        label: "quic",
        initial: 0,
    },
    Version {
        number: [0x6b, 0x33, 0x43, 0xcf],
        salt: [
            0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26,
            0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9,
        ],
        label: "quicv2",
        initial: 0x10,
    },
];

/// The refusal of a connection that a datagram begins; none where it begins none.
pub(super) fn refuse(datagram: &[u8]) -> Option<Vec<u8>> {
    let [first, number @ .., length] = *datagram.first_chunk::<6>()?;
    if first & LONG_HEADER != LONG_HEADER || datagram.len() < SHORTEST || number == [0; 4] {
        return None;
    }
    let rest = &datagram[6..];
    let (theirs, rest) = rest.split_at_checked(usize::from(length))?;
    let (length, rest) = rest.split_first()?;
    let source = rest.get(..usize::from(*length))?;
    let version = VERSIONS.iter().find(|version| version.number == number);
    match version {
        Some(_) if theirs.len() > LONGEST_IDENTIFIER || source.len() > LONGEST_IDENTIFIER => None,
        Some(version) if first & 0x30 == version.initial => closed(version, theirs, source),
        Some(_) => None,
        // Section 17.2.1: identifiers of any length, the other way about.
        None => Some(
            [
                &[0x80 | LONG_HEADER, 0, 0, 0, 0, source.len() as u8][..],
                source,
                &[theirs.len() as u8],
                theirs,
                &NO_VERSION,
            ]
            .concat(),
        ),
    }
}

/// An Initial packet that closes the connection (RFC 9000 section 17.2.2, RFC 9001 section 5).
fn closed(version: &Version, theirs: &[u8], source: &[u8]) -> Option<Vec<u8>> {
    let Keys { seal, iv, mask } = keys(version, theirs)?;
    // One byte of packet number, which is nought.
    let mut packet = [
        &[LONG_HEADER | version.initial][..],
        &version.number,
        &[source.len() as u8],
        source,
        &[IDENTIFIER.len() as u8],
        &IDENTIFIER,
        // No token; the length of number, frames and tag as two bytes.
        &[0, 0x40, (1 + REFUSED.len() + TAG) as u8],
        &[0],
    ]
    .concat();
    let mut frames = REFUSED.to_vec();
    let nonce = Nonce::assume_unique_for_key(iv);
    seal.seal_in_place_append_tag(nonce, Aad::from(&packet), &mut frames).ok()?;
    let number = packet.len() - 1;
    packet.extend_from_slice(&frames);
    // Sampled from where a number of four bytes would end (RFC 9001 section 5.4.2).
    let mask = mask.new_mask(packet.get(number + 4..number + 20)?).ok()?;
    packet[0] ^= mask[0] & 0x0f;
    packet[number] ^= mask[1];
    Some(packet)
}

/// What protects the server's Initial packets.
struct Keys {
    seal: LessSafeKey,
    iv: [u8; 12],
    mask: quic::HeaderProtectionKey,
}

fn keys(version: &Version, theirs: &[u8]) -> Option<Keys> {
    let common = hkdf::Salt::new(HKDF_SHA256, &version.salt).extract(theirs);
    let secret: [u8; 32] = expand(&common, "server in")?;
    let secret = Prk::new_less_safe(HKDF_SHA256, &secret);
    let key: [u8; 16] = expand(&secret, &format!("{} key", version.label))?;
    let iv = expand(&secret, &format!("{} iv", version.label))?;
    let mask: [u8; 16] = expand(&secret, &format!("{} hp", version.label))?;
    Some(Keys {
        seal: LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).ok()?),
        iv,
        mask: quic::HeaderProtectionKey::new(&quic::AES_128, &mask).ok()?,
    })
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF-Expand-Label (RFC 8446 section 7.1), without a context.
fn expand<const N: usize>(secret: &Prk, label: &str) -> Option<[u8; N]> {
    let length = (N as u16).to_be_bytes();
    let label_length = [(6 + label.len()) as u8];
    let info = [&length[..], &label_length, b"tls13 ", label.as_bytes(), &[0]];
    let mut bytes = [0; N];
    secret.expand(&info, Length(N)).ok()?.fill(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The client's identifier for the server in RFC 9001 appendix A.
    const THEIRS: [u8; 8] = [0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08];

    fn initial(first: u8, version: [u8; 4]) -> Vec<u8> {
        let head = [&[first][..], &version, &[8], &THEIRS, &[3], b"abc"].concat();
        [head, vec![7; SHORTEST]].concat()
    }

    #[test]
    fn keys_are_those_of_the_appendix() {
        let common = hkdf::Salt::new(HKDF_SHA256, &VERSIONS[0].salt).extract(&THEIRS);
        let secret: [u8; 32] = expand(&common, "server in").expect("a secret");
        let secret = Prk::new_less_safe(HKDF_SHA256, &secret);
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let key: [u8; 16] = expand(&secret, "quic key").expect("a key");
        assert_eq!(hex(&key), "cf3a5331653c364c88f0f379b6067e37");
        let iv: [u8; 12] = expand(&secret, "quic iv").expect("an iv");
        assert_eq!(hex(&iv), "0ac1493ca1905853b0bba03e");
        let mask: [u8; 16] = expand(&secret, "quic hp").expect("a key");
        assert_eq!(hex(&mask), "c206b8d9b9f0f37644430b490eeaa314");
    }

    #[test]
    fn a_client_reads_that_its_connection_is_refused() {
        for (version, first) in [(&VERSIONS[0], 0xc3), (&VERSIONS[1], 0xd3)] {
            let mut packet = refuse(&initial(first, version.number)).expect("a packet");
            assert_eq!(packet[1..5], version.number);
            assert_eq!(packet[5..9], *b"\x03abc");
            let number = packet.len() - TAG - REFUSED.len() - 1;
            let Keys { seal, iv, mask } = keys(version, &THEIRS).expect("keys");
            let mask = mask.new_mask(&packet[number + 4..number + 20]).expect("a mask");
            packet[0] ^= mask[0] & 0x0f;
            packet[number] ^= mask[1];
            assert_eq!((packet[0], packet[number]), (LONG_HEADER | version.initial, 0));
            let (head, sealed) = packet.split_at(number + 1);
            let mut sealed = sealed.to_vec();
            let nonce = Nonce::assume_unique_for_key(iv);
            let frames = seal.open_in_place(nonce, Aad::from(head), &mut sealed).expect("opened");
            assert_eq!(frames, REFUSED);
        }
    }

    #[test]
    fn only_what_begins_a_connection_is_refused() {
        let v1 = VERSIONS[0].number;
        for (what, datagram, is_refused) in [
            ("a handshake packet", initial(0xe3, v1), false),
            ("a short header", initial(0x43, v1), false),
            ("a short datagram", initial(0xc3, v1)[..1100].to_vec(), false),
            ("a version negotiation", initial(0xc3, [0; 4]), false),
            ("a draft", initial(0xc3, [0xff, 0, 0, 29]), true),
            ("version 1", initial(0xc3, v1), true),
        ] {
            assert_eq!(refuse(&datagram).is_some(), is_refused, "{what}");
        }
        let offered = refuse(&initial(0xc3, [0xff, 0, 0, 29])).expect("a packet");
        assert_eq!(
            offered[1..],
            *b"\0\0\0\0\x03abc\x08\x83\x94\xc8\xf0\x3e\x51\x57\x08\x1a\x2a\x3a\x4a"
        );
    }

    proptest! {
        #[test]
        fn any_datagram_is_read(mut bytes in prop::collection::vec(any::<u8>(), 1190..1300), version in 0..3_usize) {
            bytes[0] |= LONG_HEADER;
            if let Some(version) = VERSIONS.get(version) {
                bytes[1..5].copy_from_slice(&version.number);
            }
            let _ = refuse(&bytes);
        }
    }
}
