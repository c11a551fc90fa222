//! What a person sees, at the widths that terminals have.

use super::*;
use crate::contact::Host;
use crate::harness::Note;
use crate::report::sample;
use crate::report::wrap::columns;

fn shown_at(width: usize, outcome: &Outcome) -> String {
    let mut out = Vec::new();
    Terminal { width, ..Terminal::default() }.report(outcome, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn shown(outcome: &Outcome) -> String {
    shown_at(80, outcome)
}

fn stand_in() -> Outcome {
    let mut outcome = sample::passed();
    outcome.application.launched_as = LaunchedAs::StandIn;
    outcome.application.command = vec!["apptrace".into(), "stand-in".into(), "softphone".into()];
    if let Some(snapshot) = &mut outcome.snapshot {
        snapshot.state = SnapshotState::Written;
        snapshot.file = "snapshots/zoiper@stand-in.snap".into();
    }
    outcome
}

fn trace() -> Outcome {
    let mut outcome = sample::passed();
    outcome.scenario = "curl".to_owned();
    outcome.snapshot = None;
    outcome.notes.push(Note {
        message: "the application ended with exit status 6 before it was told to go".to_owned(),
        hint: None,
    });
    for contact in &mut outcome.contacts {
        contact.expected = None;
        contact.process = None;
    }
    outcome
}

#[test]
fn pass() {
    insta::assert_snapshot!(shown(&sample::passed()));
}

#[test]
fn fail() {
    insta::assert_snapshot!(shown(&sample::failed()));
}

#[test]
fn fail_at_60_columns() {
    insta::assert_snapshot!(shown_at(60, &sample::failed()));
}

#[test]
fn fail_at_120_columns() {
    insta::assert_snapshot!(shown_at(120, &sample::failed()));
}

#[test]
fn invalid() {
    insta::assert_snapshot!(shown(&sample::invalid()));
}

#[test]
fn stand_in_and_first_snapshot() {
    insta::assert_snapshot!(shown(&stand_in()));
}

#[test]
fn trace_without_baseline() {
    insta::assert_snapshot!(shown(&trace()));
}

#[test]
fn several() {
    let format = Terminal { brief: true, ..Terminal::default() };
    let outcomes = [sample::passed(), sample::invalid(), sample::failed()];
    let mut out = Vec::new();
    for outcome in &outcomes {
        format.report(outcome, &mut out).unwrap();
    }
    format.finish(&outcomes, &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [40, 41, 59, 60, 79, 80, 81, 100, 120, 200] {
        for outcome in [sample::passed(), sample::failed(), sample::invalid(), stand_in(), trace()]
        {
            for line in shown_at(width, &outcome).lines() {
                assert!(columns(line) <= width, "{width}: {line}");
                assert_eq!(line.trim_end(), line, "{width}");
            }
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    for outcome in [sample::passed(), sample::failed(), sample::invalid(), stand_in(), trace()] {
        let mut out = Vec::new();
        Terminal { colour: true, ..Terminal::default() }.report(&outcome, &mut out).unwrap();
        let coloured = String::from_utf8(out).unwrap();
        assert!(coloured.contains('\u{1b}'));
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), shown(&outcome));
    }
}

#[test]
fn what_the_application_wrote_is_not_obeyed() {
    let mut outcome = sample::failed();
    let evil = "a\u{1b}[2J\r\n\u{202e}b";
    outcome.scenario = evil.to_owned();
    outcome.findings[0].message = evil.to_owned();
    outcome.notes[0].message = evil.to_owned();
    outcome.contacts[0].host = Host::Name(evil.to_owned());
    outcome.contacts[1].requests[0].target = evil.to_owned();
    for process in outcome.contacts.iter_mut().filter_map(|contact| contact.process.as_mut()) {
        process.name = evil.to_owned();
    }
    if let Some(snapshot) = &mut outcome.snapshot {
        snapshot.diff = Some(evil.to_owned());
    }
    let text = shown(&outcome);
    assert!(!text.contains(['\u{1b}', '\r', '\u{202e}']), "{text}");
}
