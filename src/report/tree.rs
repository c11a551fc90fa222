//! The application's processes as a tree, with what each of them contacted.

use std::collections::{BTreeMap, BTreeSet};

use anstyle::Style;

use super::command_line::command_line;
use super::page::{DIM, Page};
use super::rows::{Place, place_in, places_of};
use super::wrap::{columns, elide, wrap};
use crate::contact::{Ancestry, Contact, KnownBy, Process, ProcessRecord, printable};
use crate::harness::Outcome;
use crate::packet::Timestamp;

/// How many processes are shown where not all are asked for.
const MOST: usize = 40;
/// How many places are shown of one process; all of them stand in the table.
const MOST_PLACES: usize = 8;
/// Deeper than this nothing is indented further.
const DEEPEST: usize = 10;

/// What a process contacted; nobody where it is not known who did.
struct Made<'a> {
    process: Option<&'a Process>,
    places: Vec<Place<'a>>,
}

/// The tree of one outcome, as it comes together.
struct Tree<'a> {
    outcome: &'a Outcome,
    by_pid: BTreeMap<u32, &'a ProcessRecord>,
    children: BTreeMap<Option<u32>, Vec<&'a ProcessRecord>>,
    /// What each process contacted.
    made: BTreeMap<Option<u32>, Made<'a>>,
    /// Those that are shown.
    shown: BTreeSet<u32>,
    lines: usize,
}

impl Page {
    /// Writes the tree where it says more than the table: where somebody else than the first
    /// process contacted anybody, or where `all` are asked for.
    pub(super) fn processes(&mut self, outcome: &Outcome, all: bool) {
        let tree = Tree::of(outcome, all);
        if !all && !tree.tells_more() {
            return;
        }
        self.blank();
        self.lines.push("  processes, in seconds after launch:".into());
        if tree.is_by_socket_tables() {
            let text = "known by the socket tables, looked at again and again: weaker evidence";
            for line in wrap(text, self.width().saturating_sub(2).max(16), |it| it == ' ') {
                self.lines.push(self.paint(DIM, &format!("  {line}")));
            }
        }
        let roots = tree.children.get(&None).map(Vec::as_slice).unwrap_or_default();
        let mut left = if all { usize::MAX } else { MOST };
        for record in roots {
            self.branch(&tree, record, &mut Vec::new(), &mut left);
        }
        self.unrecorded(&tree);
        if let Some(made) = tree.made.get(&None) {
            self.lines.push("  unattributed".to_owned());
            self.places(&made.places, "       ");
        }
        let others = outcome.application.processes.len() - tree.shown.len();
        if others > 0 {
            let word = if others == 1 { "process" } else { "processes" };
            let text = format!("  and {others} {word} that contacted nobody");
            self.lines.push(self.paint(DIM, &text));
        }
        if tree.lines > MOST && !all {
            let text = format!("  and {} more (see --processes)", tree.lines - MOST);
            self.lines.push(self.paint(DIM, &text));
        }
        self.blank();
    }

    /// A process with all below it. `lasts` says of each level above whether its process is the
    /// last of its parent's.
    fn branch(
        &mut self,
        tree: &Tree<'_>,
        record: &ProcessRecord,
        lasts: &mut Vec<bool>,
        left: &mut usize,
    ) {
        if !tree.shown.contains(&record.pid) || *left == 0 {
            return;
        }
        *left -= 1;
        // Every level takes three columns, and half of them are for the processes themselves.
        let (before, below) = indents(lasts, DEEPEST.min(self.width() / 8));
        self.lines.push(self.process(tree, record, &before));
        let children = tree.children.get(&Some(record.pid)).map(Vec::as_slice).unwrap_or_default();
        let children: Vec<_> = children.iter().filter(|it| tree.shown.contains(&it.pid)).collect();
        if let Some(made) = tree.made.get(&Some(record.pid)) {
            let bar = if children.is_empty() { "     " } else { "│    " };
            self.places(&made.places, &format!("{below}{bar}"));
        }
        for (index, child) in children.iter().enumerate() {
            lasts.push(index + 1 == children.len());
            self.branch(tree, child, lasts, left);
            lasts.pop();
        }
    }

    /// `curl (4)  0.1 to 0.4  -s http://a.example/`, in one line.
    fn process(&self, tree: &Tree<'_>, record: &ProcessRecord, before: &str) -> String {
        let launch = tree.outcome.launched();
        let room = self.width().saturating_sub(columns(before));
        let name = elide(&printable(&record.name), room * 2 / 3);
        let life = life(record, launch);
        let arguments = command_line(record.arguments.get(1..).unwrap_or_default());
        let rest = format!(" ({})  {life}  {arguments}", record.pid);
        let rest = elide(rest.trim_end(), room.saturating_sub(columns(&name)));
        format!("{before}{}{}", self.paint(Style::new().bold(), &name), self.paint(DIM, &rest))
    }

    fn places(&mut self, places: &[Place<'_>], indent: &str) {
        let room = self.width().saturating_sub(columns(indent)).max(16);
        for place in places.iter().take(MOST_PLACES) {
            let text = place_in(place);
            for (index, part) in
                wrap(&text, room - 2, |it| matches!(it, ' ' | '.' | '-')).iter().enumerate()
            {
                let hang = if index == 0 { "" } else { "  " };
                self.lines.push(format!("{indent}{hang}{part}"));
            }
        }
        if let Some(more) = places.len().checked_sub(MOST_PLACES).filter(|more| *more > 0) {
            self.lines.push(format!("{indent}and {more} more"));
        }
    }

    /// Processes that made contacts and of which there is no record.
    fn unrecorded(&mut self, tree: &Tree<'_>) {
        for process in tree.made.values().filter_map(|made| made.process) {
            if tree.by_pid.contains_key(&process.pid) {
                continue;
            }
            let chain: Vec<_> = process.chain.iter().map(|name| printable(name)).collect();
            let text = format!("  {} ({})", chain.join(" › "), process.pid);
            self.lines.push(elide(&text, self.width()));
            if let Some(made) = tree.made.get(&Some(process.pid)) {
                self.places(&made.places, "       ");
            }
        }
    }
}

impl<'a> Tree<'a> {
    fn of(outcome: &'a Outcome, all: bool) -> Self {
        let records = &outcome.application.processes;
        let by_pid: BTreeMap<u32, &ProcessRecord> =
            records.iter().map(|record| (record.pid, record)).collect();
        let mut children: BTreeMap<Option<u32>, Vec<&ProcessRecord>> = BTreeMap::new();
        let ancestry = Ancestry::new(records);
        for record in by_pid.values() {
            let parent = ancestry.parent(record).map(|parent| parent.pid);
            children.entry(parent).or_default().push(record);
        }
        for siblings in children.values_mut() {
            siblings.sort_by_key(|record| (record.first_seen, record.pid));
        }
        let mut contacts: BTreeMap<Option<u32>, Vec<&Contact>> = BTreeMap::new();
        for contact in &outcome.contacts {
            let pid = contact.process.as_ref().map(|process| process.pid);
            contacts.entry(pid).or_default().push(contact);
        }
        let made = |contacts: Vec<&'a Contact>| Made {
            process: contacts.first().and_then(|contact| contact.process.as_ref()),
            places: places_of(contacts),
        };
        let made: BTreeMap<_, _> =
            contacts.into_iter().map(|(pid, contacts)| (pid, made(contacts))).collect();
        let shown: BTreeSet<u32> = match all {
            true => by_pid.keys().copied().collect(),
            false => made
                .keys()
                .flatten()
                .flat_map(|pid| ancestry.of(*pid))
                .map(|record| record.pid)
                .collect(),
        };
        let lines = shown.len();
        Self { outcome, by_pid, children, made, shown, lines }
    }

    /// Whether any of it is known by weaker evidence than the call itself.
    fn is_by_socket_tables(&self) -> bool {
        let mut processes = self.made.values().filter_map(|made| made.process);
        processes.any(|process| process.known_by == KnownBy::SocketTable)
    }

    /// Whether somebody else than the application's first process contacted anybody.
    fn tells_more(&self) -> bool {
        let first = self.outcome.application.processes.iter().map(|it| it.pid).min();
        self.made.keys().flatten().any(|pid| Some(*pid) != first)
    }
}

/// What stands before a process's line, and before the lines that belong to it.
fn indents(lasts: &[bool], deepest: usize) -> (String, String) {
    let shown = lasts.get(lasts.len().saturating_sub(deepest)..).unwrap_or_default();
    let mut below = String::from("  ");
    let mut before = below.clone();
    for (level, last) in shown.iter().enumerate() {
        before.clone_from(&below);
        if level + 1 == shown.len() {
            before.push_str(if *last { "└─ " } else { "├─ " });
        }
        below.push_str(if *last { "   " } else { "│  " });
    }
    (before, below)
}

/// When it began and ended: `0.1 to 0.4`; `from 0.1` where it was not seen to end.
pub(super) fn life(record: &ProcessRecord, launch: Timestamp) -> String {
    let seconds = |moment: Timestamp| format!("{:.1}", moment.since(launch).as_secs_f64());
    match record.ended {
        Some(ended) => format!("{} to {}", seconds(record.first_seen), seconds(ended)),
        None => format!("from {}", seconds(record.first_seen)),
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
