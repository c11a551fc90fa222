//! The phases of a run, walked through in order.

use std::time::{Duration, Instant};

use super::Event;
use super::session::{Session, Trouble};
use super::state::State;
use crate::contact::{Phase, PhaseSpan};
use crate::packet::Timestamp;

/// How long each phase lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timetable {
    /// The sandbox without the application.
    pub before: Duration,
    /// Startup ends when nothing was sent for this long,
    pub startup_quiet: Duration,
    /// or at the latest after this.
    pub startup_at_most: Duration,
    /// The application left alone; none until it and all it started have ended.
    pub idle: Option<Duration>,
    /// From the launch to the end of idle at most, whatever the others say.
    pub run_for: Option<Duration>,
    /// The signal that tells the application to go.
    pub signal: i32,
    /// How long it may take to go.
    pub shutdown_at_most: Duration,
    /// What is left behind still counts for this long.
    pub after: Duration,
}

/// How long a process that has ended may go unnoticed.
const REAPING_GRACE: Duration = Duration::from_millis(100);

/// How the application took its leave.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Course {
    /// It had ended before it was told to.
    pub(super) ended_by_itself: bool,
    /// It did not go when told to and was killed.
    pub(super) killed: bool,
    /// Processes of it were alive when its first one had ended and the run was over.
    pub(super) left_behind: bool,
}

/// Walks through the phases. The spans are complete as far as it came, whatever happens.
pub(super) fn walk(
    session: &mut Session<'_>,
    timetable: &Timetable,
    spans: &mut Vec<PhaseSpan>,
) -> Result<Course, Trouble> {
    Walk { session, timetable, spans, course: Course::default() }.all()
}

struct Walk<'s, 'l> {
    session: &'s mut Session<'l>,
    timetable: &'s Timetable,
    spans: &'s mut Vec<PhaseSpan>,
    course: Course,
}

impl Walk<'_, '_> {
    fn all(mut self) -> Result<Course, Trouble> {
        let table = self.timetable;
        self.phase(Phase::Before, Some(table.before), |_| false)?;
        // Everything from here on is the application's doing: the span begins before it does.
        self.begin(Phase::Startup, Some(table.startup_at_most));
        let launched = Instant::now();
        self.session.launch()?;
        let out_of_time = table.run_for.map(|limit| launched + limit);
        self.startup(launched, out_of_time)?;
        self.idle(out_of_time)?;
        self.course.ended_by_itself = self.session.state.exit.is_some();
        self.shutdown()?;
        self.phase(Phase::After, Some(table.after), |state| state.empty)?;
        // With a short window the last process may have ended without being reaped yet.
        let grace = Instant::now() + REAPING_GRACE;
        self.course.left_behind = !self.session.wait_until(Some(grace), |state| state.empty)?;
        Ok(self.course)
    }

    fn startup(&mut self, launched: Instant, limit: Option<Instant>) -> Result<(), Trouble> {
        let table = self.timetable;
        let mut deadline = launched + table.startup_at_most;
        if let Some(limit) = limit {
            deadline = deadline.min(limit);
        }
        let is_quiet = |state: &State| {
            let last = state.last_sent.map_or(launched, |last| last.max(launched));
            state.empty || last.elapsed() >= table.startup_quiet
        };
        self.session.wait_until(Some(deadline), is_quiet)?;
        self.end();
        Ok(())
    }

    fn idle(&mut self, limit: Option<Instant>) -> Result<(), Trouble> {
        let duration = self.timetable.idle;
        self.begin(Phase::Idle, duration);
        let end = duration.map(|duration| Instant::now() + duration);
        let deadline = match (end, limit) {
            (Some(end), Some(limit)) => Some(end.min(limit)),
            (end, limit) => end.or(limit),
        };
        self.session.wait_until(deadline, |state| state.empty)?;
        self.end();
        Ok(())
    }

    fn shutdown(&mut self) -> Result<(), Trouble> {
        let at_most = self.timetable.shutdown_at_most;
        self.begin(Phase::Shutdown, Some(at_most));
        if self.session.state.exit.is_none() {
            self.session.signal(self.timetable.signal)?;
            let deadline = Instant::now() + at_most;
            if !self.session.wait_until(Some(deadline), |state| state.exit.is_some())? {
                self.course.killed = true;
                self.session.signal(nix::libc::SIGKILL)?;
                let deadline = Instant::now() + Duration::from_secs(5);
                self.session.wait_until(Some(deadline), |state| state.exit.is_some())?;
            }
        }
        self.end();
        Ok(())
    }

    fn phase(
        &mut self,
        phase: Phase,
        at_most: Option<Duration>,
        done: impl FnMut(&State) -> bool,
    ) -> Result<(), Trouble> {
        self.begin(phase, at_most);
        let deadline = at_most.map(|at_most| Instant::now() + at_most);
        self.session.wait_until(deadline, done)?;
        self.end();
        Ok(())
    }

    fn begin(&mut self, phase: Phase, at_most: Option<Duration>) {
        let now = Timestamp::now();
        // Until it is ended it is open: a run that breaks off has been in it to its end.
        self.spans.push(PhaseSpan { phase, start: now, end: Timestamp(u64::MAX) });
        self.session.tell(&Event::PhaseStarted { phase, at_most });
    }

    fn end(&mut self) {
        if let Some(last) = self.spans.last_mut() {
            last.end = Timestamp::now();
        }
    }
}
