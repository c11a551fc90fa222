//! What the timestamps of a pcapng interface count.

use crate::packet::Timestamp;

const SECOND: u64 = 1_000_000_000;

/// The resolution and offset of an interface's timestamps (`if_tsresol`, `if_tsoffset`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    unit: Unit,
    /// To be added, in nanoseconds.
    offset: i128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// A unit lasts this many nanoseconds.
    Lasts(u64),
    /// So many units make a nanosecond.
    Divides(u128),
    /// So many halvings of a second make a unit.
    Halves(u8),
}

impl Clock {
    /// The high bit of the resolution tells powers of two from powers of ten; without one it is
    /// microseconds.
    pub(super) fn new(resolution: Option<u8>, offset_seconds: i64) -> Self {
        let unit = match resolution {
            None => Unit::Lasts(1000),
            Some(halves @ 0x80..) => Unit::Halves(halves & 0x7f),
            Some(digits @ 0..=9) => Unit::Lasts(10_u64.pow(9 - u32::from(digits))),
            // Beyond what a number can hold every time is zero.
            Some(digits) => {
                Unit::Divides(10_u128.checked_pow(u32::from(digits) - 9).unwrap_or(u128::MAX))
            }
        };
        Self { unit, offset: i128::from(offset_seconds) * i128::from(SECOND) }
    }

    /// The moment that a timestamp means. What lies before 1970 or beyond 2554 is moved to
    /// there.
    #[inline]
    pub(super) fn moment(self, count: u64) -> Timestamp {
        let nanoseconds = match self.unit {
            Unit::Lasts(unit) if self.offset == 0 => return Timestamp(count.saturating_mul(unit)),
            Unit::Lasts(unit) => u128::from(count) * u128::from(unit),
            Unit::Divides(units) => u128::from(count) / units,
            Unit::Halves(halves) => (u128::from(count) * u128::from(SECOND)) >> halves,
        };
        let moved = i128::try_from(nanoseconds).unwrap_or(i128::MAX).saturating_add(self.offset);
        Timestamp(u64::try_from(moved.max(0)).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resolution_comes_to_nanoseconds() {
        for (resolution, offset, count, expected) in [
            (None, 0, 1_700_000_000_123_456, 1_700_000_000_123_456_000),
            (Some(6), 0, 5, 5_000),
            (Some(9), 0, 5, 5),
            (Some(3), 2, 5, 2_005_000_000),
            (Some(0), -3, 5, 2_000_000_000),
            (Some(0), -9, 5, 0),
            (Some(12), 0, 5_999, 5),
            (Some(127), 0, u64::MAX, 0),
            (Some(0x80), 0, 5, 5_000_000_000),
            (Some(0x81), 0, 5, 2_500_000_000),
            (Some(0x80 | 30), 0, 1 << 29, 500_000_000),
            (Some(0xff), 0, u64::MAX, 0),
            (Some(0), 0, u64::MAX, u64::MAX),
            (Some(0), i64::MAX, u64::MAX, u64::MAX),
            (Some(0), i64::MIN, 1, 0),
        ] {
            let clock = Clock::new(resolution, offset);
            assert_eq!(clock.moment(count).0, expected, "{resolution:?} {offset} {count}");
        }
    }
}
