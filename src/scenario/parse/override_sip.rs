//! An override of kind `sip`.

use std::time::Duration;

use super::error::Problem;
use super::network::{pattern, ports};
use super::override_http::methods;
use super::overrides::turns;
use super::read::{Fields, duration, filled_text, list, mismatch, whole, word};
use super::tree::{Node, Value};
use crate::script::{DigestAlgorithm, SipAnswer, SipChallenge, SipRule};

const KEYS: [&str; 11] = [
    "host",
    "port",
    "method",
    "status",
    "challenge",
    "user",
    "password",
    "algorithm",
    "stale-after",
    "after",
    "times",
];
/// What belongs to a challenge alone.
const OF_CHALLENGE: [&str; 4] = ["user", "password", "algorithm", "stale-after"];

const ALGORITHMS: [(&str, DigestAlgorithm); 2] =
    [("MD5", DigestAlgorithm::Md5), ("SHA-256", DigestAlgorithm::Sha256)];

/// What servers challenge; OPTIONS is answered to anybody, since it is how clients look whether
/// their server is there.
const CHALLENGED: [&str; 5] = ["REGISTER", "INVITE", "SUBSCRIBE", "PUBLISH", "MESSAGE"];

/// How long a nonce may be used unless the scenario says.
const LASTS: Duration = Duration::from_secs(300);

pub(super) fn sip(node: &Node) -> Result<SipRule, Problem> {
    let fields = Fields::of(node, "a mapping with `host` and `challenge` or `status`", &KEYS)?;
    let host = pattern(fields.need("host", "host: sip.example.org")?)?;
    let mut asked = fields.read("method", methods)?.unwrap_or_default();
    let answer = match (fields.get("challenge"), fields.get("status")) {
        (Some(_), Some(_)) => {
            return Err(Problem::new(
                fields.key("status").unwrap_or(node),
                "`status` beside `challenge`",
            )
            .help("one of the two is what is answered"));
        }
        (None, Some(node)) => SipAnswer::Status(status(node)?),
        _ => {
            let realm = fields.need("challenge", "challenge: example.org")?;
            if asked.is_empty() {
                asked = CHALLENGED.map(str::to_owned).to_vec();
            }
            SipAnswer::Challenge(challenge(realm, &fields)?)
        }
    };
    if let (SipAnswer::Status(_), Some(key)) =
        (&answer, OF_CHALLENGE.iter().find_map(|key| fields.key(key)))
    {
        return Err(Problem::new(key, "there is no challenge that it belongs to")
            .help("write `challenge: REALM` in place of `status`"));
    }
    let is_challenge = matches!(answer, SipAnswer::Challenge(_));
    let unanswerable = asked.iter().find(|it| *it == "ACK" || (is_challenge && *it == "CANCEL"));
    if let (Some(method), Some(at)) = (unanswerable, fields.get("method")) {
        let why = if method == "ACK" { "answered" } else { "challenged" };
        return Err(Problem::new(at, format!("`{method}` is never {why}")));
    }
    Ok(SipRule {
        host,
        ports: fields.read("port", ports)?.unwrap_or_default().0,
        methods: asked,
        turns: turns(&fields)?,
        answer,
    })
}

/// A final status (RFC 3261 section 21).
fn status(node: &Node) -> Result<u16, Problem> {
    let status = whole(node, 200..=699, "a final SIP status")?;
    match u16::try_from(status).unwrap_or(200) {
        status @ (401 | 407) => Err(Problem::new(node, format!("{status} is a challenge"))
            .help("write `challenge: REALM` in place of `status`")),
        status => Ok(status),
    }
}

fn challenge(realm: &Node, fields: &Fields<'_>) -> Result<SipChallenge, Problem> {
    Ok(SipChallenge {
        realm: quotable(realm)?,
        algorithms: fields
            .read("algorithm", algorithms)?
            .unwrap_or_else(|| vec![DigestAlgorithm::Md5]),
        user: fields.read("user", quotable)?,
        password: fields.read("password", |node| filled_text(node).map(str::to_owned))?,
        stale_after: fields.read("stale-after", lasting)?.unwrap_or(LASTS),
    })
}

fn lasting(node: &Node) -> Result<Duration, Problem> {
    match duration(node)? {
        Duration::ZERO => {
            Err(Problem::new(node, "nobody would ever be let in")
                .help("leave it out for 5 minutes"))
        }
        lasts => Ok(lasts),
    }
}

/// A text that can stand between quotes in a header field.
fn quotable(node: &Node) -> Result<String, Problem> {
    let text = filled_text(node)?;
    match text.chars().any(|c| c.is_control() || matches!(c, '"' | '\\')) {
        false => Ok(text.to_owned()),
        true => Err(mismatch(node, "a text without quotes, backslashes and control characters")),
    }
}

/// One algorithm, or a list with the preferred one first.
fn algorithms(node: &Node) -> Result<Vec<DigestAlgorithm>, Problem> {
    let Value::List(_) = node.value else { return Ok(vec![word(node, &ALGORITHMS)?]) };
    let mut known = Vec::new();
    for item in list(node, "algorithms")? {
        let algorithm = word(item, &ALGORITHMS)?;
        if known.contains(&algorithm) {
            return Err(Problem::new(item, format!("`{}` stands here twice", algorithm.name())));
        }
        known.push(algorithm);
    }
    match known.is_empty() {
        true => Err(Problem::new(node, "the list of algorithms is empty")
            .help("leave `algorithm` out for `MD5`")),
        false => Ok(known),
    }
}
