//! Filters in libpcap's language (pcap-filter(7)), held against packets.

use std::ops::Range;

use pcap::{BpfProgram, Capture, Linktype};

use super::filter_words::{Word, checked};
use crate::packet::LinkType;

/// A filter longer than this is taken for a mistake.
const MOST_BYTES: usize = 16_384;

/// A filter, compiled for one kind of link.
pub struct Filter {
    program: BpfProgram,
}

/// Why a filter cannot be used, and where in it the reason lies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct FilterError {
    /// The bytes of the expression that are to blame; empty at its end where more is missing.
    pub span: Range<usize>,
    /// What is wrong.
    pub reason: String,
}

impl Filter {
    /// Compiles a filter. An empty one matches everything.
    ///
    /// # Errors
    /// Where libpcap does not take it, and where it has a name that libpcap would ask the
    /// network for: that is never done.
    pub fn new(expression: &str, link: LinkType) -> Result<Self, FilterError> {
        let whole = 0..expression.len();
        if expression.len() > MOST_BYTES {
            let reason = format!("it is longer than {MOST_BYTES} bytes");
            return Err(FilterError { span: whole, reason });
        }
        let words = checked(expression)?;
        match compiled(&text(&words, ""), link) {
            Ok(program) => Ok(Self { program }),
            Err(reason) if rejects_all(&reason) => {
                Err(FilterError { span: whole, reason: "no packet can match it".to_owned() })
            }
            Err(reason) => Err(located(&words, expression.len(), &reason, link)),
        }
    }

    /// Whether a packet, of the link that the filter was compiled for, matches. Where the
    /// snaplen cut the packet, what was captured counts as all of it.
    pub fn matches(&self, data: &[u8]) -> bool {
        self.program.filter(data)
    }
}

/// What libpcap is given: names in it were replaced by numbers, so nothing depends on the
/// machine's lists of them.
fn text(words: &[Word<'_>], rest: &str) -> String {
    let mut text = String::new();
    for word in words {
        text.push_str(&word.text);
        text.push(' ');
    }
    text.push_str(rest);
    text
}

fn compiled(text: &str, link: LinkType) -> Result<BpfProgram, String> {
    let told = |error: pcap::Error| match error {
        pcap::Error::PcapError(text) => text,
        other => other.to_string(),
    };
    let capture = Capture::dead(Linktype(number_in_headers(link))).map_err(told)?;
    capture.compile(text, true).map_err(told)
}

/// libpcap's programming interface numbers a few links as this system's headers do.
fn number_in_headers(link: LinkType) -> i32 {
    match link.0 {
        100 => 11,
        101 => 12,
        102 => 15,
        103 => 16,
        106 => 19,
        number => i32::try_from(number).unwrap_or(i32::MAX),
    }
}

fn rejects_all(reason: &str) -> bool {
    reason.contains("rejects all packets")
}

/// Where libpcap's reason lies: it does not say. The shortest beginning that nothing can
/// complete ends with the word to blame.
fn located(words: &[Word<'_>], end: usize, reason: &str, link: LinkType) -> FilterError {
    let completable =
        |count: usize| words.get(..count).is_some_and(|words| is_completable(words, link));
    // What cannot be completed cannot be when it is longer either.
    let (mut good, mut bad) = (0, words.len() + 1);
    while bad - good > 1 {
        let middle = good.midpoint(bad);
        if completable(middle) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    match words.get(good) {
        Some(word) => FilterError { span: word.span.clone(), reason: plain(reason) },
        None => FilterError { span: end..end, reason: "it ends too early".to_owned() },
    }
}

fn plain(reason: &str) -> String {
    let reason = reason.trim_start_matches("can't parse filter expression: ");
    match reason {
        "syntax error" => "no filter can go on like this here".to_owned(),
        reason => reason.to_owned(),
    }
}

/// What may follow where a condition, a value or a part of either is open.
const CONDITIONS: [&str; 26] = [
    "",
    "1",
    "10",
    "1.2.3.4",
    "::1",
    "00:00:00:00:00:01",
    "1-2",
    "tcp",
    "host 1.2.3.4",
    "port 1",
    "net 10",
    "proto 6",
    "src 1.2.3.4",
    "\\tcp",
    "\\ip",
    "32",
    "mask 255.0.0.0",
    "255.0.0.0",
    "broadcast",
    "type mgt",
    "mgt",
    "subtype beacon",
    "beacon",
    "nods",
    "xid",
    "eth0",
];

/// What may follow where a number is to be compared.
const NUMBERS: [&str; 7] = ["", "1", "[0]", "0]", "]", ":2]", "2]"];

fn is_completable(words: &[Word<'_>], link: LinkType) -> bool {
    let count = |parenthesis: &str| words.iter().filter(|word| word.text == parenthesis).count();
    let open = count("(").saturating_sub(count(")"));
    let takes = |rest: &str| match compiled(&text(words, rest), link) {
        Ok(_) => true,
        Err(reason) => rejects_all(&reason),
    };
    let close = |count: usize| ")".repeat(count);
    CONDITIONS.iter().any(|rest| takes(&format!("{rest} {}", close(open))))
        || (0..=open.min(16)).any(|inner| {
            NUMBERS.iter().any(|rest| {
                let (inner, outer) = (close(inner), close(open.saturating_sub(inner)));
                takes(&format!("{rest} {inner} = 1 {outer}"))
                    || takes(&format!("{rest} {inner} {outer}"))
            })
        })
}

#[cfg(test)]
mod tests;
