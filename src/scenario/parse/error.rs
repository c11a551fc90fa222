//! What is wrong with a scenario file, where, and what would be right.

use std::fmt;
use std::io;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::tree::{Node, Value};
use crate::contact::quoted;

/// The longest part of a line that is shown around a fault, in characters.
const SHOWN: usize = 160;

/// Why a scenario cannot be had from a file.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("{file}: cannot read the scenario: {source}")]
    Read {
        /// The file.
        file: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The file is larger than any scenario.
    #[error("{file}: larger than {limit} bytes, which no scenario is")]
    TooLarge {
        /// The file.
        file: String,
        /// The bound.
        limit: usize,
    },
    /// Something in the file is wrong.
    #[error(transparent)]
    Invalid(Box<Fault>),
}

impl ScenarioError {
    /// For people: the message with the source line and a caret under the place, in colour
    /// where asked for. Ends without a line break.
    pub fn render(&self, color: bool) -> String {
        match self {
            Self::Invalid(fault) => fault.render(color),
            other => {
                let message = other.to_string();
                renderer(color).render(&[Group::with_title(Level::ERROR.primary_title(message))])
            }
        }
    }

    /// What is wrong with the text, where the file could be read at all.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Invalid(fault) => Some(fault),
            _ => None,
        }
    }
}

/// What is wrong in a scenario file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file's name as it was given, control characters escaped.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// The way to the key: `expect[0].port`; empty for the whole file.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    /// The part of the line that is shown.
    excerpt: String,
    /// What the caret stands under, in bytes of the excerpt.
    span: Range<usize>,
    /// Whether the excerpt begins where the line does.
    whole: bool,
}

impl Fault {
    /// A fault at a byte offset of the text.
    pub(super) fn new(
        file: &str,
        text: &str,
        offset: usize,
        path: String,
        problem: Problem,
    ) -> Self {
        let offset = text.floor_char_boundary(offset.min(text.len()));
        let line_start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[offset..].find('\n').map_or(text.len(), |at| offset + at);
        let before = text[line_start..offset].chars().count();
        let line = text[line_start..line_end].trim_end_matches('\r');
        let (excerpt, span) = excerpt(line, before);
        Self {
            file: file.escape_debug().to_string(),
            line: text[..offset].matches('\n').count() + 1,
            column: before + 1,
            path,
            message: problem.message,
            help: problem.help,
            excerpt,
            span,
            whole: before <= SHOWN / 2,
        }
    }

    fn headline(&self) -> String {
        if self.path.is_empty() {
            self.message.clone()
        } else {
            format!("{}: {}", self.path, self.message)
        }
    }

    fn render(&self, color: bool) -> String {
        let source = Snippet::source(self.excerpt.as_str())
            .line_start(self.line)
            .annotation(AnnotationKind::Primary.span(self.span.clone()));
        let title = Level::ERROR.primary_title(self.headline());
        let mut report = if self.whole {
            title.element(source.path(self.file.as_str()))
        } else {
            // The renderer would count the column from where the excerpt begins.
            let place = Origin::path(self.file.as_str()).line(self.line).char_column(self.column);
            title.element(place).element(source)
        };
        if let Some(help) = &self.help {
            report = report.element(Level::HELP.message(help.as_str()));
        }
        renderer(color).render(&[report])
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.headline())?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}

fn renderer(color: bool) -> Renderer {
    if color { Renderer::styled() } else { Renderer::plain() }
}

/// The part of a line around a place, given in characters, and the token there in bytes of it.
fn excerpt(line: &str, at: usize) -> (String, Range<usize>) {
    let skipped = at.saturating_sub(SHOWN / 2);
    let mut shown = String::new();
    let mut start = None;
    for (index, character) in line.chars().enumerate().skip(skipped).take(SHOWN) {
        if index == at {
            start = Some(shown.len());
        }
        // One character stays one character, so that the caret stands right.
        shown.push(if character.is_control() && character != '\t' {
            '\u{fffd}'
        } else {
            character
        });
    }
    let start = start.unwrap_or(shown.len());
    let end = start + token(&shown[start..]);
    (shown, start..end)
}

/// The length of the YAML token that a text begins with, as far as one line shows it.
fn token(text: &str) -> usize {
    let Some(first) = text.chars().next() else { return 0 };
    if let '"' | '\'' = first
        && let Some(close) = text[1..].find(first)
    {
        return close + 2;
    }
    if let '[' | '{' = first {
        return 1;
    }
    let end = [",", "]", "}", ": ", " #"].iter().filter_map(|mark| text.find(mark)).min();
    let plain = text[..end.unwrap_or(text.len())].trim_end().trim_end_matches(':');
    plain.len().max(first.len_utf8())
}

/// Something wrong with a value; where it stands is found out later.
#[derive(Debug)]
pub(super) struct Problem {
    /// The value's or key's number; none where the place is known otherwise.
    pub(super) at: Option<u32>,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Problem {
    pub(super) fn new(at: &Node, message: impl Into<String>) -> Self {
        Self { at: Some(at.id), message: message.into(), help: None }
    }

    pub(super) fn text(message: impl Into<String>) -> Self {
        Self { at: None, message: message.into(), help: None }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// The way from the root to a value or key: `phases.startup.quiet`, `expect[0].port`.
pub(super) fn path_to(root: &Node, id: u32) -> String {
    let mut path = String::new();
    let mut node = root;
    // Numbers are given in the order of reading, so a value holds those from its own up to
    // its next sibling's.
    while node.id != id {
        match &node.value {
            Value::List(items) => {
                let index = items.partition_point(|item| item.id <= id).saturating_sub(1);
                let Some(item) = items.get(index) else { break };
                path.push_str(&format!("[{index}]"));
                node = item;
            }
            Value::Map(entries) => {
                let index = entries.partition_point(|(key, _)| key.id <= id).saturating_sub(1);
                let Some((key, value)) = entries.get(index) else { break };
                if !path.is_empty() {
                    path.push('.');
                }
                match &key.value {
                    Value::Text(text) => path.push_str(quoted(text).trim_matches('`')),
                    _ => path.push('?'),
                }
                if key.id == id {
                    break;
                }
                node = value;
            }
            _ => break,
        }
    }
    path
}
