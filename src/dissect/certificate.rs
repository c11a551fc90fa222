//! The names in a certificate (RFC 5280 section 4.2.1.6).

use x509_parser::certificate::{X509Certificate, X509CertificateParser};
use x509_parser::der_parser::Oid;
use x509_parser::error::X509Error;
use x509_parser::extensions::{BasicConstraints, GeneralName, SubjectAlternativeName};
use x509_parser::nom::Parser as _;
use x509_parser::oid_registry::{OID_X509_EXT_BASIC_CONSTRAINTS, OID_X509_EXT_SUBJECT_ALT_NAME};
use x509_parser::prelude::FromDer;

use super::text::host_name;
use super::tls_fields::Fields;
use crate::contact::{Evidence, EvidenceKind};

/// More names of one certificate are not kept: some list a hundred hosts of strangers.
const MOST_NAMES: usize = 32;

/// More certificates of one chain are not looked at.
const LONGEST_CHAIN: usize = 16;

/// The names of the server's certificate in the body of a Certificate message (RFC 5246
/// section 7.4.2): the first that is no authority's, since not every server keeps the order.
pub(super) fn chain_names(body: &[u8]) -> Vec<Evidence> {
    let Some(mut chain) = Fields::new(body).vector(3) else { return Vec::new() };
    let mut first = None;
    // Of a dozen extensions two are of interest: the others are not read.
    let mut parser = X509CertificateParser::new().with_deep_parse_extensions(false);
    for _ in 0..LONGEST_CHAIN {
        let Some(certificate) = chain.vector(3) else { break };
        let Ok((_, certificate)) = parser.parse(certificate.rest()) else { continue };
        if !is_authority(&certificate) {
            return names(&certificate);
        }
        first.get_or_insert(certificate);
    }
    first.map(|certificate| names(&certificate)).unwrap_or_default()
}

/// Whether it is an authority's (RFC 5280 section 4.2.1.9).
fn is_authority(certificate: &X509Certificate<'_>) -> bool {
    let constraints: Option<BasicConstraints> =
        extension(certificate, &OID_X509_EXT_BASIC_CONSTRAINTS);
    constraints.is_some_and(|constraints| constraints.ca)
}

/// An extension, where there is one of its kind and it can be read.
fn extension<'a, T: FromDer<'a, X509Error>>(
    certificate: &X509Certificate<'a>,
    kind: &Oid<'_>,
) -> Option<T> {
    let found = certificate.get_extension_unique(kind).ok().flatten()?;
    T::from_der(found.value).ok().map(|(_, read)| read)
}

/// The DNS names among the alternatives, else the common name (RFC 9525 section 2: what old
/// certificates have).
fn names(certificate: &X509Certificate<'_>) -> Vec<Evidence> {
    let mut names: Vec<String> = Vec::new();
    let alternatives: Option<SubjectAlternativeName<'_>> =
        extension(certificate, &OID_X509_EXT_SUBJECT_ALT_NAME);
    for name in alternatives.iter().flat_map(|extension| &extension.general_names) {
        if let GeneralName::DNSName(name) = name
            && names.len() < MOST_NAMES
        {
            let name = host_name(name.as_bytes());
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    if names.is_empty() {
        let common = certificate.subject().iter_common_name().next();
        let common = common.map(|name| host_name(name.as_slice()));
        names.extend(common.filter(|name| !name.is_empty()));
    }
    names.into_iter().map(|name| Evidence::new(EvidenceKind::Certificate, name)).collect()
}
