//! An outcome in one line.

use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::rows::places;
use crate::contact::ContactKind;
use crate::diff::Verdict;
use crate::harness::{LaunchedAs, Outcome};

const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// The verdict in a word; a trace that went well has nothing to pass.
pub(super) fn word(outcome: &Outcome) -> (&'static str, Style) {
    match outcome.verdict {
        Verdict::Pass if outcome.snapshot.is_none() => ("TRACE", CYAN),
        Verdict::Pass => ("PASS", GREEN),
        Verdict::Fail => ("FAIL", RED),
        Verdict::Invalid => ("INVALID", YELLOW),
    }
}

/// How much there was of it, in a line.
pub(super) fn facts(outcome: &Outcome) -> String {
    let mut facts = vec![counted(places(&outcome.contacts, ContactKind::Traffic).len(), "contact")];
    let looked_up = places(&outcome.contacts, ContactKind::Lookup).len();
    if looked_up > 0 {
        facts.push(format!("{looked_up} looked up only"));
    }
    facts.push(counted(outcome.capture.packets, "packet"));
    if outcome.capture.lost > 0 {
        facts.push(format!("{} lost", outcome.capture.lost));
    }
    if let (Some(first), Some(last)) = (outcome.phases.first(), outcome.phases.last()) {
        facts.push(seconds(last.end.since(first.start)));
    }
    let stand_in = outcome.application.launched_as == LaunchedAs::StandIn;
    let stand_in = if stand_in { " (stand-in)" } else { "" };
    // The usual one needs no word.
    let internet = match outcome.internet.name() {
        "simulated" => String::new(),
        other => format!(" (internet: {other})"),
    };
    format!("{}{stand_in}{internet}", facts.join(", "))
}

fn counted(count: impl TryInto<u64>, thing: &str) -> String {
    let count: u64 = count.try_into().unwrap_or(u64::MAX);
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

fn seconds(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}
