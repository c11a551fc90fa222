//! DNS over HTTPS: messages (RFC 8484), and the JSON form that the large resolvers have beside
//! it, on any host and path. The names asked for are told as lookups.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hickory_proto::op::{Message, Query};
use hickory_proto::rr::{Name, RecordType};
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderName};
use hyper::{Method, Request};
use serde_json::{Value, json};

use super::answer::Answer;
use super::dns;
use super::talk::Talk;
use crate::contact::LookupVia;

const MESSAGE: &str = "application/dns-message";
const JSON: &str = "application/dns-json";
/// Where resolvers are by custom; the standard leaves the path open (section 3).
const PATHS: [&str; 2] = ["/dns-query", "/resolve"];
/// No DNS message is longer.
const LONGEST: usize = u16::MAX as usize;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    /// A message, to be answered with one.
    Message(Vec<u8>),
    /// A message made of parameters, to be answered in JSON.
    Json(Vec<u8>),
    /// A question that cannot be read.
    Broken,
}

/// The answer to a request that asks for a name; none where it asks for something else.
pub(super) fn answer<B>(request: &Request<B>, talk: &Talk, content: &[u8]) -> Option<Answer> {
    let (query, in_json) = match asked(request, content)? {
        Asked::Message(query) => (query, false),
        Asked::Json(query) => (query, true),
        Asked::Broken => return Some(Answer::new(400, "text/plain", "")),
    };
    let reply = talk.world.dns(&query, false);
    // Without TLS the capture shows it.
    if talk.sessions > 0 || in_json {
        dns::tell(talk, LookupVia::Doh, query);
        reply.iter().for_each(|reply| dns::tell(talk, LookupVia::Doh, reply.clone()));
    }
    let Some(reply) = reply else { return Some(Answer::silence()) };
    if !in_json {
        return Some(Answer::new(200, MESSAGE, reply));
    }
    let kind = if header(request, ACCEPT).contains(JSON) { JSON } else { "application/json" };
    Some(Answer::new(200, kind, described(&reply)?.to_string()))
}

fn asked<B>(request: &Request<B>, content: &[u8]) -> Option<Asked> {
    let has_type = header(request, CONTENT_TYPE);
    if request.method() == Method::POST && has_type.split(';').next()?.trim() == MESSAGE {
        return Some(if is_query(content) {
            Asked::Message(content.to_vec())
        } else {
            Asked::Broken
        });
    }
    let target = request.uri();
    let accepted = header(request, ACCEPT);
    let is_meant = accepted.contains(MESSAGE) || accepted.contains(JSON);
    let by_path = PATHS.contains(&target.path());
    let parameters = target.query().unwrap_or_default();
    if let Some(text) = parameter(parameters, "dns") {
        return match decoded(text).filter(|query| is_query(query)) {
            Some(query) => Some(Asked::Message(query)),
            None => (is_meant || by_path).then_some(Asked::Broken),
        };
    }
    if !is_meant && !by_path {
        return None;
    }
    let Some(name) = parameter(parameters, "name") else {
        return is_meant.then_some(Asked::Broken);
    };
    let kind = parameter(parameters, "type");
    Some(question(name, kind).map_or(Asked::Broken, Asked::Json))
}

/// Whether bytes are a query that can be answered.
fn is_query(bytes: &[u8]) -> bool {
    bytes.len() >= 12 && bytes[2] & 0x80 == 0 && Message::from_vec(bytes).is_ok()
}

/// A query made of a name and a type, by its number or its name; A where there is none.
fn question(name: &str, kind: Option<&str>) -> Option<Vec<u8>> {
    let kind = match kind.unwrap_or("A") {
        number if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            RecordType::from(number.parse::<u16>().ok()?)
        }
        name => name.to_ascii_uppercase().parse().ok()?,
    };
    let mut name = Name::from_utf8(unescaped(name)?).ok()?;
    name.set_fqdn(true);
    let mut query = Message::query();
    query.metadata.recursion_desired = true;
    query.add_query(Query::query(name, kind));
    query.to_vec().ok()
}

/// A reply as JSON: the form that Google and Cloudflare share, with the names of its members.
fn described(reply: &[u8]) -> Option<Value> {
    let reply = Message::from_vec(reply).ok()?;
    let questions = reply.queries.iter().map(|query| {
        let (name, kind) = (query.name.to_ascii(), u16::from(query.query_type));
        json!({ "name": name, "type": kind })
    });
    let records = |records: &[hickory_proto::rr::Record]| -> Vec<Value> {
        let described = records.iter().map(|record| {
            let (name, kind) = (record.name.to_ascii(), u16::from(record.record_type()));
            json!({ "name": name, "type": kind, "TTL": record.ttl, "data": record.data.to_string() })
        });
        described.collect()
    };
    let mut value = json!({
        "Status": u16::from(reply.metadata.response_code),
        "TC": false,
        "RD": reply.metadata.recursion_desired,
        "RA": true,
        "AD": false,
        "CD": false,
        "Question": questions.collect::<Vec<_>>(),
    });
    for (key, all) in [("Answer", &reply.answers), ("Authority", &reply.authorities)] {
        if !all.is_empty() {
            value[key] = json!(records(all));
        }
    }
    Some(value)
}

fn header<B>(request: &Request<B>, name: HeaderName) -> String {
    let value = request.headers().get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_ascii_lowercase()
}

fn parameter<'a>(query: &'a str, wanted: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        (name == wanted).then_some(value)
    })
}

/// Base64 for names in addresses (RFC 4648 section 5), which should have no padding (RFC 8484
/// section 6), and from some clients has.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    if text.len() > LONGEST / 3 * 4 + 3 {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// What percent signs stand for (RFC 3986 section 2.1).
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The query of RFC 8484 section 4.1.1.
    const QUERY: &str = "AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB";

    fn request(method: &str, target: &str, kind: &str) -> Request<()> {
        let name = if method == "POST" { CONTENT_TYPE } else { ACCEPT };
        let request = Request::builder().method(method).uri(target).header(name, kind);
        request.body(()).expect("a request")
    }

    /// `message NAME TYPE`, `json NAME TYPE`, `broken`, or `other`.
    fn shown(asked: Option<Asked>) -> String {
        let (form, bytes) = match asked {
            None => return "other".to_owned(),
            Some(Asked::Broken) => return "broken".to_owned(),
            Some(Asked::Message(bytes)) => ("message", bytes),
            Some(Asked::Json(bytes)) => ("json", bytes),
        };
        let message = Message::from_vec(&bytes).expect("a message");
        format!("{form} {} {}", message.queries[0].name, message.queries[0].query_type)
    }

    #[test]
    fn questions_are_told_from_other_requests() {
        for (target, accept, expected) in [
            (&*format!("/dns-query?dns={QUERY}"), MESSAGE, "message www.example.com. A"),
            (&format!("/any?ct=x&dns={QUERY}=="), "*/*", "message www.example.com. A"),
            (&format!("/any?dns={}", &QUERY[..30]), "*/*", "other"),
            (&format!("/any?dns={}", &QUERY[..30]), MESSAGE, "broken"),
            ("/dns-query?dns=!", "*/*", "broken"),
            ("/dns-query?name=a.example&type=AAAA", JSON, "json a.example. AAAA"),
            ("/dns-query?name=a.example", JSON, "json a.example. A"),
            ("/resolve?name=b%2Eexample&type=65", "*/*", "json b.example. HTTPS"),
            ("/resolve?name=a.example&type=nonsense", "*/*", "broken"),
            ("/resolve?name=%ZZ", "*/*", "broken"),
            ("/resolve", "*/*", "other"),
            ("/users?name=a.example", "application/json", "other"),
            ("/", MESSAGE, "broken"),
        ] {
            assert_eq!(shown(asked(&request("GET", target, accept), b"")), expected, "{target}");
        }
        let query = decoded(QUERY).expect("base64");
        for (content, kind, expected) in [
            (&query[..], MESSAGE, "message www.example.com. A"),
            (&query[..], "Application/DNS-message; x=y", "message www.example.com. A"),
            (&query[..20], MESSAGE, "broken"),
            (&query[..], "application/json", "other"),
        ] {
            assert_eq!(shown(asked(&request("POST", "/q", kind), content)), expected, "{kind}");
        }
    }

    #[test]
    fn a_reply_is_described_with_the_members_that_resolvers_share() {
        let query = question("a.example", Some("1")).expect("a query");
        let mut book = crate::internet::AddressBook::default();
        let reply = dns::answer(&query, false, &crate::script::Script::default(), &mut book);
        let value = described(&reply.expect("a reply")).expect("JSON");
        assert_eq!(value["Status"], 0);
        assert_eq!(value["Question"], json!([{ "name": "a.example.", "type": 1 }]));
        let data = json!([{ "name": "a.example.", "type": 1, "TTL": 60, "data": "198.18.0.1" }]);
        assert_eq!(value["Answer"], data);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,200}", content in prop::collection::vec(any::<u8>(), 0..99)) {
            let (_, _, _) = (decoded(&text), unescaped(&text), question(&text, Some(&text)));
            let _ = (is_query(&content), described(&content));
        }
    }
}
