//! What the documents promise: their links lead somewhere, their commands work, their
//! examples show what is really printed.

mod blocks;
mod commands;

use std::collections::BTreeSet;
use std::path::Path;

use self::blocks::Document;
use crate::support::{program, repository};

#[test]
fn links_lead_somewhere() {
    let mut wrong = Vec::new();
    for document in blocks::all() {
        for target in document.links() {
            if ["https://", "http://"].iter().any(|scheme| target.starts_with(scheme)) {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let folder = document.path.parent().unwrap_or(Path::new(""));
            let file = if file.is_empty() { document.path.clone() } else { folder.join(file) };
            let there = repository::root().join(&file).exists();
            if !there || !heading.is_empty() && !Document::read(&file).has_heading(heading) {
                wrong.push(format!("{}: {target}", document.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "links that lead nowhere:\n{}", wrong.join("\n"));
}

/// Documents name each other, and files, in code marks as well.
#[test]
fn documents_that_are_named_exist() {
    for document in blocks::all() {
        for named in document.code_spans().filter(|span| span.ends_with(".md")) {
            let is_there = [named.to_owned(), format!("docs/{named}")]
                .iter()
                .any(|path| repository::root().join(path).exists());
            assert!(is_there, "{} names {named}", document.path.display());
        }
    }
}

#[test]
fn subcommands_that_are_named_exist() {
    let known: BTreeSet<String> = program::subcommands().into_iter().collect();
    for document in blocks::all() {
        let named = document.code_spans().filter_map(|span| span.strip_prefix("apptrace "));
        for word in named.filter_map(|arguments| arguments.split_whitespace().next()) {
            let is_placeholder = word.bytes().all(|byte| byte.is_ascii_uppercase());
            let is_known = known.contains(word) || word.starts_with('-') || is_placeholder;
            assert!(is_known, "{} names `apptrace {word}`", document.path.display());
        }
    }
}

#[test]
fn scenarios_that_are_shown_are_read() {
    for document in blocks::all() {
        for block in document.blocks.iter().filter(|block| block.language == "yaml") {
            let folder = tempfile::tempdir().expect("a folder");
            let file = folder.path().join("shown.yaml");
            std::fs::write(&file, &block.text).expect("the folder can be written");
            if let Err(error) = apptrace::scenario::Scenario::load(&file) {
                panic!("{}: {}", document.path.display(), error.render(false));
            }
        }
    }
}

/// `docs/cli.md` is made from the help. With `APPTRACE_BLESS` set it is written.
#[test]
fn the_command_lines_document_is_its_help() {
    let mut text = String::from(
        "# The command line\n\nThis is what `apptrace --help` and `apptrace COMMAND --help` print; \
         it is made from them.\n",
    );
    let mut add = |title: &str, help: &str| {
        text.push_str(&format!("\n## {title}\n\n```text\n{help}```\n"));
    };
    add("apptrace", &program::help(None));
    for name in program::subcommands() {
        add(&format!("apptrace {name}"), &program::help(Some(&name)));
    }
    let file = "docs/cli.md";
    if std::env::var_os("APPTRACE_BLESS").is_some() {
        std::fs::write(repository::root().join(file), &text).expect("docs can be written");
    }
    let is_same = repository::read(file) == text;
    assert!(is_same, "{file} is not what the help says: APPTRACE_BLESS=1 cargo test docs");
}

#[test]
fn every_dependency_is_explained() {
    let manifest = repository::read("Cargo.toml");
    let mut section = "";
    let mut used = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if ["[dependencies]", "[dev-dependencies]"].contains(&section)
            && let Some((name, _)) = line.split_once(" = ")
            && !line.starts_with('#')
        {
            used.insert(name.to_owned());
        }
    }
    let document = repository::read("docs/dependencies.md");
    let rows = document.lines().filter(|line| line.starts_with("| `"));
    let explained: BTreeSet<String> = rows
        .filter_map(|row| row.trim_start_matches("| ").split_once(" |"))
        .flat_map(|(names, _)| names.split(", ").map(|name| name.trim_matches('`').to_owned()))
        .collect();
    assert_eq!(explained, used);
}

/// The README opens with two commands; `.ci/run` runs the second as it stands there.
#[test]
fn the_readme_opens_with_two_commands_that_ci_runs() {
    let readme = Document::read(Path::new("README.md"));
    let commands: Vec<&str> =
        readme.blocks.iter().take(2).map(|block| block.text.trim_end()).collect();
    let script = repository::read(".ci/run");
    let [first, second] = commands.as_slice() else { panic!("two commands: {commands:?}") };
    assert!(script.lines().any(|line| line == *second), ".ci/run does not run `{second}`");
    let (installs, runs) = first.rsplit_once(" && ").expect("it installs, then runs");
    let arguments = runs.strip_prefix("cargo run --release -- run ").expect("it runs the job");
    let runs_it = format!("target/release/apptrace run --ci {arguments}");
    assert!(script.lines().any(|line| line == runs_it), ".ci/run does not run `{runs_it}`");
    let (_, packages) = installs.split_once("apt-get install -y ").expect("it installs");
    for package in packages.split_whitespace() {
        let is_installed = script.split_whitespace().any(|word| word == package);
        assert!(is_installed, ".ci/run does not install {package}");
    }
}
