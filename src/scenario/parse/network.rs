//! The keys under `network`, and what hosts and ports look like wherever they stand.

use std::net::IpAddr;

use super::error::Problem;
use super::read::{
    Fields, any_text, entries, filled_text, flag, list, mismatch, suggestion, text, whole, word,
};
use super::tree::{Node, Value};
use crate::contact::Transport;
use crate::contact::{HostPattern, quoted};
use crate::scenario::model::{Internet, Network, Override, PortList};

const KINDS: [&str; 4] = ["resolve", "unresolvable", "http", "refuse"];

pub(super) fn network(node: &Node, has_baseline: bool) -> Result<Network, Problem> {
    let fields = Fields::of(node, "a mapping", &["internet", "enforce", "overrides"])?;
    let internet = fields.read("internet", internet)?.unwrap_or_default();
    let enforce = fields.read("enforce", flag)?.unwrap_or_default();
    if enforce && internet != Internet::Real {
        let at = fields.key("enforce").unwrap_or(node);
        let problem = format!("there is nothing to enforce: the internet is `{}`", internet.name());
        return Err(Problem::new(at, problem)
            .help("it is for `internet: real`; whom to expect is judged with every kind"));
    }
    if enforce && !has_baseline {
        let at = fields.key("enforce").unwrap_or(node);
        return Err(Problem::new(at, "there is no baseline to enforce")
            .help("say under `expect` who may be reached; with `expect: []` nobody is"));
    }
    Ok(Network {
        internet,
        enforce,
        overrides: fields.read("overrides", overrides)?.unwrap_or_default(),
    })
}

fn internet(node: &Node) -> Result<Internet, Problem> {
    word(node, &Internet::ALL.map(|kind| (kind.name(), kind)))
}

fn overrides(node: &Node) -> Result<Vec<Override>, Problem> {
    let mut overrides: Vec<Override> = Vec::new();
    for item in list(node, "overrides")? {
        let next = one_override(item)?;
        if overrides.iter().any(|other| at_odds(other, &next)) {
            return Err(Problem::new(item, "an earlier override already settles this")
                .help("keep one of the two"));
        }
        overrides.push(next);
    }
    Ok(overrides)
}

/// An override is a mapping with one key, which says of what kind it is.
fn one_override(node: &Node) -> Result<Override, Problem> {
    const EXPECTED: &str = "a mapping with one of `resolve`, `unresolvable`, `http`, `refuse`";
    let entries = entries(node, EXPECTED)?;
    let (key, name, value) = match entries.as_slice() {
        [] => return Err(Problem::new(node, format!("expected {EXPECTED}, found an empty one"))),
        [entry] => *entry,
        [_, (key, _, _), ..] => {
            return Err(Problem::new(key, "a second key in one override")
                .help("begin another item of the list with `- `"));
        }
    };
    match name {
        "resolve" => resolve(value),
        "unresolvable" => Ok(Override::Unresolvable { host: named_hosts(value)? }),
        "http" => http(value),
        "refuse" => refuse(value),
        _ => Err(Problem::new(key, format!("unknown kind of override {}", quoted(name)))
            .help(suggestion(name, &KINDS))),
    }
}

fn resolve(node: &Node) -> Result<Override, Problem> {
    let what = "a mapping with `host` and `addresses`";
    let fields = Fields::of(node, what, &["host", "addresses"])?;
    let host = fields.need("host", "host: www.example.org")?;
    let name = pattern(host)?.exact_name().map(str::to_owned);
    let name = name.ok_or_else(|| mismatch(host, "one host name"))?;
    let place = fields.need("addresses", "addresses: [192.0.2.1]")?;
    let items = list(place, "addresses")?;
    if items.is_empty() {
        return Err(Problem::new(place, "a name that resolves has an address")
            .help("for a name that does not, write `unresolvable: HOST`"));
    }
    let mut addresses = Vec::new();
    for item in items {
        let address: IpAddr =
            text(item)?.parse().map_err(|_| mismatch(item, "an IPv4 or IPv6 address"))?;
        if addresses.contains(&address) {
            return Err(Problem::new(item, format!("{address} stands here twice")));
        }
        addresses.push(address);
    }
    Ok(Override::Record { host: name, addresses })
}

fn http(node: &Node) -> Result<Override, Problem> {
    let keys = ["host", "path", "status", "body", "content-type"];
    let fields = Fields::of(node, "a mapping with `host`", &keys)?;
    let host = pattern(fields.need("host", "host: www.example.org")?)?;
    let status = fields.read("status", |node| whole(node, 200..=599, "an HTTP status"))?;
    let status = u16::try_from(status.unwrap_or(200)).unwrap_or(200);
    if let Some(body) = fields.key("body").filter(|_| matches!(status, 204 | 205 | 304)) {
        return Err(Problem::new(body, format!("a response of status {status} has no body")));
    }
    Ok(Override::Http {
        host,
        path: fields.read("path", path)?,
        status,
        body: fields.read("body", any_text)?.unwrap_or_default().to_owned(),
        content_type: fields.read("content-type", header_value)?.unwrap_or("text/plain").to_owned(),
    })
}

fn path(node: &Node) -> Result<String, Problem> {
    let path = filled_text(node)?;
    if !path.starts_with('/') || !path.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(mismatch(node, "a path that begins with `/`, percent-encoded"));
    }
    if path.contains(['?', '#']) {
        return Err(Problem::new(node, "a path without query or fragment is expected")
            .help("the query is left out of the comparison"));
    }
    Ok(path.to_owned())
}

fn header_value(node: &Node) -> Result<&str, Problem> {
    let value = filled_text(node)?;
    if !value.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
        return Err(mismatch(node, "a media type such as `application/json`"));
    }
    Ok(value)
}

fn refuse(node: &Node) -> Result<Override, Problem> {
    let fields = Fields::of(node, "a mapping with `port`", &["host", "port", "transport"])?;
    let host = fields.read("host", |node| {
        let pattern = pattern(node)?;
        let exact = pattern.exact_name().is_some() || pattern.exact_address().is_some();
        if exact { Ok(pattern.to_string()) } else { Err(mismatch(node, "one name or address")) }
    })?;
    let ports = ports(fields.need("port", "port: 443")?)?;
    let transport = fields.read("transport", |node| {
        word(node, &[("tcp", Transport::Tcp), ("udp", Transport::Udp)])
    })?;
    Ok(Override::Refuse { host, ports, transport })
}

/// Whether two overrides speak of the same thing.
fn at_odds(one: &Override, other: &Override) -> bool {
    match (one, other) {
        (Override::Record { host: a, .. }, Override::Record { host: b, .. }) => a == b,
        (Override::Unresolvable { host: a }, Override::Unresolvable { host: b }) => a == b,
        // A wildcard beside a record leaves the record standing: the exact name goes first.
        (Override::Record { host, .. }, Override::Unresolvable { host: pattern })
        | (Override::Unresolvable { host: pattern }, Override::Record { host, .. }) => {
            pattern.exact_name() == Some(host)
        }
        (Override::Http { host: a, path: p, .. }, Override::Http { host: b, path: q, .. }) => {
            a == b && p == q
        }
        (
            Override::Refuse { host: a, ports: p, transport: t },
            Override::Refuse { host: b, ports: q, transport: u },
        ) => a == b && p.overlaps(q) && (t == u || t.is_none() || u.is_none()),
        _ => false,
    }
}

pub(super) fn pattern(node: &Node) -> Result<HostPattern, Problem> {
    let text = filled_text(node)?;
    text.parse().map_err(|error| Problem::new(node, format!("{}: {error}", quoted(text))))
}

/// A name or a wildcard, where an address would be beside the point.
fn named_hosts(node: &Node) -> Result<HostPattern, Problem> {
    let pattern = pattern(node)?;
    match pattern.matches_names() {
        true => Ok(pattern),
        false => Err(mismatch(node, "a host name or a wildcard")),
    }
}

/// A port, a range `"5060-5070"`, or a list of those.
pub(super) fn ports(node: &Node) -> Result<PortList, Problem> {
    let Value::List(items) = &node.value else {
        return Ok(PortList(vec![port_range(node)?]));
    };
    if items.is_empty() {
        return Err(
            Problem::new(node, "the list of ports is empty").help("leave `port` out to mean any")
        );
    }
    items.iter().map(port_range).collect::<Result<_, _>>().map(PortList)
}

fn port_range(node: &Node) -> Result<std::ops::RangeInclusive<u16>, Problem> {
    const EXPECTED: &str = "a port from 1 to 65535 or a range such as `5060-5070`";
    let port = |text: &str| text.trim().parse::<u16>().ok().filter(|&port| port > 0);
    match &node.value {
        Value::Whole(number) => match u16::try_from(*number) {
            Ok(port) if port > 0 => Ok(port..=port),
            _ => Err(Problem::new(node, format!("{number} is no port, expected {EXPECTED}"))),
        },
        Value::Text(text) => {
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            match (port(first), port(last)) {
                (Some(first), Some(last)) if first <= last => Ok(first..=last),
                (Some(first), Some(last)) => Err(Problem::new(
                    node,
                    format!("the range runs backwards; `{last}-{first}` is meant"),
                )),
                _ => Err(mismatch(node, EXPECTED)),
            }
        }
        _ => Err(mismatch(node, EXPECTED)),
    }
}
