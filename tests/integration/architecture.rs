//! The layers: which module of `src/` may import which. The table here is the rule, the code
//! is held to it, and so is the picture in `docs/architecture.md`.

mod shape;
mod sources;

use std::collections::{BTreeMap, BTreeSet};

use self::sources::Source;
use crate::support::repository;

/// Each module with what it may import. A row names only rows above it, so that no circle can
/// be written down.
const LAYERS: &[(&str, &[&str])] = &[
    ("packet", &[]),
    ("contact", &["packet"]),
    ("query", &["packet", "contact"]),
    ("script", &["contact"]),
    ("scenario", &["contact", "script"]),
    ("sandbox", &["packet", "contact"]),
    ("internet", &["packet", "contact", "script"]),
    ("capture", &["packet"]),
    ("dissect", &["packet", "contact"]),
    ("flow", &["packet", "contact", "dissect"]),
    ("diff", &["contact", "scenario"]),
    ("snapshot", &["contact"]),
    (
        "harness",
        &[
            "packet", "contact", "query", "script", "scenario", "sandbox", "internet", "capture",
            "flow", "diff", "snapshot",
        ],
    ),
    ("report", &["packet", "contact", "query", "diff", "harness"]),
    ("cli", &["contact", "query", "scenario", "sandbox", "diff", "snapshot", "harness", "report"]),
    ("main", &["cli"]),
];

/// What unit tests may import besides, to make their input.
const TESTS_ALSO: &[(&str, &[&str])] =
    &[("flow", &["capture"]), ("diff", &["packet"]), ("snapshot", &["packet"])];

/// Crates that one module alone may use, so that they can be exchanged there.
const SOLE_USERS: &[(&str, &str)] = &[
    ("pcap", "capture"),
    ("insta", "snapshot"),
    ("hyper", "internet"),
    ("tokio_rustls", "internet"),
    ("rcgen", "internet"),
    ("hickory_proto", "internet"),
    ("etherparse", "dissect"),
    ("rtnetlink", "sandbox"),
    ("duct", "sandbox"),
    ("procfs", "sandbox"),
];

fn permitted(table: &[(&str, &[&str])], module: &str) -> BTreeSet<String> {
    let rows = table.iter().filter(|(name, _)| *name == module);
    rows.flat_map(|(_, imports)| imports.iter().map(|name| (*name).to_owned())).collect()
}

/// Module → what it imports → one file that does.
type Edges = BTreeMap<String, BTreeMap<String, String>>;

fn edges(sources: &[Source], pick: fn(&Source) -> &BTreeSet<String>) -> Edges {
    let mut edges = Edges::new();
    for source in sources {
        let row = edges.entry(source.module.clone()).or_default();
        for import in pick(source) {
            row.insert(import.clone(), source.file.clone());
        }
    }
    edges
}

#[test]
fn the_table_has_no_circle() {
    let mut above = BTreeSet::new();
    for (module, imports) in LAYERS {
        for import in *imports {
            assert!(above.contains(import), "the row `{module}` names `{import}`, not above it");
        }
        assert!(above.insert(module), "`{module}` has two rows");
    }
}

#[test]
fn modules_import_what_the_table_permits_and_nothing_else() {
    let sources = sources::all();
    let mut wrong = Vec::new();
    let edges = edges(&sources, |source| &source.imports);
    for (module, imports) in &edges {
        if !LAYERS.iter().any(|(name, _)| name == module) {
            wrong.push(format!("`{module}` has no row in the table"));
            continue;
        }
        let permitted = permitted(LAYERS, module);
        for (import, file) in imports {
            if !permitted.contains(import) {
                wrong.push(format!("{file}: `{module}` may not import `{import}`"));
            }
        }
        for import in permitted.iter().filter(|import| !imports.contains_key(*import)) {
            wrong.push(format!("`{module}` does not use `{import}`: take it out of the table"));
        }
    }
    for (module, _) in LAYERS {
        if !edges.contains_key(*module) {
            wrong.push(format!("the table's `{module}` is no module"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unit_tests_import_little_more() {
    let sources = sources::all();
    let mut wrong = Vec::new();
    let edges = edges(&sources, |source| &source.test_imports);
    for (module, imports) in &edges {
        let (own, also) = (permitted(LAYERS, module), permitted(TESTS_ALSO, module));
        for (import, file) in imports {
            if !own.contains(import) && !also.contains(import) {
                wrong.push(format!("{file}: a unit test may not import `{import}`"));
            }
        }
        for import in also.iter().filter(|import| !imports.contains_key(*import)) {
            wrong.push(format!("`{module}`'s tests do not use `{import}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_of_these_crates_has_one_user() {
    let sources = sources::all();
    for (name, module) in SOLE_USERS {
        let users: BTreeSet<&str> = sources
            .iter()
            .filter(|source| source.crates.contains(*name))
            .map(|source| source.module.as_str())
            .collect();
        assert_eq!(users, BTreeSet::from([*module]), "who uses the crate `{name}`");
    }
}

#[test]
fn the_documents_picture_is_the_table() {
    let width = LAYERS.iter().map(|(module, _)| module.len()).max().unwrap_or_default();
    let rows: Vec<String> = LAYERS
        .iter()
        .map(|(module, imports)| {
            let imports = if imports.is_empty() { "–".to_owned() } else { imports.join(" ") };
            format!("{module:width$} → {imports}")
        })
        .collect();
    let picture = format!("```text\n{}\n```", rows.join("\n"));
    let document = repository::read("docs/architecture.md");
    assert!(document.contains(&picture), "docs/architecture.md lacks this picture:\n{picture}");
}
