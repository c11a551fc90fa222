//! The command line: one file a subcommand, with its arguments and one entry function.

mod accept;
mod error;
mod exit;
mod explain;
mod fault;
mod folder;
mod inspect;
mod internets;
mod interrupt;
mod output;
mod pending;
mod progress;
mod reject;
mod review;
mod run;
mod save;
mod stand_in;
mod terminal;
mod trace;

use std::io::Write;

use apptrace::harness;

pub(crate) use error::CliError;
pub(crate) use exit::ExitStatus;

/// Find out, and keep finding out, whom an application contacts.
#[derive(Debug, clap::Parser)]
#[command(name = "apptrace", version, about, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "Exit codes: 0 pass, 1 fail, 2 usage or scenario error, 3 invalid run, \
                          4 no snapshot yet (--ci).";

#[derive(Debug, clap::Subcommand)]
enum Command {
    Run(run::Args),
    Trace(trace::Args),
    Inspect(inspect::Args),
    Explain(explain::Args),
    #[command(hide = true)]
    StandIn(stand_in::Args),
    Pending(pending::Args),
    Accept(accept::Args),
    Reject(reject::Args),
    Review(review::Args),
}

/// Where apptrace was started by itself to be a stage, that, and how it ended.
pub(crate) fn stage() -> Option<std::process::ExitCode> {
    let arguments: Vec<String> = std::env::args().take(4).collect();
    let (argument, control, uplink) = match arguments.as_slice() {
        [_, argument, control] => (argument, control, None),
        [_, argument, control, uplink] => (argument, control, Some(uplink)),
        _ => return None,
    };
    let number = |text: &String| text.parse::<i32>().map_err(std::io::Error::other);
    let ran = match argument.as_str() {
        harness::STAGE_ARGUMENT => number(control)
            .and_then(|control| harness::run_stage(control, uplink.map(number).transpose()?)),
        harness::HOST_STAGE_ARGUMENT => number(control).and_then(harness::run_host_stage),
        _ => return None,
    };
    // The harness sees the socket close, and says so in its own words.
    Some(if ran.is_ok() {
        std::process::ExitCode::SUCCESS
    } else {
        std::process::ExitCode::FAILURE
    })
}

/// Does what the command line asks; results go to `out`.
pub(crate) fn run(cli: &Cli, out: &mut dyn Write) -> Result<ExitStatus, CliError> {
    match &cli.command {
        Command::Run(args) => run::run(args, out),
        Command::Trace(args) => trace::run(args, out),
        Command::Inspect(args) => inspect::run(args, out),
        Command::Explain(args) => explain::run(args, out),
        Command::StandIn(args) => stand_in::run(args, out),
        Command::Pending(args) => pending::run(args, out),
        Command::Accept(args) => accept::run(args, out),
        Command::Reject(args) => reject::run(args, out),
        Command::Review(args) => review::run(args, out),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_contradicts_nowhere() {
        super::Cli::command().debug_assert();
    }
}
