//! The certificate of the run's authority, in the forms that trust stores keep it in.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use x509_parser::parse_x509_certificate;
use x509_parser::pem::Pem;

use super::der::{self, element};
use super::name_hash::name_hash;

/// What the certificate is called where a store wants a name for it.
pub(super) const LABEL: &str = "apptrace simulated internet";

/// A certificate authority's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authority {
    /// As PEM, with a final newline.
    pub(super) pem: String,
    /// As DER.
    pub(super) der: Vec<u8>,
    /// Its subject, as DER.
    pub(super) subject: Vec<u8>,
    /// Its issuer, as DER: itself.
    pub(super) issuer: Vec<u8>,
    /// Its serial number, as DER.
    pub(super) serial: Vec<u8>,
    /// The SHA-1 of its public key.
    pub(super) key_id: Vec<u8>,
    /// What OpenSSL looks it up by in a folder, without the ending.
    pub(super) name_hash: String,
}

impl Authority {
    /// Reads the certificate; none where it is not the PEM of one.
    pub(super) fn read(pem: &str) -> Option<Self> {
        let block = Pem::iter_from_buffer(pem.as_bytes()).next()?.ok()?;
        let (_, certificate) = parse_x509_certificate(&block.contents).ok()?;
        let key = &certificate.public_key().subject_public_key.data;
        Some(Self {
            pem: format!("{}\n", pem.trim()),
            subject: certificate.subject().as_raw().to_owned(),
            issuer: certificate.issuer().as_raw().to_owned(),
            serial: element(der::INTEGER, &[certificate.raw_serial()]),
            key_id: digest(&SHA1_FOR_LEGACY_USE_ONLY, key).as_ref().to_owned(),
            name_hash: name_hash(certificate.subject()),
            der: block.contents,
        })
    }
}

/// A certificate as the harness makes it, for the tests of this module: ECDSA P-256, and no
/// private key to it exists any more.
#[cfg(test)]
pub(super) const SAMPLE: &str = include_str!("sample.pem");

#[cfg(test)]
impl Authority {
    /// The tests' own.
    pub(super) fn sample() -> Self {
        Self::read(SAMPLE).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_read_and_nothing_else() {
        let authority = Authority::sample();
        assert_eq!(authority.subject, authority.issuer);
        assert!(authority.subject.windows(8).any(|part| part == b"apptrace"));
        assert!(authority.pem.ends_with("-----END CERTIFICATE-----\n"));
        // By `openssl x509 -noout -hash`; names that compare as equal have the same.
        assert_eq!(authority.name_hash, "9fb09ae8");
        let key = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for wrong in ["", "no certificate", key] {
            assert_eq!(Authority::read(wrong), None, "{wrong}");
        }
    }
}
