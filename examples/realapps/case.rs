//! A case of the truth file: what to run, and whom it is known to contact.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;

use serde_json::Value;

use crate::asked::{self, Asked};
use crate::measure::{SEARCHED, Surroundings};

/// Host, port and transport, in the form in which they are compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) host: String,
    pub(crate) port: Option<u64>,
    pub(crate) transport: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.port {
            Some(port) => write!(f, "{} {port}/{}", self.host, self.transport),
            None => write!(f, "{} {}", self.host, self.transport),
        }
    }
}

/// A host as it is compared: names in lower case without the final dot, addresses by value.
pub(crate) fn host(text: &str) -> String {
    match text.parse::<IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) => text.trim_end_matches('.').to_lowercase(),
    }
}

/// Whether a name stands for an address.
pub(crate) fn is_reverse(host: &str) -> bool {
    host.ends_with(".in-addr.arpa") || host.ends_with(".ip6.arpa")
}

/// One line of the file.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) setup: Option<String>,
    pub(crate) command: String,
    pub(crate) run_seconds: u64,
    /// What it is told to go with: `SIGTERM`, `SIGINT`.
    pub(crate) stop: String,
    pub(crate) terminal: bool,
    pub(crate) display: bool,
    pub(crate) expected: BTreeSet<Place>,
    /// What it is known to ask of them.
    pub(crate) asked: Asked,
    /// Hosts that differ from run to run.
    pub(crate) variable: BTreeSet<String>,
}

/// Reads the file.
pub(crate) fn read(path: &Path) -> Result<Vec<Case>, String> {
    let named = |problem: String| format!("{}: {problem}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| named(error.to_string()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let value = serde_json::from_str(line).map_err(|error| error.to_string());
            value
                .and_then(|value| Case::from_json(&value))
                .map_err(|problem| named(format!("line {}: {problem}", number + 1)))
        })
        .collect()
}

impl Case {
    fn from_json(value: &Value) -> Result<Self, String> {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        let must = |key: &str| text(key).ok_or(format!("no text under {key:?}"));
        let needs: Vec<_> = list(value, "needs").filter_map(Value::as_str).collect();
        let needs = |what: &str| needs.iter().any(|need| need.starts_with(what));
        let expected = list(value, "expected").map(place);
        let expected: Result<BTreeSet<_>, String> =
            expected.filter(|place| !place.as_ref().is_ok_and(|p| is_reverse(&p.host))).collect();
        let asked: Result<Vec<_>, _> = list(value, "expected").map(asked::known).collect();
        let variable = list(value, "variable").filter_map(|entry| entry["host"].as_str());
        Ok(Self {
            name: must("name")?,
            kind: must("kind")?,
            setup: text("setup"),
            command: must("command")?,
            run_seconds: value["run_seconds"].as_f64().map_or(30, |seconds| seconds.ceil() as u64),
            stop: text("stop").unwrap_or_else(|| "SIGTERM".to_owned()),
            terminal: needs("tty"),
            display: needs("display"),
            expected: expected?,
            asked: asked?.into_iter().flatten().collect(),
            variable: variable.map(host).collect(),
        })
    }

    /// What it lacks on this machine.
    pub(crate) fn missing(&self, surroundings: &Surroundings) -> Option<String> {
        if self.display && !on_path("xvfb-run") {
            return Some("needs a display: xvfb-run is not installed".to_owned());
        }
        let scripts = [self.setup.as_deref().unwrap_or_default(), &self.command];
        let apps = surroundings.apps.as_deref();
        let installed = scripts.iter().flat_map(|script| words(script)).find_map(|(word, _)| {
            let below = word.strip_prefix("$APPS/")?;
            match apps {
                None => Some("it is under $APPS, and APPS is not set".to_owned()),
                Some(apps) if apps.join(below).exists() => None,
                Some(_) => Some(format!("{word} is not there")),
            }
        });
        installed.or_else(|| {
            let first = words(&self.command).into_iter().filter(|(_, is_first)| *is_first);
            first
                .map(|(word, _)| word)
                .find(|word| !is_installed(word))
                .map(|word| format!("{word} is not installed"))
        })
    }
}

/// What stands in a list; nothing where there is none.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn place(entry: &Value) -> Result<Place, String> {
    let name = entry["host"].as_str().ok_or("an expected contact without a host")?;
    let protocol = entry["proto"].as_str().ok_or("an expected contact without `proto`")?;
    let transport = if protocol.starts_with("icmp") { "icmp" } else { protocol };
    let port = entry["port"].as_u64().filter(|_| matches!(transport, "tcp" | "udp" | "sctp"));
    Ok(Place { host: host(name), port, transport: transport.to_owned() })
}

/// The words of a shell script, and whether each is the first of a command. Enough of the
/// shell's grammar to say which programs a line calls: quotes, separators and assignments.
fn words(script: &str) -> Vec<(String, bool)> {
    let (mut words, mut word, mut quote, mut first) = (Vec::new(), String::new(), None, true);
    let mut escaped = false;
    for character in script.chars().chain(['\n']) {
        match (quote, character) {
            _ if escaped => {
                word.push(character);
                escaped = false;
            }
            (None | Some('"'), '\\') => escaped = true,
            (Some(open), _) if character == open => quote = None,
            (Some(_), _) => word.push(character),
            (None, '"' | '\'') => quote = Some(character),
            (None, ' ' | '\t' | '\n' | ';' | '&' | '|' | '(' | ')') => {
                let assignment = first && word.contains('=');
                if !word.is_empty() && !assignment {
                    words.push((std::mem::take(&mut word), first));
                    first = false;
                }
                word.clear();
                first |= !matches!(character, ' ' | '\t');
            }
            (None, _) => word.push(character),
        }
    }
    words
}

/// Whether a command's first word can be called, as far as can be said before the setup.
fn is_installed(word: &str) -> bool {
    const BUILT_IN: [&str; 20] = [
        "cd", "echo", "printf", "export", "set", "exec", "eval", "true", "false", "test", "[",
        "wait", "read", "ulimit", "umask", "trap", ".", "source", "exit", "kill",
    ];
    const KEYWORDS: [&str; 12] =
        ["if", "then", "else", "fi", "for", "while", "do", "done", "case", "esac", "{", "}"];
    match word {
        _ if BUILT_IN.contains(&word) || KEYWORDS.contains(&word) => true,
        // What begins with a variable, or is relative, comes about in the setup.
        _ if word.starts_with('$') || word.starts_with('>') || word.starts_with('<') => true,
        _ if word.starts_with('/') => Path::new(word).exists(),
        _ if word.contains('/') => true,
        _ => on_path(word),
    }
}

fn on_path(program: &str) -> bool {
    SEARCHED.split(':').any(|folder| Path::new(folder).join(program).is_file())
}
