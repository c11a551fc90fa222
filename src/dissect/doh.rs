//! DNS over HTTP (RFC 8484), where no TLS hides it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::dns::{DnsFlavour, DnsMessage, dns_message};

/// What a body that is a message calls itself (section 6).
const MEDIA_TYPE: &[u8] = b"application/dns-message";

/// At most this many bodies are gathered at a time.
const MOST_BODIES: usize = 32;

/// No message is longer.
const LONGEST: usize = u16::MAX as usize;

/// Whether a body of this content type is a message.
pub(super) fn is_media_type(value: &[u8]) -> bool {
    let value = value.split(|&byte| byte == b';').next().unwrap_or_default();
    value.trim_ascii().eq_ignore_ascii_case(MEDIA_TYPE)
}

/// The query in a request's target: the variable `dns`, in base64url without padding (section
/// 4.1.1).
pub(super) fn query_of(target: &[u8]) -> Option<Box<DnsMessage>> {
    let at = memchr::memchr(b'?', target)?;
    let mut variables = target.get(at + 1..)?.split(|&byte| byte == b'&');
    let value = variables.find_map(|variable| variable.strip_prefix(b"dns="))?;
    whole(&decoded(value.trim_ascii_end())?).filter(|message| !message.response)
}

/// A message and nothing behind it.
fn whole(bytes: &[u8]) -> Option<Box<DnsMessage>> {
    let message = dns_message(bytes, DnsFlavour::Dns)?;
    (message.length == bytes.len()).then(|| Box::new(message))
}

/// Base64 for names in addresses (RFC 4648 section 5), with padding or without.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.split(|&byte| byte == b'=').next()?;
    if text.len() > LONGEST {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The bodies that are messages, of the streams of one direction.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    open: Vec<(u32, Vec<u8>)>,
}

impl Bodies {
    /// The body of a stream will be a message.
    pub(super) fn begin(&mut self, stream: u32) {
        if self.open.len() < MOST_BODIES && !self.expects(stream) {
            self.open.push((stream, Vec::new()));
        }
    }

    /// Whether the body of a stream is one.
    pub(super) fn expects(&self, stream: u32) -> bool {
        self.open.iter().any(|(open, _)| *open == stream)
    }

    /// Takes a part of a body, and with the last one gives the message.
    pub(super) fn take(&mut self, stream: u32, data: &[u8], last: bool) -> Option<Box<DnsMessage>> {
        let at = self.open.iter().position(|(open, _)| *open == stream)?;
        let (_, body) = self.open.get_mut(at)?;
        let fits = body.len() + data.len() <= LONGEST;
        if fits {
            body.extend_from_slice(data);
        }
        if fits && !last {
            return None;
        }
        let (_, body) = self.open.swap_remove(at);
        whole(&body).filter(|_| fits)
    }

    /// How many bytes of memory it holds.
    pub(super) fn held(&self) -> usize {
        self.open.iter().map(|(_, body)| body.capacity()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The query of RFC 8484 section 4.1.1.
    const QUERY: &str = "AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB";

    #[test]
    fn queries_in_targets_are_read() {
        for (target, expected) in [
            (format!("/dns-query?dns={QUERY}"), Some("www.example.com")),
            (format!("/q?x=1&dns={QUERY}&y=2"), Some("www.example.com")),
            (format!("/q?dns={QUERY}AA"), None),
            (format!("/q?dns={QUERY}=="), Some("www.example.com")),
            (format!("/q?dns={}", &QUERY[..30]), None),
            (format!("/q?dns={QUERY}!"), None),
            (format!("/q?nodns={QUERY}"), None),
            (format!("/dns={QUERY}"), None),
            ("/q?dns=".to_owned(), None),
        ] {
            let query = query_of(target.as_bytes());
            let name = query.as_ref().map(|query| &*query.questions[0].name);
            assert_eq!(name, expected, "{target}");
        }
    }

    #[test]
    fn bodies_are_gathered() {
        let body = decoded(QUERY.as_bytes()).unwrap();
        let (one, two) = body.split_at(10);
        let mut bodies = Bodies::default();
        bodies.begin(3);
        assert!(bodies.take(1, one, true).is_none());
        assert!(bodies.take(3, one, false).is_none());
        assert!(bodies.take(3, two, true).is_some());
        assert!(bodies.take(3, two, true).is_none());
        // Too long for a message.
        bodies.begin(5);
        assert!(bodies.take(5, &[0; LONGEST], false).is_none());
        assert!(bodies.take(5, &body, true).is_none() && !bodies.expects(5) && bodies.held() == 0);
        (0..100).for_each(|stream| bodies.begin(stream));
        assert_eq!(bodies.open.len(), MOST_BODIES);
        assert!(is_media_type(b"Application/DNS-message; x=y") && !is_media_type(b"text/plain"));
    }

    proptest! {
        #[test]
        fn any_target_is_read(target in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = query_of(&target);
            let _ = query_of(&[b"/?dns=", &target[..]].concat());
        }
    }
}
