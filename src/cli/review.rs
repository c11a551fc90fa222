//! `apptrace review`: walks through what waits for review, shows each and asks.

use std::io::{self, BufRead, Write};

use anstyle::{AnsiColor, Style};
use apptrace::contact::printable;
use apptrace::snapshot::{Pending, Store};

use super::error::CliError;
use super::exit::ExitStatus;
use super::folder::Folder;
use super::terminal;

/// Walk through the snapshots that wait for review, showing each difference and asking
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Names as `apptrace pending` lists them; all of them where none is given
    names: Vec<String>,

    #[command(flatten)]
    folder: Folder,
}

/// What to do with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Accept,
    Reject,
    Skip,
    Quit,
}

/// Reviews with standard input's answers; its end leaves the rest as it is.
pub(crate) fn run(args: &Args, out: &mut dyn Write) -> Result<ExitStatus, CliError> {
    let store = args.folder.existing_store()?;
    walk(&store, &args.names, terminal::colour(), &mut io::stdin().lock(), out)
}

fn walk(
    store: &Store,
    names: &[String],
    colour: bool,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<ExitStatus, CliError> {
    let selected = store.select(names)?;
    if selected.is_empty() {
        let folder = store.folder().display().to_string();
        writeln!(out, "nothing to review in {}", printable(&folder)).map_err(CliError::stream)?;
        return Ok(ExitStatus::Pass);
    }
    let (mut accepted, mut rejected) = (0, 0);
    for (index, pending) in selected.iter().enumerate() {
        show(pending, index + 1, selected.len(), colour, out)?;
        match ask(input, out).map_err(CliError::stream)? {
            Answer::Accept => {
                pending.accept()?;
                accepted += 1;
            }
            Answer::Reject => {
                pending.reject()?;
                rejected += 1;
            }
            Answer::Skip => {}
            Answer::Quit => break,
        }
    }
    let left = selected.len() - accepted - rejected;
    writeln!(out, "{accepted} accepted, {rejected} rejected, {left} still to review")
        .map_err(CliError::stream)?;
    Ok(ExitStatus::Pass)
}

fn show(
    pending: &Pending,
    number: usize,
    of: usize,
    colour: bool,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    // A result that cannot be read can still be rejected.
    let text = match pending.diff() {
        Ok(diff) if diff.is_empty() => "the text is the same\n".to_owned(),
        Ok(diff) => diff,
        Err(error) => format!("cannot be shown: {error}\n"),
    };
    let mut write = || {
        writeln!(out, "[{number}/{of}] {}", printable(&pending.name))?;
        for line in text.lines() {
            let style = style(line).filter(|_| colour).unwrap_or_default();
            writeln!(out, "{style}{}{style:#}", printable(line))?;
        }
        Ok(())
    };
    write().map_err(CliError::stream)
}

fn style(line: &str) -> Option<Style> {
    Some(match line.as_bytes().first()? {
        b'+' => AnsiColor::Green.on_default(),
        b'-' => AnsiColor::Red.on_default(),
        b'@' => AnsiColor::Cyan.on_default(),
        _ => return None,
    })
}

fn ask(input: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<Answer> {
    loop {
        write!(out, "[a]ccept  [r]eject  [s]kip  [q]uit ? ")?;
        out.flush()?;
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 {
            writeln!(out)?;
            return Ok(Answer::Quit);
        }
        match line.trim_ascii().to_ascii_lowercase().as_slice() {
            b"a" | b"accept" | b"y" | b"yes" => return Ok(Answer::Accept),
            b"r" | b"reject" | b"n" | b"no" => return Ok(Answer::Reject),
            b"s" | b"skip" => return Ok(Answer::Skip),
            b"q" | b"quit" => return Ok(Answer::Quit),
            _ => writeln!(out, "please answer a, r, s or q")?,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn reviewed(answers: &str) -> (String, Vec<String>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            for (suffix, text) in [("snap", "old"), ("snap.new", "new \u{1b}[2J")] {
                let file = folder.path().join(format!("{name}.{suffix}"));
                fs::write(file, format!("---\nsource: x\n---\n{text}\n")).unwrap();
            }
        }
        let store = Store::new(folder.path());
        let mut out = Vec::new();
        walk(&store, &[], false, &mut answers.as_bytes(), &mut out).unwrap();
        let changed = ["a", "b", "c"]
            .into_iter()
            .filter(|name| {
                let file = folder.path().join(format!("{name}.snap"));
                fs::read_to_string(file).unwrap().contains("new")
            })
            .map(str::to_owned)
            .collect();
        let left = store.pending().unwrap().into_iter().map(|pending| pending.name).collect();
        (String::from_utf8(out).unwrap(), changed, left)
    }

    #[test]
    fn each_answer_does_what_it_says() {
        for (answers, changed, left, said) in [
            ("a\nr\ns\n", &["a"][..], &["c"][..], "1 accepted, 1 rejected, 1 still to review"),
            ("ACCEPT\r\nq\n", &["a"], &["b", "c"], "1 accepted, 0 rejected, 2 still"),
            ("", &[], &["a", "b", "c"], "0 accepted, 0 rejected, 3 still"),
            ("what\n\n\u{ff}\na\na\na", &["a", "b", "c"], &[], "please answer a, r, s or q"),
        ] {
            let (out, changed_now, left_now) = reviewed(answers);
            assert_eq!(changed_now, changed, "{answers:?}");
            assert_eq!(left_now, left, "{answers:?}");
            assert!(out.contains(said), "{answers:?}: {out}");
            assert!(out.contains("-old") && out.contains("+new \\u{1b}[2J"), "{out}");
        }
    }

    #[test]
    fn nothing_to_review_is_said() {
        let store = Store::new("/nonexistent/snapshots");
        let mut out = Vec::new();
        walk(&store, &[], false, &mut io::empty(), &mut out).unwrap();
        assert_eq!(out, b"nothing to review in /nonexistent/snapshots\n");
    }
}
