//! What a rule may say of the process, and of the day until which it holds.

use jiff::civil::Date;

use super::error::Problem;
use super::read::{Fields, list, mismatch, text};
use super::tree::{Node, Value};
use crate::contact::{NamePattern, NamePatternError, quoted};
use crate::scenario::process_rule::ProcessRule;

/// `NAME`, `[NAME, …]` or `{ under: NAME }`.
pub(super) fn process(node: &Node) -> Result<ProcessRule, Problem> {
    match &node.value {
        Value::Map(_) => {
            let fields = Fields::of(node, "a process's name, or `{ under: NAME }`", &["under"])?;
            let names = names(fields.need("under", "under: zoiper5")?)?;
            Ok(ProcessRule { names, under: true })
        }
        _ => Ok(ProcessRule { names: names(node)?, under: false }),
    }
}

/// `NAME` or `[NAME, …]`.
pub(super) fn names(node: &Node) -> Result<Vec<NamePattern>, Problem> {
    let items = match &node.value {
        Value::List(_) => list(node, "processes' names")?,
        _ => std::slice::from_ref(node),
    };
    if items.is_empty() {
        return Err(Problem::new(node, "the list of processes is empty")
            .help("leave the key out, or name a process"));
    }
    items.iter().map(name).collect()
}

fn name(node: &Node) -> Result<NamePattern, Problem> {
    text(node)?.parse().map_err(|error: NamePatternError| {
        let file = node_text(node).rsplit('/').next().unwrap_or_default().to_owned();
        let problem = Problem::new(node, error.to_string());
        match error {
            NamePatternError::Path if !file.is_empty() => {
                problem.help(format!("write {}", quoted(&file)))
            }
            _ => problem,
        }
    })
}

fn node_text(node: &Node) -> &str {
    match &node.value {
        Value::Text(text) => text,
        _ => "",
    }
}

/// A day as ISO 8601 writes it, and nothing else: `2026-12-31`.
pub(super) fn day(node: &Node) -> Result<Date, Problem> {
    const EXPECTED: &str = "a day such as `2026-12-31`";
    let Value::Text(text) = &node.value else { return Err(mismatch(node, EXPECTED)) };
    let is_written_so = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !is_written_so {
        return Err(mismatch(node, EXPECTED));
    }
    text.parse()
        .map_err(|_| Problem::new(node, format!("{} is no day of the calendar", quoted(text))))
}
