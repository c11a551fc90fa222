//! The keys under `phases`.

use std::time::Duration;

use super::error::Problem;
use super::read::{Fields, duration, word};
use super::tree::Node;
use crate::contact::Phase;
use crate::scenario::model::{Phases, Shutdown, SignalName, Startup};

const SIGNALS: [(&str, SignalName); 7] = [
    ("HUP", SignalName::Hup),
    ("INT", SignalName::Int),
    ("QUIT", SignalName::Quit),
    ("TERM", SignalName::Term),
    ("USR1", SignalName::Usr1),
    ("USR2", SignalName::Usr2),
    ("KILL", SignalName::Kill),
];

/// The phases' names as rules write them.
pub(super) const NAMES: [(&str, Phase); 5] = [
    ("before", Phase::Before),
    ("startup", Phase::Startup),
    ("idle", Phase::Idle),
    ("shutdown", Phase::Shutdown),
    ("after", Phase::After),
];

const QUIET: Duration = Duration::from_secs(2);
const STARTUP_AT_MOST: Duration = Duration::from_secs(20);
const SHUTDOWN_AT_MOST: Duration = Duration::from_secs(5);

/// The phases of a scenario that says nothing about them.
pub(super) fn default_phases() -> Phases {
    Phases {
        before: Duration::from_secs(1),
        startup: Startup { quiet: QUIET, at_most: STARTUP_AT_MOST },
        idle: Duration::from_secs(5),
        shutdown: Shutdown { signal: SignalName::Term, at_most: SHUTDOWN_AT_MOST },
        after: Duration::from_secs(2),
    }
}

pub(super) fn phases(node: &Node) -> Result<Phases, Problem> {
    let fields = Fields::of(node, "a mapping of phases", &NAMES.map(|(name, _)| name))?;
    let default = default_phases();
    Ok(Phases {
        before: fields.read("before", duration)?.unwrap_or(default.before),
        startup: fields.read("startup", startup)?.unwrap_or(default.startup),
        idle: fields.read("idle", duration)?.unwrap_or(default.idle),
        shutdown: fields.read("shutdown", shutdown)?.unwrap_or(default.shutdown),
        after: fields.read("after", duration)?.unwrap_or(default.after),
    })
}

/// Where only one of the two is given, the other's default gives way to it.
fn startup(node: &Node) -> Result<Startup, Problem> {
    let fields = Fields::of(node, "a mapping with `quiet` and `at-most`", &["quiet", "at-most"])?;
    let quiet = fields.read("quiet", duration)?;
    let at_most = fields.read("at-most", duration)?;
    match (quiet, at_most) {
        (Some(quiet), Some(at_most)) if quiet > at_most => {
            let place = fields.get("quiet").unwrap_or(node);
            Err(Problem::new(
                place,
                format!("a quiet of {quiet:?} cannot come about within `at-most`, {at_most:?}"),
            )
            .help("make `at-most` the longer one"))
        }
        (quiet, at_most) => {
            let at_most = at_most.unwrap_or_else(|| quiet.unwrap_or(QUIET).max(STARTUP_AT_MOST));
            Ok(Startup { quiet: quiet.unwrap_or_else(|| QUIET.min(at_most)), at_most })
        }
    }
}

fn shutdown(node: &Node) -> Result<Shutdown, Problem> {
    let fields = Fields::of(node, "a mapping with `signal` and `at-most`", &["signal", "at-most"])?;
    Ok(Shutdown {
        signal: fields.read("signal", |node| word(node, &SIGNALS))?.unwrap_or(SignalName::Term),
        at_most: fields.read("at-most", duration)?.unwrap_or(SHUTDOWN_AT_MOST),
    })
}

/// How long a phase can last.
pub(super) fn longest(phases: &Phases, phase: Phase) -> Duration {
    match phase {
        Phase::Before => phases.before,
        Phase::Startup => phases.startup.at_most,
        Phase::Idle => phases.idle,
        Phase::Shutdown => phases.shutdown.at_most,
        Phase::After => phases.after,
    }
}
