//! A request's line in a snapshot: what of it is the same run after run.
//!
//! Left out are sizes, header fields (versions, tokens, times), and the status, which is the
//! simulated internet's answer and no doing of the application's. Of a content's type the
//! parameters are left out: a multipart boundary is new each time.

use std::borrow::Cow;

use regex::Regex;

use crate::contact::{Contact, Request, printable_word};

/// How much of the requests is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// None.
    #[default]
    Hosts,
    /// Method and path.
    Paths,
    /// Method, URL with its query, type of the content.
    Full,
}

/// What is shown of requests, and what in them is replaced by `*`.
#[derive(Debug, Clone, Default)]
pub struct RequestView {
    detail: Detail,
    query: Vec<String>,
    path: Vec<Regex>,
}

impl RequestView {
    /// Shows so much, without the values of these query parameters and without what matches
    /// one of these expressions in a path. What is no regular expression matches nothing.
    pub fn new(detail: Detail, query: &[String], path: &[String]) -> Self {
        let path = path.iter().filter_map(|text| Regex::new(text).ok()).collect();
        Self { detail, query: query.to_vec(), path }
    }

    /// The line of a request; none where it is not to be shown. What the other side asked of
    /// the application is not: its target holds ports that are new each time.
    pub(super) fn line(&self, request: &Request, contact: &Contact) -> Option<String> {
        if request.received {
            return None;
        }
        let target = match self.detail {
            Detail::Hosts => return None,
            Detail::Paths => self.path_alone(&request.target),
            Detail::Full => self.url(request, contact),
        };
        let mut line = format!("{} {}", printable_word(&request.method), printable_word(&target));
        if let (Detail::Full, Some(kind)) =
            (self.detail, request.body.as_ref().and_then(|body| body.content_type.as_deref()))
        {
            let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            line.push_str("  ");
            line.push_str(&printable_word(&essence));
        }
        Some(line)
    }

    /// The target without its query.
    fn path_alone(&self, target: &str) -> String {
        let target = Target::of(target);
        format!("{}{}", target.origin, self.redacted_path(target.path))
    }

    fn url(&self, request: &Request, contact: &Contact) -> String {
        let url = match &request.url {
            Some(url) => Cow::Borrowed(url.as_str()),
            // Read from the packets, so it was not in TLS.
            None if request.target.starts_with('/') => {
                let host = request.host.clone().unwrap_or_else(|| contact.host.to_string());
                let host = if host.contains(':') { format!("[{host}]") } else { host };
                let port = contact.port.filter(|port| *port != 80).map(|port| format!(":{port}"));
                Cow::Owned(format!("http://{host}{}{}", port.unwrap_or_default(), request.target))
            }
            None => Cow::Borrowed(request.target.as_str()),
        };
        let target = Target::of(&url);
        let mut text = format!("{}{}", target.origin, self.redacted_path(target.path));
        if let Some(query) = target.query {
            text.push('?');
            text.push_str(&self.redacted_query(query));
        }
        text
    }

    fn redacted_path(&self, path: &str) -> String {
        self.path.iter().fold(path.to_owned(), |path, expression| {
            let veiled = expression.replace_all(&path, |found: &regex::Captures<'_>| {
                let found = found.get(0).map_or("", |found| found.as_str());
                // Slashes at its ends stay, so that the path keeps its parts.
                let start = if found.starts_with('/') { "/" } else { "" };
                let end = if found.len() > 1 && found.ends_with('/') { "/" } else { "" };
                format!("{start}*{end}")
            });
            veiled.into_owned()
        })
    }

    fn redacted_query(&self, query: &str) -> String {
        let parameters = query.split('&').map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if self.query.iter().any(|hidden| hidden == name) => {
                Cow::Owned(format!("{name}=*"))
            }
            _ => Cow::Borrowed(parameter),
        });
        parameters.collect::<Vec<_>>().join("&")
    }
}

/// A request's target or URL (RFC 9112 section 3.2) in its parts.
struct Target<'a> {
    /// Scheme and authority; empty where it begins with its path.
    origin: &'a str,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Target<'a> {
    fn of(text: &'a str) -> Self {
        let (whole, query) = match text.split_once('?') {
            Some((whole, query)) => (whole, Some(query)),
            None => (text, None),
        };
        let start = match whole.find("://") {
            Some(scheme) => whole[scheme + 3..].find('/').map_or(whole.len(), |at| scheme + 3 + at),
            None => 0,
        };
        let (origin, path) = whole.split_at(start);
        Self { origin, path, query }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::{AddressClass, Body, ContactKind, Host, Phase, Transport};
    use crate::packet::Timestamp;

    fn contact(port: u16) -> Contact {
        Contact {
            host: Host::from_text("a.example"),
            address: None,
            port: Some(port),
            transport: Transport::Tcp,
            protocol: None,
            phase: Phase::Startup,
            class: AddressClass::Outward,
            kind: ContactKind::Traffic,
            expected: None,
            guessed: false,
            process: None,
            evidence: Vec::new(),
            tls: None,
            requests: Vec::new(),
            flows: 1,
            first: Timestamp(1),
            last: Timestamp(2),
            packets: 3,
            bytes_out: 4,
            bytes_in: 5,
        }
    }

    fn check(view: &RequestView, request: &Request, port: u16, expected: Option<&str>) {
        assert_eq!(view.line(request, &contact(port)).as_deref(), expected, "{request:?}");
    }

    #[test]
    fn a_request_is_shown_as_far_as_wanted() {
        let id = "/v1/0b0b0b0b-0000-4000-8000-000000000000/events?v=3&id=7&on";
        let request = |target: &str, url: Option<&str>| Request {
            url: url.map(str::to_owned),
            ..Request::new("POST", target)
        };
        let redact = (["v".to_owned(), "on".to_owned()], ["/[0-9a-f-]{36}".to_owned()]);
        let view = |detail| RequestView::new(detail, &redact.0, &redact.1);
        check(&view(Detail::Hosts), &request(id, None), 443, None);
        for (target, url, port, paths, full) in [
            (id, None, 80, "POST /v1/*/events", "POST http://a.example/v1/*/events?v=*&id=7&on"),
            ("/x", None, 8080, "POST /x", "POST http://a.example:8080/x"),
            (
                "/x?v=1",
                Some("https://b.example/x?v=1"),
                443,
                "POST /x",
                "POST https://b.example/x?v=*",
            ),
            (
                "http://c.example/y?z",
                None,
                3128,
                "POST http://c.example/y",
                "POST http://c.example/y?z",
            ),
            ("c.example:443", None, 3128, "POST c.example:443", "POST c.example:443"),
            ("*", None, 80, "POST *", "POST *"),
            ("/a b\n", None, 80, "POST /a\\u{20}b\\u{a}", "POST http://a.example/a\\u{20}b\\u{a}"),
        ] {
            check(&view(Detail::Paths), &request(target, url), port, Some(paths));
            check(&view(Detail::Full), &request(target, url), port, Some(full));
        }
    }

    #[test]
    fn a_contents_type_is_shown_without_what_varies() {
        let view = RequestView::new(Detail::Full, &[], &[]);
        let kind = Some("Multipart/Form-Data; boundary=x7".to_owned());
        let request = Request {
            body: Some(Body { bytes: 9, content_type: kind }),
            ..Request::new("POST", "/x")
        };
        check(&view, &request, 80, Some("POST http://a.example/x  multipart/form-data"));
        let received = Request { received: true, ..request };
        check(&view, &received, 80, None);
    }
}
