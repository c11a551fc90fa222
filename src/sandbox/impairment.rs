//! What a bad line does to the packets on it, and who does it: the kernel's *netem*, or where the
//! kernel has none, this program.

use std::time::Duration;

use nix::errno::Errno;

use super::SandboxError;
use super::line::Line;
use super::netem;

/// So many packets wait at most: a second's worth at a gigabit, as tc-netem(8) advises.
pub(super) const MOST_WAITING: u32 = 100_000;
/// The same packets are lost in each run; by netem from Linux 6.6 on.
pub(super) const SEED: u64 = 1;

/// What a line does to the packets on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Impairment {
    /// By how much each is delayed.
    pub latency: Duration,
    /// By how much more or less than that.
    pub jitter: Duration,
    /// How many of a million are lost.
    pub loss: u32,
    /// How many bytes a second pass; any where absent.
    pub rate: Option<u64>,
}

/// Impairs what the internet's side sends. The calling thread must be in its namespace. Where the
/// kernel cannot do it, the line is given back that does, and is to be served.
///
/// # Errors
/// Where the kernel refuses, or has neither sch_netem nor a packet queue.
pub fn impair(impairment: &Impairment) -> Result<Option<Line>, SandboxError> {
    match netem::install(impairment) {
        Ok(()) => Ok(None),
        Err(SandboxError::Impair { errno: Errno::ENOENT }) => {
            let no_queue = |_| SandboxError::Impair { errno: Errno::ENOENT };
            Line::open(*impairment, MOST_WAITING).map(Some).map_err(no_queue)
        }
        Err(error) => Err(error),
    }
}
