//! A request as it is told of: method, address, selected header fields, content.

use hyper::Request as Asked;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderValue};

use super::talk::Talk;
use crate::contact::{Body, Header, Host, Request};

/// Fields that say what the application tells of itself and of its user. Any that begins with
/// `x-` is kept as well.
const KEPT: [&str; 11] = [
    "user-agent",
    "accept",
    "accept-language",
    "content-encoding",
    "content-length",
    "from",
    "origin",
    "referer",
    "dnt",
    "sec-gpc",
    "range",
];
/// Fields of which only that they are there is kept: results are read by many.
const SECRET: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];
/// So many fields are kept of a request, and so many characters of each.
const MOST_FIELDS: usize = 32;
const MOST_CHARACTERS: usize = 1024;
/// So many characters are kept of a request's target.
const MOST_TARGET: usize = 8192;

/// Whom a request is for: the name that the client resolved or asked for, or else what the
/// request itself says.
pub(super) fn host<B>(asked: &Asked<B>, talk: &Talk) -> Host {
    let known = talk.host();
    let said = authority(asked).map(|authority| bare(&authority).to_owned());
    match (known, said) {
        (Host::Address(_), Some(said)) if !said.is_empty() => Host::from_text(&said),
        (known, _) => known,
    }
}

/// What is told of a request that bore so many bytes and was answered so, or not at all.
pub(super) fn record<B>(asked: &Asked<B>, talk: &Talk, bytes: u64, status: Option<u16>) -> Request {
    let uri = asked.uri();
    let target = match uri.path_and_query() {
        // As HTTP/1.1 would write it, whatever it came in.
        Some(path) if uri.scheme().is_none() || talk.sessions > 0 => path.as_str().to_owned(),
        _ => uri.to_string(),
    };
    let authority = authority(asked);
    let scheme = uri.scheme_str().unwrap_or(if talk.sessions > 0 { "https" } else { "http" });
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let url = authority
        .as_ref()
        .map(|authority| cut(&format!("{scheme}://{authority}{path}"), MOST_TARGET));
    let content_type = text(asked.headers(), CONTENT_TYPE.as_str());
    let body = (bytes > 0 || content_type.is_some()).then_some(Body { bytes, content_type });
    Request {
        host: authority.map(|authority| bare(&authority).to_owned()),
        status,
        url,
        headers: fields(asked.headers()),
        body,
        ..Request::new(asked.method().as_str(), cut(&target, MOST_TARGET))
    }
}

/// Host and port as the request writes them.
fn authority<B>(asked: &Asked<B>) -> Option<String> {
    let of_uri = asked.uri().authority().map(ToString::to_string);
    of_uri.or_else(|| text(asked.headers(), HOST.as_str())).map(|text| text.to_lowercase())
}

/// The host of an authority, without port and brackets.
fn bare(authority: &str) -> &str {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    host.trim_matches(['[', ']'])
}

fn fields(headers: &HeaderMap) -> Vec<Header> {
    let kept = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str();
        let value = if SECRET.contains(&name) {
            veiled(value)
        } else if KEPT.contains(&name) || name.starts_with("x-") {
            shown(value)
        } else {
            return None;
        };
        Some(Header { name: name.to_owned(), value })
    });
    kept.take(MOST_FIELDS).collect()
}

/// The scheme of credentials, and how long they are.
fn veiled(value: &HeaderValue) -> String {
    let value = shown(value);
    match value.split_once(' ') {
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            format!("{scheme} ({} bytes)", rest.len())
        }
        _ => format!("({} bytes)", value.len()),
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(shown)
}

fn shown(value: &HeaderValue) -> String {
    cut(&String::from_utf8_lossy(value.as_bytes()), MOST_CHARACTERS)
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_told() {
        let value = |text| HeaderValue::from_static(text);
        for (given, expected) in [
            ("Bearer abcdef", "Bearer (6 bytes)"),
            ("a=b; c=d", "(8 bytes)"),
            ("sid=1", "(5 bytes)"),
        ] {
            assert_eq!(veiled(&value(given)), expected);
        }
    }

    #[test]
    fn an_authority_gives_its_host() {
        for (authority, host) in [
            ("a.example", "a.example"),
            ("a.example:8443", "a.example"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("192.0.2.1:80", "192.0.2.1"),
        ] {
            assert_eq!(bare(authority), host);
        }
    }
}
