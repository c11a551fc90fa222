//! The program: parse, run, exit code.

mod cli;

use std::io;
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    if let Some(status) = cli::stage() {
        return status;
    }
    let cli = cli::Cli::parse();
    let mut out = io::stdout();
    let status = match cli::run(&cli, &mut out) {
        Ok(status) => status,
        Err(error) => {
            // Where standard error cannot be written there is nobody left to tell.
            let _ = error.print(&mut io::stderr());
            error.exit_status()
        }
    };
    status.into()
}
