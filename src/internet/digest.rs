//! Digest authentication (RFC 7616) as SIP has it (RFC 3261 section 22.4, RFC 8760): credentials
//! read, and held against a password.

use md5::{Digest, Md5};
use ring::digest::{SHA256, digest};

use crate::script::DigestAlgorithm;

/// What a client proves itself with. What is not said is empty.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) user: String,
    pub(super) realm: String,
    pub(super) nonce: String,
    pub(super) algorithm: String,
    uri: String,
    response: String,
    /// Quality of protection, the count of the nonce's use, and the client's own nonce.
    qop: String,
    count: String,
    own: String,
}

impl Credentials {
    /// The value of an `Authorization` field; none where it is of another scheme or broken.
    pub(super) fn read(value: &str) -> Option<Self> {
        let (scheme, mut rest) = value.trim().split_once([' ', '\t'])?;
        if !scheme.eq_ignore_ascii_case("digest") {
            return None;
        }
        let mut read = Self::default();
        while let Some((name, value)) = parameter(&mut rest)? {
            let place = match name.to_ascii_lowercase().as_str() {
                "username" => &mut read.user,
                "realm" => &mut read.realm,
                "nonce" => &mut read.nonce,
                "algorithm" => &mut read.algorithm,
                "uri" => &mut read.uri,
                "response" => &mut read.response,
                "qop" => &mut read.qop,
                "nc" => &mut read.count,
                "cnonce" => &mut read.own,
                _ => continue,
            };
            *place = value;
        }
        Some(read)
    }

    /// Whether they are what somebody makes who knows the password (RFC 7616 section 3.4.1), or
    /// did so before there was a quality of protection (RFC 2069 section 2.1.2).
    pub(super) fn prove(&self, password: &str, method: &str, algorithm: DigestAlgorithm) -> bool {
        let hash = |text: String| hash(algorithm, &text);
        let secret = hash(format!("{}:{}:{password}", self.user, self.realm));
        let asked = hash(format!("{method}:{}", self.uri));
        let right = match self.qop.as_str() {
            "" => hash(format!("{secret}:{}:{asked}", self.nonce)),
            "auth" => {
                let (nonce, count, own) = (&self.nonce, &self.count, &self.own);
                hash(format!("{secret}:{nonce}:{count}:{own}:auth:{asked}"))
            }
            _ => return false,
        };
        self.response.eq_ignore_ascii_case(&right)
    }

    /// Which of the algorithms they are made with; MD5 where they do not say.
    pub(super) fn algorithm(&self, offered: &[DigestAlgorithm]) -> Option<DigestAlgorithm> {
        let named = match self.algorithm.as_str() {
            "" => "MD5",
            named => named,
        };
        offered.iter().copied().find(|known| known.name().eq_ignore_ascii_case(named))
    }
}

/// The next of `name=value, name="value"`, and `rest` behind it; none inside at the end, none
/// outside where it is broken.
fn parameter<'a>(rest: &mut &'a str) -> Option<Option<(&'a str, String)>> {
    let begin = rest.trim_start_matches([' ', '\t', ',']);
    if begin.is_empty() {
        return Some(None);
    }
    let (name, value) = begin.split_once('=')?;
    let value = value.trim_start();
    let Some(quoted) = value.strip_prefix('"') else {
        let end = value.find(',').unwrap_or(value.len());
        let (value, after) = value.split_at(end);
        *rest = after;
        return Some(Some((name.trim(), value.trim().to_owned())));
    };
    let (mut text, mut escaped) = (String::new(), false);
    for (at, letter) in quoted.char_indices() {
        match letter {
            _ if escaped => {
                text.push(letter);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => {
                *rest = quoted.get(at + 1..)?;
                return Some(Some((name.trim(), text)));
            }
            _ => text.push(letter),
        }
    }
    None
}

/// In lower-case hexadecimal digits.
fn hash(algorithm: DigestAlgorithm, text: &str) -> String {
    match algorithm {
        DigestAlgorithm::Md5 => hexadecimal(&Md5::digest(text)),
        DigestAlgorithm::Sha256 => hexadecimal(digest(&SHA256, text.as_bytes()).as_ref()),
    }
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The example of RFC 7616 section 3.9.1, by both algorithms.
    const EXAMPLE: &str = "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", \
        uri=\"/dir/index.html\", algorithm=ALGORITHM, \
        nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
        cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, \
        response=\"RESPONSE\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
    /// As before there was a quality of protection; the password is `p`, by md5sum(1).
    const OLD: &str = "digest username=\"Mu\\\"fasa\",realm=\"r\",nonce=\"n\",uri=\"sip:r\",\
        response=\"752d7de3b54f0d2d114b4155834d1ef5\"";

    fn example(algorithm: &str, response: &str) -> Credentials {
        let text = EXAMPLE.replace("ALGORITHM", algorithm).replace("RESPONSE", response);
        Credentials::read(&text).expect("credentials")
    }

    #[test]
    fn credentials_are_held_against_the_password() {
        use DigestAlgorithm::{Md5, Sha256};
        for (name, response, algorithm) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec", Md5),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", Sha256),
        ] {
            let read = example(name, response);
            assert_eq!(read.algorithm(&[Sha256, Md5]), Some(algorithm));
            assert!(read.prove("Circle of Life", "GET", algorithm), "{name}");
            assert!(!read.prove("Circle of life", "GET", algorithm), "{name}");
            assert!(!read.prove("Circle of Life", "REGISTER", algorithm), "{name}");
        }
        assert_eq!(example("MD5-sess", "").algorithm(&[Md5]), None);
        assert_eq!(example("", "").algorithm(&[Md5]), Some(Md5));
    }

    #[test]
    fn credentials_are_read_as_they_are_written() {
        let read = Credentials::read(OLD).expect("credentials");
        assert_eq!((read.user.as_str(), read.uri.as_str()), ("Mu\"fasa", "sip:r"));
        assert_eq!(read.qop, "");
        assert!(read.prove("p", "REGISTER", DigestAlgorithm::Md5));
        assert!(!read.prove("q", "REGISTER", DigestAlgorithm::Md5));
        for broken in ["", "Digest", "Basic abc", "Digest username=\"x", "Digest username"] {
            assert_eq!(Credentials::read(broken), None, "{broken}");
        }
    }

    proptest! {
        #[test]
        fn any_field_is_read(text in "(Digest )?[a-z =,\"\\\\é]{0,80}") {
            if let Some(read) = Credentials::read(&text) {
                read.prove("x", "REGISTER", DigestAlgorithm::Md5);
            }
        }
    }
}
