//! When what is sent on a bad line arrives, and what is lost on it.

use std::time::{Duration, Instant};

use super::impairment::{Impairment, SEED};

/// When each packet arrives at the end of a line.
#[derive(Debug)]
pub(super) struct Pace {
    impairment: Impairment,
    chance: Chance,
    /// When the last packet has passed where the line is narrowest.
    free: Option<Instant>,
    last: Option<Instant>,
}

impl Pace {
    /// The pace of a line on which nothing is yet.
    pub(super) fn new(impairment: Impairment) -> Self {
        Self { impairment, chance: Chance(SEED), free: None, last: None }
    }

    /// When a packet of so many bytes is due that is sent now; none where it is lost.
    pub(super) fn due(&mut self, now: Instant, length: usize) -> Option<Instant> {
        let Impairment { latency, jitter, loss, rate } = self.impairment;
        if self.chance.below(1_000_000) < u64::from(loss) {
            return None;
        }
        let spread = u64::try_from(jitter.as_nanos()).unwrap_or(u64::MAX);
        let more = self.chance.below(spread.saturating_mul(2).saturating_add(1));
        let delay = latency.saturating_sub(jitter) + Duration::from_nanos(more);
        let Some(rate) = rate else { return Some(now + delay) };
        let takes = Duration::from_secs_f64(length as f64 / rate.max(1) as f64);
        let free = self.free.map_or(now, |free| free.max(now)) + takes;
        self.free = Some(free);
        // A line with a rate keeps the order, as netem's does.
        let due = self.last.map_or(free + delay, |last| last.max(free + delay));
        self.last = Some(due);
        Some(due)
    }
}

/// The same numbers in each run: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
/// number generators", 2014).
#[derive(Debug)]
struct Chance(u64);

impl Chance {
    /// A number below this one, which is not 0.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // The upper half of the product: as good as evenly spread (Lemire 2019).
        ((u128::from(mixed) * u128::from(end)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    /// When so many packets of 1000 bytes, sent all at once, are due; the lost ones left out.
    fn paced(impairment: Impairment, count: usize) -> Vec<Duration> {
        let (start, mut pace) = (Instant::now(), Pace::new(impairment));
        (0..count).filter_map(|_| Some(pace.due(start, 1000)? - start)).collect()
    }

    #[test]
    fn a_line_is_as_slow_narrow_and_lossy_as_it_is_to_be() {
        let plain = Impairment::default();
        assert_eq!(paced(plain, 2), [Duration::ZERO; 2]);
        let slow = Impairment { latency: 20 * MILLISECOND, ..plain };
        assert_eq!(paced(slow, 2), [20 * MILLISECOND; 2]);
        // One after another, and each as late as the first.
        let narrow = Impairment { rate: Some(100_000), ..slow };
        assert_eq!(paced(narrow, 3), [30, 40, 50].map(Duration::from_millis));
        let shaky = Impairment { jitter: 5 * MILLISECOND, ..slow };
        let all = paced(shaky, 1000);
        assert!(all.iter().all(|it| (15 * MILLISECOND..=25 * MILLISECOND).contains(it)));
        let mean = all.iter().sum::<Duration>() / 1000;
        assert!((19 * MILLISECOND..21 * MILLISECOND).contains(&mean), "{mean:?}");
        assert!(!all.is_sorted(), "nothing keeps an order here");
        assert!(paced(Impairment { rate: Some(1_000_000), ..shaky }, 1000).is_sorted());
        let lossy = Impairment { loss: 250_000, ..plain };
        let left = paced(lossy, 10_000).len();
        assert!((7_300..7_700).contains(&left), "{left}");
        assert_eq!(left, paced(lossy, 10_000).len(), "the same ones in each run");
    }
}
