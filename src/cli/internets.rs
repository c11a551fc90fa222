//! `apptrace run --compare-internets`: each scenario in the simulated internet and in the real
//! one.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use apptrace::harness::{self, Internets, Job, Options, Outcome, SaveTo};
use apptrace::scenario::{Internet, Scenario};

use super::error::{CliError, Kind};
use super::exit::ExitStatus;
use super::interrupt;
use super::output::Output;
use super::progress::Progress;
use super::save;

/// Where the captures of both go: all are named after their scenarios.
pub(super) struct Destinations {
    simulated: SaveTo,
    real: SaveTo,
}

/// A folder for each internet in the one that the command line names, tried out.
pub(super) fn destinations(
    path: Option<&Path>,
    scenarios: &[(PathBuf, Scenario)],
) -> Result<Option<Destinations>, CliError> {
    let folder = match path.map(save::destination).transpose()? {
        None => return Ok(None),
        Some(SaveTo::Folder(folder)) => folder,
        Some(SaveTo::File(file)) => {
            let error = format!("two captures do not fit into {}", file.display());
            return Err(CliError::new(Kind::Usage, error)
                .hint("name a folder: each internet gets one of its own in it"));
        }
    };
    let [simulated, real] = [Internet::Simulated, Internet::Real].map(|internet| {
        let to = SaveTo::Folder(folder.join(internet.name()));
        let tried = scenarios.iter().try_for_each(|(_, it)| save::check(&to, &it.name));
        tried.map(|()| to)
    });
    Ok(Some(Destinations { simulated: simulated?, real: real? }))
}

/// What is compared, and what is kept of it.
pub(super) struct Comparison<'a> {
    pub(super) scenarios: &'a [(PathBuf, Scenario)],
    pub(super) save_capture: Option<Destinations>,
    pub(super) output: &'a Output,
    pub(super) interrupted: &'a AtomicBool,
}

impl Comparison<'_> {
    /// Runs each scenario in both, one after the other, and tells whom only one of them shows.
    /// No snapshot is looked at: that is for a run in one of them.
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<ExitStatus, CliError> {
        let mut gravest = ExitStatus::Pass;
        for (index, (path, scenario)) in self.scenarios.iter().enumerate() {
            let simulated = self.run_in(Internet::Simulated, index, path, scenario);
            if interrupt::is_set(self.interrupted) {
                CliError::written(self.output.reporter(false).report(&simulated, out))?;
                return Ok(gravest.max(ExitStatus::of(&simulated)));
            }
            let real = self.run_in(Internet::Real, index, path, scenario);
            let compared = Internets::compare(simulated, real);
            CliError::written(self.output.report_internets(&compared, out))?;
            // A departure that one run proved stands, however the other went.
            let each = compared.outcomes().map(ExitStatus::of);
            gravest = each.into_iter().fold(gravest.max(compared.verdict.into()), Ord::max);
            if interrupt::is_set(self.interrupted) {
                break;
            }
        }
        Ok(gravest)
    }

    fn run_in(
        &self,
        internet: Internet,
        index: usize,
        path: &Path,
        scenario: &Scenario,
    ) -> Outcome {
        let options = Options {
            snapshots: None,
            save_capture: self.save_capture.as_ref().map(|to| match internet {
                Internet::Real => to.real.clone(),
                _ => to.simulated.clone(),
            }),
            keep_failed: None,
            explain: false,
            interrupted: self.interrupted,
            number: (index + 1, self.scenarios.len()),
        };
        let mut progress = Progress::new(self.output.application());
        let job = Job::from_scenario(scenario, Some(path)).with_internet(internet);
        harness::run(&job, &options, &mut progress)
    }
}
