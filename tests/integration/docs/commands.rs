//! The commands that the documents show are run as they stand there, and print what is shown.

use std::path::Path;
use std::time::Duration;

use super::blocks::{self, Document};
use crate::support::{program, repository};

/// No example takes longer.
const PATIENCE: Duration = Duration::from_secs(120);

/// A command line with what the document shows below it.
#[derive(Debug)]
struct Shown {
    line: String,
    output: Vec<String>,
}

/// The program's arguments on a command line, and whether it stands there alone.
struct Call {
    arguments: Vec<String>,
    is_alone: bool,
    /// Run from the sources, and so in the repository.
    from_sources: bool,
}

#[test]
fn commands_work_and_print_what_is_shown() {
    for document in blocks::all() {
        let folder = tempfile::tempdir().expect("a folder");
        // A block that begins with a comment naming a file is that file.
        for block in document.blocks.iter().filter(|block| block.language == "yaml") {
            let name = block.text.lines().next().and_then(|line| line.strip_prefix("# "));
            if let Some(name) = name.filter(|name| name.ends_with(".yaml")) {
                std::fs::write(folder.path().join(name), &block.text).expect("writable");
            }
        }
        let commands = commands(&document);
        let compared: Vec<Vec<String>> = commands
            .iter()
            .filter(|shown| !shown.output.is_empty())
            .flat_map(|shown| calls(&shown.line))
            .map(|call| call.arguments)
            .collect();
        for shown in &commands {
            for call in calls(&shown.line) {
                // Shown once more with what it prints: that time it is run.
                if shown.output.is_empty() && compared.contains(&call.arguments) {
                    continue;
                }
                let place = if call.from_sources { repository::root() } else { folder.path() };
                check(&document, shown, call, place);
            }
        }
    }
}

fn check(document: &Document, shown: &Shown, mut call: Call, folder: &Path) {
    let told = format!("{}: {}", document.path.display(), shown.line);
    if call.from_sources && call.arguments.first().is_some_and(|it| it == "run") {
        // What it would write belongs to whoever works here.
        call.arguments.insert(1, "--ci".to_owned());
    }
    let ran = program::apptrace(folder).args(&call.arguments).timeout(PATIENCE).output();
    let ran = ran.unwrap_or_else(|error| panic!("{told}: {error}"));
    let (out, errors) =
        (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    // What clap says below every error in a command line; the application may say it too.
    let is_refused = ran.status.code() == Some(2) && errors.contains("try '--help'");
    assert!(!is_refused, "{told}\n{errors}");
    if out.contains("application-not-started: the program") && std::env::var_os("CI").is_none() {
        eprintln!("not installed here, and so not compared: {told}");
        return;
    }
    let is_invalid = ran.status.code() == Some(3);
    assert!(!is_invalid, "{told}\n{out}{errors}");
    if call.is_alone && !shown.output.is_empty() {
        let printed: Vec<String> = out.trim_end().lines().map(masked).collect();
        let expected: Vec<String> = shown.output.iter().map(|line| masked(line)).collect();
        assert_eq!(printed, expected, "{told}");
    }
}

/// The commands of a document in order.
fn commands(document: &Document) -> Vec<Shown> {
    let mut found: Vec<Shown> = Vec::new();
    for block in &document.blocks {
        let is_script = block.language == "sh";
        if !is_script && block.language != "console" {
            continue;
        }
        for line in block.text.trim_end().lines() {
            match line.strip_prefix("$ ") {
                Some(line) => found.push(Shown { line: line.to_owned(), output: Vec::new() }),
                None if is_script => {
                    found.push(Shown { line: line.to_owned(), output: Vec::new() });
                }
                None => {
                    let command = found.last_mut().unwrap_or_else(|| {
                        panic!("{}: output before any command", document.path.display())
                    });
                    command.output.push(line.to_owned());
                }
            }
        }
    }
    found
}

/// Each call of the program on a command line.
fn calls(line: &str) -> Vec<Call> {
    let words = words(line);
    let parts: Vec<&[String]> =
        words.split(|word| ["|", "||", "&&", ";"].contains(&word.as_str())).collect();
    parts
        .iter()
        .filter_map(|part| {
            let is_alone = parts.len() == 1;
            let (rest, from_sources) = match part {
                [program, rest @ ..] if program == "apptrace" => (rest, false),
                [cargo, run, ..] if cargo == "cargo" && run == "run" => {
                    let at = part.iter().position(|word| word == "--")?;
                    (&part[at + 1..], true)
                }
                _ => return None,
            };
            Some(Call { arguments: rest.to_vec(), is_alone, from_sources })
        })
        .collect()
}

/// The words of a command line, as far as the documents' go: quotes and comments.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for it in line.chars() {
        match (quote, it) {
            (Some(open), it) if it == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(it);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, ' ') => words.extend(word.take()),
            (_, it) => word.get_or_insert_default().push(it),
        }
    }
    words.extend(word);
    words
}

/// A result's first line without its counts and times, which differ from run to run.
fn masked(line: &str) -> String {
    let is_headline =
        ["PASS ", "FAIL ", "TRACE ", "INVALID "].iter().any(|it| line.starts_with(it));
    if !is_headline {
        return line.to_owned();
    }
    let parts = line.split(", ").map(|part| {
        let mut words = part.split(' ');
        let is_number = words.next().is_some_and(|word| word.parse::<f64>().is_ok());
        // Milliseconds on one machine are seconds on another.
        let unit = match words.next() {
            Some("packet" | "packets") if is_number => "packets",
            Some("ms" | "s") if is_number => "s",
            _ => return part.to_owned(),
        };
        let rest: String = words.map(|word| format!(" {word}")).collect();
        format!("N {unit}{rest}")
    });
    parts.collect::<Vec<_>>().join(", ")
}

#[test]
fn command_lines_are_read() {
    let calls = calls("FOO=1 x && apptrace trace -- sh -c 'a | b' | jq .x # a comment");
    let arguments: Vec<&[String]> = calls.iter().map(|call| call.arguments.as_slice()).collect();
    assert_eq!(arguments, [["trace", "--", "sh", "-c", "a | b"]]);
    assert_eq!(
        masked("PASS     x  2 contacts, 40 packets, 11.2 s (stand-in)"),
        "PASS     x  2 contacts, N packets, N s (stand-in)"
    );
    assert_eq!(
        masked("TRACE    x  1 contact, 1 packet, 102 ms"),
        "TRACE    x  1 contact, N packets, N s"
    );
}
