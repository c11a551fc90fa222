//! Overrides of the kinds `reset` and `tls`.

use super::error::Problem;
use super::network::{pattern, ports};
use super::overrides::turns;
use super::read::{Fields, whole, word};
use super::tree::Node;
use crate::script::{CertificateFlaw, Reset, ResetAfter, TlsAnswer, TlsRule};

const ANSWERS: [(&str, TlsAnswer); 6] = [
    ("expired", TlsAnswer::Flawed(CertificateFlaw::Expired)),
    ("wrong-name", TlsAnswer::Flawed(CertificateFlaw::WrongName)),
    ("untrusted", TlsAnswer::Flawed(CertificateFlaw::Untrusted)),
    ("dropped", TlsAnswer::Dropped),
    ("untouched", TlsAnswer::Untouched),
    ("untouched-after-refusal", TlsAnswer::UntouchedAfterRefusal),
];

pub(super) fn reset(node: &Node) -> Result<Reset, Problem> {
    let keys = ["host", "port", "received", "sent", "after", "times"];
    let fields = Fields::of(node, "a mapping with `host` or `port`", &keys)?;
    let bytes = |node: &Node| {
        let number = whole(node, 0..=1 << 40, "a number of bytes")?;
        Ok(u64::try_from(number).unwrap_or_default())
    };
    let after = match (fields.read("received", bytes)?, fields.read("sent", bytes)?) {
        (Some(_), Some(_)) => {
            let place = fields.key("sent").unwrap_or(node);
            return Err(Problem::new(place, "`sent` beside `received`")
                .help("one of the two says when the connection is reset"));
        }
        (None, Some(bytes)) => ResetAfter::Sent(bytes),
        (received, None) => ResetAfter::Received(received.unwrap_or(0)),
    };
    let reset = Reset {
        host: fields.read("host", pattern)?,
        ports: fields.read("port", ports)?.unwrap_or_default().0,
        turns: turns(&fields)?,
        after,
    };
    if reset.host.is_none() && reset.ports.is_empty() {
        return Err(Problem::new(node, "every connection would be reset")
            .help("name a `host` or a `port`; `host: \"*\"` is every one"));
    }
    Ok(reset)
}

pub(super) fn tls(node: &Node) -> Result<TlsRule, Problem> {
    let keys = ["host", "port", "answer", "after", "times"];
    let fields = Fields::of(node, "a mapping with `host` and `answer`", &keys)?;
    Ok(TlsRule {
        host: pattern(fields.need("host", "host: www.example.org")?)?,
        ports: fields.read("port", ports)?.unwrap_or_default().0,
        turns: turns(&fields)?,
        answer: word(fields.need("answer", "answer: expired")?, &ANSWERS)?,
    })
}
