//! A request that an application made.

use serde::{Deserialize, Serialize};

/// A request, as it was sent. Two requests are the same where method, target, host and direction
/// are, whatever was answered.
#[derive(Debug, Clone, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The method: `GET`, `REGISTER`.
    pub method: String,
    /// The request target or URI as sent.
    pub target: String,
    /// The host that it asks for, where it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The status that it was answered with, where an answer was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Whom it is from, where it says so: the URI in SIP's From (RFC 3261 section 20.20).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Whom it is to, where it says so: the URI in SIP's To (RFC 3261 section 20.39).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Where its sender wants to be reached: the URI in SIP's Contact (RFC 3261 section 20.10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// The other side sent it: the application was asked, and did not ask.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub received: bool,
    /// The whole address of what it asks for (RFC 9110 section 4.2), where the simulated
    /// internet answered it: `https://example.org/path?query`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Selected header fields in the order in which they came; see `docs/result-format.md` for
    /// which.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Header>,
    /// What was sent with it, where the simulated internet read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

/// A header field (RFC 9110 section 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Its name, in lower case.
    pub name: String,
    /// Its value; of credentials only the scheme and the length.
    pub value: String,
}

/// The content of a request (RFC 9110 section 6.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// Its length in bytes, as sent, content coding included.
    pub bytes: u64,
    /// Its media type, where the client gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

impl Request {
    /// A request that has not been answered yet.
    pub fn new(method: impl Into<String>, target: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            target: target.into(),
            host: None,
            status: None,
            from: None,
            to: None,
            contact: None,
            received: false,
            url: None,
            headers: Vec::new(),
            body: None,
        }
    }

    /// Method and target in one line, which says so where the application did not send it.
    pub fn line(&self) -> String {
        let way = if self.received { "received: " } else { "" };
        format!("{way}{} {}", self.method, self.target)
    }

    /// What tells it from other requests.
    fn identity(&self) -> (bool, &str, &str, Option<&str>) {
        (self.received, &self.method, &self.target, self.host.as_deref())
    }

    /// Whether another is the same in every field, whatever they are compared by elsewhere.
    pub fn is_alike(&self, other: &Self) -> bool {
        self == other
            && (self.status, &self.headers, &self.body)
                == (other.status, &other.headers, &other.body)
            && (&self.from, &self.to, &self.contact) == (&other.from, &other.to, &other.contact)
            && self.url == other.url
    }

    /// How many bytes its texts take.
    pub fn size(&self) -> usize {
        let more = [&self.host, &self.from, &self.to, &self.contact, &self.url];
        let more = more.into_iter().flatten().map(String::len);
        let headers = self.headers.iter().map(|header| header.name.len() + header.value.len());
        self.method.len() + self.target.len() + more.chain(headers).sum::<usize>()
    }

    /// The same request to a host.
    #[must_use]
    pub fn to_host(self, host: Option<String>) -> Self {
        Self { host, ..self }
    }
}

impl PartialEq for Request {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl std::hash::Hash for Request {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}
