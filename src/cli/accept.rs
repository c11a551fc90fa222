//! `apptrace accept`: put changed results in their snapshots' place.

use std::io::Write;

use apptrace::contact::printable;

use super::error::CliError;
use super::exit::ExitStatus;
use super::folder::Folder;

/// Accept changed results: each takes its snapshot's place
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Names as `apptrace pending` lists them; all of them where none is given
    names: Vec<String>,

    #[command(flatten)]
    folder: Folder,
}

/// Accepts what is named, or nothing where one name is unknown.
pub(crate) fn run(args: &Args, out: &mut dyn Write) -> Result<ExitStatus, CliError> {
    let accepted = args.folder.existing_store()?.accept(&args.names)?;
    for pending in &accepted {
        writeln!(out, "accepted {}", printable(&pending.name)).map_err(CliError::stream)?;
    }
    if accepted.is_empty() {
        writeln!(out, "nothing is pending").map_err(CliError::stream)?;
    }
    Ok(ExitStatus::Pass)
}
