//! The names in a certificate (RFC 5280 section 4.2.1.6).

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;

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
    for _ in 0..LONGEST_CHAIN {
        let Some(certificate) = chain.vector(3) else { break };
        let Ok((_, certificate)) = X509Certificate::from_der(certificate.rest()) else { continue };
        if !certificate.is_ca() {
            return names(&certificate);
        }
        first.get_or_insert(certificate);
    }
    first.map(|certificate| names(&certificate)).unwrap_or_default()
}

/// The DNS names among the alternatives, else the common name (RFC 9525 section 2: what old
/// certificates have).
fn names(certificate: &X509Certificate<'_>) -> Vec<Evidence> {
    let mut names: Vec<String> = Vec::new();
    let alternatives = certificate.subject_alternative_name().ok().flatten();
    for name in alternatives.iter().flat_map(|extension| &extension.value.general_names) {
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
