//! An override of kind `http`.

use super::error::Problem;
use super::folder::Folder;
use super::network::{pattern, ports};
use super::overrides::turns;
use super::read::{Fields, any_text, duration, entries, filled_text, list, mismatch, whole};
use super::tree::{Node, Value};
use crate::contact::quoted;
use crate::script::HttpAnswer;

const KEYS: [&str; 12] = [
    "host",
    "port",
    "method",
    "path",
    "status",
    "headers",
    "body",
    "file",
    "content-type",
    "delay",
    "after",
    "times",
];

/// What the simulated internet writes itself.
const ITS_OWN: [&str; 5] =
    ["connection", "content-length", "content-type", "transfer-encoding", "upgrade"];

pub(super) fn http(node: &Node, folder: Folder<'_>) -> Result<HttpAnswer, Problem> {
    let fields = Fields::of(node, "a mapping with `host`", &KEYS)?;
    let host = pattern(fields.need("host", "host: www.example.org")?)?;
    let status = fields.read("status", |node| whole(node, 200..=599, "an HTTP status"))?;
    let status = u16::try_from(status.unwrap_or(200)).unwrap_or(200);
    let content = ["body", "file"].map(|key| fields.key(key));
    if let Some(body) =
        content.iter().flatten().next().filter(|_| matches!(status, 204 | 205 | 304))
    {
        return Err(Problem::new(body, format!("a response of status {status} has no body")));
    }
    if let [Some(_), Some(file)] = content {
        return Err(Problem::new(file, "`file` beside `body`")
            .help("one of the two is what the answer holds"));
    }
    let body = match fields.read("file", |node| folder.read(node))? {
        Some(content) => content,
        None => fields.read("body", any_text)?.unwrap_or_default().as_bytes().to_vec(),
    };
    Ok(HttpAnswer {
        host,
        ports: fields.read("port", ports)?.unwrap_or_default().0,
        methods: fields.read("method", methods)?.unwrap_or_default(),
        path: fields.read("path", path)?,
        turns: turns(&fields)?,
        delay: fields.read("delay", duration)?.unwrap_or_default(),
        status,
        headers: fields.read("headers", headers)?.unwrap_or_default(),
        content_type: fields.read("content-type", media_type)?.unwrap_or("text/plain").to_owned(),
        body,
    })
}

/// One method or a list of them, which are upper case (RFC 9110 section 9.1, RFC 3261 section 7.1).
pub(super) fn methods(node: &Node) -> Result<Vec<String>, Problem> {
    let one = |node: &Node| {
        let text = filled_text(node)?;
        match text.bytes().all(is_token) {
            true if text.bytes().any(|byte| byte.is_ascii_lowercase()) => Err(Problem::new(
                node,
                format!("{} is no method: methods are upper case", quoted(text)),
            )
            .help(format!("write `{}`", text.to_ascii_uppercase()))),
            true => Ok(text.to_owned()),
            false => Err(mismatch(node, "a method such as `POST`")),
        }
    };
    let methods = match &node.value {
        Value::List(_) => list(node, "methods")?.iter().map(one).collect::<Result<Vec<_>, _>>()?,
        _ => vec![one(node)?],
    };
    if methods.is_empty() {
        return Err(Problem::new(node, "the list of methods is empty")
            .help("leave `method` out to mean any"));
    }
    Ok(methods)
}

/// A character of a token (RFC 9110 section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn path(node: &Node) -> Result<String, Problem> {
    let path = filled_text(node)?;
    if !path.starts_with(['/', '*']) || !path.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(mismatch(node, "a path that begins with `/`, percent-encoded"));
    }
    if path.contains(['?', '#']) {
        return Err(Problem::new(node, "a path without query or fragment is expected")
            .help("the query is left out of the comparison"));
    }
    Ok(path.to_owned())
}

/// Header fields: a name to a text, or to a list of texts for one that is sent several times.
fn headers(node: &Node) -> Result<Vec<(String, String)>, Problem> {
    let mut headers = Vec::new();
    for (key, name, value) in entries(node, "a mapping of header fields to their values")? {
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(Problem::new(key, format!("{} cannot name a header field", quoted(name))));
        }
        let lower = name.to_ascii_lowercase();
        if ITS_OWN.contains(&lower.as_str()) {
            let help = match lower.as_str() {
                "content-type" => "write `content-type` beside `headers`",
                _ => "the simulated internet writes this one itself",
            };
            let problem = format!("{} cannot be given here", quoted(name));
            return Err(Problem::new(key, problem).help(help));
        }
        let values = match &value.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(value),
        };
        for value in values {
            headers.push((lower.clone(), header_value(value)?.to_owned()));
        }
    }
    Ok(headers)
}

fn header_value(node: &Node) -> Result<&str, Problem> {
    let value = any_text(node)?;
    if !value.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) || value.trim() != value {
        return Err(mismatch(node, "a header field's value, of visible ASCII characters"));
    }
    Ok(value)
}

fn media_type(node: &Node) -> Result<&str, Problem> {
    let value = filled_text(node)?;
    if !value.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
        return Err(mismatch(node, "a media type such as `application/json`"));
    }
    Ok(value)
}
