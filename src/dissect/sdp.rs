//! Session descriptions (RFC 8866): where media is to be sent.

use std::net::{IpAddr, SocketAddr};

/// At most this many places are taken from one description.
const MOST: usize = 64;

/// The addresses at which a description's sender awaits media: those of its media lines, of
/// their reports (RFC 3605), and of its ICE candidates (RFC 8839).
pub(super) fn media(body: &[u8]) -> Vec<SocketAddr> {
    let mut places = Vec::new();
    let mut session = None;
    let mut current: Option<Media> = None;
    for line in body.split(|&b| b == b'\n' || b == b'\r') {
        let Ok(line) = std::str::from_utf8(line) else { continue };
        if places.len() >= MOST {
            break;
        }
        if let Some(value) = line.strip_prefix("c=") {
            let address = connection(value);
            match &mut current {
                Some(media) => media.address = address.or(media.address),
                None => session = address,
            }
        } else if let Some(value) = line.strip_prefix("m=") {
            places.extend(current.take().into_iter().flat_map(Media::places));
            current = port(value).map(|port| Media { address: session, port, reports: None });
        } else if let Some(value) = line.strip_prefix("a=rtcp:")
            && let Some(media) = &mut current
        {
            media.reports = value.split(' ').next().and_then(|port| port.parse().ok());
        } else if let Some(value) = line.strip_prefix("a=candidate:") {
            places.extend(candidate(value));
        }
    }
    places.extend(current.into_iter().flat_map(Media::places));
    places.truncate(MOST);
    let mut seen = Vec::new();
    places.retain(|place| {
        !seen.contains(place) && {
            seen.push(*place);
            true
        }
    });
    places
}

struct Media {
    address: Option<IpAddr>,
    port: u16,
    reports: Option<u16>,
}

impl Media {
    fn places(self) -> impl Iterator<Item = SocketAddr> {
        // Port zero declines a medium (section 5.14), the zero address holds it (RFC 3264).
        let address = self.address.filter(|address| self.port > 0 && !address.is_unspecified());
        let ports = [Some(self.port), self.reports.filter(|&port| port != self.port)];
        let ports = ports.into_iter().flatten();
        ports.filter_map(move |port| address.map(|address| SocketAddr::new(address, port)))
    }
}

/// `IN IP4 192.0.2.1/127` (section 5.7).
fn connection(value: &str) -> Option<IpAddr> {
    let address = value.trim().rsplit(' ').next()?;
    address.split('/').next()?.parse().ok()
}

/// `audio 49170/2 RTP/AVP 0` (section 5.14).
fn port(value: &str) -> Option<u16> {
    value.split(' ').nth(1)?.split('/').next()?.parse().ok()
}

/// `1 1 UDP 2130706431 192.0.2.1 8998 typ host` (RFC 8839 section 5.1).
fn candidate(value: &str) -> Option<SocketAddr> {
    let mut words = value.split(' ');
    let transport = words.nth(2)?;
    let address = words.nth(1)?.parse().ok()?;
    let port = words.next()?.parse().ok()?;
    transport.eq_ignore_ascii_case("udp").then_some(SocketAddr::new(address, port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(lines: &[&str], expected: &[&str]) {
        let found: Vec<String> =
            media(lines.join("\r\n").as_bytes()).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{lines:?}");
    }

    #[test]
    fn media_has_its_place() {
        check(
            &["v=0", "c=IN IP4 192.0.2.1", "m=audio 49170 RTP/AVP 0", "m=video 0 RTP/AVP 31"],
            &["192.0.2.1:49170"],
        );
        check(
            &["m=audio 5004/2 RTP/AVP 0", "c=IN IP6 2001:db8::1", "a=rtcp:5009"],
            &["[2001:db8::1]:5004", "[2001:db8::1]:5009"],
        );
        check(&["c=IN IP4 233.252.0.1/127", "m=audio 6000 x 0"], &["233.252.0.1:6000"]);
        check(&["c=IN IP4 0.0.0.0", "m=audio 6000 RTP/AVP 0"], &[]);
        check(
            &["a=candidate:1 1 UDP 2130706431 198.51.100.7 8998 typ host"],
            &["198.51.100.7:8998"],
        );
        check(&["m=audio", "c=IN IP4 host.example", "a=candidate:1"], &[]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            media(&bytes);
        }

        #[test]
        fn any_lines_are_read(text in "([cam]=[a-zA-Z0-9 .:/]{0,40}\r\n){0,100}") {
            prop_assert!(media(text.as_bytes()).len() <= MOST);
        }
    }
}
