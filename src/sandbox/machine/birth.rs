//! When a process was begun, by the clock that packets are stamped with.

use nix::time::{ClockId, clock_gettime};

use crate::packet::Timestamp;

const SECOND: u64 = 1_000_000_000;
/// How far two clocks that are read one after the other may be apart.
const MARGIN: u64 = 1_000_000;

/// The moment of a number of clock ticks after the machine was started: a process that was begun
/// at that tick (`starttime` in proc_pid_stat(5)) was not begun before.
pub(super) fn at_tick(ticks: u64) -> Option<Timestamp> {
    let passed = clock_gettime(ClockId::CLOCK_BOOTTIME).ok()?;
    let now = Timestamp::now();
    let seconds = u64::try_from(passed.tv_sec()).ok()?;
    let passed = seconds.checked_mul(SECOND)?.checked_add(u64::try_from(passed.tv_nsec()).ok()?)?;
    let begun = ticks.checked_mul(tick())?;
    Some(Timestamp(now.0.checked_sub(passed)?.checked_add(begun)?))
}

/// The kernel tells no more than the tick in which a process was begun.
fn tick() -> u64 {
    SECOND / procfs::ticks_per_second().max(1)
}

/// Whether a process that was begun at this tick was surely there at a moment.
pub(super) fn was_there(begun: Timestamp, moment: Timestamp) -> bool {
    begun.0.saturating_add(tick() + MARGIN) <= moment.0
}

/// Whether it may have been there.
pub(super) fn may_have_been_there(begun: Timestamp, moment: Timestamp) -> bool {
    begun.0 <= moment.0.saturating_add(MARGIN)
}

#[cfg(test)]
mod tests {
    use procfs::process::Process;

    use super::*;

    #[test]
    fn a_birth_is_known_to_the_tick() {
        let before = Timestamp::now();
        let handle = duct::cmd!("sleep", "30").start().unwrap();
        let after = Timestamp::now();
        let stat = Process::new(handle.pids()[0].cast_signed()).unwrap().stat().unwrap();
        let begun = at_tick(stat.starttime).unwrap();
        assert!(!was_there(begun, before), "{begun:?} {before:?}");
        assert!(may_have_been_there(begun, after), "{begun:?} {after:?}");
        assert!(was_there(begun, Timestamp(after.0 + 20_000_000)), "{begun:?} {after:?}");
        let long_before = Timestamp(before.0.saturating_sub(20_000_000));
        assert!(!may_have_been_there(begun, long_before), "{begun:?} {before:?}");
        handle.kill().unwrap();
    }
}
