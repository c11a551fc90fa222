//! SIP (RFC 3261), as a registrar that accepts everybody unless the script says otherwise: what a
//! client registers, subscribes to or publishes gets 200 OK, what would begin a call is declined.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::serve::World;
use super::sip_notify::{LASTS, notify};
use super::sip_script::{Departure, departure};
use crate::contact::Host;

/// The longest message that is read; longer ones are read and dropped.
pub(super) const MAX_LENGTH: usize = 65_536;
const VERSION: &str = "SIP/2.0";
const ALLOW: &str = "REGISTER, OPTIONS, SUBSCRIBE, PUBLISH, MESSAGE, NOTIFY, BYE, CANCEL";

/// Whether bytes begin as a SIP request does.
pub(super) fn is_request(bytes: &[u8]) -> bool {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.trim_ascii_end().ends_with(b" SIP/2.0")
}

/// The length of the first message in a stream, header and body; none where its header is not
/// complete yet.
pub(super) fn message_length(stream: &[u8]) -> Option<usize> {
    let header = find(stream, b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&stream[..header]);
    let body = text.lines().skip(1).find_map(|line| match canonical(line)? {
        ("content-length", value) => value.parse::<usize>().ok(),
        _ => None,
    });
    Some(header.saturating_add(body.unwrap_or(0)))
}

/// The answer to a request from `client` to `server`, from which the script may depart; none
/// where it asks for none or is no request.
fn answer(
    text: &str,
    client: SocketAddr,
    server: SocketAddr,
    departure: Option<&Departure>,
) -> Option<String> {
    let mut lines = text.split("\r\n");
    let (method, rest) = lines.next()?.split_once(' ')?;
    let (_, version) = rest.rsplit_once(' ')?;
    if version != VERSION {
        return None;
    }
    let status = match method {
        "REGISTER" | "OPTIONS" | "BYE" | "CANCEL" | "SUBSCRIBE" | "PUBLISH" | "MESSAGE"
        | "NOTIFY" | "INFO" => "200 OK",
        // Acknowledges our own answer (section 17.1.1.3).
        "ACK" => return None,
        _ => "405 Method Not Allowed",
    };
    let status = departure.map_or(status, |departure| &departure.status);
    let is_granted = status.starts_with('2');
    let mut reply = format!("{VERSION} {status}\r\n");
    let (mut top_via, mut has_expires) = (true, false);
    for line in lines.take_while(|line| !line.is_empty()) {
        let Some((name, value)) = canonical(line) else { continue };
        // Section 8.2.6.2: these go back as they came, but for what the server adds.
        let added = match name {
            "via" if std::mem::take(&mut top_via) => {
                write!(reply, "Via: {}\r\n", with_source(value, client))
            }
            "via" => write!(reply, "Via: {value}\r\n"),
            "to" if !value.contains(";tag=") => write!(reply, "To: {value};tag=apptrace\r\n"),
            "to" => write!(reply, "To: {value}\r\n"),
            "from" => write!(reply, "From: {value}\r\n"),
            "call-id" => write!(reply, "Call-ID: {value}\r\n"),
            "cseq" => write!(reply, "CSeq: {value}\r\n"),
            "expires" if is_granted && matches!(method, "SUBSCRIBE" | "PUBLISH") => {
                has_expires = true;
                write!(reply, "Expires: {value}\r\n")
            }
            "contact" | "expires" if is_granted && method == "REGISTER" => {
                write!(
                    reply,
                    "{}: {value}\r\n",
                    if name == "contact" { "Contact" } else { "Expires" }
                )
            }
            _ => Ok(()),
        };
        added.ok()?;
    }
    // A request without Via cannot be answered to where it should be (section 18.2.2).
    if top_via {
        return None;
    }
    // Each says how long it lasts (RFC 6665 section 4.2.1.1, RFC 3903 section 6).
    if is_granted && matches!(method, "SUBSCRIBE" | "PUBLISH") && !has_expires {
        write!(reply, "Expires: {LASTS}\r\n").ok()?;
    }
    match method {
        _ if !is_granted => {}
        "SUBSCRIBE" => write!(reply, "Contact: <sip:{server}>\r\n").ok()?,
        "PUBLISH" => reply.push_str("SIP-ETag: apptrace\r\n"),
        _ => {}
    }
    for field in departure.iter().flat_map(|departure| &departure.fields) {
        write!(reply, "{field}\r\n").ok()?;
    }
    write!(reply, "Allow: {ALLOW}\r\nContent-Length: 0\r\n\r\n").ok()?;
    Some(reply)
}

/// Whom a request goes to, from whom, over what.
pub(super) struct Way<'a> {
    pub(super) client: SocketAddr,
    pub(super) server: SocketAddr,
    /// Whom the client means by that address.
    pub(super) host: Host,
    pub(super) transport: &'a str,
}

/// All that is sent upon a request, in order: its answer, and what follows it.
pub(super) fn answers(request: &[u8], way: Way<'_>, world: &World) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(request) else { return Vec::new() };
    let Way { client, server, host, transport } = way;
    let departure = departure(world, text, host, server.port());
    let Some(reply) = answer(text, client, server, departure.as_ref()) else { return Vec::new() };
    let follows = departure.is_none().then(|| notify(text, server, transport)).flatten();
    [Some(reply), follows].into_iter().flatten().collect()
}

/// The topmost Via with where the request really came from (RFC 3581 section 4).
fn with_source(via: &str, client: SocketAddr) -> String {
    let asks = via.split(';').any(|parameter| parameter.trim() == "rport");
    if !asks {
        return via.to_owned();
    }
    let filled: Vec<String> = via
        .split(';')
        .map(|parameter| match parameter.trim() {
            "rport" => format!("rport={}", client.port()),
            other => other.to_owned(),
        })
        .collect();
    format!("{};received={}", filled.join(";"), client.ip())
}

/// A header field's full name, lower-cased, and its value.
pub(super) fn canonical(line: &str) -> Option<(&'static str, &str)> {
    let (name, value) = line.split_once(':')?;
    // The compact forms of section 20.
    let name = match name.trim().to_ascii_lowercase().as_str() {
        "via" | "v" => "via",
        "from" | "f" => "from",
        "to" | "t" => "to",
        "call-id" | "i" => "call-id",
        "cseq" => "cseq",
        "contact" | "m" => "contact",
        "event" | "o" => "event",
        "expires" => "expires",
        "authorization" => "authorization",
        "content-length" | "l" => "content-length",
        _ => return None,
    };
    Some((name, value.trim()))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str) -> String {
        format!(
            "{method} sip:example.org SIP/2.0\r\n\
             v: SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bKx\r\n\
             From: <sip:a@example.org>;tag=1\r\nTo: <sip:a@example.org>\r\n\
             i: 7\r\nCSeq: 1 {method}\r\nContact: <sip:a@10.0.0.1>\r\nl: 0\r\n\r\n"
        )
    }

    #[test]
    fn methods_get_their_status() {
        let client = "192.0.2.2:5070".parse().expect("address");
        for (method, first_line) in [
            ("REGISTER", Some("SIP/2.0 200 OK")),
            ("OPTIONS", Some("SIP/2.0 200 OK")),
            ("SUBSCRIBE", Some("SIP/2.0 200 OK")),
            ("PUBLISH", Some("SIP/2.0 200 OK")),
            ("INVITE", Some("SIP/2.0 405 Method Not Allowed")),
            ("ACK", None),
        ] {
            let reply = answer(&request(method), client, client, None);
            assert_eq!(reply.as_deref().and_then(|r| r.lines().next()), first_line, "{method}");
        }
    }

    #[test]
    fn a_registration_is_answered_to_where_it_came_from() {
        let client = "192.0.2.2:5070".parse().expect("address");
        let reply = answer(&request("REGISTER"), client, client, None).expect("an answer");
        for line in [
            "Via: SIP/2.0/UDP 10.0.0.1:5060;rport=5070;branch=z9hG4bKx;received=192.0.2.2",
            "To: <sip:a@example.org>;tag=apptrace",
            "Call-ID: 7",
            "Contact: <sip:a@10.0.0.1>",
            "Content-Length: 0",
        ] {
            assert!(reply.lines().any(|found| found == line), "{line} in {reply}");
        }
    }

    #[test]
    fn broken_requests_get_nothing() {
        let client = "192.0.2.2:5070".parse().expect("address");
        for text in ["", "\r\n\r\n", "OPTIONS sip:x SIP/2.0\r\n\r\n", "SIP/2.0 200 OK\r\n\r\n"] {
            assert_eq!(answer(text, client, client, None), None, "{text:?}");
        }
    }

    #[test]
    fn what_is_not_granted_grants_nothing() {
        let client = "192.0.2.2:5070".parse().expect("address");
        let fields = vec!["WWW-Authenticate: x".to_owned()];
        let refused = Departure { status: "401 Unauthorized".to_owned(), fields };
        for method in ["REGISTER", "SUBSCRIBE", "PUBLISH"] {
            let reply = answer(&request(method), client, client, Some(&refused)).expect("one");
            assert!(reply.starts_with("SIP/2.0 401 Unauthorized\r\nVia: "), "{reply}");
            assert!(reply.contains("\r\nWWW-Authenticate: x\r\nAllow: "), "{reply}");
            for absent in ["Contact:", "Expires:", "SIP-ETag:"] {
                assert!(!reply.contains(absent), "{reply}");
            }
        }
        assert_eq!(answer(&request("ACK"), client, client, Some(&refused)), None);
    }

    #[test]
    fn a_stream_is_cut_into_messages() {
        for (stream, length) in [
            (&b"OPTIONS x SIP/2.0\r\n"[..], None),
            (b"OPTIONS x SIP/2.0\r\n\r\nrest", Some(21)),
            (b"A x SIP/2.0\r\nContent-Length: 5\r\n\r\nhello", Some(39)),
        ] {
            assert_eq!(message_length(stream), length, "{stream:?}");
        }
    }
}
