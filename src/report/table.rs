//! A table that fits the terminal: cells wrap, and where even that does not do, the cells
//! of a row go under its first.

use anstyle::Style;

use super::wrap::{columns, wrap};

/// One field of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) style: Style,
}

impl Cell {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: Style::new() }
    }
}

/// A column: its heading, and how narrow it may get.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) heading: &'static str,
    pub(super) least: usize,
}

/// A row, and lines that belong under it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    pub(super) under: Vec<String>,
}

const INDENT: usize = 2;
const GAP: usize = 2;
const UNDER: usize = 6;

/// The table's lines, none of more columns than `width`. `paint` puts a style on a text.
pub(super) fn lines(
    table: &[Column],
    rows: &[Row],
    width: usize,
    paint: &dyn Fn(Style, &str) -> String,
) -> Vec<String> {
    let heading = Row {
        cells: table
            .iter()
            .map(|column| Cell { text: column.heading.to_owned(), style: Style::new().dimmed() })
            .collect(),
        under: Vec::new(),
    };
    let widths = widths(table, &heading, rows, width);
    let mut lines = Vec::new();
    for row in std::iter::once(&heading).chain(rows) {
        match &widths {
            Some(widths) => side_by_side(row, widths, paint, &mut lines),
            None => stacked(row, width, paint, &mut lines),
        }
        let room = width.saturating_sub(UNDER);
        lines.extend(row.under.iter().map(|text| {
            format!(
                "{:UNDER$}{}",
                "",
                paint(Style::new().dimmed(), &super::wrap::elide(text, room))
            )
        }));
    }
    lines
}

/// How wide each column gets; none where not even the least widths fit.
fn widths(table: &[Column], heading: &Row, rows: &[Row], width: usize) -> Option<Vec<usize>> {
    let mut widths = vec![0; table.len()];
    for row in std::iter::once(heading).chain(rows) {
        for (width, cell) in widths.iter_mut().zip(&row.cells) {
            *width = columns(&cell.text).max(*width);
        }
    }
    let room = width.saturating_sub(INDENT + GAP * table.len().saturating_sub(1));
    // The first column gives way before the others: what is too long for it gets a line of
    // its own, and the rest stays readable.
    while widths.iter().sum::<usize>() > room {
        let may_shrink = |index: &usize| widths[*index] > table[*index].least;
        let widest = Some(0)
            .filter(may_shrink)
            .or_else(|| (1..widths.len()).filter(may_shrink).max_by_key(|index| widths[*index]))?;
        widths[widest] -= 1;
    }
    Some(widths)
}

fn side_by_side(
    row: &Row,
    widths: &[usize],
    paint: &dyn Fn(Style, &str) -> String,
    lines: &mut Vec<String>,
) {
    let whole = INDENT + GAP * widths.len().saturating_sub(1) + widths.iter().sum::<usize>();
    let mut cells: Vec<Vec<String>> = row
        .cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| wrap(&cell.text, *width, |c| matches!(c, ' ' | ',' | '-')))
        .collect();
    if let (Some(first), Some(parts)) = (row.cells.first(), cells.first_mut())
        && parts.len() > 1
    {
        for part in wrap(&first.text, whole - INDENT, |c| matches!(c, '.' | '-')) {
            lines.push(format!("{:INDENT$}{}", "", paint(first.style, &part)));
        }
        parts.clear();
    }
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    for level in 0..height {
        let mut line = " ".repeat(INDENT);
        // Blanks are put down only before a text, so that no line ends in them.
        let mut owed = 0;
        for ((cell, width), part) in row.cells.iter().zip(widths).zip(&cells) {
            let text = part.get(level).map_or("", String::as_str);
            if !text.is_empty() {
                line.push_str(&" ".repeat(owed));
                line.push_str(&paint(cell.style, text));
                owed = 0;
            }
            owed += width - columns(text) + GAP;
        }
        lines.push(line);
    }
}

fn stacked(
    row: &Row,
    width: usize,
    paint: &dyn Fn(Style, &str) -> String,
    lines: &mut Vec<String>,
) {
    let Some((first, rest)) = row.cells.split_first() else { return };
    for part in wrap(&first.text, width.saturating_sub(INDENT), |c| matches!(c, '.' | '-')) {
        lines.push(format!("{:INDENT$}{}", "", paint(first.style, &part)));
    }
    let indent = 2 * INDENT;
    let (mut line, mut used) = (String::new(), 0);
    for cell in rest.iter().filter(|cell| !cell.text.is_empty()) {
        for part in wrap(&cell.text, width.saturating_sub(indent), |c| c == ' ') {
            if used > 0 && indent + used + GAP + columns(&part) > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            let gap = if used == 0 { indent } else { GAP };
            used += columns(&part) + if used == 0 { 0 } else { GAP };
            line.push_str(&" ".repeat(gap));
            line.push_str(&paint(cell.style, &part));
        }
    }
    if used > 0 {
        lines.push(line);
    }
}
