//! `apptrace explain`: one finding of a result, with all that is known of it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use apptrace::contact::printable_word;
use apptrace::diff::Code;
use apptrace::harness::{Outcome, excerpts, read_results};
use apptrace::report;

use super::error::{CliError, Kind};
use super::exit::ExitStatus;
use super::terminal;

/// How many findings an error lists.
const MOST_LISTED: usize = 20;

/// Explain a finding: its rule, its packets, who sent them, and what would accept it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What `run` or `trace` printed with `--format json`; `-` is standard input
    #[arg(value_name = "RESULT")]
    result: PathBuf,
    /// The finding: its place in the result's `findings`, counted from 0, or a code; all of them
    /// where none is given
    #[arg(value_name = "FINDING")]
    finding: Option<String>,
    /// Which scenario's, where the result is that of several
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// The capture, where it lies elsewhere than the result says
    #[arg(long, value_name = "FILE")]
    capture: Option<PathBuf>,
}

/// Reads the result, and prints each finding that is asked for.
pub(crate) fn run(args: &Args, out: &mut dyn Write) -> Result<ExitStatus, CliError> {
    let outcomes = read(&args.result)?;
    let outcome = chosen(&outcomes, args)?;
    let findings = wanted(outcome, args.finding.as_deref())?;
    if findings.is_empty() {
        let name = printable_word(&outcome.scenario);
        let text = writeln!(out, "{name} has no findings: there is nothing to explain");
        CliError::written(text)?;
        return Ok(ExitStatus::Pass);
    }
    let file = capture(outcome, args);
    let excerpts = excerpts(outcome, &findings, file.as_deref());
    let look = (terminal::width(), terminal::colour());
    for (finding, excerpts) in findings.iter().zip(&excerpts) {
        CliError::written(report::explain(outcome, *finding, excerpts, look, out))?;
    }
    Ok(ExitStatus::Pass)
}

fn read(path: &Path) -> Result<Vec<Outcome>, CliError> {
    let name =
        if path.as_os_str() == "-" { "standard input".into() } else { path.display().to_string() };
    let source: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin())
    } else {
        let opened = File::open(path).map_err(|error| {
            CliError::new(Kind::Files, format!("cannot read the result {name}: {error}"))
        })?;
        Box::new(opened)
    };
    read_results(source).map_err(|error| {
        CliError::new(Kind::Usage, format!("{name} is no result: {error}"))
            .hint("`apptrace run --format json SCENARIO > FILE` makes one; so does `trace`")
    })
}

/// The result that is meant.
fn chosen<'o>(outcomes: &'o [Outcome], args: &Args) -> Result<&'o Outcome, CliError> {
    let mut named = outcomes
        .iter()
        .filter(|outcome| args.scenario.as_ref().is_none_or(|name| *name == outcome.scenario));
    match (named.next(), named.next()) {
        (Some(one), None) => Ok(one),
        (found, _) => {
            let file = args.result.display();
            let names: Vec<String> = outcomes
                .iter()
                .take(MOST_LISTED)
                .map(|outcome| format!("`{}`", outcome.scenario))
                .collect();
            let names = names.join(", ");
            let error = match (found, &args.scenario) {
                (None, Some(name)) => format!("{file} holds no result of `{name}`"),
                _ => format!("{file} holds {} results", outcomes.len()),
            };
            Err(CliError::new(Kind::Usage, error)
                .hint(format!("`--scenario NAME` chooses one of {names}")))
        }
    }
}

/// The findings that are meant, by their index.
fn wanted(outcome: &Outcome, text: Option<&str>) -> Result<Vec<usize>, CliError> {
    let all = 0..outcome.findings.len();
    let Some(text) = text else { return Ok(all.collect()) };
    let found: Vec<usize> = match text.parse::<usize>() {
        Ok(index) => all.filter(|it| *it == index).collect(),
        Err(_) => {
            let code = Code::from_name(text);
            all.filter(|it| outcome.findings.get(*it).map(|finding| finding.code) == code).collect()
        }
    };
    if !found.is_empty() {
        return Ok(found);
    }
    let name = &outcome.scenario;
    if outcome.findings.is_empty() {
        return Err(CliError::new(Kind::Usage, format!("the result of `{name}` has no findings")));
    }
    let error =
        CliError::new(Kind::Usage, format!("the result of `{name}` has no finding `{text}`"));
    let listed = outcome.findings.iter().enumerate().take(MOST_LISTED);
    let lines: Vec<String> = listed
        .map(|(index, finding)| format!("  {index}  {}: {}", finding.code, finding.message))
        .collect();
    let more = outcome.findings.len().saturating_sub(MOST_LISTED);
    let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
    Err(error.hint(format!("it has these, by number or by code:\n{}{more}", lines.join("\n"))))
}

/// Where the capture lies: as was said, or where the result says, from here or from where the
/// result lies.
fn capture(outcome: &Outcome, args: &Args) -> Option<PathBuf> {
    if let Some(file) = &args.capture {
        return Some(file.clone());
    }
    let told = outcome.capture.file.clone()?;
    let beside = args.result.parent().map(|folder| folder.join(&told));
    match beside.filter(|beside| !told.exists() && beside.exists()) {
        Some(beside) => Some(beside),
        None => Some(told),
    }
}
