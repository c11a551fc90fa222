//! Measures what `apptrace inspect` finds in captures whose contents are known: names found
//! against names in the truth, flows against flows, TCP marks against tshark's.
//!
//! ```text
//! APPTRACE_CORPUS=/path/to/corpus cargo run --release --example corpus -- \
//!     [--differences [KIND]] [--only TEXT] [--at-least PERCENT]
//! ```
//!
//! `APPTRACE_CORPUS` names a folder with `index.json`, which lists the captures with what
//! tshark and their own projects say of them. `--differences` lists every disagreement, of one
//! kind or of all; `--only` takes the captures whose path contains the text; `--at-least` fails
//! where recall or precision of a kind of names falls below the percentage, the truth's own
//! faults aside, where fewer of the flows or the TCP marks are the same, where nothing was
//! measured, and where a listed fault of the truth explains no disagreement any more.
//!
//! What counts as the same name: names are compared without regard to case and final dot, a
//! request as `METHOD host target`, an answer as `name -> address`, an address by value.
//!
//! Three rules keep known faults of the truth out of the comparison:
//!
//! - A name of DNS that only tshark's payload-first run has is not asked for where the run by
//!   port has it as one of mDNS or LLMNR, or where it is 32 letters that encode a NetBIOS name.
//! - A name that tshark does not have and the capture's own project expects is no mistake.
//! - Of a packet in a tunnel over UDP, tshark's fields give the inner addresses and every port:
//!   a flow of the tunnel's port between them is not asked for.
//!
//! All other disagreements that are the truth's fault stand in `disagreements.tsv` beside this
//! file, each with its reason; the table counts them in a column of their own, and both recall
//! and precision are printed with them and without. The kinds are those of the names, `flow`
//! and `mark`.

mod found;
mod goal;
mod odd_bytes;
mod score;
mod table;
mod truth;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use score::Score;
use truth::Capture;

struct Options {
    folder: PathBuf,
    differences: Option<Option<String>>,
    only: Option<String>,
    at_least: Option<f64>,
}

fn main() -> ExitCode {
    match measure() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "error: {message}");
            ExitCode::from(2)
        }
    }
}

fn options() -> Result<Options, String> {
    let folder = std::env::var_os("APPTRACE_CORPUS")
        .ok_or("APPTRACE_CORPUS is not set: it names the folder with the captures")?;
    let mut options =
        Options { folder: folder.into(), differences: None, only: None, at_least: None };
    let mut arguments = std::env::args().skip(1).peekable();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--differences" => {
                let kind = arguments.next_if(|next| !next.starts_with("--"));
                options.differences = Some(kind);
            }
            "--only" => options.only = arguments.next(),
            "--at-least" => {
                let number = arguments.next().and_then(|number| number.parse().ok());
                options.at_least = Some(number.ok_or("--at-least needs a number")?);
            }
            other => return Err(format!("`{other}` is no option of this program")),
        }
    }
    Ok(options)
}

fn measure() -> Result<bool, String> {
    let options = options()?;
    let captures = truth::read(&options.folder)?;
    let excused = truth::excused()?;
    let chosen: Vec<&Capture> = captures
        .iter()
        .filter(|capture| options.only.as_ref().is_none_or(|text| capture.file.contains(text)))
        .collect();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let share = chosen.len().div_ceil(processors).max(1);
    let score = std::thread::scope(|scope| {
        let workers: Vec<_> = chosen
            .chunks(share)
            .map(|captures| scope.spawn(|| score_all(captures, &options.folder, &excused)))
            .collect();
        let mut whole = Score::default();
        for worker in workers {
            whole.add(worker.join().map_err(|_| "a capture made the reader panic".to_owned())?);
        }
        Ok::<_, String>(whole)
    })?;
    let mut out = std::io::stdout().lock();
    let written = score.print(&mut out, options.differences.as_ref().map(Option::as_deref));
    written.map_err(|error| format!("cannot write the result: {error}"))?;
    let Some(limit) = options.at_least else { return Ok(true) };
    let mut failures = score.shortfalls(limit);
    if options.only.is_none() {
        let idle = |(file, kind, name): &Excuse| format!("excuses nothing: {file} {kind} {name}");
        failures.extend(score.idle(&excused).into_iter().map(idle));
    }
    for failure in &failures {
        writeln!(out, "falls short: {failure}").map_err(|error| error.to_string())?;
    }
    Ok(failures.is_empty())
}

/// Capture, kind and name; a `*` for the name stands for all of them.
type Excuse = (String, String, String);

/// Why each of them is the fault of the truth.
type Excused = BTreeMap<Excuse, String>;

fn score_all(captures: &[&Capture], folder: &Path, excused: &Excused) -> Score {
    let mut score = Score::default();
    for capture in captures {
        let found = found::survey(&folder.join(&capture.file));
        score.compare(capture, &found, excused);
    }
    score
}
