//! The program: parse, run, exit code.

#[expect(dead_code, reason = "`run` and `trace` come next and use the rest")]
mod cli;

use std::io;
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
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
