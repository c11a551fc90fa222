//! A run from end to end: launch, capture, survey, compare, snapshot, judge.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use super::evidence::{self, Kept, SaveTo};
use super::host::{self, HostOrder, Unlaunched};
use super::judge::{self, Observed};
use super::launch::{self, Resolved, Wanted};
use super::message::Order;
use super::phases::{self, Course, Timetable};
use super::session::{Session, Trouble};
use super::state::State;
use super::{ApplicationOutcome, Event, LaunchedAs, Listener, Outcome};
use super::{excerpt, relaying, snapshots, unheeded};
use crate::contact::{NamePattern, PhaseSpan};
use crate::diff::{Code, Finding, Verdict};
use crate::packet::Timestamp;
use crate::sandbox::machine::{self, Account};
use crate::sandbox::{INTERFACE, Plan};
use crate::scenario::{ExpectRule, HostMode, Internet, Sandbox};
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
    /// How it is watched on the machine itself; none where it runs in a sandbox.
    pub host: Option<HostMode>,
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
    /// Processes that may be left when it has gone.
    pub left_behind: Vec<NamePattern>,
    /// What of its requests goes into the snapshot.
    pub requests: RequestView,
    /// Whether its processes go into the snapshot.
    pub processes: bool,
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
    /// Whether the packets that findings are about are to be told.
    pub explain: bool,
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
    let kept = match resolve(job) {
        Ok((resolved, account)) => {
            outcome.application.command.clone_from(&resolved.command);
            if resolved.is_stand_in {
                outcome.application.launched_as = LaunchedAs::StandIn;
            }
            perform(job, resolved, account, options, listener, &mut outcome)
        }
        Err(Unlaunched::Launch(error)) => {
            let hint = error.hint(job.source.is_some());
            let code = Code::ApplicationNotStarted;
            outcome.findings.push(Finding::new(code, error.to_string(), Some(hint)));
            None
        }
        Err(Unlaunched::Machine(error)) => {
            judge::trouble(&error.into(), &mut outcome);
            None
        }
    };
    conclude(job, options, kept, &mut outcome);
    listener.hear(&Event::ScenarioFinished { outcome: &outcome });
    outcome
}

/// What is launched, and as whom where that is somebody else.
fn resolve(job: &Job) -> Result<(Resolved, Option<Account>), Unlaunched> {
    match &job.host {
        Some(host) => host::resolve(&job.wanted, host),
        None => {
            let resolved = launch::resolve(&job.wanted).map_err(Unlaunched::Launch)?;
            Ok((resolved, None))
        }
    }
}

fn blank(job: &Job, started: Timestamp) -> Outcome {
    Outcome {
        scenario: job.name.clone(),
        source: job.source.clone(),
        internet: job.internet,
        sandbox: if job.host.is_some() { Sandbox::None } else { Sandbox::Namespaces },
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
        background: Vec::new(),
        notes: Vec::from_iter(unheeded::note(job)),
        snapshot: None,
        started,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        excerpts: Vec::new(),
    }
}

/// Launches, captures and surveys; the capture as far as there is one.
fn perform(
    job: &Job,
    resolved: Resolved,
    account: Option<Account>,
    options: &Options<'_>,
    listener: &mut dyn Listener,
    outcome: &mut Outcome,
) -> Option<Kept> {
    let (first, mut kept) = match prepare(job, resolved.plan, account, options, outcome.started) {
        Ok(prepared) => prepared,
        Err(trouble) => {
            judge::trouble(&trouble, outcome);
            return None;
        }
    };
    // What opening interfaces takes, the stage alone is to have, while it does so.
    let aside = job.host.as_ref().map(|_| machine::set_aside()).transpose();
    let _aside = match aside {
        Ok(aside) => aside,
        Err(error) => {
            judge::trouble(&error.into(), outcome);
            return None;
        }
    };
    let mut spans = Vec::new();
    let begun = match first {
        First::Sandbox(order) => Session::begin(*order, options.interrupted, listener),
        First::Machine(order) => Session::begin_on_machine(*order, options.interrupted, listener),
    };
    let lived = begun
        .and_then(|session| kept.detach().map(|()| session))
        .and_then(|session| live(session, &job.timetable, &mut spans));
    let end = Timestamp::now();
    for span in &mut spans {
        span.end = span.end.min(end);
    }
    outcome.phases.clone_from(&spans);
    match lived {
        Ok((course, mut state)) => {
            let files = kept.paths();
            let setting = judge::setting(&state, &spans, &files);
            kept.learn(&mut state, &setting);
            let (spans, files) = (&spans, files.as_slice());
            judge::observe(Observed { job, course, state, spans, setting, files }, outcome);
        }
        Err(trouble) => judge::trouble(&trouble, outcome),
    }
    Some(kept)
}

/// What a stage is told first.
enum First {
    Sandbox(Box<Order>),
    Machine(Box<HostOrder>),
}

/// What is to be set up, and where its packets go.
fn prepare(
    job: &Job,
    plan: Plan,
    account: Option<Account>,
    options: &Options<'_>,
    started: Timestamp,
) -> Result<(First, Kept), Trouble> {
    if let Some(host) = &job.host {
        let (order, kept) = host::order(host, plan.launch, account)?;
        return Ok((First::Machine(Box::new(order)), kept));
    }
    let kept = Kept::spool(&[(INTERFACE, "the application's side of apptrace's sandbox")])?;
    let keep_keys = options.save_capture.is_some() || options.keep_failed.is_some();
    let file = kept.paths().into_iter().next().unwrap_or_default();
    let order = relaying::order(job, plan, file, keep_keys, started.day())?;
    Ok((First::Sandbox(Box::new(order)), kept))
}

fn live(
    mut session: Session<'_>,
    timetable: &Timetable,
    spans: &mut Vec<PhaseSpan>,
) -> Result<(Course, State), Trouble> {
    let course = phases::walk(&mut session, timetable, spans)?;
    Ok((course, session.finish()?))
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
    let Some(kept) = kept else { return };
    if let Some(to) = to {
        evidence::save(&kept, &to, options.save_capture.is_some(), outcome);
    }
    if options.explain {
        let all: Vec<usize> = (0..outcome.findings.len()).collect();
        outcome.excerpts = match &outcome.capture.file {
            Some(file) => excerpt::excerpts(outcome, &all, Some(file)),
            None => kept.lend(outcome, |file| excerpt::excerpts(outcome, &all, Some(file))),
        };
    }
}
