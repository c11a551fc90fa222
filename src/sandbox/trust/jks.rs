//! Java's own key store format, JKS, in which trust stores are kept: read as far as needed to
//! add a certificate (the format is described in the OpenJDK's `JavaKeyStore.java`).

use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};

use super::authority::{Authority, LABEL};

/// How such a file begins.
pub(super) const MAGIC: [u8; 4] = [0xfe, 0xed, 0xfe, 0xed];
/// An entry that is a trusted certificate.
const CERTIFICATE_ENTRY: u32 = 2;
/// Magic, version, number of entries.
const HEAD: usize = 12;
/// The SHA-1 at the end.
const DIGEST: usize = 20;
/// The password of every trust store that comes with a Java, and what else is in use.
const PASSWORDS: [&str; 4] = ["changeit", "changeme", "", "password"];

/// The store with one entry more; none where it is no such store, or protected by a password
/// that is not one of the usual ones.
pub(super) fn add(store: &[u8], authority: &Authority) -> Option<Vec<u8>> {
    let (body, digest) = store.split_at_checked(store.len().checked_sub(DIGEST)?)?;
    let password = PASSWORDS.into_iter().find(|password| sign(body, password) == digest)?;
    let (head, entries) = body.split_at_checked(HEAD)?;
    let count = u32::from_be_bytes(head.get(8..)?.try_into().ok()?).checked_add(1)?;
    // Version 1 wrote no certificate type into its entries.
    if head.get(..8)? != [&MAGIC[..], &[0, 0, 0, 2]].concat() {
        return None;
    }
    let mut grown = head.get(..8)?.to_vec();
    grown.extend_from_slice(&count.to_be_bytes());
    grown.extend_from_slice(entries);
    grown.extend_from_slice(&CERTIFICATE_ENTRY.to_be_bytes());
    text(&mut grown, LABEL)?;
    // When it was made, in milliseconds: nobody reads that.
    grown.extend_from_slice(&0_u64.to_be_bytes());
    text(&mut grown, "X.509")?;
    grown.extend_from_slice(&u32::try_from(authority.der.len()).ok()?.to_be_bytes());
    grown.extend_from_slice(&authority.der);
    let digest = sign(&grown, password);
    grown.extend_from_slice(&digest);
    Some(grown)
}

fn text(store: &mut Vec<u8>, text: &str) -> Option<()> {
    store.extend_from_slice(&u16::try_from(text.len()).ok()?.to_be_bytes());
    store.extend_from_slice(text.as_bytes());
    Some(())
}

/// The digest that protects a store: keyed with the password, and with a phrase of its inventors'.
fn sign(body: &[u8], password: &str) -> Vec<u8> {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    let password: Vec<u8> = password.encode_utf16().flat_map(u16::to_be_bytes).collect();
    context.update(&password);
    context.update(b"Mighty Aphrodite");
    context.update(body);
    context.finish().as_ref().to_owned()
}

/// A store without any entry.
#[cfg(test)]
pub(super) fn empty(password: &str) -> Vec<u8> {
    let mut store = [&MAGIC[..], &[0, 0, 0, 2, 0, 0, 0, 0]].concat();
    let digest = sign(&store, password);
    store.extend_from_slice(&digest);
    store
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_added_one_after_the_other() {
        let authority = Authority::sample();
        for password in PASSWORDS {
            let once = add(&empty(password), &authority).unwrap();
            let twice = add(&once, &authority).unwrap();
            assert_eq!(once[8..12], [0, 0, 0, 1]);
            assert_eq!(twice[8..12], [0, 0, 0, 2]);
            assert_eq!(twice[12..once.len() - DIGEST], once[12..once.len() - DIGEST]);
        }
        assert_eq!(add(&empty("secret"), &authority), None);
        let mut old = empty("changeit");
        old[7] = 1;
        assert_eq!(add(&old, &authority), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes(bytes: Vec<u8>) {
            let _ = add(&bytes, &Authority::sample());
        }

        #[test]
        fn any_body_that_is_signed(body: Vec<u8>) {
            let _ = add(&[body.clone(), sign(&body, "changeit")].concat(), &Authority::sample());
        }
    }
}
