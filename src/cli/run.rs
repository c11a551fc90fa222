//! `apptrace run`: run scenarios, compare, judge.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use apptrace::harness::{self, Job, Options};
use apptrace::scenario::{Internet, Scenario, ScenarioError};
use apptrace::snapshot::{Mode, Store};

use super::error::{CliError, Kind};
use super::exit::ExitStatus;
use super::folder::Folder;
use super::internets::{self, Comparison};
use super::interrupt;
use super::output::Output;
use super::progress::Progress;
use super::save;

/// Run scenarios: launch, capture, compare with baseline and snapshot
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Scenario files, or folders of them (every *.yaml and *.yml within)
    #[arg(required = true, value_name = "SCENARIO")]
    scenarios: Vec<PathBuf>,
    /// Run only this variant of the scenarios, and no scenario without it; may be given again
    #[arg(long = "variant", value_name = "NAME")]
    variants: Vec<String>,
    /// Never write a snapshot; a missing one ends with exit code 4
    #[arg(long)]
    ci: bool,
    /// Put each result in its snapshot's place
    #[arg(long, conflicts_with = "ci")]
    update: bool,
    /// Save every capture in the folder PATH, as NAME.pcapng, or the only one as the file PATH
    /// where that ends in .pcapng; without it those of runs that do not pass are saved in
    /// `captures`, beside the folder of snapshots
    #[arg(long, value_name = "PATH")]
    save_capture: Option<PathBuf>,
    /// Lead the network elsewhere than the scenarios say: `simulated`, `real` or `none`; where
    /// that is a difference, the result has a snapshot of its own, NAME@KIND.snap
    #[arg(long, value_name = "KIND", value_parser = super::trace::internet)]
    internet: Option<Internet>,
    /// Run each scenario in the simulated internet and in the real one, and report whom only one
    /// of the two shows; no snapshot is looked at
    #[arg(long, conflicts_with_all = ["internet", "ci", "update", "explain"])]
    compare_internets: bool,
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    output: Output,
}

/// Runs every scenario, one after the other.
pub(crate) fn run(args: &Args, out: &mut dyn Write) -> Result<ExitStatus, CliError> {
    let explain = args.output.explains()?;
    let scenarios = weathers(load(&args.scenarios)?, &args.variants)?;
    in_a_sandbox(args, &scenarios)?;
    let interrupted = interrupt::watch()?;
    if args.compare_internets {
        let comparison = Comparison {
            scenarios: &scenarios,
            save_capture: internets::destinations(args.save_capture.as_deref(), &scenarios)?,
            output: &args.output,
            interrupted: &interrupted,
        };
        return comparison.run(out);
    }
    let names = scenarios.iter().map(|(_, scenario)| scenario.name.as_str());
    let save_capture = save::for_runs(args.save_capture.as_ref(), names)?;
    let mode = match (args.ci, args.update) {
        (true, _) => Mode::Ci,
        (_, true) => Mode::Update,
        _ => Mode::Review,
    };
    let reporter = args.output.reporter(scenarios.len() > 1);
    let of = scenarios.len();
    let mut outcomes = Vec::new();
    for (index, (path, scenario)) in scenarios.iter().enumerate() {
        let store = args.folder.store_for(path);
        let options = Options {
            keep_failed: Some(captures(&store)),
            explain,
            snapshots: Some((store, mode)),
            save_capture: save_capture.clone(),
            interrupted: &interrupted,
            number: (index + 1, of),
        };
        let mut progress = Progress::new(args.output.application());
        let mut job = Job::from_scenario(scenario, Some(path));
        if let Some(internet) = args.internet {
            job = job.with_internet(internet);
        }
        let outcome = harness::run(&job, &options, &mut progress);
        drop(progress);
        CliError::written(reporter.report(&outcome, out))?;
        outcomes.push(outcome);
        if interrupt::is_set(&interrupted) {
            break;
        }
    }
    CliError::written(reporter.finish(&outcomes, out))?;
    Ok(outcomes.iter().map(ExitStatus::of).max().unwrap_or(ExitStatus::Pass))
}

/// Another internet than the machine's takes a sandbox, which a scenario may leave out.
fn in_a_sandbox(args: &Args, scenarios: &[(PathBuf, Scenario)]) -> Result<(), CliError> {
    let option = match args.internet {
        _ if args.compare_internets => "--compare-internets",
        Some(Internet::Simulated | Internet::None) => "--internet",
        _ => return Ok(()),
    };
    let Some((path, _)) = scenarios.iter().find(|(_, scenario)| scenario.host.is_some()) else {
        return Ok(());
    };
    let error = format!("{option} needs a sandbox, and {} says `sandbox: none`", path.display());
    Err(CliError::new(Kind::Usage, error).hint("leave the option out, or the scenario"))
}

/// Beside the folder of snapshots.
fn captures(store: &Store) -> PathBuf {
    store.folder().parent().unwrap_or(Path::new("")).join("captures")
}

/// All of them, before the first is run: an error in the last should not cost an hour.
fn load(paths: &[PathBuf]) -> Result<Vec<(PathBuf, Scenario)>, CliError> {
    let mut scenarios = Vec::new();
    let mut names: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut faults = Vec::new();
    for path in expand(paths)? {
        let scenario = match Scenario::load(&path) {
            Ok(scenario) => scenario,
            Err(error) => {
                faults.push(error.render(super::terminal::colour_on_error()));
                continue;
            }
        };
        if let Some(other) = names.insert(scenario.name.clone(), path.clone()) {
            let error = format!(
                "{} and {} are both named `{}`, and would share one snapshot",
                other.display(),
                path.display(),
                scenario.name
            );
            return Err(CliError::new(Kind::Usage, error).hint("give one of them another `name`"));
        }
        scenarios.push((path, scenario));
    }
    // Whoever mends one file wants to know of the others.
    if faults.is_empty() { Ok(scenarios) } else { Err(CliError::rendered(faults.join("\n\n"))) }
}

/// What is run: the variants of the scenarios that have some, and those without as they are;
/// where some are asked for by name, those alone.
fn weathers(
    scenarios: Vec<(PathBuf, Scenario)>,
    asked: &[String],
) -> Result<Vec<(PathBuf, Scenario)>, CliError> {
    let mut all = Vec::new();
    for (path, mut scenario) in scenarios {
        match std::mem::take(&mut scenario.variants) {
            variants if variants.is_empty() => all.push((path, scenario)),
            variants => all.extend(variants.into_iter().map(|it| (path.clone(), it))),
        }
    }
    if asked.is_empty() {
        return Ok(all);
    }
    let known: BTreeSet<String> = all.iter().filter_map(|(_, it)| it.variant.clone()).collect();
    if let Some(absent) = asked.iter().find(|name| !known.contains(*name)) {
        return Err(no_variant("no scenario has", absent, &known));
    }
    all.retain(|(_, it)| it.variant.as_ref().is_some_and(|name| asked.contains(name)));
    Ok(all)
}

/// That nobody has a variant that is asked for, and which there are.
pub(super) fn no_variant(who: &str, absent: &str, known: &BTreeSet<String>) -> CliError {
    let error = CliError::new(Kind::Usage, format!("{who} a variant `{absent}`"));
    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    match known.as_slice() {
        [] => error.hint("`variants` in a scenario names them"),
        [known] => error.hint(format!("the only one is {known}")),
        known => error.hint(format!("there are {}", known.join(", "))),
    }
}

pub(super) fn scenario_error(error: ScenarioError) -> CliError {
    CliError::rendered(error.render(super::terminal::colour_on_error()))
}

fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unreadable = |error: std::io::Error| {
            CliError::new(Kind::Usage, format!("cannot list {}: {error}", path.display()))
        };
        let mut found = Vec::new();
        for entry in fs::read_dir(path).map_err(unreadable)? {
            let file = entry.map_err(unreadable)?.path();
            let is_yaml =
                file.extension().is_some_and(|it| it == "yaml" || it == "yml") && file.is_file();
            if is_yaml {
                found.push(file);
            }
        }
        if found.is_empty() {
            let error = format!("there is no scenario (*.yaml) in {}", path.display());
            return Err(CliError::new(Kind::Usage, error));
        }
        found.sort();
        files.append(&mut found);
    }
    Ok(files)
}
