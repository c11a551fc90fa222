//! The hash by which OpenSSL looks a certificate up in a folder (openssl-rehash(1)): of the
//! subject in a canonical form, so that names which compare as equal have one hash.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use super::der::{self, element};

/// Eight hexadecimal digits: the first four bytes of a SHA-1, the last of them first.
pub(super) fn name_hash(subject: &X509Name<'_>) -> String {
    // What is hashed is the sequence's contents, without its own head.
    let sets: Vec<u8> = subject.iter_rdn().flat_map(|set| canonical_set(set.iter())).collect();
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, &sets);
    digest.as_ref().iter().take(4).rev().map(|byte| format!("{byte:02x}")).collect()
}

fn canonical_set<'a>(attributes: impl Iterator<Item = &'a AttributeTypeAndValue<'a>>) -> Vec<u8> {
    let mut attributes: Vec<Vec<u8>> = attributes
        .map(|attribute| {
            let kind = element(der::OBJECT_IDENTIFIER, &[attribute.attr_type().as_bytes()]);
            element(der::SEQUENCE, &[&kind, &canonical_value(attribute)])
        })
        .collect();
    attributes.sort();
    let attributes: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
    element(der::SET, &attributes)
}

/// Texts are compared in UTF-8 and small letters, with each run of blanks as one.
fn canonical_value(attribute: &AttributeTypeAndValue<'_>) -> Vec<u8> {
    let value = attribute.attr_value();
    let tag = u8::try_from(value.tag().0).unwrap_or(u8::MAX);
    match (tag, std::str::from_utf8(value.data)) {
        (der::UTF8_STRING | der::PRINTABLE_STRING | der::IA5_STRING, Ok(text)) => {
            let words: Vec<String> =
                text.split_ascii_whitespace().map(str::to_ascii_lowercase).collect();
            element(der::UTF8_STRING, &[words.join(" ").as_bytes()])
        }
        _ => element(tag, &[value.data]),
    }
}
