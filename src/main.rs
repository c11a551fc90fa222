//! The program: parse, run, exit code.

mod cli;

use std::io;
use std::process::ExitCode;

use clap::Parser as _;

/// Every message on a wire is a handful of small strings: made by one thread and dropped by
/// another, which is what the system's allocator is slowest at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
