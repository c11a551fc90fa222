//! From what a run left behind to findings: survey the capture, hold it against the baseline,
//! and say where the run itself proves nothing.

use std::path::{Path, PathBuf};

use super::merged::Merged;
use super::outlived::Leave;
use super::phases::Course;
use super::place;
use super::run::Job;
use super::session::Trouble;
use super::state::State;
use super::{Exit, Note, Outcome, attributed, blocked, host, limits, refusals};
use crate::contact::{Phase, PhaseSpan, ProcessRecord};
use crate::diff::{self, Code, Finding, Judged};
use crate::flow::{Setting, Survey, survey};
use crate::packet::{Packet, Timestamp};
use crate::sandbox::handshake::Ended;

/// What a run left behind.
pub(super) struct Observed<'a> {
    pub(super) job: &'a Job,
    pub(super) course: Course,
    pub(super) state: State,
    pub(super) spans: &'a [PhaseSpan],
    /// What is known of the place where its packets were captured.
    pub(super) setting: Setting,
    pub(super) files: &'a [PathBuf],
}

/// A run that broke off proves nothing; why is its finding.
pub(super) fn trouble(trouble: &Trouble, outcome: &mut Outcome) {
    let (code, message, hint) = match trouble {
        Trouble::Interrupted => {
            let phase = outcome.phases.last().map_or(Phase::Before, |span| span.phase);
            (
                Code::Interrupted,
                format!(
                    "interrupted in the phase `{phase}`; everything that was launched was ended"
                ),
                Some("run it again to its end".to_owned()),
            )
        }
        Trouble::NotStarted { message, hint } => {
            (Code::ApplicationNotStarted, message.clone(), hint.clone())
        }
        Trouble::Sandbox { message, hint } => {
            (Code::SandboxDegraded, message.clone(), hint.clone())
        }
    };
    outcome.findings.push(Finding::new(code, message, hint));
}

/// Fills the outcome in.
pub(super) fn observe(observed: Observed<'_>, outcome: &mut Outcome) {
    let mut findings = Vec::new();
    let surveyed = read(&observed, &mut findings);
    let Survey { contacts, noise, lookups, packets, other, mut overflow, .. } = surveyed;
    let unheard = observed.state.completed.as_ref().map_or(0, |completed| completed.unheard);
    if unheard > 0 {
        overflow.insert("heard", unheard);
    }
    let hint = "let the phases last for a shorter time, so that there is less to keep";
    findings.extend(limits::findings(&overflow, hint));
    outcome.notes.extend(refusals::notes(&contacts, &observed.job.script));
    outcome.contacts = contacts;
    if observed.job.host.is_some() {
        outcome.background = noise;
    } else {
        outcome.noise = noise;
    }
    let seen = observed.state.completed.as_ref().and_then(|completed| completed.host.as_ref());
    outcome.notes.extend(host::caveat(seen, &outcome.background));
    outcome.lookups = lookups;
    outcome.capture.packets = packets;
    outcome.capture.other =
        other.into_iter().map(|(what, count)| (what.to_owned(), count)).collect();
    outcome.capture.lost =
        observed.state.completed.as_ref().map_or(0, |completed| completed.dropped);
    let by_itself = observed.state.exit.filter(|_| observed.course.ended_by_itself);
    outcome.application.exit = by_itself.map(|ended| match ended {
        Ended::Status(status) => Exit::Status(status),
        Ended::Signal(signal) => Exit::Signal(signal),
    });
    let processes = processes(&observed);
    let leave = Leave {
        processes: &processes,
        first: observed.state.pid,
        heard: observed.state.exited,
        spans: observed.spans,
        is_alone: observed.job.host.is_none(),
    };
    let judged = Judged {
        expect: observed.job.expect.as_deref(),
        day: outcome.started.day(),
        outlived: &leave.outlived(&outcome.contacts),
    };
    findings.extend(diff::compare(&mut outcome.contacts, &judged));
    if observed.job.expect.is_none() {
        outcome.notes.extend(leave.note(&outcome.contacts));
    }
    if let Some(completed) = &observed.state.completed {
        let (contacts, lookups) = (&outcome.contacts, &outcome.lookups);
        outcome.notes.extend(attributed::notes(&completed.attributed));
        blocked::tell(&completed.blocked, contacts, lookups, &mut findings);
    }
    judge_exit(&observed, &leave, outcome, &mut findings);
    outcome.application.processes = processes;
    outcome.findings.extend(findings);
}

/// What a survey is to know of a run.
pub(super) fn setting(state: &State, spans: &[PhaseSpan], files: &[PathBuf]) -> Setting {
    let Some(completed) = &state.completed else { return Setting::default() };
    let place = match &completed.host {
        Some(seen) => host::setting(seen, files),
        None => Setting {
            owners: attributed::owners(&completed.attributed, &state.sightings),
            ..place::setting()
        },
    };
    Setting {
        phases: spans.to_vec(),
        probes: completed.probes.clone(),
        testimony: state.testimony.clone(),
        ..place
    }
}

/// Surveys the capture and checks that it is whole.
fn read(observed: &Observed<'_>, findings: &mut Vec<Finding>) -> Survey {
    let Some(completed) = &observed.state.completed else { return Survey::default() };
    let mut invalid = |code, message: String, hint: Option<&str>| {
        let hint = hint.map(str::to_owned);
        findings.push(Finding::new(code, message, hint));
    };
    let mut packets = Merged::open(observed.files);
    let mut read = 0;
    let surveyed = survey(
        packets.by_ref().map(|(_, packet)| packet).inspect(|_: &Packet| read += 1),
        &observed.setting,
    );
    let broken = packets.into_trouble().map(|error| error.to_string());
    if let Some(message) = broken {
        let hint = Some("see whether the temporary folder is full; TMPDIR names another");
        invalid(Code::PacketsLost, message, hint);
    } else if read != completed.written {
        let message = format!(
            "{} of {} captured packets did not reach the capture file",
            completed.written.abs_diff(read),
            completed.written
        );
        let hint = Some("see whether the temporary folder is full; TMPDIR names another");
        invalid(Code::PacketsLost, message, hint);
    }
    if completed.dropped > 0 {
        let message = format!("the kernel dropped {} packets", completed.dropped);
        let hint = Some("run it again with less else going on, so that they are taken in time");
        invalid(Code::PacketsLost, message, hint);
    }
    if let Some(seen) = &completed.host {
        findings.extend(host::missed(seen));
        // Nothing of ours is sent on somebody's network.
        return surveyed;
    }
    if !completed.mark_seen {
        let message = "the capture ended before the packet that marks its end".to_owned();
        invalid(Code::PacketsLost, message, Some("run it again"));
    }
    let probe_seen = completed
        .probes
        .first()
        .is_some_and(|probe| surveyed.probe_packets.get(probe).is_some_and(|count| *count > 0));
    if !probe_seen {
        let message = "the control probe that was sent from the sandbox is not in the capture, \
                       so other packets may be missing as well";
        invalid(Code::ProbeNotSeen, message.to_owned(), Some("run it again"));
    } else if !completed.probe_attributed {
        let message = "the control probe was not attributed to the process that sent it, so \
                       process names may be wrong";
        let hint = Some("see whether /proc is restricted here (hidepid)");
        invalid(Code::ProbeNotSeen, message.to_owned(), hint);
    }
    surveyed
}

/// The process tree, with the first process in any case: one that was killed at once may not be on record.
fn processes(observed: &Observed<'_>) -> Vec<ProcessRecord> {
    let completed = observed.state.completed.as_ref();
    let mut records = completed.map(|c| c.attributed.processes.clone()).unwrap_or_default();
    let seen = completed.and_then(|completed| completed.host.as_ref());
    records.extend(seen.into_iter().flat_map(|seen| seen.holdings.processes.iter().cloned()));
    if let Some(pid) = observed.state.pid
        && records.iter().all(|record| record.pid != pid)
    {
        let command = &observed.job.wanted.command;
        let name = Path::new(&command[0]).file_name().unwrap_or_default();
        let launched = |phase| observed.spans.iter().find(|span| span.phase == phase);
        let span = launched(Phase::Startup);
        let moment = |pick: fn(&PhaseSpan) -> Timestamp| span.map(pick).unwrap_or_default();
        records.insert(
            0,
            ProcessRecord {
                pid,
                parent: None,
                name: name.to_string_lossy().into_owned(),
                arguments: command.clone(),
                first_seen: moment(|span| span.start),
                last_seen: moment(|span| span.end),
                ..ProcessRecord::default()
            },
        );
    }
    records
}

fn judge_exit(
    observed: &Observed<'_>,
    leave: &Leave<'_>,
    outcome: &mut Outcome,
    findings: &mut Vec<Finding>,
) {
    let course = observed.course;
    if course.killed {
        let hint = "raise `shutdown: at-most` or choose another signal where it should go by \
                    itself";
        let message = "it did not end when told to, and was killed".to_owned();
        outcome.notes.push(Note { message, hint: Some(hint.to_owned()) });
    }
    if course.left_behind {
        match observed.job.expect {
            Some(_) => {
                findings.extend(leave.stayed(&observed.job.left_behind));
                findings.sort_by_key(|finding| finding.code);
            }
            None => outcome.notes.push(leave.left_behind()),
        }
    }
    let mut note = |message: String| outcome.notes.push(Note { message, hint: None });
    if !course.ended_by_itself {
        return;
    }
    let failed = match observed.state.exit {
        Some(Ended::Signal(signal)) => Some(format!("was killed by {}", signal_name(signal))),
        Some(Ended::Status(status)) => {
            let fine = observed.job.exit_status.as_deref().map_or(status == 0, |fine| {
                u8::try_from(status).is_ok_and(|status| fine.contains(&status))
            });
            (!fine).then(|| format!("ended with exit status {status}"))
        }
        None => None,
    };
    let Some(failed) = failed else { return };
    let tail = last_line(&observed.state.output_tail);
    let said = if tail.is_empty() { String::new() } else { format!("; its last line: {tail}") };
    let message = format!("the application {failed} before it was told to go{said}");
    // A program that breaks down before it contacts anybody has not been tested at all.
    if observed.job.exit_status.is_some() && outcome.contacts.is_empty() {
        let hint = "see its output above and mend its command, files or environment; where that \
                    is how it should end, list the status under `exit-status`";
        findings.push(Finding::new(Code::ApplicationFailed, message, Some(hint.to_owned())));
    } else {
        note(message);
    }
}

fn signal_name(number: i32) -> String {
    nix::sys::signal::Signal::try_from(number)
        .map_or_else(|_| format!("signal {number}"), |signal| signal.as_str().to_owned())
}

fn last_line(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.trim().to_owned()
}
