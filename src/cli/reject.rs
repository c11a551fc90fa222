//! `apptrace reject`: drop changed results, and keep the snapshots.

use std::io::Write;

use apptrace::contact::printable;

use super::error::CliError;
use super::exit::ExitStatus;
use super::folder::Folder;

/// Reject changed results: each is removed, its snapshot stays
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Names as `apptrace pending` lists them; all of them where none is given
    names: Vec<String>,

    #[command(flatten)]
    folder: Folder,
}

/// Rejects what is named, or nothing where one name is unknown.
pub(crate) fn run(args: &Args, out: &mut dyn Write) -> Result<ExitStatus, CliError> {
    let rejected = args.folder.existing_store()?.reject(&args.names)?;
    for pending in &rejected {
        writeln!(out, "rejected {}", printable(&pending.name)).map_err(CliError::stream)?;
    }
    if rejected.is_empty() {
        writeln!(out, "nothing is pending").map_err(CliError::stream)?;
    }
    Ok(ExitStatus::Pass)
}
