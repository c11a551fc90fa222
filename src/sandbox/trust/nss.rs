//! The certificate database of NSS, `cert9.db`, which Chromium keeps in HOME and Firefox in its
//! profile: a table of PKCS #11 objects, a column for each attribute by its number. The
//! database of keys beside it is made by NSS itself at the first start; while that one has no
//! password, what is trusted needs no signature.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use super::authority::{Authority, LABEL};
use super::sqlite::{Table, Value, database};

/// The file's name.
pub(super) const FILE: &str = "cert9.db";
/// Where Chromium and whatever is made of it look, below HOME.
pub(super) const CHROMIUM: &str = ".pki/nssdb/cert9.db";

/// The attributes that NSS has columns for: those of PKCS #11 (RFC 7512 names its parts), then
/// its own (`sdb.c` in NSS).
const ATTRIBUTES: &str = "0 1 2 3 10 11 12 80 81 82 83 84 85 86 87 88 89 8a 8b 90 100 101 102 103 104 105 106 107 108 109 10a \
     10b 10c 110 111 120 121 122 123 124 125 126 127 128 129 130 131 132 133 134 160 161 162 163 164 165 166 170 \
     180 181 200 201 202 210 300 301 302 400 401 402 403 404 405 406 480 481 482 500 501 502 503 40000211 \
     40000212 80000001 ce534351 ce534352 ce534353 ce534354 ce534355 ce534356 ce534357 ce534358 \
     ce534364 ce534365 ce534366 ce534367 ce534368 ce534369 ce534373 ce534374 ce536351 ce536352 \
     ce536353 ce536354 ce536355 ce536356 ce536357 ce536358 ce536359 ce53635a ce53635b ce53635c \
     ce53635d ce53635e ce53635f ce536360 ce5363b4 ce5363b5 d5a0db00";

const CLASS: u32 = 0x0;
const TOKEN: u32 = 0x1;
const PRIVATE: u32 = 0x2;
const NAME: u32 = 0x3;
const VALUE: u32 = 0x11;
const CERTIFICATE_TYPE: u32 = 0x80;
const ISSUER: u32 = 0x81;
const SERIAL: u32 = 0x82;
const SUBJECT: u32 = 0x101;
const ID: u32 = 0x102;
const MODIFIABLE: u32 = 0x170;
const SERVER_TRUST: u32 = 0xce53_6358;
const CLIENT_TRUST: u32 = 0xce53_6359;
const CODE_TRUST: u32 = 0xce53_635a;
const MAIL_TRUST: u32 = 0xce53_635b;
const STEP_UP: u32 = 0xce53_6360;
const CERTIFICATE_HASH: u32 = 0xce53_63b4;

/// CKO_CERTIFICATE and CKO_NSS_TRUST.
const CERTIFICATE: [u8; 4] = [0, 0, 0, 1];
const TRUST: [u8; 4] = [0xce, 0x53, 0x43, 0x53];
/// CKT_NSS_TRUSTED_DELEGATOR, CKT_NSS_MUST_VERIFY_TRUST and CKT_NSS_TRUST_UNKNOWN: an authority
/// for servers alone, as `certutil -t C,,` makes it.
const AUTHORITY: [u8; 4] = [0xce, 0x53, 0x43, 0x52];
const MUST_VERIFY: [u8; 4] = [0xce, 0x53, 0x43, 0x5b];
const UNKNOWN: [u8; 4] = [0xce, 0x53, 0x43, 0x53];
/// What stands for an attribute that is there and empty.
const EMPTY: [u8; 3] = [0xa5, 0x00, 0x5a];
const YES: [u8; 1] = [1];
const NO: [u8; 1] = [0];

/// The database with the certificate as an authority for servers.
pub(super) fn certificates(authority: &Authority) -> Option<Vec<u8>> {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &authority.der);
    let certificate: [(u32, &[u8]); 11] = [
        (CLASS, &CERTIFICATE),
        (TOKEN, &YES),
        (PRIVATE, &NO),
        (NAME, LABEL.as_bytes()),
        (VALUE, &authority.der),
        (CERTIFICATE_TYPE, &[0; 4]),
        (ISSUER, &authority.issuer),
        (SERIAL, &authority.serial),
        (SUBJECT, &authority.subject),
        (ID, &authority.key_id),
        (MODIFIABLE, &YES),
    ];
    let trust: [(u32, &[u8]); 13] = [
        (CLASS, &TRUST),
        (TOKEN, &YES),
        (PRIVATE, &NO),
        (NAME, &EMPTY),
        (ISSUER, &authority.issuer),
        (SERIAL, &authority.serial),
        (MODIFIABLE, &YES),
        (SERVER_TRUST, &AUTHORITY),
        (CLIENT_TRUST, &MUST_VERIFY),
        (CODE_TRUST, &UNKNOWN),
        (MAIL_TRUST, &UNKNOWN),
        (STEP_UP, &NO),
        (CERTIFICATE_HASH, hash.as_ref()),
    ];
    let columns: Vec<String> =
        ATTRIBUTES.split_whitespace().map(|number| format!("a{number}")).collect();
    database(&Table {
        name: "nssPublic",
        sql: format!(
            "CREATE TABLE nssPublic (id PRIMARY KEY UNIQUE ON CONFLICT ABORT, {})",
            columns.join(", ")
        ),
        rows: vec![row(1, &certificate), row(2, &trust)],
    })
}

fn row(id: u32, attributes: &[(u32, &[u8])]) -> Vec<Value> {
    let columns = ATTRIBUTES.split_whitespace().map(|column| {
        let number = u32::from_str_radix(column, 16).ok();
        let held = attributes.iter().find(|(attribute, _)| Some(*attribute) == number);
        held.map_or(Value::Null, |(_, value)| Value::Bytes((*value).to_owned()))
    });
    std::iter::once(Value::Number(id)).chain(columns).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_has_its_column() {
        let authority = Authority::sample();
        let file = certificates(&authority).unwrap();
        let count = |part: &[u8]| file.windows(part.len()).filter(|there| *there == part).count();
        assert_eq!(count(&authority.der), 1);
        // The certificate's own two are within its DER as well.
        assert_eq!(count(&authority.issuer), 5);
        assert_eq!(count(&authority.serial), 3);
        assert_eq!(count(&AUTHORITY), 1);
    }
}
