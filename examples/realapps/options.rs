//! The command line of the measuring program.

use std::path::PathBuf;

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Options {
    /// The cases to run; all where empty.
    pub(crate) cases: Vec<String>,
    /// How many run at once.
    pub(crate) jobs: usize,
    /// Whom to run them as, where root starts this.
    pub(crate) user: Option<String>,
    /// Where each case's folder (HOME, result, capture, output) is kept.
    pub(crate) keep: Option<PathBuf>,
    /// The program to measure; built first where absent.
    pub(crate) apptrace: Option<PathBuf>,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options =
            Self { cases: Vec::new(), jobs: 1, user: None, keep: None, apptrace: None };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match argument.as_str() {
                "--case" => options.cases.push(value()?),
                "--jobs" => {
                    options.jobs = value()?
                        .parse()
                        .ok()
                        .filter(|jobs| *jobs > 0)
                        .ok_or("--jobs takes a number from 1")?;
                }
                "--user" => options.user = Some(value()?),
                "--keep" => options.keep = Some(value()?.into()),
                "--apptrace" => options.apptrace = Some(value()?.into()),
                _ => {
                    return Err(format!(
                        "unknown argument {argument}; there are --case NAME, --jobs N, \
                         --user NAME, --keep DIR and --apptrace FILE"
                    ));
                }
            }
        }
        Ok(options)
    }
}
