//! What was measured, as a table with its totals.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::case::Case;
use crate::measure::Measured;

#[derive(Debug, Default, Clone, Copy)]
struct Sum {
    cases: usize,
    perfect: usize,
    found: usize,
    missed: usize,
    extra: usize,
    asked: usize,
    unasked: usize,
}

impl Sum {
    fn add(&mut self, measured: &Measured) {
        self.cases += 1;
        let differences = measured.missed.len() + measured.extra.len() + measured.unasked.len();
        let flawless = differences == 0 && measured.invalid.is_none();
        self.perfect += usize::from(flawless);
        self.found += measured.found.len();
        self.missed += measured.missed.len();
        self.extra += measured.extra.len();
        self.asked += measured.asked.len();
        self.unasked += measured.unasked.len();
    }

    fn line(&self, out: &mut dyn Write, name: &str) -> io::Result<()> {
        let recall = share(self.found, self.found + self.missed);
        let precision = share(self.found, self.found + self.extra);
        let urls = match self.asked + self.unasked {
            0 => "-".to_owned(),
            known => format!("{} of {known}", self.asked),
        };
        writeln!(
            out,
            "{name:<19} {:>5} {:>7} {:>6} {:>6} {:>6} {recall:>8} {precision:>9} {urls:>11}",
            self.cases, self.perfect, self.found, self.missed, self.extra
        )
    }
}

/// A share in per cent; of nothing there is none.
fn share(part: usize, whole: usize) -> String {
    match whole {
        0 => "-".to_owned(),
        _ => format!("{:.1} %", 100.0 * part as f64 / whole as f64),
    }
}

/// Prints a row a case, then what was missed and what was extra, then the totals by kind.
pub(crate) fn print(
    out: &mut dyn Write,
    measured: &[(&Case, Measured)],
    left_out: &[(&str, String)],
) -> io::Result<()> {
    writeln!(out, "{:<22} {:<18} expected  found missed  extra", "case", "kind")?;
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    let mut all = Sum::default();
    for (case, result) in measured {
        sums.entry(&case.kind).or_default().add(result);
        all.add(result);
        let expected = result.found.len() + result.missed.len();
        let (found, missed) = (result.found.len(), result.missed.len());
        let extra = result.extra.len();
        let (name, kind) = (&case.name, &case.kind);
        let row = format!("{name:<22} {kind:<18} {expected:>8} {found:>6} {missed:>6} {extra:>6}");
        writeln!(out, "{row}{}", if result.invalid.is_some() { "  invalid" } else { "" })?;
    }
    writeln!(out)?;
    for (case, result) in measured {
        for place in &result.missed {
            writeln!(out, "missed   {}: {place}", case.name)?;
        }
        for request in &result.unasked {
            writeln!(out, "unasked  {}: {request}", case.name)?;
        }
        for place in &result.extra {
            writeln!(out, "extra    {}: {place}", case.name)?;
        }
        if let Some(reason) = &result.invalid {
            writeln!(out, "invalid  {}: {reason}", case.name)?;
        }
    }
    for (name, reason) in left_out {
        writeln!(out, "left out {name}: {reason}")?;
    }
    writeln!(
        out,
        "\n{:<19} {:>5} {:>7} {:>6} {:>6} {:>6} {:>8} {:>9} {:>11}",
        "kind", "cases", "perfect", "found", "missed", "extra", "recall", "precision", "URLs"
    )?;
    for (kind, sum) in &sums {
        sum.line(out, kind)?;
    }
    all.line(out, "all")
}
