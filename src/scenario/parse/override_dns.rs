//! An override of kind `dns`.

use super::error::Problem;
use super::overrides::{named_hosts, turns};
use super::read::{Fields, filled_text, list, mismatch, word};
use super::tree::{Node, Value};
use crate::contact::HostPattern;
use crate::script::{DnsAnswer, DnsData, DnsRule, DnsType};

const KEYS: [&str; 6] = ["host", "type", "answer", "records", "after", "times"];

const TYPES: [(&str, DnsType); 6] = [
    ("A", DnsType::A),
    ("AAAA", DnsType::Aaaa),
    ("CNAME", DnsType::Cname),
    ("MX", DnsType::Mx),
    ("SRV", DnsType::Srv),
    ("TXT", DnsType::Txt),
];

/// More records make a message that no server sends.
const MOST_RECORDS: usize = 100;
/// A longer text does not fit into a message.
const LONGEST_TEXT: usize = 4096;

#[derive(Clone, Copy)]
enum Word {
    NoData,
    NoName,
    Failure,
    Refusal,
    Silence,
}

const WORDS: [(&str, Word); 5] = [
    ("nxdomain", Word::NoName),
    ("nodata", Word::NoData),
    ("servfail", Word::Failure),
    ("refused", Word::Refusal),
    ("silence", Word::Silence),
];

pub(super) fn dns(node: &Node) -> Result<DnsRule, Problem> {
    let fields = Fields::of(node, "a mapping with `host` and `answer` or `records`", &KEYS)?;
    let host = named_hosts(fields.need("host", "host: www.example.org")?)?;
    let types = fields.read("type", types)?.unwrap_or_default();
    let answer = match (fields.get("answer"), fields.key("records").zip(fields.get("records"))) {
        (Some(_), Some((key, _))) => {
            return Err(Problem::new(key, "`records` beside `answer`")
                .help("one of the two is what is answered"));
        }
        (None, Some((key, node))) => {
            let [kind] = types.as_slice() else {
                return Err(Problem::new(key, "records are of one type")
                    .help("add for instance `type: TXT`"));
            };
            DnsAnswer::Records(records(node, *kind)?)
        }
        (Some(answer), None) => match word(answer, &WORDS)? {
            Word::NoData => DnsAnswer::NoData,
            Word::NoName => DnsAnswer::NoName,
            Word::Failure => DnsAnswer::Failure,
            Word::Refusal => DnsAnswer::Refusal,
            Word::Silence => DnsAnswer::Silence,
        },
        (None, None) => {
            fields.need("answer", "answer: servfail")?;
            DnsAnswer::NoData
        }
    };
    Ok(DnsRule { host, types, turns: turns(&fields)?, answer })
}

fn types(node: &Node) -> Result<Vec<DnsType>, Problem> {
    let types = match &node.value {
        Value::List(items) => {
            items.iter().map(|item| word(item, &TYPES)).collect::<Result<Vec<_>, _>>()?
        }
        _ => vec![word(node, &TYPES)?],
    };
    if types.is_empty() {
        return Err(
            Problem::new(node, "the list of types is empty").help("leave `type` out to mean any")
        );
    }
    Ok(types)
}

fn records(node: &Node, kind: DnsType) -> Result<Vec<DnsData>, Problem> {
    let items = match &node.value {
        Value::Text(_) => std::slice::from_ref(node),
        _ => list(node, "records")?,
    };
    if items.is_empty() {
        return Err(Problem::new(node, "the list of records is empty")
            .help("for none, write `answer: nodata`"));
    }
    if items.len() > MOST_RECORDS || (kind == DnsType::Cname && items.len() > 1) {
        let most = if kind == DnsType::Cname { 1 } else { MOST_RECORDS };
        return Err(Problem::new(node, format!("more than {most} records of this type")));
    }
    items.iter().map(|item| record(item, kind)).collect()
}

/// A record's data, written as in a zone file (RFC 1035 section 5.1).
fn record(node: &Node, kind: DnsType) -> Result<DnsData, Problem> {
    let text = filled_text(node)?;
    let words: Vec<&str> = text.split_whitespace().collect();
    let wrong = |expected| mismatch(node, expected);
    match kind {
        DnsType::A => text.trim().parse().map(DnsData::A).map_err(|_| wrong("an IPv4 address")),
        DnsType::Aaaa => {
            text.trim().parse().map(DnsData::Aaaa).map_err(|_| wrong("an IPv6 address"))
        }
        DnsType::Cname => {
            name(text.trim()).map(DnsData::Cname).ok_or_else(|| wrong("one host name"))
        }
        DnsType::Txt if text.len() > LONGEST_TEXT => {
            Err(Problem::new(node, format!("longer than {LONGEST_TEXT} bytes")))
        }
        DnsType::Txt => Ok(DnsData::Txt(text.to_owned())),
        DnsType::Mx => {
            const EXPECTED: &str = "preference and mail server, such as `10 mail.example.org`";
            let [preference, exchange] = words.as_slice() else { return Err(wrong(EXPECTED)) };
            let (Ok(preference), Some(exchange)) = (preference.parse(), name(exchange)) else {
                return Err(wrong(EXPECTED));
            };
            Ok(DnsData::Mx { preference, exchange })
        }
        DnsType::Srv => {
            const EXPECTED: &str =
                "priority, weight, port and server, such as `0 5 5060 sip.example.org`";
            let [priority, weight, port, target] = words.as_slice() else {
                return Err(wrong(EXPECTED));
            };
            let (Ok(priority), Ok(weight), Ok(port), Some(target)) =
                (priority.parse(), weight.parse(), port.parse(), name(target))
            else {
                return Err(wrong(EXPECTED));
            };
            Ok(DnsData::Srv { priority, weight, port, target })
        }
    }
}

/// A host name, lower-cased and without the final dot.
fn name(text: &str) -> Option<String> {
    text.parse::<HostPattern>().ok()?.exact_name().map(str::to_owned)
}
