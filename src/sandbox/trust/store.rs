//! A trust store of any known kind, told by its first bytes, with the certificate added.

use super::authority::{Authority, LABEL};
use super::der::SEQUENCE;
use super::{jks, pkcs12};

/// How a certificate begins in PEM (RFC 7468 section 5.1), and how OpenSSL writes one with
/// trust settings.
const MARKS: [&[u8]; 3] = [
    b"-----BEGIN CERTIFICATE-----",
    b"-----BEGIN TRUSTED CERTIFICATE-----",
    b"-----BEGIN X509 CERTIFICATE-----",
];

/// Why a certificate cannot be added to a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unsuitable {
    /// Neither of the kinds known.
    #[error("it is neither certificates in PEM nor a Java trust store")]
    Unknown,
    /// A Java store that nothing can be added to.
    #[error("it is a Java trust store that is damaged, or has a password of its own")]
    Closed,
}

/// The store's bytes with the certificate added. An empty file is a PEM bundle without any.
pub(super) fn add(store: &[u8], authority: &Authority) -> Result<Vec<u8>, Unsuitable> {
    if store.starts_with(&jks::MAGIC) {
        return jks::add(store, authority).ok_or(Unsuitable::Closed);
    }
    if store.first() == Some(&SEQUENCE) {
        return pkcs12::add(store, authority).ok_or(Unsuitable::Closed);
    }
    let is_pem = MARKS.iter().any(|mark| memchr::memmem::find(store, mark).is_some());
    if is_pem || store.trim_ascii().is_empty() {
        Ok(add_to_bundle(store, authority))
    } else {
        Err(Unsuitable::Unknown)
    }
}

/// A PEM bundle with the certificate behind those there.
pub(super) fn add_to_bundle(bundle: &[u8], authority: &Authority) -> Vec<u8> {
    let newline: &[u8] = if bundle.is_empty() || bundle.ends_with(b"\n") { b"" } else { b"\n" };
    [bundle, newline, format!("# {LABEL}\n{}", authority.pem).as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_told_by_its_first_bytes() {
        let authority = Authority::sample();
        let pem = "# one\n-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----";
        let trusted = "-----BEGIN TRUSTED CERTIFICATE-----\n";
        for (store, expected) in [
            (pem.as_bytes(), Ok(())),
            (trusted.as_bytes(), Ok(())),
            (b"", Ok(())),
            (&jks::empty("changeit"), Ok(())),
            (&jks::empty("secret"), Err(Unsuitable::Closed)),
            (&pkcs12::empty(), Ok(())),
            (b"\x30\x82", Err(Unsuitable::Closed)),
            (b"ELF", Err(Unsuitable::Unknown)),
        ] {
            assert_eq!(add(store, &authority).map(drop), expected, "{store:?}");
        }
        let grown = String::from_utf8(add(pem.as_bytes(), &authority).unwrap()).unwrap();
        assert!(grown.starts_with(pem) && grown.ends_with(&authority.pem), "{grown}");
        assert!(grown.contains("-----END CERTIFICATE-----\n# apptrace"), "{grown}");
    }
}
