//! The certificate authority of one run: made afresh for it, trusted by its sandbox alone, and
//! gone with it.

use std::fmt;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SanType, SerialNumber,
};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::InternetError;
use crate::contact::Host;
use crate::script::CertificateFlaw as Flaw;

/// How many days before the run and after it its certificates are valid: programs differ in what
/// they take for now, and some refuse what is valid for more than a few months.
const AROUND: i64 = 30;

/// A certificate authority, with its key.
#[derive(Clone, Serialize, Deserialize)]
pub struct Authority {
    certificate: String,
    key: String,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl Authority {
    /// A new one: an ECDSA key on P-256 and a certificate of its own for it (RFC 5280).
    ///
    /// # Errors
    /// Where the system gives no random numbers.
    pub fn create() -> Result<Self, InternetError> {
        let made = || {
            let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
            let certificate = parameters()?.self_signed(&key)?;
            Ok(Self { certificate: certificate.pem(), key: key.serialize_pem() })
        };
        made().map_err(failed("make a certificate authority"))
    }

    /// Its certificate, as PEM (RFC 7468).
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// What signs in its name.
    pub(super) fn issuing(&self) -> Result<Issuing, InternetError> {
        let made = || {
            let key = KeyPair::from_pem(&self.key)?;
            let leaf = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
            Ok(Issuing { issuer: Issuer::new(parameters()?, key), leaf })
        };
        made().map_err(failed("read the run's certificate authority"))
    }
}

fn failed(step: &'static str) -> impl FnOnce(rcgen::Error) -> InternetError {
    move |error| InternetError::at(step)(std::io::Error::other(error))
}

fn parameters() -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, "apptrace simulated internet");
    parameters.distinguished_name.push(DnType::OrganizationName, "apptrace");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters.serial_number = Some(serial()?);
    set_validity(&mut parameters, AROUND);
    Ok(parameters)
}

/// From before now until so many days from now.
fn set_validity(parameters: &mut CertificateParams, until: i64) {
    let day = |(year, month, day)| rcgen::date_time_ymd(year, month, day);
    (parameters.not_before, parameters.not_after) = (day(date(-AROUND)), day(date(until)));
}

/// Year, month and day so many days from today.
fn date(days: i64) -> (i32, u8, u8) {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let date = today.saturating_add(jiff::Span::new().days(days));
    let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
    (date.year().into(), month, day)
}

/// Random: NSS refuses two certificates of one issuer with the same number.
fn serial() -> Result<SerialNumber, rcgen::Error> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| rcgen::Error::RingUnspecified)?;
    // Positive, as RFC 5280 section 4.1.2.2 wants it.
    bytes[0] &= 0x7f;
    Ok(SerialNumber::from_slice(&bytes))
}

/// Signs certificates for hosts.
pub(super) struct Issuing {
    issuer: Issuer<'static, KeyPair>,
    /// One key for all leaves: a run's certificates keep nothing secret from each other.
    leaf: KeyPair,
}

impl fmt::Debug for Issuing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuing").finish_non_exhaustive()
    }
}

impl Issuing {
    /// A certificate for a host that may go by several names, with the key that belongs to it.
    pub(super) fn leaf(
        &self,
        hosts: &[Host],
        flaw: Option<Flaw>,
    ) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), rcgen::Error> {
        let mut parameters = CertificateParams::default();
        let wrong = [Host::Name("another-host.invalid".to_owned())];
        let hosts = if flaw == Some(Flaw::WrongName) { &wrong } else { hosts };
        for host in hosts {
            parameters.subject_alt_names.push(match host {
                Host::Address(address) => SanType::IpAddress(*address),
                Host::Name(name) => SanType::DnsName(name.as_str().try_into()?),
            });
        }
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        // Longer ones do not fit (RFC 5280 appendix A.1, ub-common-name); the names above count.
        let first = hosts.first().map(Host::to_string).unwrap_or_default();
        let common: String = first.chars().take(64).collect();
        parameters.distinguished_name.push(DnType::CommonName, common);
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        parameters.use_authority_key_identifier_extension = true;
        parameters.serial_number = Some(serial()?);
        let is_over = flaw == Some(Flaw::Expired);
        set_validity(&mut parameters, if is_over { -1 } else { AROUND });
        let certificate = if flaw == Some(Flaw::Untrusted) {
            parameters.self_signed(&self.leaf)?
        } else {
            parameters.signed_by(&self.leaf, &self.issuer)?
        };
        let key = PrivatePkcs8KeyDer::from(self.leaf.serialize_der());
        Ok((certificate.der().clone(), PrivateKeyDer::Pkcs8(key)))
    }

    /// A revocation list that is empty (RFC 5280 section 5), as DER.
    pub(super) fn revoked_none(&self) -> Result<Vec<u8>, rcgen::Error> {
        let day = |(year, month, day)| rcgen::date_time_ymd(year, month, day);
        let parameters = CertificateRevocationListParams {
            this_update: day(date(-1)),
            next_update: day(date(AROUND)),
            crl_number: serial()?,
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(parameters.signed_by(&self.issuer)?.der().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_names_its_host_and_nothing_else() {
        let authority = Authority::create().expect("an authority");
        let issuing = authority.issuing().expect("issuing");
        for (host, flaw, name, valid) in [
            ("a.example", None, "DNSName(\"a.example\")", true),
            ("under_score.example", None, "DNSName(\"under_score.example\")", true),
            ("198.18.0.1", None, "IPAddress([198, 18, 0, 1])", true),
            ("a.example", Some(Flaw::Expired), "DNSName(\"a.example\")", false),
            ("a.example", Some(Flaw::WrongName), "DNSName(\"another-host.invalid\")", true),
            ("a.example", Some(Flaw::Untrusted), "DNSName(\"a.example\")", true),
        ] {
            let (leaf, _) = issuing.leaf(&[Host::from_text(host)], flaw).expect("a leaf");
            let (_, parsed) = x509_parser::parse_x509_certificate(&leaf).expect("a certificate");
            let names = parsed.subject_alternative_name().expect("well-formed").expect("names");
            let names: Vec<_> =
                names.value.general_names.iter().map(|n| format!("{n:?}")).collect();
            assert_eq!(names, [name], "{host} {flaw:?}");
            assert_eq!(parsed.validity().is_valid(), valid, "{host} {flaw:?}");
            let issued = parsed.issuer().to_string().contains("apptrace simulated internet");
            assert_eq!(issued, flaw != Some(Flaw::Untrusted), "{host} {flaw:?}");
        }
    }

    #[test]
    fn nothing_is_revoked() {
        let authority = Authority::create().expect("an authority");
        let list = authority.issuing().expect("issuing").revoked_none().expect("a list");
        let (_, parsed) = x509_parser::parse_x509_crl(&list).expect("a list");
        assert_eq!(parsed.iter_revoked_certificates().count(), 0);
        assert!(parsed.issuer().to_string().contains("apptrace simulated internet"));
    }

    #[test]
    fn what_travels_to_the_stage_signs_there() {
        let authority = Authority::create().expect("an authority");
        let text = serde_json::to_string(&authority).expect("text");
        let other: Authority = serde_json::from_str(&text).expect("an authority");
        assert_eq!(other.certificate(), authority.certificate());
        assert!(other.issuing().is_ok());
        assert!(!format!("{authority:?}").contains("PRIVATE"));
    }
}
