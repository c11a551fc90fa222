//! What an answer has beyond its content: a part of it where a part was asked for, the permission
//! that a web page's request to another origin needs, and no content to HEAD.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ALLOW,
    CONTENT_LENGTH, CONTENT_RANGE, HeaderMap, HeaderName, HeaderValue, IF_RANGE, ORIGIN, RANGE,
    VARY,
};
use hyper::{Method, Request, Response, StatusCode};

const METHODS: HeaderValue =
    HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
const ASKS_FOR_NETWORK: &str = "access-control-request-private-network";
const ALLOWS_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");

/// Makes an answer to a request of status, header and body. What it already has stays.
pub(super) fn finish<B>(
    asked: &Request<B>,
    mut response: Response<()>,
    body: Bytes,
) -> Response<Full<Bytes>> {
    allow(asked, &mut response);
    // These have none (RFC 9110 sections 15.3.5 and 15.4.5), and a client may take one for an error.
    let has_none = matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if has_none {
        return response.map(|()| Full::default());
    }
    let body = part(asked, &mut response, body);
    if asked.method() == Method::HEAD {
        let length = HeaderValue::from(body.len());
        response.headers_mut().entry(CONTENT_LENGTH).or_insert(length);
        return response.map(|()| Full::default());
    }
    response.map(|()| Full::new(body))
}

/// The permission to read the answer (Fetch, section 3.2), for whatever page asks.
fn allow<B>(asked: &Request<B>, response: &mut Response<()>) {
    let fields = asked.headers();
    let is_preflight = asked.method() == Method::OPTIONS
        && fields.contains_key(ORIGIN)
        && fields.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if is_preflight && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NO_CONTENT;
    }
    let header = response.headers_mut();
    if asked.method() == Method::OPTIONS {
        header.entry(ALLOW).or_insert(METHODS);
    }
    let Some(origin) = fields.get(ORIGIN) else { return };
    let yes = HeaderValue::from_static("true");
    let mut give = |name: HeaderName, value: Option<&HeaderValue>| {
        if let Some(value) = value {
            header.entry(name).or_insert_with(|| value.clone());
        }
    };
    give(ACCESS_CONTROL_ALLOW_ORIGIN, Some(origin));
    give(ACCESS_CONTROL_ALLOW_CREDENTIALS, Some(&yes));
    give(VARY, Some(&HeaderValue::from_static("Origin")));
    if is_preflight {
        give(ACCESS_CONTROL_ALLOW_METHODS, fields.get(ACCESS_CONTROL_REQUEST_METHOD));
        give(ACCESS_CONTROL_ALLOW_HEADERS, fields.get(ACCESS_CONTROL_REQUEST_HEADERS));
        give(ACCESS_CONTROL_MAX_AGE, Some(&HeaderValue::from_static("600")));
        give(ALLOWS_NETWORK, fields.get(ASKS_FOR_NETWORK).map(|_| &yes));
    } else {
        give(ACCESS_CONTROL_EXPOSE_HEADERS, Some(&HeaderValue::from_static("*")));
    }
}

/// The part of a body that was asked for (RFC 9110 section 14). What is empty has no parts, and
/// is given whole: a client that resumes nothing goes on.
fn part<B>(asked: &Request<B>, response: &mut Response<()>, body: Bytes) -> Bytes {
    if response.status() != StatusCode::OK || body.is_empty() || asked.method() != Method::GET {
        return body;
    }
    let whole = body.len();
    let bytes = HeaderValue::from_static("bytes");
    response.headers_mut().entry(ACCEPT_RANGES).or_insert(bytes);
    // Nothing here has a validator that could still hold.
    let is_conditional = asked.headers().contains_key(IF_RANGE);
    let Some(range) = range(asked.headers()).filter(|_| !is_conditional) else { return body };
    let cut = match range {
        (Some(first), last) => (first < whole)
            .then(|| first..last.map_or(whole, |last| last.saturating_add(1).min(whole))),
        (None, Some(suffix)) => (suffix > 0).then(|| whole.saturating_sub(suffix)..whole),
        (None, None) => return body,
    };
    let (status, shown, body) = match cut {
        Some(cut) if cut.start < cut.end => {
            let shown = format!("bytes {}-{}/{whole}", cut.start, cut.end - 1);
            (StatusCode::PARTIAL_CONTENT, shown, body.slice(cut))
        }
        // The last byte before the first: no range at all (section 14.1.1).
        Some(_) => return body,
        None => (StatusCode::RANGE_NOT_SATISFIABLE, format!("bytes */{whole}"), Bytes::new()),
    };
    *response.status_mut() = status;
    if let Ok(shown) = HeaderValue::from_str(&shown) {
        response.headers_mut().insert(CONTENT_RANGE, shown);
    }
    body
}

/// First and last byte of the one range that is asked for; several are not served.
fn range(headers: &HeaderMap) -> Option<(Option<usize>, Option<usize>)> {
    let range = headers.get(RANGE)?.to_str().ok()?.trim().strip_prefix("bytes=")?;
    let (first, last) = range.split_once('-')?;
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    };
    Some((number(first)?, number(last)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(method: &str, fields: &[(&str, &str)]) -> Response<Full<Bytes>> {
        let mut request = Request::builder().method(method).uri("/");
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let request = request.body(()).expect("a request");
        finish(&request, Response::new(()), Bytes::from_static(b"0123456789"))
    }

    #[test]
    fn a_part_is_what_was_asked_for() {
        for (range, status, shown) in [
            ("bytes=2-4", 206, Some("bytes 2-4/10")),
            ("bytes=2-", 206, Some("bytes 2-9/10")),
            ("bytes=-3", 206, Some("bytes 7-9/10")),
            ("bytes=-30", 206, Some("bytes 0-9/10")),
            ("bytes=5-99", 206, Some("bytes 5-9/10")),
            ("bytes=10-", 416, Some("bytes */10")),
            ("bytes=-0", 416, Some("bytes */10")),
            ("bytes=4-2", 200, None),
            ("bytes=0-1,3-4", 200, None),
            ("bytes=-", 200, None),
            ("lines=1-2", 200, None),
            ("bytes=18446744073709551616-", 200, None),
        ] {
            let response = finished("GET", &[("range", range)]);
            assert_eq!(response.status(), status, "{range}");
            let found = response.headers().get(CONTENT_RANGE).map(|value| value.to_str());
            assert_eq!(found.transpose().expect("text"), shown, "{range}");
        }
        let conditional = finished("GET", &[("range", "bytes=2-4"), ("if-range", "\"x\"")]);
        assert_eq!(conditional.status(), 200);
    }

    #[test]
    fn a_web_page_may_send_what_it_asks_to_send() {
        let response = finished(
            "OPTIONS",
            &[
                ("origin", "https://page.example"),
                ("access-control-request-method", "POST"),
                ("access-control-request-headers", "content-type, x-id"),
            ],
        );
        assert_eq!(response.status(), 204);
        for (name, value) in [
            ("access-control-allow-origin", "https://page.example"),
            ("access-control-allow-methods", "POST"),
            ("access-control-allow-headers", "content-type, x-id"),
            ("access-control-allow-credentials", "true"),
        ] {
            assert_eq!(response.headers()[name], value);
        }
        assert_eq!(finished("OPTIONS", &[]).status(), 200);
        assert!(finished("OPTIONS", &[]).headers().contains_key(ALLOW));
        assert!(!finished("GET", &[]).headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
    }

    #[test]
    fn head_has_the_length_and_no_content() {
        let response = finished("HEAD", &[]);
        assert_eq!(response.headers()[CONTENT_LENGTH], "10");
        let length = hyper::body::Body::size_hint(response.body()).exact();
        assert_eq!(length, Some(0));
    }
}
