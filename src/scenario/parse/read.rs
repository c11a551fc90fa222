//! Reads the tree's values as what a scenario's keys hold, and says what is wrong otherwise.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::SignedDuration;

use super::error::Problem;
use super::tree::{Node, Value};
use crate::contact::quoted;

/// No phase lasts longer.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// More than a list or a mapping of a scenario holds; what is compared pairwise stays quick.
const MOST_ITEMS: usize = 10_000;
const MOST_KEYS: usize = 1_000;

/// What a value is, for a sentence that says what was found.
fn found(node: &Node) -> String {
    match &node.value {
        Value::Nothing => "nothing".to_owned(),
        Value::Flag(flag) => format!("`{flag}`"),
        Value::Whole(number) => format!("the number {number}"),
        Value::Real(number) => format!("the number {number}"),
        Value::Text(text) => format!("the text {}", quoted(text)),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a mapping".to_owned(),
    }
}

/// The problem that a value is not what its key holds.
pub(super) fn mismatch(node: &Node, expected: &str) -> Problem {
    let problem = Problem::new(node, format!("expected {expected}, found {}", found(node)));
    match &node.value {
        // A key without a value reads as nothing.
        Value::Nothing => problem.help("leave the key out to have its default"),
        _ => problem,
    }
}

/// A text that can be handed to the system: without NUL.
pub(super) fn text(node: &Node) -> Result<&str, Problem> {
    let text = any_text(node)?;
    if text.contains('\0') {
        return Err(Problem::new(node, "holds a NUL character, which the system cannot take"));
    }
    Ok(text)
}

/// Any text.
pub(super) fn any_text(node: &Node) -> Result<&str, Problem> {
    let plain = match &node.value {
        Value::Text(text) => return Ok(text),
        Value::Flag(flag) => flag.to_string(),
        Value::Whole(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        _ => return Err(mismatch(node, "text")),
    };
    Err(mismatch(node, "text").help(format!("put it in quotes: \"{plain}\"")))
}

/// A text that is not empty.
pub(super) fn filled_text(node: &Node) -> Result<&str, Problem> {
    let text = text(node)?;
    if text.trim().is_empty() {
        return Err(Problem::new(node, "must not be empty"));
    }
    Ok(text)
}

/// A sentence that is shown on terminals.
pub(super) fn sentence(node: &Node) -> Result<String, Problem> {
    let text = filled_text(node)?;
    match text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        Some(odd) => Err(Problem::new(node, format!("holds the control character {odd:?}"))),
        None => Ok(text.trim().to_owned()),
    }
}

pub(super) fn flag(node: &Node) -> Result<bool, Problem> {
    match node.value {
        Value::Flag(flag) => Ok(flag),
        _ => Err(mismatch(node, "`true` or `false`")),
    }
}

pub(super) fn whole(node: &Node, range: RangeInclusive<i128>, what: &str) -> Result<i128, Problem> {
    let expected = || format!("{what} from {} to {}", range.start(), range.end());
    match node.value {
        Value::Whole(number) if range.contains(&number) => Ok(number),
        Value::Whole(number) => {
            Err(Problem::new(node, format!("{number} is out of range, expected {}", expected())))
        }
        _ => Err(mismatch(node, &expected())),
    }
}

pub(super) fn list<'a>(node: &'a Node, what: &str) -> Result<&'a [Node], Problem> {
    match &node.value {
        Value::List(items) if items.len() > MOST_ITEMS => {
            Err(Problem::new(node, format!("more than {MOST_ITEMS} {what}")))
        }
        Value::List(items) => Ok(items),
        _ => Err(mismatch(node, &format!("a list of {what}"))),
    }
}

pub(super) fn texts(node: &Node, what: &str) -> Result<Vec<String>, Problem> {
    list(node, what)?.iter().map(|item| text(item).map(str::to_owned)).collect()
}

/// A length of time with its unit: `2s`, `1m 30s`; a bare `0` too.
pub(super) fn duration(node: &Node) -> Result<Duration, Problem> {
    const EXPECTED: &str = "a length of time such as `2s`, `500ms` or `1m 30s`";
    let text = match &node.value {
        Value::Whole(0) => return Ok(Duration::ZERO),
        Value::Whole(number) => {
            return Err(Problem::new(node, format!("{number} has no unit"))
                .help(format!("for seconds write `{number}s`")));
        }
        Value::Real(number) => {
            return Err(Problem::new(node, format!("{number} has no unit"))
                .help(format!("for seconds write `{number}s`")));
        }
        Value::Text(text) => text,
        _ => return Err(mismatch(node, EXPECTED)),
    };
    let signed: SignedDuration = text.trim().parse().map_err(|_| mismatch(node, EXPECTED))?;
    let duration = Duration::try_from(signed)
        .map_err(|_| Problem::new(node, "a length of time cannot be negative"))?;
    if duration > LONGEST {
        return Err(Problem::new(node, format!("{} is longer than 24 h", quoted(text))));
    }
    Ok(duration)
}

/// One of a few words.
pub(super) fn word<T: Copy>(node: &Node, words: &[(&'static str, T)]) -> Result<T, Problem> {
    let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
    let Value::Text(text) = &node.value else {
        return Err(mismatch(node, &one_of(&names)));
    };
    match words.iter().find(|(name, _)| name == text) {
        Some((_, value)) => Ok(*value),
        None => Err(Problem::new(node, format!("{} is not known here", quoted(text)))
            .help(suggestion(text, &names))),
    }
}

fn one_of(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// The nearest of the names, or all where none is near.
pub(super) fn suggestion(text: &str, names: &[&str]) -> String {
    let plain = text.to_ascii_lowercase().replace('_', "-");
    // Nothing so long is a slip of the pen, and the distance takes the product of the lengths.
    let near = (plain.len() <= 64)
        .then(|| {
            names
                .iter()
                .map(|name| {
                    (strsim::damerau_levenshtein(&plain, &name.to_ascii_lowercase()), *name)
                })
                .min_by_key(|(distance, _)| *distance)
        })
        .flatten()
        .filter(|(distance, name)| *distance <= 1 + name.len() / 3);
    match near {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => format!("expected {}", one_of(names)),
    }
}

/// A mapping's entries, each key a text that stands there once.
pub(super) fn entries<'a>(
    node: &'a Node,
    what: &str,
) -> Result<Vec<(&'a Node, &'a str, &'a Node)>, Problem> {
    let Value::Map(map) = &node.value else {
        return Err(mismatch(node, what));
    };
    if map.len() > MOST_KEYS {
        return Err(Problem::new(node, format!("more than {MOST_KEYS} keys")));
    }
    let mut seen = HashSet::new();
    let mut entries = Vec::with_capacity(map.len());
    for (key, value) in map {
        let name = text(key)?;
        if !seen.insert(name) {
            return Err(Problem::new(key, format!("{} stands here twice", quoted(name)))
                .help("keep one of the two"));
        }
        entries.push((key, name, value));
    }
    Ok(entries)
}

/// A mapping whose keys are known beforehand.
pub(super) struct Fields<'a> {
    node: &'a Node,
    entries: Vec<(&'a Node, &'a str, &'a Node)>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(node: &'a Node, what: &str, known: &[&str]) -> Result<Self, Problem> {
        let entries = entries(node, what)?;
        for (key, name, _) in &entries {
            if !known.contains(name) {
                return Err(Problem::new(key, format!("unknown key {}", quoted(name)))
                    .help(suggestion(name, known)));
            }
        }
        Ok(Self { node, entries })
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Node> {
        self.entries.iter().find(|(_, key, _)| *key == name).map(|(_, _, value)| *value)
    }

    /// The key itself, for what is wrong with its being there.
    pub(super) fn key(&self, name: &str) -> Option<&'a Node> {
        self.entries.iter().find(|(_, key, _)| *key == name).map(|(key, _, _)| *key)
    }

    pub(super) fn need(&self, name: &str, example: &str) -> Result<&'a Node, Problem> {
        self.get(name).ok_or_else(|| {
            Problem::new(self.node, format!("the key `{name}` is missing"))
                .help(format!("add for instance `{example}`"))
        })
    }

    /// Reads a key where it stands.
    pub(super) fn read<T>(
        &self,
        name: &str,
        reader: impl FnOnce(&'a Node) -> Result<T, Problem>,
    ) -> Result<Option<T>, Problem> {
        self.get(name).map(reader).transpose()
    }
}
