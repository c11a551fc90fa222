//! The smallest body that a client can do something with: of a kind that it says it accepts, or
//! else that the path asked for ends in.

use hyper::Request;
use hyper::header::ACCEPT;

/// A media type and a body of it.
type Fitting = (&'static str, &'static [u8]);

const HTML: Fitting = ("text/html", b"<!doctype html><title></title>\n");
const JSON: Fitting = ("application/json", b"{}\n");
const CSS: Fitting = ("text/css", b"");
const SCRIPT: Fitting = ("text/javascript", b"");
const XML: Fitting = ("application/xml", b"<?xml version=\"1.0\"?>\n<empty/>\n");
const NOTHING: Fitting = ("text/plain", b"");
/// One pixel, transparent (GIF89a).
const IMAGE: Fitting = (
    "image/gif",
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\0\0\0\x21\xf9\x04\x01\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b",
);
const DRAWING: Fitting = ("image/svg+xml", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n");
/// A stream that ends, and asks to be left alone for a day (HTML, server-sent events).
const EVENTS: Fitting = ("text/event-stream", b"retry: 86400000\n\n");

/// The body for a request.
pub(super) fn body<B>(request: &Request<B>) -> Fitting {
    let accepted = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    by_kind(accepted.unwrap_or_default()).unwrap_or_else(|| by_path(request.uri().path()))
}

/// By the first kind accepted of which there is one.
fn by_kind(accepted: &str) -> Option<Fitting> {
    accepted.split(',').find_map(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Some(match kind.as_str() {
            "text/event-stream" => EVENTS,
            "image/svg+xml" => DRAWING,
            "text/css" => CSS,
            _ if kind.starts_with("image/") => IMAGE,
            _ if kind.contains("html") => HTML,
            _ if kind.contains("json") => JSON,
            _ if kind.contains("javascript") => SCRIPT,
            _ if kind.ends_with("/xml") || kind.ends_with("+xml") => XML,
            _ => return None,
        })
    })
}

fn by_path(path: &str) -> Fitting {
    let file = path.rsplit('/').next().unwrap_or_default();
    let (_, ending) = file.rsplit_once('.').unwrap_or_default();
    match ending.to_ascii_lowercase().as_str() {
        "html" | "htm" => HTML,
        "json" | "map" | "webmanifest" => JSON,
        "js" | "mjs" => SCRIPT,
        "css" => CSS,
        "gif" | "png" | "jpg" | "jpeg" | "webp" | "avif" | "ico" => IMAGE,
        "svg" => DRAWING,
        "xml" | "rss" | "atom" => XML,
        _ => NOTHING,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_of_a_kind_that_the_client_accepts() {
        for (accepted, path, expected) in [
            (Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), "/", HTML),
            (Some("application/json, text/plain, */*"), "/", JSON),
            (Some("application/vnd.github+json"), "/", JSON),
            (Some("image/avif,image/webp,*/*"), "/logo", IMAGE),
            (Some("text/css,*/*;q=0.1"), "/", CSS),
            (Some("text/event-stream"), "/events", EVENTS),
            (Some("application/rss+xml"), "/", XML),
            (Some("*/*"), "/app.mjs", SCRIPT),
            (Some("*/*"), "/a/site.webmanifest?x", JSON),
            (None, "/icon.svg", DRAWING),
            (None, "/Packages.gz", NOTHING),
            (None, "/", NOTHING),
        ] {
            let mut request = Request::builder().uri(path);
            if let Some(accepted) = accepted {
                request = request.header(ACCEPT, accepted);
            }
            assert_eq!(
                body(&request.body(()).expect("a request")),
                expected,
                "{accepted:?} {path}"
            );
        }
    }
}
