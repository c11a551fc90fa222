//! Measures apptrace on real applications: recall and precision of (host, port, transport)
//! against a file of what they were seen to contact without apptrace.
//!
//! ```text
//! APPTRACE_REALAPPS=truth.jsonl APPS=/opt/apps cargo run --release --example realapps -- \
//!     [--case NAME]… [--jobs N] [--user NAME] [--keep DIR] [--apptrace FILE]
//! ```
//!
//! `APPTRACE_REALAPPS` names the file, one case a line: `name`, `kind`, `setup` and `command`
//! (bash; `$H` and `$HOME` are the fresh HOME, `$APPS` the folder that `APPS` names, where
//! applications were installed by hand; both start in `$H/w`), `run_seconds`, `stop`, `needs`,
//! `expected` and `variable` (lists of `host`, `port`, `proto`, `app_proto`, and `url`, itself a list
//! of `URL [METHOD]`). Cases whose
//! programs are not installed are left out and named, with what is missing.
//!
//! Nothing runs as root: started by root, everything is done as `--user`, by default the first
//! ordinary user of the machine, who must own `$APPS` where a setup makes hard links to it. The
//! setup runs in a network namespace without any interface, the command under `apptrace trace`
//! with `--for` the case's `run_seconds`.
//!
//! What counts as the same contact:
//!
//! - Contacts are sets of (host, port, transport): neither phases nor numbers count.
//! - Names are compared without regard to case and final dot, addresses by value.
//! - `dns-only` (looked up, nothing sent there) is our contact of kind `lookup`: port 53 over
//!   udp, unless that host was also sent something, in whichever phase.
//! - `icmp-echo` is transport `icmp` without a port.
//! - Contacts of hosts in `variable` are neither missed nor extra: they differ from run to run.
//! - The lookup of the machine's own name is left out, and so is what stays on the loopback.
//! - Reverse lookups (`in-addr.arpa`, `ip6.arpa`) are left out on both sides: a simulated network
//!   makes up the addresses that they name.
//! - The URLs that the file knows must be among the requests seen, with method and query. It does
//!   not know all of them, so others are no difference.
//!
//! The file's own measurements had a LAN of 192.0.2.0/24 with the gateway 192.0.2.1, which
//! apptrace's sandbox has too. A case whose run is `invalid` has missed whatever it expected.

mod asked;
mod case;
mod measure;
mod options;
mod table;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use case::Case;
use measure::{Measured, Surroundings};
use options::Options;

fn main() -> ExitCode {
    match measure_all() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "error: {message}");
            ExitCode::from(2)
        }
    }
}

fn measure_all() -> Result<(), String> {
    let options = Options::parse(std::env::args().skip(1))?;
    let mut out = std::io::stdout();
    let Some(truth) = std::env::var_os("APPTRACE_REALAPPS") else {
        let said = "APPTRACE_REALAPPS is not set: there is nothing to measure against. Set it to \
                    a file of cases; the head of examples/realapps/main.rs describes it.";
        return writeln!(out, "{said}").map_err(|error| error.to_string());
    };
    let cases = case::read(Path::new(&truth))?;
    if let Some(unknown) = options.cases.iter().find(|name| cases.iter().all(|c| c.name != **name))
    {
        return Err(format!("there is no case {unknown}"));
    }
    let wanted = |case: &&Case| options.cases.is_empty() || options.cases.contains(&case.name);
    let surroundings = Surroundings::prepare(&options)?;
    let mut left_out = Vec::new();
    let mut runnable = Vec::new();
    for case in cases.iter().filter(wanted) {
        match case.missing(&surroundings) {
            Some(reason) => left_out.push((case.name.as_str(), reason)),
            None => runnable.push(case),
        }
    }
    // The longest first, so that the last job is not left alone with it.
    runnable.sort_by_key(|case| std::cmp::Reverse(case.run_seconds));
    let measured = in_parallel(&runnable, &options, &surroundings);
    table::print(&mut out, &measured, &left_out).map_err(|error| error.to_string())
}

fn in_parallel<'a>(
    cases: &[&'a Case],
    options: &Options,
    surroundings: &Surroundings,
) -> Vec<(&'a Case, Measured)> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..options.jobs {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let measured = measure::measure(case, surroundings);
                    let mut done = done.lock().unwrap_or_else(|poison| poison.into_inner());
                    done.push((*case, measured));
                    let (number, of) = (done.len(), cases.len());
                    let _ = writeln!(std::io::stderr(), "{number}/{of} {}", case.name);
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(|poison| poison.into_inner());
    done.sort_by(|a, b| a.0.name.cmp(&b.0.name));
    done
}
