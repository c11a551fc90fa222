//! Compares `apptrace inspect` with other readers of captures, on one big capture that it makes
//! itself from the corpus. Nothing here fails: it measures.
//!
//! `APPTRACE_CORPUS=… cargo bench --bench inspect`, or one step of it:
//! `cargo bench --bench inspect -- make` (the capture alone), `-- compare` (with what is there),
//! `-- compare FILE` (with another capture).
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

mod compose;
mod corpus;
mod hello;
mod measure;
mod random;
mod rivals;
mod source;
mod talk;
mod wire;

use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let big = Path::new(env!("CARGO_TARGET_TMPDIR")).join("inspect.pcap");
    match words.as_slice() {
        ["measure", ..] => {
            println!("{}", measure::child(&arguments[1..])?);
            Ok(())
        }
        ["loop", file] => {
            let (packets, bytes) = measure::bare_loop(Path::new(file)).map_err(io::Error::other)?;
            println!("{packets} packets, {bytes} bytes");
            Ok(())
        }
        ["make"] => make(&big),
        ["compare"] => rivals::compare(&big),
        ["compare", file] => rivals::compare(Path::new(file)),
        _ => {
            if !big.exists() {
                make(&big)?;
            }
            rivals::compare(&big)
        }
    }
}

fn make(file: &Path) -> io::Result<()> {
    let Some(corpus) = std::env::var_os("APPTRACE_CORPUS").map(PathBuf::from) else {
        println!("APPTRACE_CORPUS is not set: there is nothing to make the capture from");
        return Ok(());
    };
    // Under another name until it is whole.
    let partial = file.with_extension("partial");
    let made = compose::compose(&corpus, &partial)?;
    std::fs::rename(&partial, file)?;
    println!(
        "{}: {} packets, {:.0} MB ({} packets of the corpus; {} captures and conversations)",
        file.display(),
        made.packets,
        made.bytes as f64 / 1e6,
        made.recorded,
        made.conversations
    );
    Ok(())
}
