//! Amounts as people read them: bytes, times, counts.

use std::time::Duration;

use super::Times;
use crate::packet::Timestamp;

/// `798 B`, `1.2 kB`, `34 MB`.
pub(in crate::report) fn bytes(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let mut scaled = bytes as f64;
    let mut unit = 0;
    // 999.5 would be rounded to a thousand.
    while scaled >= 999.5 && unit + 1 < units.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && scaled < 9.95);
    format!("{scaled:.digits$} {}", units.get(unit).unwrap_or(&"B"))
}

/// `1 packet`, `17 packets`.
pub(in crate::report) fn counted(count: u64, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// `95 ms`, `5.3 s`, `2m5s`, `3h20m`, `2d4h`: the longer ones in one word.
pub(super) fn length(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        1..60 => format!("{:.1} s", duration.as_secs_f64()),
        60..3600 => format!("{}m{}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h{}m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d{}h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// A moment in seconds after the start to so many decimals, or in UTC.
pub(super) fn moment(time: Timestamp, start: Timestamp, times: Times, decimals: usize) -> String {
    if times == Times::Absolute {
        return clock(time, decimals);
    }
    let (sign, apart) =
        if time < start { ("-", start.since(time)) } else { ("", time.since(start)) };
    // Cut, not rounded, as a clock does: what is shown was already reached.
    let fraction = format!("{:09}", apart.subsec_nanos());
    let fraction = fraction.get(..decimals.min(9)).unwrap_or_default();
    format!("{sign}{}.{fraction}", apart.as_secs())
}

/// Seconds after this many are told in days and hours: the clock was set in between, or the files
/// belong to different days, and nobody reads such a number.
const MOST_SECONDS: u64 = 1_000_000;

/// A moment in seconds after the start, as it stands in a column.
pub(super) fn column(time: Timestamp, start: Timestamp) -> String {
    let (sign, apart) =
        if time < start { ("-", start.since(time)) } else { ("", time.since(start)) };
    match apart.as_secs() {
        MOST_SECONDS.. => format!("{sign}{}", length(apart)),
        _ => moment(time, start, Times::Relative, 3),
    }
}

/// RFC 3339 in UTC to so many decimals.
pub(super) fn clock(time: Timestamp, decimals: usize) -> String {
    let whole = time.to_string();
    match whole.split_once('.') {
        Some((seconds, fraction)) if fraction.ends_with('Z') => {
            format!("{seconds}.{}Z", fraction.get(..decimals.min(9)).unwrap_or_default())
        }
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_in_at_most_three_digits() {
        for (count, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (9_950, "10 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(bytes(count), shown);
        }
    }

    #[test]
    fn moments_are_told_from_the_start_or_by_the_clock() {
        let start = Timestamp(1_800_000_000_123_456_789);
        let later = Timestamp(start.0 + 2_264_280_999);
        assert_eq!(moment(later, start, Times::Relative, 6), "2.264280");
        assert_eq!(moment(start, later, Times::Relative, 3), "-2.264");
        assert_eq!(moment(start, start, Times::Absolute, 6), "2027-01-15T08:00:00.123456Z");
    }

    #[test]
    fn a_column_holds_moments_far_apart() {
        let at = |seconds: u64| Timestamp(seconds * 1_000_000_000 + 264_000_000);
        for (time, start, shown) in [
            (3, 1, "2.000"),
            (1, 3, "-2.000"),
            (1_000_001, 2, "999999.000"),
            (1_577_836_800, 0, "18262d0h"),
            (0, 1_577_836_800, "-18262d0h"),
        ] {
            assert_eq!(column(at(time), at(start)), shown);
        }
    }

    #[test]
    fn lengths_of_time_are_told_in_two_units() {
        for (milliseconds, shown) in [
            (95, "95 ms"),
            (5_256, "5.3 s"),
            (125_000, "2m5s"),
            (12_000_000, "3h20m"),
            (187_200_000, "2d4h"),
        ] {
            assert_eq!(length(Duration::from_millis(milliseconds)), shown);
        }
    }
}
