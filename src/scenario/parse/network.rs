//! The keys under `network`, and what hosts and ports look like wherever they stand.

use super::conditions::conditions;
use super::error::Problem;
use super::folder::Folder;
use super::overrides::overrides;
use super::read::{Fields, filled_text, mismatch, word};
use super::tree::{Node, Value};
use crate::contact::{HostPattern, quoted};
use crate::scenario::model::{Internet, Network, PortList};

pub(super) fn network(node: &Node, folder: Folder<'_>) -> Result<Network, Problem> {
    let fields = Fields::of(node, "a mapping", &["internet", "overrides", "conditions"])?;
    Ok(Network {
        internet: fields.read("internet", internet)?.unwrap_or_default(),
        overrides: fields.read("overrides", |node| overrides(node, folder))?.unwrap_or_default(),
        conditions: fields.read("conditions", conditions)?,
    })
}

fn internet(node: &Node) -> Result<Internet, Problem> {
    if let Value::Text(text) = &node.value
        && let "real" | "none" = text.as_str()
    {
        return Err(Problem::new(node, format!("`{text}` is not supported by this version"))
            .help("write `simulated`"));
    }
    word(node, &[("simulated", Internet::Simulated)])
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
