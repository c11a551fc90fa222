//! The keys under `application`.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::error::Problem;
use super::expect_more::names;
use super::read::{
    Fields, any_text, entries, filled_text, flag, list, mismatch, text, texts, whole,
};
use super::tree::{Node, Value};
use crate::contact::quoted;
use crate::scenario::model::{Application, FileSeed};

const KEYS: [&str; 11] = [
    "command",
    "stand-in",
    "environment",
    "files",
    "working-directory",
    "visible",
    "trust",
    "terminal",
    "root",
    "exit-status",
    "left-behind",
];

/// Who else may read a seeded file is the application's own business.
const DEFAULT_MODE: u32 = 0o600;

pub(super) fn application(node: &Node) -> Result<Application, Problem> {
    let fields = Fields::of(node, "a mapping with the key `command`", &KEYS)?;
    Ok(Application {
        command: command(fields.need("command", "command: [curl, \"https://example.org/\"]")?)?,
        stand_in: fields.read("stand-in", command)?,
        environment: fields.read("environment", environment)?.unwrap_or_default(),
        files: fields.read("files", files)?.unwrap_or_default(),
        working_directory: fields.read("working-directory", working_directory)?,
        visible: fields.read("visible", visible)?.unwrap_or_default(),
        trust: fields.read("trust", trust)?.unwrap_or_default(),
        terminal: fields.read("terminal", flag)?.unwrap_or(false),
        root: fields.read("root", flag)?.unwrap_or(false),
        exit_status: fields.read("exit-status", exit_status)?.unwrap_or_else(|| vec![0]),
        left_behind: fields.read("left-behind", names)?.unwrap_or_default(),
    })
}

fn command(node: &Node) -> Result<Vec<String>, Problem> {
    if let Value::Text(line) = &node.value {
        let words: Vec<&str> = line.split_whitespace().collect();
        return Err(mismatch(node, "a list of the program and its arguments")
            .help(format!("write {}", quoted(&format!("[{}]", words.join(", "))))));
    }
    let command = texts(node, "the program and its arguments")?;
    match command.first() {
        None => Err(Problem::new(node, "the command is empty").help("name the program to launch")),
        Some(program) if program.trim().is_empty() => {
            Err(Problem::new(node, "the program's name is empty"))
        }
        Some(_) => Ok(command),
    }
}

fn environment(node: &Node) -> Result<BTreeMap<String, String>, Problem> {
    let mut environment = BTreeMap::new();
    for (key, name, value) in entries(node, "a mapping of variables to their values")? {
        if name.is_empty() || name.contains('=') {
            return Err(Problem::new(key, format!("{} cannot name a variable", quoted(name))));
        }
        environment.insert(name.to_owned(), text(value)?.to_owned());
    }
    Ok(environment)
}

fn files(node: &Node) -> Result<BTreeMap<PathBuf, FileSeed>, Problem> {
    let mut files: BTreeMap<PathBuf, FileSeed> = BTreeMap::new();
    for (key, name, value) in entries(node, "a mapping of paths to their contents")? {
        let path = inside_home(key, name)?;
        if name.ends_with('/') {
            return Err(Problem::new(key, format!("{} names a folder, not a file", quoted(name))));
        }
        // One file cannot be another's folder, nor stand there under two spellings.
        if let Some(other) = files.keys().find(|o| o.starts_with(&path) || path.starts_with(o)) {
            let other = quoted(&other.to_string_lossy());
            return Err(Problem::new(key, format!("{} is at odds with {other}", quoted(name))));
        }
        files.insert(path, file(value)?);
    }
    Ok(files)
}

fn file(node: &Node) -> Result<FileSeed, Problem> {
    if let Value::Text(content) = &node.value {
        return Ok(FileSeed { content: content.clone(), mode: DEFAULT_MODE });
    }
    let fields = Fields::of(node, "the file's content or a mapping", &["content", "mode"])?;
    let content = any_text(fields.need("content", "content: \"…\"")?)?.to_owned();
    Ok(FileSeed { content, mode: fields.read("mode", mode)?.unwrap_or(DEFAULT_MODE) })
}

/// Octal digits only: YAML reads `0644` as text and `644` as a decimal number, which nobody
/// means.
fn mode(node: &Node) -> Result<u32, Problem> {
    const HELP: &str = "write it in octal with a leading zero: `0644`";
    let Value::Text(digits) = &node.value else {
        return Err(mismatch(node, "permission bits").help(HELP));
    };
    match u32::from_str_radix(digits.strip_prefix("0o").unwrap_or(digits), 8) {
        Ok(mode) if mode <= 0o777 && digits.starts_with('0') => Ok(mode),
        _ => Err(mismatch(node, "permission bits from `0000` to `0777`").help(HELP)),
    }
}

fn working_directory(node: &Node) -> Result<PathBuf, Problem> {
    inside(node, filled_text(node)?)
}

/// A path inside the sandbox: absolute, or relative to HOME.
fn inside(node: &Node, name: &str) -> Result<PathBuf, Problem> {
    if Path::new(name).is_absolute() { Ok(PathBuf::from(name)) } else { inside_home(node, name) }
}

fn trust(node: &Node) -> Result<Vec<PathBuf>, Problem> {
    let mut stores: Vec<PathBuf> = Vec::new();
    for item in list(node, "trust stores")? {
        let name = filled_text(item)?;
        let store = inside(item, name)?;
        if name.ends_with('/') || store.file_name().is_none() {
            return Err(Problem::new(item, format!("{} names a folder, not a file", quoted(name)))
                .help("name the trust store in it, such as `cacert.pem` or `cacerts`"));
        }
        // Twice the same would be shown over itself.
        if stores.contains(&store) {
            return Err(Problem::new(item, format!("{} stands here twice", quoted(name))));
        }
        stores.push(store);
    }
    Ok(stores)
}

/// A path relative to HOME that stays there, cleaned of `.`.
fn inside_home(node: &Node, name: &str) -> Result<PathBuf, Problem> {
    let mut path = PathBuf::new();
    for component in Path::new(name).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir => {
                return Err(Problem::new(node, format!("{} climbs out with `..`", quoted(name))));
            }
            Component::RootDir | Component::Prefix(_) => {
                return Err(Problem::new(node, format!("{} is absolute", quoted(name)))
                    .help("paths are relative to the fresh HOME"));
            }
        }
    }
    if path.as_os_str().is_empty() && !name.contains('.') {
        return Err(Problem::new(node, "a path cannot be empty"));
    }
    Ok(path)
}

fn visible(node: &Node) -> Result<Vec<PathBuf>, Problem> {
    list(node, "folders")?.iter().map(|item| filled_text(item).map(PathBuf::from)).collect()
}

fn exit_status(node: &Node) -> Result<Vec<u8>, Problem> {
    let one = |item: &Node| {
        whole(item, 0..=255, "an exit status").map(|number| u8::try_from(number).unwrap_or(u8::MAX))
    };
    match &node.value {
        Value::List(items) if items.is_empty() => {
            Err(Problem::new(node, "no exit status is left that would be right"))
        }
        Value::List(items) => items.iter().map(one).collect(),
        _ => Ok(vec![one(node)?]),
    }
}
