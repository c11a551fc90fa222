//! `apptrace trace`: the same without a scenario.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use apptrace::harness::{self, Job, Options, Wanted};
use apptrace::sandbox::plan::Shown;
use apptrace::scenario::Internet;

use super::error::{CliError, Kind};
use super::exit::ExitStatus;
use super::interrupt;
use super::output::Output;
use super::progress::Progress;
use super::save;

/// Run a command in the sandbox and show whom it contacts
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Tell it to go after this long (`30s`, `2m`); without it, it runs until it and all it
    /// started have ended
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    run_for: Option<Duration>,
    /// Which waiting windows there are: with `none` nothing waits for what may still come
    #[arg(long, value_enum, default_value_t = Windows::All)]
    phases: Windows,
    /// A variable on top of the clean environment
    #[arg(long, value_name = "KEY=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// Use DIR as HOME, writable, in place of a fresh one
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
    /// Show a folder or file of the machine, read-only, that the sandbox would hide
    #[arg(long, value_name = "PATH")]
    show: Vec<PathBuf>,
    /// Give it a pseudo-terminal as its standard streams
    #[arg(long)]
    terminal: bool,
    /// Let it see itself as user 0
    #[arg(long)]
    root: bool,
    /// Save the capture in the folder PATH, as NAME.pcapng, or as the file PATH where that ends
    /// in .pcapng
    #[arg(long, value_name = "PATH")]
    save_capture: Option<PathBuf>,
    /// What its network leads to: `simulated`, answered by apptrace itself; `real`, the machine's
    /// own; or `none`, where lookups and connections are seen and refused
    #[arg(long, value_name = "KIND", default_value = "simulated", value_parser = internet)]
    internet: Internet,
    #[command(flatten)]
    output: Output,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
    command: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Windows {
    /// A moment of quiet after the launch, and of what outlives it
    All,
    /// None
    None,
}

/// Runs the command.
pub(crate) fn run(args: &Args, out: &mut dyn Write) -> Result<ExitStatus, CliError> {
    let absolute = |path: &PathBuf| match std::path::absolute(path) {
        Ok(path) if path.exists() => Ok(path),
        _ => Err(CliError::new(Kind::Usage, format!("there is no {}", path.display()))
            .hint("--home and --show take paths of this machine")),
    };
    let shown: Result<Vec<_>, CliError> = args.show.iter().map(&absolute).collect();
    let wanted = Wanted {
        command: args.command.clone(),
        environment: args.env.iter().cloned().collect(),
        shown: shown?.into_iter().map(|path| Shown { path, writable: false }).collect(),
        home: args.home.as_ref().map(absolute).transpose()?,
        here: std::env::current_dir().ok(),
        terminal: args.terminal,
        root: args.root,
        ..Wanted::default()
    };
    let job =
        Job::trace(wanted, args.run_for, args.phases == Windows::All).with_internet(args.internet);
    let interrupted = interrupt::watch()?;
    let options = Options {
        snapshots: None,
        save_capture: save::for_runs(args.save_capture.as_ref(), [job.name.as_str()])?,
        keep_failed: None,
        interrupted: &interrupted,
        number: (1, 1),
    };
    let mut progress = Progress::new(args.output.application());
    let outcome = harness::run(&job, &options, &mut progress);
    drop(progress);
    let reporter = args.output.reporter(false);
    CliError::written(reporter.report(&outcome, out))?;
    Ok(ExitStatus::of(&outcome))
}

/// A kind of internet, as in a scenario.
pub(super) fn internet(text: &str) -> Result<Internet, String> {
    let known = Internet::ALL.into_iter().find(|kind| kind.name() == text);
    known.ok_or_else(|| {
        let names = Internet::ALL.map(|kind| format!("`{}`", kind.name()));
        format!("expected one of {}", names.join(", "))
    })
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let duration: jiff::SignedDuration =
        text.parse().map_err(|_| "expected a duration such as `30s` or `2m`".to_owned())?;
    Duration::try_from(duration).map_err(|_| "a duration cannot be negative".to_owned())
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}
