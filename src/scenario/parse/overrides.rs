//! The list under `network.overrides`.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use super::error::Problem;
use super::folder::Folder;
use super::network::{pattern, ports};
use super::override_dns::dns;
use super::override_http::http;
use super::override_sip::sip;
use super::override_stream::{reset, tls};
use super::read::{Fields, entries, list, mismatch, suggestion, text, whole, word};
use super::tree::Node;
use crate::contact::{HostPattern, Transport, quoted};
use crate::scenario::model::Override;
use crate::script::{Closing, Turns};

const KINDS: [&str; 9] =
    ["resolve", "unresolvable", "dns", "http", "sip", "refuse", "drop", "reset", "tls"];

pub(super) fn overrides(node: &Node, folder: Folder<'_>) -> Result<Vec<Override>, Problem> {
    let mut overrides: Vec<Override> = Vec::new();
    for item in list(node, "overrides")? {
        let next = one_override(item, folder)?;
        if overrides.iter().any(|earlier| leaves_no_turn(earlier) && same(earlier, &next)) {
            return Err(Problem::new(item, "an earlier override already settles this")
                .help("keep one of the two"));
        }
        overrides.push(next);
    }
    Ok(overrides)
}

/// A variant's overrides, and then those of the scenario that settle something else.
pub(super) fn give_way(variant: &mut Vec<Override>, scenario: &[Override]) {
    let own = variant.len();
    for base in scenario {
        if !variant[..own].iter().any(|own| same(own, base)) {
            variant.push(base.clone());
        }
    }
}

/// An override is a mapping with one key, which says of what kind it is.
fn one_override(node: &Node, folder: Folder<'_>) -> Result<Override, Problem> {
    const EXPECTED: &str = "a mapping with one of `resolve`, `unresolvable`, `dns`, `http`, \
                            `sip`, `refuse`, `drop`, `reset`, `tls`";
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
        "dns" => dns(value).map(Override::Dns),
        "http" => http(value, folder).map(Override::Http),
        "sip" => sip(value).map(Override::Sip),
        "refuse" => closing(value, false).map(Override::Close),
        "drop" => closing(value, true).map(Override::Close),
        "reset" => reset(value).map(Override::Reset),
        "tls" => tls(value).map(Override::Tls),
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

/// Ports at which nobody answers.
fn closing(node: &Node, silent: bool) -> Result<Closing, Problem> {
    let fields = Fields::of(node, "a mapping with `port`", &["host", "port", "transport"])?;
    let host = fields.read("host", pattern)?;
    let ports = ports(fields.need("port", "port: 443")?)?.0;
    let transport = fields.read("transport", |node| {
        word(node, &[("tcp", Transport::Tcp), ("udp", Transport::Udp)])
    })?;
    Ok(Closing { host, ports, transport, silent })
}

/// The keys `after` and `times`.
pub(super) fn turns(fields: &Fields<'_>) -> Result<Turns, Problem> {
    let number = |node: &Node, least| {
        let number = whole(node, least..=1_000_000, "a number")?;
        Ok(u32::try_from(number).unwrap_or(u32::MAX))
    };
    let after = fields.read("after", |node| number(node, 0))?.unwrap_or(0);
    Ok(Turns { after, times: fields.read("times", |node| number(node, 1))? })
}

/// Whether what comes after an override that speaks of the same thing never has a turn.
fn leaves_no_turn(earlier: &Override) -> bool {
    match earlier {
        Override::Http(answer) => answer.turns.are_all(),
        Override::Sip(rule) => rule.turns.are_all(),
        Override::Dns(rule) => rule.turns.are_all(),
        Override::Reset(reset) => reset.turns.are_all(),
        Override::Tls(rule) => rule.turns.are_all(),
        _ => true,
    }
}

/// Whether two overrides speak of the same thing.
fn same(one: &Override, other: &Override) -> bool {
    match (one, other) {
        (Override::Record { host: a, .. }, Override::Record { host: b, .. }) => a == b,
        (Override::Unresolvable { host: a }, Override::Unresolvable { host: b }) => a == b,
        // A wildcard beside a record leaves the record standing: the exact name goes first.
        (Override::Record { host, .. }, Override::Unresolvable { host: pattern })
        | (Override::Unresolvable { host: pattern }, Override::Record { host, .. }) => {
            pattern.exact_name() == Some(host)
        }
        (Override::Dns(a), Override::Dns(b)) => {
            let overlap = a.types.iter().any(|kind| b.types.contains(kind));
            a.host == b.host && (overlap || a.types.is_empty() || b.types.is_empty())
        }
        (Override::Http(a), Override::Http(b)) => {
            a.host == b.host && a.path == b.path && a.ports == b.ports && a.methods == b.methods
        }
        (Override::Sip(a), Override::Sip(b)) => {
            let shared = a.methods.iter().any(|method| b.methods.contains(method));
            let either = shared || a.methods.is_empty() || b.methods.is_empty();
            a.host == b.host && overlap(&a.ports, &b.ports) && either
        }
        (Override::Close(a), Override::Close(b)) => {
            let transports = a.transport == b.transport;
            let either = transports || a.transport.is_none() || b.transport.is_none();
            a.host == b.host && overlap(&a.ports, &b.ports) && either
        }
        (Override::Reset(a), Override::Reset(b)) => a.host == b.host && overlap(&a.ports, &b.ports),
        (Override::Tls(a), Override::Tls(b)) => a.host == b.host && overlap(&a.ports, &b.ports),
        _ => false,
    }
}

fn overlap(one: &[RangeInclusive<u16>], other: &[RangeInclusive<u16>]) -> bool {
    one.is_empty()
        || other.is_empty()
        || one.iter().any(|a| other.iter().any(|b| a.start() <= b.end() && b.start() <= a.end()))
}

/// A name or a wildcard, where an address would be beside the point.
pub(super) fn named_hosts(node: &Node) -> Result<HostPattern, Problem> {
    let pattern = pattern(node)?;
    match pattern.matches_names() {
        true => Ok(pattern),
        false => Err(mismatch(node, "a host name or a wildcard")),
    }
}
