//! A document's parts: its fenced blocks, links, headings and code spans.

use std::path::{Path, PathBuf};

use crate::support::repository;

/// A fenced block.
#[derive(Debug)]
pub(super) struct Block {
    /// What follows the opening fence.
    pub(super) language: String,
    /// The lines within.
    pub(super) text: String,
}

/// A Markdown file.
#[derive(Debug)]
pub(super) struct Document {
    /// From the repository's root.
    pub(super) path: PathBuf,
    pub(super) blocks: Vec<Block>,
    /// The lines outside of blocks.
    prose: String,
}

/// Every document of the repository.
pub(super) fn all() -> Vec<Document> {
    let here = std::fs::read_dir(repository::root()).expect("the root can be listed");
    let mut paths: Vec<PathBuf> = here
        .map(|entry| PathBuf::from(entry.expect("an entry").file_name()))
        .filter(|path| path.extension().is_some_and(|it| it == "md"))
        .collect();
    paths.extend(repository::files("docs", ".md"));
    paths.sort();
    paths.iter().map(|path| Document::read(path)).collect()
}

impl Document {
    pub(super) fn read(path: &Path) -> Self {
        let text = repository::read(path);
        let mut document = Self { path: path.to_owned(), blocks: Vec::new(), prose: String::new() };
        let mut is_within = false;
        for line in text.lines() {
            if let Some(language) = line.strip_prefix("```") {
                is_within = !is_within;
                if is_within {
                    let language = language.to_owned();
                    document.blocks.push(Block { language, text: String::new() });
                }
                continue;
            }
            let into = match document.blocks.last_mut() {
                Some(block) if is_within => &mut block.text,
                _ => &mut document.prose,
            };
            into.push_str(line);
            into.push('\n');
        }
        assert!(!is_within, "{} ends within a block", path.display());
        document
    }

    /// Where its links lead.
    pub(super) fn links(&self) -> impl Iterator<Item = &str> {
        self.prose.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0))
    }

    /// What stands between code marks, on one line.
    pub(super) fn code_spans(&self) -> impl Iterator<Item = &str> {
        self.prose.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
    }

    /// Whether a heading has this anchor.
    pub(super) fn has_heading(&self, anchor: &str) -> bool {
        let headings = self.prose.lines().filter(|line| line.starts_with('#'));
        headings.map(|line| anchor_of(line.trim_start_matches('#').trim())).any(|it| it == anchor)
    }
}

/// The anchor that is made of a heading.
fn anchor_of(heading: &str) -> String {
    let kept = heading.chars().filter(|it| it.is_alphanumeric() || [' ', '-', '_'].contains(it));
    kept.map(|it| if it == ' ' { '-' } else { it.to_ascii_lowercase() }).collect()
}
