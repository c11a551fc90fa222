//! The keys under `network.conditions`.

use std::time::Duration;

use super::error::Problem;
use super::read::{Fields, duration, mismatch};
use super::tree::{Node, Value};
use crate::script::Conditions;

/// A longer one is a line that is down.
const LONGEST: Duration = Duration::from_secs(60);
/// A narrower line takes longer for a packet than a run lasts.
const NARROWEST: f64 = 1_000.0;
const WIDEST: f64 = 100e9;

/// Units of bandwidth, the longest names first.
const UNITS: [(&str, f64); 4] = [("kbit/s", 1e3), ("Mbit/s", 1e6), ("Gbit/s", 1e9), ("bit/s", 1.0)];

pub(super) fn conditions(node: &Node) -> Result<Conditions, Problem> {
    let keys = ["latency", "jitter", "loss", "bandwidth"];
    let fields = Fields::of(node, "a mapping", &keys)?;
    let conditions = Conditions {
        latency: fields.read("latency", delay)?.unwrap_or_default(),
        jitter: fields.read("jitter", delay)?.unwrap_or_default(),
        loss: fields.read("loss", loss)?.unwrap_or_default(),
        bandwidth: fields.read("bandwidth", bandwidth)?,
    };
    match fields.get("jitter") {
        Some(place) if conditions.jitter > conditions.latency => {
            Err(Problem::new(place, "packets would arrive before they are sent")
                .help("make `latency` as long as `jitter` at least"))
        }
        _ => Ok(conditions),
    }
}

fn delay(node: &Node) -> Result<Duration, Problem> {
    match duration(node)? {
        delay if delay > LONGEST => Err(Problem::new(node, "longer than a minute")
            .help("for a line that is down, write `drop` under `overrides`")),
        delay => Ok(delay),
    }
}

/// A share of the packets, in millionths.
fn loss(node: &Node) -> Result<u32, Problem> {
    const EXPECTED: &str = "a share of the packets such as `1%` or `0.5%`, below 100%";
    let share = match &node.value {
        Value::Text(text) => text.trim().strip_suffix('%').and_then(|it| it.trim().parse().ok()),
        Value::Whole(0) => Some(0.0),
        _ => None,
    };
    match share.filter(|share: &f64| (0.0..100.0).contains(share)) {
        // In range, so that the cast loses nothing but what is below a millionth.
        Some(share) => Ok((share * 10_000.0).round() as u32),
        None => Err(mismatch(node, EXPECTED)),
    }
}

/// Bits a second.
fn bandwidth(node: &Node) -> Result<u64, Problem> {
    const EXPECTED: &str = "a bandwidth such as `500 kbit/s` or `1.5 Mbit/s`, from 1 kbit/s to \
                            100 Gbit/s";
    let Value::Text(text) = &node.value else { return Err(mismatch(node, EXPECTED)) };
    let number = UNITS.iter().find_map(|(unit, factor)| {
        let number: f64 = text.trim().strip_suffix(unit)?.trim().parse().ok()?;
        Some(number * factor)
    });
    match number.filter(|number| (NARROWEST..=WIDEST).contains(number)) {
        Some(number) => Ok(number.round() as u64),
        None => Err(mismatch(node, EXPECTED)),
    }
}
