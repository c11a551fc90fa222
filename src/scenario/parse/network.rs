//! The keys under `network`, and what hosts and ports look like wherever they stand.

use super::conditions::conditions;
use super::error::Problem;
use super::folder::Folder;
use super::overrides::overrides;
use super::read::{Fields, filled_text, flag, mismatch, word};
use super::tree::{Node, Value};
use crate::contact::{HostPattern, quoted};
use crate::scenario::model::{Internet, Network, PortList};

/// In a variant `base` is what stands in the scenario that it is laid over.
pub(super) fn network(
    node: &Node,
    base: Option<&Node>,
    has_baseline: bool,
    folder: Folder<'_>,
) -> Result<Network, Problem> {
    let fields =
        Fields::of(node, "a mapping", &["internet", "enforce", "overrides", "conditions"])?;
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
    if internet != Internet::Simulated {
        heeded(&fields, base, internet)?;
    }
    Ok(Network {
        internet,
        enforce,
        overrides: fields.read("overrides", |node| overrides(node, folder))?.unwrap_or_default(),
        conditions: fields.read("conditions", conditions)?,
    })
}

/// What scripts the simulated internet has no effect in another. Where a variant leads
/// elsewhere, the scenario's own overrides are meant for its other variants.
fn heeded(fields: &Fields<'_>, base: Option<&Node>, internet: Internet) -> Result<(), Problem> {
    let of_base = |key: &str| match &base?.value {
        Value::Map(entries) => entries
            .iter()
            .find(|(name, _)| matches!(&name.value, Value::Text(name) if name == key))
            .map(|(_, value)| value.id),
        _ => None,
    };
    let is_inherited =
        |key: &str| fields.get(key).is_some_and(|node| of_base(key) == Some(node.id));
    let leads_elsewhere = base.is_some() && !is_inherited("internet");
    for name in ["overrides", "conditions"] {
        let Some((key, value)) = fields.key(name).zip(fields.get(name)) else { continue };
        let is_empty = match &value.value {
            Value::List(items) => items.is_empty(),
            Value::Map(entries) => entries.is_empty(),
            _ => false,
        };
        if is_empty || (leads_elsewhere && is_inherited(name)) {
            continue;
        }
        let internet = internet.name();
        let problem = format!("`{name}` would have no effect: the internet is `{internet}`");
        return Err(Problem::new(key, problem)
            .help("they script `internet: simulated`; leave out one of the two"));
    }
    Ok(())
}

fn internet(node: &Node) -> Result<Internet, Problem> {
    word(node, &Internet::ALL.map(|kind| (kind.name(), kind)))
}

pub(super) fn pattern(node: &Node) -> Result<HostPattern, Problem> {
    let text = filled_text(node)?;
    text.parse().map_err(|error| Problem::new(node, format!("{}: {error}", quoted(text))))
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
