//! HTTP/1 requests (RFC 9112).

use super::text::{escape, host_of_authority};

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: String,
    /// The request target as sent.
    pub target: String,
    /// The host asked for: the target's authority where it has one, which RFC 9112 section
    /// 3.2.2 puts above the Host header, or that header.
    pub host: Option<String>,
}

/// How long a request's body is (RFC 9112 section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpBody {
    /// This many bytes.
    Length(u64),
    /// It cannot be told beforehand: chunks, or another protocol from here on.
    Open,
}

/// What could be read of a request's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpHead {
    /// More bytes are needed.
    Incomplete,
    /// No HTTP/1 request.
    Not,
    /// It was read.
    Read {
        /// What it asks for.
        request: HttpRequest,
        /// How many bytes the head took.
        length: usize,
        /// How much follows it.
        body: HttpBody,
    },
}

/// Reads the request at the start of the bytes.
pub fn http_request(bytes: &[u8]) -> HttpHead {
    let mut headers = [httparse::EMPTY_HEADER; 96];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = match parsed.parse(bytes) {
        Ok(httparse::Status::Partial) => return HttpHead::Incomplete,
        Ok(httparse::Status::Complete(length)) => length,
        // Odd bytes in one header must not hide whom the request is for.
        Err(_) => return oddly_put(bytes),
    };
    let (Some(method), Some(target)) = (parsed.method, parsed.path) else { return HttpHead::Not };
    let header = |name: &str| {
        parsed.headers.iter().find(|h| h.name.eq_ignore_ascii_case(name)).map(|h| h.value)
    };
    let request = request(method.as_bytes(), target.as_bytes(), header("host"));
    let open = method == "CONNECT" || header("upgrade").is_some();
    let body = match (header("transfer-encoding"), header("content-length")) {
        _ if open => HttpBody::Open,
        (Some(_), _) => HttpBody::Open,
        (None, None) => HttpBody::Length(0),
        (None, Some(value)) => {
            let value = std::str::from_utf8(value).ok();
            value.and_then(|v| v.trim().parse().ok()).map_or(HttpBody::Open, HttpBody::Length)
        }
    };
    HttpHead::Read { request, length, body }
}

/// Reads what there is of a request whose head was cut off: its line must be whole.
pub fn http_cut_off(bytes: &[u8]) -> Option<HttpRequest> {
    let bytes = bytes.trim_ascii_start();
    let mut lines = bytes.split(|&b| b == b'\n');
    let line = lines.next().unwrap_or_default();
    if line.len() == bytes.len() {
        return None;
    }
    let line = line.trim_ascii_end();
    let method = line.split(|&b| b == b' ').next().unwrap_or_default();
    let rest = line.get(method.len() + 1..)?;
    let end = rest.iter().rposition(|&b| b == b' ')?;
    let (target, version) = rest.split_at_checked(end)?;
    if method.is_empty() || !version.starts_with(b" HTTP/1.") {
        return None;
    }
    let host = lines.take_while(|line| !line.trim_ascii().is_empty()).find_map(|line| {
        let (name, value) = line.split_at_checked(5)?;
        name.eq_ignore_ascii_case(b"host:").then_some(value)
    });
    Some(request(method, target.trim_ascii(), host))
}

fn oddly_put(bytes: &[u8]) -> HttpHead {
    match http_cut_off(bytes) {
        Some(request) => HttpHead::Read { request, length: bytes.len(), body: HttpBody::Open },
        None => HttpHead::Not,
    }
}

fn request(method: &[u8], target: &[u8], host: Option<&[u8]>) -> HttpRequest {
    let authority = if method == b"CONNECT" {
        Some(target)
    } else {
        // Only a scheme makes it absolute: `/?u=http://…` asks for something here.
        let scheme = target.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
        let rest = target.get(scheme..).and_then(|rest| rest.strip_prefix(b"://"));
        rest.filter(|_| scheme > 0).and_then(|rest| rest.split(|b| b"/?#".contains(b)).next())
    };
    HttpRequest {
        method: escape(method),
        target: escape(target),
        host: authority.or(host).and_then(host_of_authority),
    }
}
