//! Whether certificates are revoked: OCSP (RFC 6960) and revocation lists (RFC 5280 section 5).
//! An application asks about certificates of real issuers, in whose name nobody here can sign: it
//! hears that the responder has no answer now, or gets a list of the run's own authority.

use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderName};
use hyper::{Method, Request};

use super::answer::Answer;
use super::talk::Talk;

const REQUEST: &str = "application/ocsp-request";
const RESPONSE: &str = "application/ocsp-response";
/// An OCSPResponse of status tryLater (RFC 6960 section 4.2.1), which is never signed.
const TRY_LATER: [u8; 5] = [0x30, 3, 0x0a, 1, 3];

/// The answer to a request about revocation; none where it asks for something else.
pub(super) fn answer<B>(request: &Request<B>, host: &str, talk: &Talk) -> Option<Answer> {
    if is_ocsp(request, host) {
        return Some(Answer::new(200, RESPONSE, &TRY_LATER[..]));
    }
    let is_list = request.method() == Method::GET && request.uri().path().ends_with(".crl");
    let list = is_list.then(|| talk.world.terminator.revoked_none())??;
    Some(Answer::new(200, "application/pkix-crl", list))
}

fn is_ocsp<B>(request: &Request<B>, host: &str) -> bool {
    let says = |name: HeaderName, kind: &str| {
        let value = request.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_ascii_lowercase().contains(kind)
    };
    if request.method() == Method::POST {
        return says(CONTENT_TYPE, REQUEST);
    }
    // A DER sequence in base64 begins so (appendix A.1), and may hold slashes.
    let mut parts = request.uri().path().split('/');
    let begins = parts.any(|part| part.starts_with('M') && part.len() > 20);
    let named = host.split('.').any(|label| label.contains("ocsp"));
    request.method() == Method::GET && begins && (named || says(ACCEPT, RESPONSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_about_certificates_are_told_by_what_they_say() {
        // RFC 6960 appendix A.1: base64 of a request, whose slashes may or may not be escaped.
        let encoded = format!("/{}", "MFEwTzBNMEswSTAJBgUrDgMCGgUABBQ".repeat(3));
        for (method, host, path, name, value, expected) in [
            ("POST", "ca.example", "/", CONTENT_TYPE, REQUEST, true),
            ("POST", "ca.example", "/", CONTENT_TYPE, "text/plain", false),
            ("GET", "ca.example", &*encoded, ACCEPT, RESPONSE, true),
            ("GET", "r3.ocsp-2.example", &encoded, ACCEPT, "*/*", true),
            ("GET", "r3.ocsp-2.example", "/Motd", ACCEPT, "*/*", false),
            ("GET", "www.example", &encoded, ACCEPT, "*/*", false),
        ] {
            let request = Request::builder().method(method).uri(path).header(name, value);
            let request = request.body(()).expect("a request");
            assert_eq!(is_ocsp(&request, host), expected, "{method} {host} {path}");
        }
    }

    #[test]
    fn a_response_without_an_answer_is_well_formed() {
        let (rest, _) = x509_parser::der_parser::parse_der(&TRY_LATER).expect("DER");
        assert!(rest.is_empty());
    }
}
