//! The keys under `snapshot`.

use super::error::Problem;
use super::read::{Fields, filled_text, flag, list, mismatch, word};
use super::tree::{Node, Value};
use crate::contact::quoted;
use crate::scenario::snapshot::{RequestDetail, SnapshotRules};

const DETAILS: [(&str, RequestDetail); 3] = [
    ("hosts", RequestDetail::Hosts),
    ("paths", RequestDetail::Paths),
    ("full", RequestDetail::Full),
];

/// A larger expression takes memory beyond all use.
const LARGEST_EXPRESSION: usize = 1 << 20;

pub(super) fn snapshot(node: &Node) -> Result<SnapshotRules, Problem> {
    let fields = Fields::of(node, "a mapping", &["processes", "requests", "redact"])?;
    let processes = fields.read("processes", flag)?.unwrap_or(true);
    let requests = fields.read("requests", |node| word(node, &DETAILS))?.unwrap_or_default();
    if let Some(key) = fields.key("redact").filter(|_| requests == RequestDetail::Hosts) {
        return Err(Problem::new(key, "there are no requests to redact in the snapshot")
            .help("write `requests: paths` or `requests: full` beside it"));
    }
    let mut rules = SnapshotRules { processes, requests, ..SnapshotRules::default() };
    if let Some(redact) = fields.get("redact") {
        let fields = Fields::of(redact, "a mapping with `query` or `path`", &["query", "path"])?;
        if let Some(key) = fields.key("query").filter(|_| requests == RequestDetail::Paths) {
            return Err(Problem::new(key, "`requests: paths` shows no query")
                .help("leave it out, or write `requests: full`"));
        }
        rules.redact_query =
            fields.read("query", |node| each(node, parameter))?.unwrap_or_default();
        rules.redact_path = fields.read("path", |node| each(node, expression))?.unwrap_or_default();
    }
    Ok(rules)
}

/// One text or a list of them.
fn each(
    node: &Node,
    read: impl Fn(&Node) -> Result<String, Problem>,
) -> Result<Vec<String>, Problem> {
    match &node.value {
        Value::Text(_) => Ok(vec![read(node)?]),
        _ => list(node, "texts")?.iter().map(read).collect(),
    }
}

fn parameter(node: &Node) -> Result<String, Problem> {
    let name = filled_text(node)?;
    match name.contains(['=', '&', '?']) {
        false => Ok(name.to_owned()),
        true => Err(mismatch(node, "the name of one query parameter")),
    }
}

fn expression(node: &Node) -> Result<String, Problem> {
    let text = filled_text(node)?;
    let compiled = regex::RegexBuilder::new(text).size_limit(LARGEST_EXPRESSION).build();
    let expression = compiled.map_err(|error| {
        let why = error.to_string();
        // The last line says what is wrong; those before it draw the place.
        let why = why.lines().next_back().unwrap_or_default().trim_start_matches("error: ");
        Problem::new(node, format!("{} is no regular expression: {why}", quoted(text)))
    })?;
    if expression.is_match("") {
        return Err(Problem::new(node, format!("{} matches the empty text too", quoted(text)))
            .help("write `+` in place of `*`, so that it matches something"));
    }
    Ok(text.to_owned())
}
