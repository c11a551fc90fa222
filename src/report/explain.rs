//! A finding explained: the rule that was departed from, the contact and what led to it, its
//! packets, and the YAML that would accept it.

use std::io::{self, Write};

use super::inspect::{Columns, bytes, counted};
use super::page::{DIM, Page, RED, YELLOW};
use super::wrap::paragraph;
use super::{Look, Times};
use crate::contact::{Contact, ContactKind, Lookup, printable, printable_word};
use crate::diff::Finding;
use crate::harness::{Excerpt, Outcome, explained};
use crate::packet::Timestamp;

/// How many lookups are told that led to a contact.
const MOST_LOOKUPS: usize = 4;
/// How many requests are told.
const MOST_REQUESTS: usize = 5;
/// How many of the processes that a finding is about are told; its message names more.
const MOST_PROCESSES: usize = 5;
/// How many programs are named whose contacts are not explained.
const MOST_NAMES: usize = 8;
/// Where what is said of a finding begins.
const INDENT: usize = 12;

/// Writes the explanation of one finding, given by its index.
pub fn explain(
    outcome: &Outcome,
    finding: usize,
    excerpts: &[Excerpt],
    (width, colour): (usize, bool),
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(width, colour);
    page.explained(outcome, finding, excerpts);
    page.write(out)
}

impl Page {
    /// Every finding, one after another.
    pub(super) fn explanations(&mut self, outcome: &Outcome) {
        self.blank();
        for (index, excerpts) in outcome.excerpts.iter().enumerate() {
            self.explained(outcome, index, excerpts);
        }
        if self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
    }

    /// A finding with all that is known of it.
    pub(super) fn explained(&mut self, outcome: &Outcome, finding: usize, excerpts: &[Excerpt]) {
        let Some(finding) = outcome.findings.get(finding) else { return };
        let style = if finding.code.invalidates() { YELLOW } else { RED };
        let code = format!("{}:", finding.code);
        self.labelled(2, &code, style.bold(), &printable(&finding.message));
        self.blank();
        self.rule(outcome, finding);
        let chosen = explained(outcome, finding);
        let contacts = chosen.iter().filter_map(|&index| outcome.contacts.get(index));
        for (place, (contact, excerpt)) in contacts.zip(excerpts).enumerate() {
            if place > 0 {
                self.blank();
            }
            self.contact(outcome, contact);
            self.lookups(outcome, contact);
            self.made_by(outcome, contact.process.as_ref());
            self.requests(contact);
            self.packets(outcome, excerpt);
        }
        for &pid in finding.processes.iter().take(MOST_PROCESSES) {
            self.process_of(outcome, pid);
        }
        if let Some(text) = unexplained(outcome, finding, &chosen) {
            self.blank();
            self.say("", &text);
        }
        self.acceptance(outcome, finding);
    }

    /// A word, and what there is to say to it.
    pub(super) fn say(&mut self, word: &str, text: &str) {
        let first = format!("    {word:8}");
        let rest = " ".repeat(INDENT);
        for (index, line) in paragraph(&first, &rest, text, self.width()).into_iter().enumerate() {
            let line = match line.strip_prefix(&first) {
                Some(text) if index == 0 => format!("{}{text}", self.paint(DIM, &first)),
                _ => line,
            };
            self.lines.push(line.trim_end().to_owned());
        }
    }

    fn contact(&mut self, outcome: &Outcome, contact: &Contact) {
        let host = printable_word(&contact.host.to_string()).into_owned();
        let when = later(contact.first, outcome.launched());
        let text = if contact.kind == ContactKind::Lookup {
            format!("{host}, looked up {when}, in {}, and nothing sent to it", contact.phase)
        } else {
            let port = contact.port.map(|port| format!("{port}/")).unwrap_or_default();
            let protocol = contact.protocol.map(|it| format!(" ({it})")).unwrap_or_default();
            let address = contact.address.map(|it| format!(" at {it}")).unwrap_or_default();
            format!(
                "{host} {port}{}{protocol}{address}, {when}, in {}; {}, {} out and {} in",
                contact.transport,
                contact.phase,
                counted(contact.packets, "packet"),
                bytes(contact.bytes_out),
                bytes(contact.bytes_in),
            )
        };
        self.say("contact", &text);
        let known: Vec<String> = contact
            .evidence
            .iter()
            .map(|it| format!("{} ({})", it.kind.name(), printable_word(&it.name)))
            .collect();
        if !known.is_empty() {
            let guessed = if contact.guessed { ", which is a guess" } else { "" };
            self.say("", &format!("known by {}{guessed}", known.join(", ")));
        }
    }

    fn lookups(&mut self, outcome: &Outcome, contact: &Contact) {
        let found = outcome.lookups_of(contact);
        if found.is_empty() && contact.kind == ContactKind::Traffic {
            self.say("lookup", "none led to it");
        }
        for (index, lookup) in found.iter().take(MOST_LOOKUPS).enumerate() {
            let word = if index == 0 { "lookup" } else { "" };
            self.say(word, &looked_up(lookup, outcome.launched()));
        }
    }

    fn requests(&mut self, contact: &Contact) {
        for (index, request) in contact.requests.iter().take(MOST_REQUESTS).enumerate() {
            let status = request.status.map(|status| format!(" → {status}")).unwrap_or_default();
            let line = request
                .url
                .as_ref()
                .map_or_else(|| request.line(), |url| format!("{} {url}", request.method));
            let word = if index == 0 { "request" } else { "" };
            self.say(word, &format!("{}{status}", printable(&line)));
        }
        if let Some(more) = contact.requests.len().checked_sub(MOST_REQUESTS + 1) {
            self.say("", &format!("and {} more", more + 1));
        }
    }

    fn packets(&mut self, outcome: &Outcome, excerpt: &Excerpt) {
        match excerpt {
            Excerpt::NotKept => {
                let text = "not kept; run it again with `--save-capture DIR` to have them, or \
                            with `--explain` to see the first of them";
                self.say("packets", text);
            }
            Excerpt::Unreadable(reason) => {
                self.say("packets", &format!("cannot be shown: {}", printable(reason)));
                self.say("", "where the capture lies elsewhere now, `--capture FILE` names it");
            }
            Excerpt::Packets { lines, .. } if lines.is_empty() => {
                self.say("packets", "the capture holds none of them");
            }
            Excerpt::Packets { lines, more } => {
                let which = if *more { "the first" } else { "all" };
                let text = format!("{which} {}, in seconds after the launch:", lines.len());
                self.say("packets", &text);
                self.blank();
                let look = Look {
                    width: self.width(),
                    wrap: true,
                    colour: self.is_coloured(),
                    names: false,
                    times: Times::Relative,
                };
                let mut columns = Columns::default();
                for (index, line) in lines.iter().enumerate() {
                    let text = columns.lines(line, outcome.launched(), &look, index == 0);
                    self.lines.extend(text.lines().map(str::to_owned));
                }
            }
        }
    }
}

/// How many more contacts there are than are explained, and by whom.
fn unexplained(outcome: &Outcome, finding: &Finding, chosen: &[usize]) -> Option<String> {
    let others = finding.about().iter().filter(|index| !chosen.contains(index));
    let others: Vec<&Contact> = others.filter_map(|&at| outcome.contacts.get(at)).collect();
    let mut names: Vec<_> = others
        .iter()
        .map(|contact| match &contact.process {
            Some(process) => printable(&process.name),
            None => "unattributed".into(),
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    let more = names.len().checked_sub(MOST_NAMES).filter(|&more| more > 0);
    names.truncate(MOST_NAMES);
    let more = more.map(|more| format!(" and {more} more")).unwrap_or_default();
    (!others.is_empty()).then(|| {
        format!(
            "and {}, by {}{more}",
            counted(others.len() as u64, "more contact"),
            names.join(", ")
        )
    })
}

fn later(moment: Timestamp, launch: Timestamp) -> String {
    format!("{:.1} s after the launch", moment.since(launch).as_secs_f64())
}

fn looked_up(lookup: &Lookup, launch: Timestamp) -> String {
    let answer = match (&lookup.status, lookup.answers.as_slice()) {
        (None, []) => "not answered".to_owned(),
        (status, []) => status.clone().unwrap_or_default(),
        (_, answers) => answers.join(", "),
    };
    let by = lookup
        .process
        .as_ref()
        .map(|process| format!(" by {} (pid {})", printable(&process.name), process.pid));
    format!(
        "{} {}, {}{}, of {} by {}: {}",
        printable_word(&lookup.record_type),
        printable_word(&lookup.name),
        later(lookup.first, launch),
        by.unwrap_or_default(),
        lookup.server,
        lookup.via.name(),
        printable(&answer)
    )
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
