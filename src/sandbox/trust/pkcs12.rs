//! A PKCS #12 store without a password (RFC 7292), in which newer versions of Java keep the
//! certificates that they trust: a further safe with the certificate is put beside those there.

use super::authority::{Authority, LABEL};
use super::der::{
    BMP_STRING, EXPLICIT, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, element, take,
};

/// pkcs7-data, 1.2.840.113549.1.7.1 (RFC 5652 section 4).
const DATA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
/// certBag, 1.2.840.113549.1.12.10.1.3 (RFC 7292 appendix D).
const CERTIFICATE_BAG: [u8; 11] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 3];
/// x509Certificate, 1.2.840.113549.1.9.22.1 (RFC 7292 section 4.2.3).
const CERTIFICATE: [u8; 10] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 22, 1];
/// friendlyName, 1.2.840.113549.1.9.20 (RFC 2985 section 5.5.1).
const FRIENDLY_NAME: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 20];
/// trustedKeyUsage, 2.16.840.1.113894.746875.1.1: without it Java does not hold a certificate
/// for trusted (the OpenJDK's `PKCS12KeyStore.java`).
const TRUSTED: [u8; 12] = [0x60, 0x86, 0x48, 1, 0x86, 0xf9, 0x66, 0xad, 0xca, 0x7b, 1, 1];
/// anyExtendedKeyUsage, 2.5.29.37.0 (RFC 5280 section 4.2.1.12).
const ANY_USE: [u8; 4] = [0x55, 0x1d, 0x25, 0];

/// The store with one certificate more; none where it is no such store or has a password.
pub(super) fn add(store: &[u8], authority: &Authority) -> Option<Vec<u8>> {
    let (contents, _) = take(store, SEQUENCE)?;
    let (version, contents) = take(contents, INTEGER)?;
    let (wrapped, mac) = take(contents, SEQUENCE)?;
    // With a password everything is under a MAC of it.
    if version != [3] || !mac.is_empty() {
        return None;
    }
    let (safes, _) = take(data(wrapped)?, SEQUENCE)?;
    let grown = element(SEQUENCE, &[safes, &wrap(&safe(authority))]);
    Some(element(SEQUENCE, &[&element(INTEGER, &[&[3]]), &wrap(&grown)]))
}

/// What a ContentInfo of type data holds.
fn data(wrapped: &[u8]) -> Option<&[u8]> {
    let (kind, rest) = take(wrapped, OBJECT_IDENTIFIER)?;
    let (explicit, _) = take(rest, EXPLICIT)?;
    let (contents, _) = take(explicit, OCTET_STRING)?;
    (kind == DATA).then_some(contents)
}

fn wrap(contents: &[u8]) -> Vec<u8> {
    let octets = element(OCTET_STRING, &[contents]);
    let explicit = element(EXPLICIT, &[&octets]);
    element(SEQUENCE, &[&element(OBJECT_IDENTIFIER, &[&DATA]), &explicit])
}

/// SafeContents with one bag.
fn safe(authority: &Authority) -> Vec<u8> {
    let octets = element(OCTET_STRING, &[&authority.der]);
    let explicit = element(EXPLICIT, &[&octets]);
    let certificate = element(SEQUENCE, &[&element(OBJECT_IDENTIFIER, &[&CERTIFICATE]), &explicit]);
    let label: Vec<u8> = LABEL.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let name = attribute(&FRIENDLY_NAME, &element(BMP_STRING, &[&label]));
    let trusted = attribute(&TRUSTED, &element(OBJECT_IDENTIFIER, &[&ANY_USE]));
    let bag = element(
        SEQUENCE,
        &[
            &element(OBJECT_IDENTIFIER, &[&CERTIFICATE_BAG]),
            &element(EXPLICIT, &[&certificate]),
            &element(SET, &[&name, &trusted]),
        ],
    );
    element(SEQUENCE, &[&bag])
}

fn attribute(kind: &[u8], value: &[u8]) -> Vec<u8> {
    element(SEQUENCE, &[&element(OBJECT_IDENTIFIER, &[kind]), &element(SET, &[value])])
}

/// A store without any certificate.
#[cfg(test)]
pub(super) fn empty() -> Vec<u8> {
    element(SEQUENCE, &[&element(INTEGER, &[&[3]]), &wrap(&element(SEQUENCE, &[]))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_safe_is_added_beside_those_there() {
        let authority = Authority::sample();
        let once = add(&empty(), &authority).unwrap();
        let twice = add(&once, &authority).unwrap();
        let count = |store: &[u8]| {
            store.windows(authority.der.len()).filter(|part| *part == authority.der).count()
        };
        assert_eq!((count(&once), count(&twice)), (1, 2));
        // A MAC behind it: there is a password.
        let (contents, _) = take(&once, SEQUENCE).unwrap();
        let closed = element(SEQUENCE, &[contents, &element(SEQUENCE, &[])]);
        assert_eq!(add(&closed, &authority), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes(bytes: Vec<u8>) {
            let _ = add(&bytes, &Authority::sample());
        }

        #[test]
        fn a_flipped_or_cut_store(at: proptest::sample::Index, bit in 0..8_u8, cut: bool) {
            let mut store = add(&empty(), &Authority::sample()).unwrap();
            let at = at.index(store.len());
            if cut { store.truncate(at); } else { store[at] ^= 1 << bit; }
            let _ = add(&store, &Authority::sample());
        }
    }
}
