//! `apptrace trace`: the same without a scenario.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use apptrace::harness::{self, Job, Options, Wanted};
use apptrace::sandbox::plan::Shown;
use apptrace::scenario::{HostMode, Internet, Sandbox};

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
    /// What its network leads to: `simulated`, answered by apptrace itself, where it is not said;
    /// `real`, the machine's own; or `none`, where lookups and connections are seen and refused
    #[arg(long, value_name = "KIND", value_parser = internet)]
    internet: Option<Internet>,
    /// Where it runs: in `namespaces` of its own; or with `none` on the machine itself, watched
    /// on its interfaces, which takes CAP_NET_RAW (docs/host-mode.md)
    #[arg(long, value_name = "KIND", default_value = "namespaces", value_parser = sandbox)]
    sandbox: Sandbox,
    #[command(flatten)]
    host: HostArgs,
    #[command(flatten)]
    output: Output,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// What only counts with `--sandbox none`.
#[derive(Debug, clap::Args)]
struct HostArgs {
    /// With `--sandbox none`, watch this interface in place of all that are up; may be given again
    #[arg(long = "interface", value_name = "NAME")]
    interfaces: Vec<String>,
    /// With `--sandbox none`, launch it as this user, which takes root; otherwise as whoever
    /// called sudo
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
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
    let host = args.host()?;
    let explain = args.output.explains()?;
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
    let job = Job::trace(wanted, args.run_for, args.phases == Windows::All);
    let job = match host {
        Some(host) => job.on_machine(host),
        None => job.with_internet(args.internet.unwrap_or_default()),
    };
    let interrupted = interrupt::watch()?;
    let options = Options {
        snapshots: None,
        save_capture: save::for_runs(args.save_capture.as_ref(), [job.name.as_str()])?,
        keep_failed: None,
        explain,
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

impl Args {
    /// How it is watched on the machine itself, where it is to run there.
    fn host(&self) -> Result<Option<HostMode>, CliError> {
        let HostArgs { interfaces, user } = &self.host;
        if self.sandbox == Sandbox::Namespaces {
            let given = [("--interface", !interfaces.is_empty()), ("--user", user.is_some())];
            return match given.iter().find(|(_, is_given)| *is_given) {
                Some((option, _)) => Err(CliError::new(
                    Kind::Usage,
                    format!("{option} is for --sandbox none, where there is no sandbox"),
                )),
                None => Ok(None),
            };
        }
        let needs = [
            ("--internet", self.internet.is_some_and(|it| it != Internet::Real)),
            ("--home", self.home.is_some()),
            ("--show", !self.show.is_empty()),
            ("--root", self.root),
        ];
        if let Some((option, _)) = needs.iter().find(|(_, is_given)| *is_given) {
            let error = format!("{option} needs a sandbox, and --sandbox none leaves it out");
            return Err(CliError::new(Kind::Usage, error).hint("leave one of the two out"));
        }
        Ok(Some(HostMode { interfaces: interfaces.clone(), user: user.clone() }))
    }
}

fn sandbox(text: &str) -> Result<Sandbox, String> {
    let known = Sandbox::ALL.into_iter().find(|kind| kind.name() == text);
    known.ok_or_else(|| "expected `namespaces` or `none`".to_owned())
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
