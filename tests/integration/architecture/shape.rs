//! The shape of the files: how they begin, how long they are, and what makes imports
//! unreadable to the test of the layers.

use super::sources;
use crate::support::repository;

/// Past this a file is split.
const MAX_LINES: usize = 500;
/// Past this a file is to be split, or stands in the list below.
const AIM_LINES: usize = 300;
/// Files that are longer than aimed at, with the reason.
const LONG_FILES: &[(&str, &str)] = &[];

fn all_files() -> impl Iterator<Item = (String, String)> {
    ["src", "tests"].into_iter().flat_map(|folder| repository::files(folder, ".rs")).map(|path| {
        let text = repository::read(&path);
        (path.to_string_lossy().into_owned(), text)
    })
}

#[test]
fn every_file_begins_by_saying_what_it_is() {
    for (path, text) in all_files() {
        assert!(text.starts_with("//! "), "{path} does not begin with `//! `");
    }
}

#[test]
fn files_are_short() {
    let mut wrong = Vec::new();
    let mut long = Vec::new();
    for (path, text) in all_files() {
        let lines = text.lines().count();
        if lines > MAX_LINES {
            wrong.push(format!("{path} has {lines} lines: split it"));
        } else if lines > AIM_LINES {
            if !LONG_FILES.iter().any(|(known, _)| *known == path) {
                wrong.push(format!("{path} has {lines} lines, which is over {AIM_LINES}"));
            }
            long.push(path);
        }
    }
    for (path, _) in LONG_FILES.iter().filter(|(path, _)| !long.iter().any(|it| it == path)) {
        wrong.push(format!("{path} is not long: take it off the list"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A path that climbs twice, or a glob over the whole crate, hides who imports whom.
#[test]
fn imports_are_written_plainly() {
    for source in sources::all() {
        assert!(!source.climbs_twice, "{}: `super::super::`; write `crate::…`", source.file);
    }
}

/// A re-export at the root would let a module import another under a third one's name.
#[test]
fn the_root_declares_modules_and_nothing_else() {
    for line in repository::read("src/lib.rs").lines() {
        let is_module = line.starts_with("pub mod ") && line.ends_with(';');
        assert!(is_module || line.is_empty() || line.starts_with("//!"), "src/lib.rs: {line}");
    }
}
