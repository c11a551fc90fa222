//! What belongs to SIP beyond an answer: the notification that a subscription is owed at once
//! (RFC 6665 section 4.2.1.2), and a request as it is told.

use std::net::SocketAddr;

use super::sip::canonical;
use crate::contact::Request;

/// How long a subscription lasts that does not say (seconds).
pub(super) const LASTS: &str = "3600";
/// So many characters of a URI are told.
const MOST_CHARACTERS: usize = 512;

/// The NOTIFY that follows upon a SUBSCRIBE, from the server that was asked over this transport,
/// in the dialogue that the answer to it began; none where the request is no SUBSCRIBE, or lacks
/// what a dialogue needs.
pub(super) fn notify(request: &str, server: SocketAddr, transport: &str) -> Option<String> {
    let mut lines = request.split("\r\n");
    if !lines.next()?.starts_with("SUBSCRIBE ") {
        return None;
    }
    let field = |wanted: &str| {
        let mut fields = request.split("\r\n").skip(1).take_while(|line| !line.is_empty());
        fields.find_map(|line| canonical(line).filter(|(name, _)| *name == wanted))
    };
    let value = |wanted: &str| field(wanted).map(|(_, value)| value);
    let (contact, to, from) = (uri(value("contact")?), value("to")?, value("from")?);
    let (call, event) = (value("call-id")?, value("event")?);
    let count = value("cseq")?.split(' ').next()?;
    let to = if to.contains(";tag=") { to.to_owned() } else { format!("{to};tag=apptrace") };
    let expires = value("expires").unwrap_or(LASTS);
    let state = match expires {
        "0" => "terminated;reason=timeout".to_owned(),
        _ => format!("active;expires={expires}"),
    };
    let scheme = if transport == "TLS" { "sips" } else { "sip" };
    Some(format!(
        "NOTIFY {contact} SIP/2.0\r\nVia: SIP/2.0/{transport} {server};branch=z9hG4bKapptrace{count}\r\n\
         Max-Forwards: 70\r\nFrom: {to}\r\nTo: {from}\r\nCall-ID: {call}\r\nCSeq: {count} NOTIFY\r\n\
         Contact: <{scheme}:{server}>\r\nEvent: {event}\r\nSubscription-State: {state}\r\n\
         Content-Length: 0\r\n\r\n"
    ))
}

/// A request as it is told; none where it is none.
pub(super) fn told(request: &[u8]) -> Option<Request> {
    let text = String::from_utf8_lossy(request);
    let mut lines = text.split("\r\n");
    let (method, rest) = lines.next()?.split_once(' ')?;
    let (target, version) = rest.rsplit_once(' ')?;
    if version != "SIP/2.0" {
        return None;
    }
    let mut told = Request::new(cut(method), cut(target));
    for line in lines.take_while(|line| !line.is_empty()) {
        let Some((name, value)) = canonical(line) else { continue };
        let place = match name {
            "from" => &mut told.from,
            "to" => &mut told.to,
            "contact" => &mut told.contact,
            _ => continue,
        };
        place.get_or_insert_with(|| cut(uri(value)));
    }
    Some(told)
}

/// The URI in `"A" <sip:a@example.org>;tag=1` (RFC 3261 section 20.10).
fn uri(value: &str) -> &str {
    let within = value.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    match within {
        Some((uri, _)) => uri,
        None => value.split(';').next().unwrap_or_default().trim(),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MOST_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBSCRIBE: &str = "SUBSCRIBE sip:me@example.org SIP/2.0\r\n\
        Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx\r\nf: \"Me\" <sip:me@example.org>;tag=1\r\n\
        t: <sip:me@example.org>\r\ni: 7\r\nCSeq: 3 SUBSCRIBE\r\nm: <sip:me@10.0.0.1:5062>\r\n\
        Event: message-summary\r\nExpires: 600\r\nl: 0\r\n\r\n";

    #[test]
    fn a_subscription_is_notified_at_once() {
        let server = "198.18.0.1:5060".parse().expect("an address");
        let notify_of = |request: &str| notify(request, server, "UDP");
        let found = notify_of(SUBSCRIBE).expect("a notification");
        for line in [
            "NOTIFY sip:me@10.0.0.1:5062 SIP/2.0",
            "From: <sip:me@example.org>;tag=apptrace",
            "To: \"Me\" <sip:me@example.org>;tag=1",
            "Call-ID: 7",
            "Event: message-summary",
            "Subscription-State: active;expires=600",
        ] {
            assert!(found.lines().any(|it| it == line), "{line} in {found}");
        }
        let ended = notify_of(&SUBSCRIBE.replace("Expires: 600", "Expires: 0")).expect("one");
        assert!(ended.contains("Subscription-State: terminated;reason=timeout"), "{ended}");
        for broken in
            [SUBSCRIBE.replace("m: ", "x: "), SUBSCRIBE.replace("SUBSCRIBE s", "OPTIONS s")]
        {
            assert_eq!(notify_of(&broken), None, "{broken}");
        }
    }

    #[test]
    fn a_request_is_told_with_its_uris() {
        let request = told(SUBSCRIBE.as_bytes()).expect("a request");
        assert_eq!(request.line(), "SUBSCRIBE sip:me@example.org");
        assert_eq!(request.from.as_deref(), Some("sip:me@example.org"));
        assert_eq!(request.contact.as_deref(), Some("sip:me@10.0.0.1:5062"));
        for broken in [&b""[..], b"SIP/2.0 200 OK\r\n\r\n", b"\xff\xff", b"GET / HTTP/1.1\r\n\r\n"]
        {
            assert_eq!(told(broken), None, "{broken:?}");
        }
    }
}
