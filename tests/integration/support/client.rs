//! The application under test where a test needs one that talks: `client.pl`, for perl's core
//! alone is on every Debian.

use serde_json::{Value, json};

use super::{Project, Ran};

/// Its source.
pub(crate) const SCRIPT: &str = include_str!("client.pl");
const FILE: &str = "client.pl";

/// The words of a command that carries out actions, each a word and its operands (see
/// `client.pl`), where the script lies in the current folder.
pub(crate) fn command<'a>(actions: &[&'a str]) -> Vec<&'a str> {
    let mut words = vec!["perl", FILE];
    words.extend(actions.iter().flat_map(|action| action.split(' ')));
    words
}

/// An `application` for a scenario that carries out actions.
pub(crate) fn application(actions: &[&str]) -> Value {
    json!({ "command": command(actions), "files": { FILE: SCRIPT } })
}

/// Traces a client that carries out actions, without any waiting, and gives its result as
/// JSON; what it said is on standard error.
pub(crate) fn trace(project: &Project, actions: &[&str]) -> Ran {
    project.write(FILE, SCRIPT);
    let mut words = vec!["trace", "--phases", "none", "--format", "json", "--"];
    words.extend(command(actions));
    project.apptrace(&words)
}

/// What the client said of an action.
#[track_caller]
pub(crate) fn said<'a>(ran: &'a Ran, action: &str) -> &'a str {
    let begin = format!("{action} -> ");
    let line = ran.stderr.lines().find_map(|line| line.strip_prefix(&begin));
    line.unwrap_or_else(|| panic!("nothing about {action:?} in {ran:#?}"))
}
