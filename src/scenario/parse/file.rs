//! A scenario file as a whole.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::application::application;
use super::error::{Fault, Problem, ScenarioError, path_to};
use super::expect::expect;
use super::folder::Folder;
use super::host::host;
use super::network::network;
use super::overrides::give_way;
use super::phases::{default_phases, phases};
use super::read::{Fields, filled_text, sentence};
use super::snapshot::snapshot;
use super::tree::{self, Node, Value};
use super::variants::variants;
use crate::contact::quoted;
use crate::scenario::model::{Internet, Scenario};

/// No scenario is larger, in bytes.
const LIMIT: usize = 1 << 20;

/// No scenario's name is longer: it names files.
const LONGEST_NAME: usize = 100;

const KEYS: [&str; 10] = [
    "name",
    "description",
    "application",
    "sandbox",
    "host",
    "phases",
    "network",
    "expect",
    "snapshot",
    "variants",
];

impl Scenario {
    /// Reads a scenario file.
    pub fn load(path: &Path) -> Result<Self, ScenarioError> {
        let file = path.to_string_lossy();
        let read = |source| ScenarioError::Read { file: file.escape_debug().to_string(), source };
        let mut bytes = Vec::new();
        // One byte more than the limit tells that the file is too large, whatever it is.
        File::open(path)
            .map_err(read)?
            .take(LIMIT as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(read)?;
        // No folder in front means the current one.
        read_in(&bytes, &file, Folder(Some(path.parent().unwrap_or(Path::new("")))))
    }

    /// Reads a scenario from the bytes of a file; the file's name stands in errors and gives
    /// the scenario its name where it has none of its own. Files that it names are not read,
    /// and taken for empty.
    pub fn parse(bytes: &[u8], file: &str) -> Result<Self, ScenarioError> {
        read_in(bytes, file, Folder(None))
    }
}

fn read_in(bytes: &[u8], file: &str, folder: Folder<'_>) -> Result<Scenario, ScenarioError> {
    if bytes.len() > LIMIT {
        let file = file.escape_debug().to_string();
        return Err(ScenarioError::TooLarge { file, limit: LIMIT });
    }
    let text = readable(bytes, file)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let fail = |offset, path, problem| {
        ScenarioError::Invalid(Box::new(Fault::new(file, text, offset, path, problem)))
    };
    let root =
        tree::read(text).map_err(|(offset, problem)| fail(offset, String::new(), problem))?;
    scenario(&root, text, file, folder).map_err(|problem| match problem.at {
        Some(id) => fail(tree::locate(text, id), path_to(&root, id), problem),
        None => fail(0, String::new(), problem),
    })
}

/// The bytes as text that YAML allows: UTF-8 without control characters.
fn readable<'b>(bytes: &'b [u8], file: &str) -> Result<&'b str, ScenarioError> {
    let (text, fault) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let good = error.valid_up_to();
            let text = std::str::from_utf8(&bytes[..good]).unwrap_or_default();
            let byte = bytes.get(good).copied().unwrap_or_default();
            let help = "save the file as UTF-8";
            (text, Some(Problem::text(format!("the byte {byte:#04x} is not UTF-8")).help(help)))
        }
    };
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let odd = text[start..].char_indices().find(|(_, c)| !allowed(*c));
    let (offset, problem) = match (odd, fault) {
        (Some((offset, odd)), _) => {
            (offset, Problem::text(format!("the character {odd:?} cannot stand in YAML")))
        }
        (None, Some(problem)) => (text.len() - start, problem),
        (None, None) => return Ok(text),
    };
    let fault = Fault::new(file, &text[start..], offset, String::new(), problem);
    Err(ScenarioError::Invalid(Box::new(fault)))
}

/// The characters of YAML 1.2, section 5.1.
fn allowed(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}'
        | '\u{10000}'..='\u{10ffff}')
        && character != '\u{feff}'
}

fn scenario(root: &Node, text: &str, file: &str, folder: Folder<'_>) -> Result<Scenario, Problem> {
    if let Value::Nothing = root.value {
        return Err(Problem::new(root, "the file holds no scenario")
            .help("add for instance `application: { command: [curl, example.org] }`"));
    }
    let fields = Fields::of(root, "a mapping with the key `application`", &KEYS)?;
    let name = match fields.get("name") {
        Some(node) => own_name(node)?,
        None => name_of(file)?,
    };
    let lines = LineStarts::of(text);
    let mut scenario = one(root, None, name, &lines, folder)?;
    for (variant, laid) in fields.read("variants", |node| variants(node, root))?.unwrap_or_default()
    {
        let name = format!("{}@{variant}", scenario.name);
        let mut weather = one(&laid, fields.get("network"), name, &lines, folder)?;
        give_way(&mut weather.network.overrides, &scenario.network.overrides);
        weather.variant = Some(variant);
        scenario.variants.push(weather);
    }
    Ok(scenario)
}

/// One scenario, its variants left out; in a variant, `base` is the scenario's own network.
fn one(
    root: &Node,
    base: Option<&Node>,
    name: String,
    lines: &LineStarts,
    folder: Folder<'_>,
) -> Result<Scenario, Problem> {
    let fields = Fields::of(root, "a mapping with the key `application`", &KEYS)?;
    let phases = fields.read("phases", phases)?.unwrap_or_else(default_phases);
    let host = host(&fields)?;
    let mut network = fields
        .read("network", |node| network(node, base, fields.get("expect").is_some(), folder))?
        .unwrap_or_default();
    if host.is_some() {
        network.internet = Internet::Real;
    }
    Ok(Scenario {
        name,
        description: fields.read("description", sentence)?,
        application: application(
            fields.need("application", "application: { command: [curl, example.org] }")?,
        )?,
        network,
        host,
        expect: fields.read("expect", |node| expect(node, &phases, |at| lines.line(at)))?,
        snapshot: fields.read("snapshot", snapshot)?.unwrap_or_default(),
        phases,
        variant: None,
        variants: Vec::new(),
    })
}

fn own_name(node: &Node) -> Result<String, Problem> {
    let name = filled_text(node)?;
    check_name(name).map_err(|reason| Problem::new(node, format!("{} {reason}", quoted(name))))?;
    Ok(name.to_owned())
}

/// The scenario's name from its file's.
fn name_of(file: &str) -> Result<String, Problem> {
    let stem = Path::new(file).file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
    check_name(&stem).map_err(|reason| {
        Problem::text(format!("the file's name, {}, {reason}", quoted(&stem)))
            .help("give the scenario a `name`")
    })?;
    Ok(stem.into_owned())
}

/// A name serves as a file's name too, on every system.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("cannot be a scenario's name: it is empty".to_owned());
    }
    if name.starts_with('.') {
        return Err("cannot be a scenario's name: it begins with a dot".to_owned());
    }
    if name.len() > LONGEST_NAME {
        return Err(format!("cannot be a scenario's name: longer than {LONGEST_NAME} characters"));
    }
    match name.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))) {
        None => Ok(()),
        Some(odd) => Err(format!(
            "cannot be a scenario's name: it holds {odd:?}, and letters, digits, `.`, `_` and `-` are allowed"
        )),
    }
}

/// Where the lines begin, so that a line is found without counting from the top.
struct LineStarts(Vec<usize>);

impl LineStarts {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at + 1).collect())
    }

    /// The line of a byte offset, counted from 1.
    fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|&start| start <= offset) + 1
    }
}
