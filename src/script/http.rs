//! Answers to HTTP requests.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Turns;
use crate::contact::{Host, HostPattern};

/// An answer to HTTP requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// The host asked for.
    pub host: HostPattern,
    /// The ports it is asked on; any where empty.
    pub ports: Vec<RangeInclusive<u16>>,
    /// The methods, in upper case; any where empty.
    pub methods: Vec<String>,
    /// The path asked for, query left out, `*` for any characters; any where absent.
    pub path: Option<String>,
    /// Of which of these requests it is the answer.
    pub turns: Turns,
    /// How long it takes.
    pub delay: Duration,
    /// The status code.
    pub status: u16,
    /// Header fields, beside those that the simulated internet writes itself.
    pub headers: Vec<(String, String)>,
    /// The body's media type.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// Whether a request is one that this is the answer to, turns left aside.
    pub fn fits(&self, host: &Host, port: u16, method: &str, path: &str) -> bool {
        self.host.matches(host)
            && (self.ports.is_empty() || self.ports.iter().any(|range| range.contains(&port)))
            && (self.methods.is_empty() || self.methods.iter().any(|known| known == method))
            && self.path.as_deref().is_none_or(|wanted| path_fits(wanted, path))
    }
}

/// Whether a path is as the pattern has it, `*` standing for any characters.
fn path_fits(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    // The earliest place for each part leaves the most for those after it.
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_fits_its_pattern() {
        for (pattern, path, fits) in [
            ("/version", "/version", true),
            ("/version", "/version/", false),
            ("/version", "/v", false),
            ("/api/*", "/api/", true),
            ("/api/*", "/api/v1/x", true),
            ("/api/*", "/api", false),
            ("/*/x/*.json", "/a/x/y/z.json", true),
            ("/*/x/*.json", "/x/z.json", false),
            ("/*a", "/a", true),
            ("/a*a", "/a", false),
            ("*", "/anything", true),
        ] {
            assert_eq!(path_fits(pattern, path), fits, "{pattern} {path}");
        }
    }
}
