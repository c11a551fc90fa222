//! A run from end to end: launch, capture, survey, compare, snapshot, judge.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use super::evidence::{self, Kept, SaveTo};
use super::judge::{self, Observed};
use super::launch::{self, Resolved, Wanted};
use super::phases::{self, Course, Timetable};
use super::session::{Session, State, Trouble};
use super::{ApplicationOutcome, Event, LaunchedAs, Listener, Outcome};
use super::{relaying, snapshots, unheeded};
use crate::contact::PhaseSpan;
use crate::diff::{Code, Finding, Verdict};
use crate::packet::Timestamp;
use crate::scenario::{ExpectRule, Internet};
use crate::script::Script;
use crate::snapshot::{Mode, RequestView, Store};

/// One thing to run: a scenario, or a command to trace.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// One sentence for people.
    pub description: Option<String>,
    /// The scenario's file.
    pub source: Option<PathBuf>,
    /// What is launched.
    pub wanted: Wanted,
    /// How long each phase lasts.
    pub timetable: Timetable,
    /// What the sandbox's network leads to.
    pub internet: Internet,
    /// Whether that is not what the scenario says: then the result has a snapshot of its own.
    pub other_internet: bool,
    /// Whether nobody may be reached but whom the baseline expects.
    pub enforce: bool,
    /// How the simulated internet departs from its defaults.
    pub script: Script,
    /// The baseline, where there is one.
    pub expect: Option<Vec<ExpectRule>>,
    /// Exit statuses that are no sign of trouble; none where any is fine.
    pub exit_status: Option<Vec<u8>>,
    /// What of its requests goes into the snapshot.
    pub requests: RequestView,
}

/// How jobs are run.
#[derive(Debug)]
pub struct Options<'a> {
    /// Where the snapshots lie and what may be written there; none for no snapshot at all.
    pub snapshots: Option<(Store, Mode)>,
    /// Where every capture is saved.
    pub save_capture: Option<SaveTo>,
    /// The folder in which the capture is saved where the verdict is not pass.
    pub keep_failed: Option<PathBuf>,
    /// Set when the user wants to stop.
    pub interrupted: &'a AtomicBool,
    /// The job's place among all, counted from 1, and how many there are.
    pub number: (usize, usize),
}

/// Runs one job. Whatever happens, there is an outcome: a run that could not be made is
/// invalid, and says why.
pub fn run(job: &Job, options: &Options<'_>, listener: &mut dyn Listener) -> Outcome {
    let (number, of) = options.number;
    listener.hear(&Event::ScenarioStarted { scenario: &job.name, number, of });
    let started = Timestamp::now();
    let mut outcome = blank(job, started);
    let kept = match launch::resolve(&job.wanted) {
        Ok(resolved) => {
            outcome.application.command.clone_from(&resolved.command);
            if resolved.is_stand_in {
                outcome.application.launched_as = LaunchedAs::StandIn;
            }
            perform(job, resolved, options, listener, &mut outcome)
        }
        Err(error) => {
            outcome.findings.push(Finding {
                code: Code::ApplicationNotStarted,
                message: error.to_string(),
                contact: None,
                hint: Some(error.hint(job.source.is_some())),
            });
            None
        }
    };
    conclude(job, options, kept, &mut outcome);
    listener.hear(&Event::ScenarioFinished { outcome: &outcome });
    outcome
}

fn blank(job: &Job, started: Timestamp) -> Outcome {
    Outcome {
        scenario: job.name.clone(),
        internet: job.internet,
        verdict: Verdict::Invalid,
        findings: Vec::new(),
        contacts: Vec::new(),
        lookups: Vec::new(),
        application: ApplicationOutcome {
            command: job.wanted.command.clone(),
            launched_as: LaunchedAs::Command,
            exit: None,
            processes: Vec::new(),
        },
        phases: Vec::new(),
        capture: super::CaptureSummary::default(),
        noise: Vec::new(),
        notes: Vec::from_iter(unheeded::note(job)),
        snapshot: None,
        started,
        version: env!("CARGO_PKG_VERSION"),
    }
}

/// Launches, captures and surveys; the capture as far as there is one.
fn perform(
    job: &Job,
    resolved: Resolved,
    options: &Options<'_>,
    listener: &mut dyn Listener,
    outcome: &mut Outcome,
) -> Option<Kept> {
    let mut kept = match Kept::spool() {
        Ok(kept) => kept,
        Err(trouble) => {
            judge::trouble(&trouble, outcome);
            return None;
        }
    };
    let mut spans = Vec::new();
    let keep_keys = options.save_capture.is_some() || options.keep_failed.is_some();
    let lived = relaying::order(job, resolved.plan, kept.path(), keep_keys)
        .and_then(|order| Session::begin(order, options.interrupted, listener))
        .and_then(|session| kept.detach().map(|()| session))
        .and_then(|session| live(session, &job.timetable, &mut spans, &mut kept));
    let end = Timestamp::now();
    for span in &mut spans {
        span.end = span.end.min(end);
    }
    outcome.phases.clone_from(&spans);
    match lived {
        Ok((course, state)) => {
            let file = kept.path();
            let observed = Observed { job, course, state, spans: &spans, file: &file };
            judge::observe(observed, outcome);
        }
        Err(trouble) => judge::trouble(&trouble, outcome),
    }
    Some(kept)
}

fn live(
    mut session: Session<'_>,
    timetable: &Timetable,
    spans: &mut Vec<PhaseSpan>,
    kept: &mut Kept,
) -> Result<(Course, State), Trouble> {
    let walked = phases::walk(&mut session, timetable, spans);
    // A run that breaks off is evidence too.
    kept.learn(&mut session.state);
    let course = walked?;
    let mut state = session.finish()?;
    kept.learn(&mut state);
    Ok((course, state))
}

/// Compares with the snapshot, settles the verdict, keeps the capture.
fn conclude(job: &Job, options: &Options<'_>, kept: Option<Kept>, outcome: &mut Outcome) {
    outcome.verdict = Verdict::from_findings(&outcome.findings);
    if let Some((store, mode)) = &options.snapshots {
        snapshots::compare(job, store, *mode, outcome);
    }
    outcome.findings.sort_by_key(|finding| (!finding.code.invalidates(), finding.code));
    outcome.verdict = Verdict::from_findings(&outcome.findings);
    let to = match (&options.save_capture, &options.keep_failed) {
        (Some(to), _) => Some(to.clone()),
        (None, Some(folder)) if outcome.verdict != Verdict::Pass => {
            Some(SaveTo::Folder(folder.clone()))
        }
        _ => None,
    };
    if let (Some(kept), Some(to)) = (kept, to) {
        evidence::save(&kept, &to, options.save_capture.is_some(), outcome);
    }
}
