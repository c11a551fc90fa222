//! The score as a person reads it.

use std::io::{self, Write};

use super::score::Score;

impl Score {
    /// The table, and the differences where they are asked for: of one kind, or all.
    pub(crate) fn print(
        &self,
        out: &mut impl Write,
        differences: Option<Option<&str>>,
    ) -> io::Result<()> {
        if let Some(wanted) = differences {
            for (kind, line) in &self.differences {
                if wanted.is_none_or(|wanted| kind.starts_with(wanted)) {
                    writeln!(out, "{line}")?;
                }
            }
        }
        writeln!(
            out,
            "{} captures, {} not readable to their end",
            self.captures,
            self.unreadable.len()
        )?;
        if differences == Some(None) {
            for line in &self.unreadable {
                writeln!(out, "unreadable\t{line}")?;
            }
        }
        writeln!(
            out,
            "\n{:<14}{:>7}{:>7}{:>7}{:>9}{:>11}{:>15}{:>15}",
            "names",
            "known",
            "missed",
            "extra",
            "recall",
            "precision",
            "truth's fault",
            "otherwise"
        )?;
        for (kind, row) in &self.kinds {
            let (recall, precision) = row.rates(false);
            let (fair_recall, fair_precision) = row.rates(true);
            writeln!(
                out,
                "{kind:<14}{:>7}{:>7}{:>7}{recall:>8.1}%{precision:>10.1}%{:>15}{:>15}",
                row.both + row.missed.0,
                row.missed.0,
                row.extra.0,
                row.missed.1 + row.extra.1,
                format!("{fair_recall:.1}%/{fair_precision:.1}%"),
            )?;
        }
        let [same, other, missed, extra] = self.flows;
        writeln!(
            out,
            "\nflows: {} known; {same} found with as many packets, {other} with another number, \
             {missed} missed; {extra} extra; {} of these the truth's fault",
            same + other + missed,
            self.flow_faults
        )?;
        let vouched: usize = self.kinds.values().map(|row| row.vouched).sum();
        let [names, flows] = self.kept_out;
        writeln!(
            out,
            "kept out by rule: {names} names that tshark took for DNS, {flows} flows of tunnels; \
             {vouched} names that the capture's project alone expects"
        )?;
        writeln!(
            out,
            "\n{:<26}{:>8}{:>8}{:>8}{:>15}",
            "TCP marks", "tshark", "ours", "agreed", "truth's fault"
        )?;
        for (mark, [truth, ours, both, fault]) in &self.marks {
            writeln!(out, "{mark:<26}{truth:>8}{ours:>8}{both:>8}{fault:>15}")?;
        }
        writeln!(out, "\ndifferences  the truth's fault")?;
        let mut reasons: Vec<_> = self.reasons.iter().collect();
        reasons.sort_by_key(|&(reason, count)| (std::cmp::Reverse(*count), reason));
        for (reason, count) in reasons {
            writeln!(out, "{count:>11}  {reason}")?;
        }
        Ok(())
    }
}
