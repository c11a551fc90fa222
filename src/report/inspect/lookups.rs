//! The rows of lookups.

use super::amounts;
use super::contacts::bold;
use super::known::asker;
use super::text::{Grid, Text};
use crate::contact::{Lookup, printable, printable_word};
use crate::report::table::Cell;

impl Text<'_> {
    /// A row a name and type that was asked for.
    pub(super) fn lookups(&self, lookups: &[Lookup]) -> Grid {
        let mut grid = Grid::new(lookups.len());
        grid.add("NAME", 16, lookups.iter().map(|it| bold(printable_word(&it.name).into_owned())));
        grid.add("TYPE", 4, lookups.iter().map(|it| Cell::plain(printable_word(&it.record_type))));
        let times =
            lookups.iter().map(|it| amounts::moment(it.first, self.start(), self.look.times, 6));
        grid.amounts("TIME", times);
        grid.add(
            "STATUS",
            8,
            lookups.iter().map(|it| {
                let status = it.status.as_deref().unwrap_or("no answer");
                Cell::plain(printable(status))
            }),
        );
        grid.add("VIA", 4, lookups.iter().map(|it| Cell::plain(it.via.name())));
        grid.add("SERVER", 9, lookups.iter().map(|it| Cell::plain(it.server.to_string())));
        grid.amounts(
            "QUERIES",
            lookups.iter().map(|it| match it.queries {
                1 => String::new(),
                queries => queries.to_string(),
            }),
        );
        for (lookup, row) in lookups.iter().zip(grid.rows()) {
            let answer = chain(lookup);
            if !answer.is_empty() {
                self.under(row, &format!("→ {answer}"));
            }
            let asker = lookup.process.as_ref().map(asker);
            asker.iter().for_each(|text| self.under(row, text));
        }
        grid
    }
}

/// The names that it was led through, then what stands at their end.
fn chain(lookup: &Lookup) -> String {
    let mut steps: Vec<String> = Vec::new();
    let mut owner = lookup.name.as_str();
    let is_alias = |kind: &str| matches!(kind, "CNAME" | "DNAME");
    while steps.len() <= lookup.records.len()
        && let Some(record) =
            lookup.records.iter().find(|it| it.owner == owner && is_alias(&it.record_type))
    {
        let step = printable_word(&record.data).into_owned();
        if steps.contains(&step) {
            break;
        }
        steps.push(step);
        owner = &record.data;
    }
    let ends = lookup.answers.iter().map(|answer| printable(answer).into_owned());
    let ends: Vec<String> = ends.filter(|answer| !steps.contains(answer)).collect();
    if !ends.is_empty() {
        steps.push(ends.join(", "));
    }
    steps.join(" → ")
}
