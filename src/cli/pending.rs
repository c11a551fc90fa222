//! `apptrace pending`: which snapshots wait for review.

use std::io::Write;

use apptrace::contact::printable;

use super::error::CliError;
use super::exit::ExitStatus;
use super::folder::Folder;

/// List the snapshots that wait for review, a name a line
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    folder: Folder,
}

/// Prints the names alone, for scripts.
pub(crate) fn run(args: &Args, out: &mut dyn Write) -> Result<ExitStatus, CliError> {
    for pending in args.folder.existing_store()?.pending()? {
        writeln!(out, "{}", printable(&pending.name)).map_err(CliError::stream)?;
    }
    Ok(ExitStatus::Pass)
}
