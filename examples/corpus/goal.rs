//! Whether a score is good enough.

use std::collections::BTreeSet;

use super::score::Score;
use super::{Excuse, Excused};

impl Score {
    /// What falls short of a percentage: recall or precision of a kind of names, flows, marks,
    /// the truth's own faults aside. Nothing measured is short of everything.
    pub(crate) fn shortfalls(&self, limit: f64) -> Vec<String> {
        let mut short = Vec::new();
        if self.captures == 0 {
            short.push("no capture was measured".to_owned());
        }
        for (kind, row) in &self.kinds {
            let (recall, precision) = row.rates(true);
            if recall < limit || precision < limit {
                short.push(format!("{kind}: recall {recall:.1} %, precision {precision:.1} %"));
            }
        }
        let [same, other, missed, extra] = self.flows;
        let wrong = (other + missed + extra).saturating_sub(self.flow_faults);
        let right = rate(same as u64, wrong as u64);
        if right < limit {
            short.push(format!("flows: {right:.1} % with as many packets"));
        }
        let sum = |at: usize| self.marks.values().map(|row| row[at]).sum::<u64>();
        let (truth, ours, both, fault) = (sum(0), sum(1), sum(2), sum(3));
        let right = rate(both, (truth + ours - 2 * both).saturating_sub(fault));
        if right < limit {
            short.push(format!("TCP marks: {right:.1} % the same"));
        }
        short
    }

    /// The listed faults of the truth that explain nothing: what they excused is gone.
    pub(crate) fn idle<'a>(&self, excused: &'a Excused) -> Vec<&'a Excuse> {
        let used: &BTreeSet<Excuse> = &self.used;
        excused.keys().filter(|excuse| !used.contains(*excuse)).collect()
    }
}

fn rate(right: u64, wrong: u64) -> f64 {
    let whole = right + wrong;
    if whole == 0 { 100.0 } else { 100.0 * right as f64 / whole as f64 }
}
