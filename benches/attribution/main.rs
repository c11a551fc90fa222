//! Prints how right attribution is, beside what polling /proc gets in the same run, and what it
//! costs; and how much host mode sees. Nothing here fails, since it measures, but host mode where it
//! takes a contact for another process's.
//!
//! `cargo bench --bench attribution`, or with one of `accuracy`, `connects`, `bulk`, `flood`,
//! `sampled`. It needs `perl`, `python3`, `unshare`, `ip`, and an ordinary user's right to make
//! namespaces; with `go` it measures a program of Go's as well.
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

mod accuracy;
mod bulk;
mod connects;
#[path = "../../tests/integration/attribution/elf.rs"]
mod elf;
mod flood;
mod polling;
mod sampled;
mod senders;

use std::io;
use std::path::Path;

use serde_json::Value;

const APPTRACE: &str = env!("CARGO_BIN_EXE_apptrace");

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["within", "connects"] => connects::within_pair(),
        ["within", "bulk", how] => bulk::within_pair(how),
        ["within", "sampled"] => sampled::within(),
        ["sends", "connects"] => connects::send(),
        ["sends", "bulk"] => bulk::send(),
        ["sends", "flood"] => flood::send(),
        ["sends", "sampled"] => sampled::send(),
        ["sends", "chatter"] => sampled::chatter(),
        ["sends", "threads", from] => senders::threads(from),
        [] => {
            accuracy::print()?;
            connects::print()?;
            bulk::print()?;
            flood::print()?;
            sampled::print()
        }
        ["accuracy"] => accuracy::print(),
        ["connects"] => connects::print(),
        ["bulk"] => bulk::print(),
        ["flood"] => flood::print(),
        ["sampled"] => sampled::print(),
        other => Err(io::Error::other(format!("no part is called {other:?}"))),
    }
}

/// This program's own path.
fn me() -> io::Result<String> {
    Ok(std::env::current_exe()?.to_string_lossy().into_owned())
}

/// The folder of a path.
fn folder(path: &str) -> &str {
    Path::new(path).parent().and_then(Path::to_str).unwrap_or("/")
}

/// `apptrace trace` of this program with these words.
fn trace(words: &[&str]) -> io::Result<duct::Expression> {
    let me = me()?;
    let all = ["trace", "--phases", "none", "--format", "json", "--show", folder(&me), "--", &me];
    Ok(duct::cmd(APPTRACE, all.iter().chain(words)))
}

/// This program with these words in namespaces of its own.
fn unshared(words: &[&str]) -> io::Result<duct::Expression> {
    let me = me()?;
    let all = ["-Urnm", &me, "within"];
    Ok(duct::cmd("unshare", all.iter().chain(words)))
}

/// The number that a command prints after `name: `, wherever it prints it; and what else it
/// prints on standard output.
fn figure(command: &duct::Expression, name: &str) -> io::Result<(f64, String)> {
    let output = command.stdout_capture().stderr_capture().unchecked().run()?;
    let (out, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let number = out
        .lines()
        .chain(errors.lines())
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':')?.trim().parse().ok());
    match number {
        Some(number) => Ok((number, out.into_owned())),
        None => Err(io::Error::other(format!("no figure {name} in: {out}\n{errors}"))),
    }
}

/// A run's result.
fn result(text: &str) -> io::Result<Value> {
    let line = text.lines().find(|line| line.starts_with('{')).unwrap_or_default();
    serde_json::from_str(line).map_err(io::Error::other)
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
