//! A snapshot file: insta's format, read with insta's own reader, written whole or not at
//! all. The only place that uses insta.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde::Serialize;

use super::{SnapshotError, SnapshotInput};
use crate::contact::printable;

/// A file beyond this is no snapshot of ours.
const MOST_BYTES: u64 = 16 << 20;

/// A header beyond this is none of ours; reading nested YAML takes time by the square.
const MOST_HEADER_BYTES: usize = 16 << 10;

/// What is kept of a description or a command.
const MOST_HEADER_CHARACTERS: usize = 500;

#[derive(Serialize)]
struct Header {
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    expression: String,
}

/// The whole file for a text: a header that tells a reviewer where it comes from, the text.
pub(super) fn compose(input: &SnapshotInput<'_>, text: &str) -> String {
    let header = Header {
        source: input.source.map(|path| path.display().to_string()),
        description: input.description.map(kept),
        // A header without a key makes cargo-insta refuse the whole folder.
        expression: format!("{}: {}", input.scenario, kept(&input.command.join(" "))),
    };
    // Strings serialise always; JSON is YAML on one line, so that nothing in a value can
    // look like the end of the header.
    let mut file = String::from("---\n");
    if let Ok(serde_json::Value::Object(keys)) = serde_json::to_value(&header) {
        for (key, value) in keys {
            file.push_str(&format!("{key}: {value}\n"));
        }
    }
    file.push_str("---\n");
    file.push_str(text);
    file
}

fn kept(text: &str) -> String {
    printable(text).chars().take(MOST_HEADER_CHARACTERS).collect()
}

/// The same file without what only a pending snapshot holds.
pub(super) fn accepted(file: &str) -> String {
    let mut fences = 0;
    file.split_inclusive('\n')
        .filter(|line| {
            fences += usize::from(line.trim_end() == "---");
            fences != 1 || !line.starts_with("assertion_line:")
        })
        .collect()
}

/// The text of a snapshot file, normalised as insta does; none where there is no file.
pub(super) fn read(path: &Path) -> Result<Option<String>, SnapshotError> {
    let Some(whole) = read_whole(path)? else { return Ok(None) };
    check_header(path, &whole)?;
    let corrupt = |reason: String| SnapshotError::Corrupt { file: path.to_owned(), reason };
    let snapshot = insta::Snapshot::from_file(path).map_err(|error| corrupt(error.to_string()))?;
    match snapshot.as_text() {
        Some(text) => Ok(Some(text.to_string())),
        None => Err(corrupt("it is a binary snapshot".to_owned())),
    }
}

/// Every byte of a snapshot file; none where there is no file.
pub(super) fn read_whole(path: &Path) -> Result<Option<String>, SnapshotError> {
    let corrupt =
        |reason: &str| SnapshotError::Corrupt { file: path.to_owned(), reason: reason.to_owned() };
    let unreadable = |source| SnapshotError::Read { file: path.to_owned(), source };
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    // Opening a pipe would wait for a writer.
    if !metadata.is_file() {
        return Err(corrupt("it is not a regular file"));
    }
    if metadata.len() > MOST_BYTES {
        return Err(corrupt("it is larger than 16 MiB"));
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    String::from_utf8(bytes).map(Some).map_err(|_| corrupt("it is not UTF-8 text"))
}

/// insta's reader takes a file without a header for one of its oldest, and panics on some
/// header values; so nothing reaches it but a header of plain scalars.
fn check_header(path: &Path, whole: &str) -> Result<(), SnapshotError> {
    let corrupt = |reason: String| SnapshotError::Corrupt { file: path.to_owned(), reason };
    if whole.contains("\n<<<<<<< ") || whole.starts_with("<<<<<<< ") {
        return Err(corrupt("it holds the marks of an unresolved merge".to_owned()));
    }
    let mut lines = whole.lines();
    if lines.next().map(str::trim_end) != Some("---") {
        return Err(corrupt("its first line is not `---`".to_owned()));
    }
    let mut header = String::new();
    loop {
        if header.len() > MOST_HEADER_BYTES {
            return Err(corrupt("its header is larger than 16 KiB".to_owned()));
        }
        match lines.next() {
            None => return Err(corrupt("its header is not closed by a line `---`".to_owned())),
            Some(line) if line.trim_end() == "---" => break,
            Some(line) => {
                header.push_str(line);
                header.push('\n');
            }
        }
    }
    let keys: BTreeMap<String, serde_yaml::Value> = serde_yaml::from_str(&header)
        .map_err(|error| corrupt(format!("its header is not YAML: {error}")))?;
    if keys.is_empty() {
        return Err(corrupt("its header is empty".to_owned()));
    }
    match keys.iter().find(|(_, value)| !(value.is_string() || value.is_u64() || value.is_bool())) {
        Some((key, _)) => Err(corrupt(format!("its header's `{key}` is no text"))),
        None => Ok(()),
    }
}

/// Puts a file in place whole: whoever reads it sees the old one or the new one.
pub(super) fn write(path: &Path, content: &str) -> Result<(), SnapshotError> {
    let folder = folder_of(path);
    fs::create_dir_all(folder)
        .map_err(|source| SnapshotError::MakeFolder { folder: folder.to_owned(), source })?;
    replace(folder, path, content)
        .map_err(|source| SnapshotError::Write { file: path.to_owned(), source })
}

fn replace(folder: &Path, path: &Path, content: &str) -> io::Result<()> {
    // The umask still applies; a temporary file's own default is for its owner alone, and a
    // committed file is for everybody.
    let mut file = tempfile::Builder::new()
        .prefix(".apptrace-")
        .suffix(".tmp")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(without_path)?;
    file.write_all(content.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// The temporary file's name is of no use to whoever reads the message.
fn without_path(error: io::Error) -> io::Error {
    let code = std::error::Error::source(&error)
        .and_then(|inner| inner.downcast_ref::<io::Error>())
        .and_then(io::Error::raw_os_error)
        .or_else(|| error.raw_os_error());
    code.map_or(error, io::Error::from_raw_os_error)
}

/// Removes a file; whether there was one.
pub(super) fn remove(path: &Path) -> Result<bool, SnapshotError> {
    // On a read-only file system removing what is not there fails too, for being a write.
    if fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(false);
    }
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(SnapshotError::Remove { file: path.to_owned(), source }),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some file systems do not sync folders.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_file_holds_is_an_error_with_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.snap");
        let deep = format!("---\na: {}\n---\n", "[".repeat(100_000));
        for (content, reason) in [
            (&b""[..], "first line"),
            (b"ran: command\n", "first line"),
            (b"---\nsource: a\n", "not closed"),
            (b"---\n---\ntext\n", "header"),
            (b"---\nsource: [\n---\ntext\n", "not YAML"),
            (b"---\nsource: .inf\n---\ntext\n", "`source` is no text"),
            (b"---\nsource: {a: b}\n---\ntext\n", "`source` is no text"),
            (b"---\nsnapshot_kind: binary\nextension: png\n---\n", "binary"),
            (b"---\nsource: a\n---\n<<<<<<< HEAD\nran\n", "unresolved merge"),
            (b"---\nsource: \xff\n---\n", "UTF-8"),
            (b"\0\0\0\0", "first line"),
            (deep.as_bytes(), "larger than 16 KiB"),
            (b"---\na: [[[[[[[[[[[[[[[[[[\n---\n", "not YAML"),
        ] {
            fs::write(&path, content).unwrap();
            match read(&path) {
                Err(SnapshotError::Corrupt { reason: given, .. }) if given.contains(reason) => {}
                other => panic!("{}: {other:?}", content.escape_ascii()),
            }
        }
        assert!(matches!(read(folder.path()), Err(SnapshotError::Corrupt { .. })));
        assert_eq!(read(&folder.path().join("absent.snap")).unwrap(), None);
    }

    #[test]
    fn a_header_value_cannot_end_the_header() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.snap");
        let input = SnapshotInput {
            scenario: "x",
            description: Some("one\n---\ntwo: \"three\" # four"),
            source: Some(Path::new("scenarios/x.yaml")),
            command: &["sh".to_owned(), "-c".to_owned(), "a\n---\u{1b}".to_owned()],
            stand_in: false,
            internet: None,
            contacts: &[],
            requests: &crate::snapshot::RequestView::default(),
            processes: true,
        };
        write(&path, &compose(&input, "the text\n")).unwrap();
        assert_eq!(read(&path).unwrap().as_deref(), Some("the text"));
        let snapshot = insta::Snapshot::from_file(&path).unwrap();
        assert_eq!(snapshot.metadata().source(), Some("scenarios/x.yaml"));
        assert_eq!(
            snapshot.metadata().description(),
            Some("one\\u{a}---\\u{a}two: \"three\" # four")
        );
    }

    #[test]
    fn only_the_header_loses_its_assertion_line() {
        let pending = "---\nsource: a\nassertion_line: 7\n---\nassertion_line: 8\n";
        assert_eq!(accepted(pending), "---\nsource: a\n---\nassertion_line: 8\n");
    }

    #[test]
    fn a_written_file_is_for_everybody_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/x.snap");
        write(&path, "one").unwrap();
        write(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o444, 0o444);
        assert_eq!(fs::read_dir(folder.path().join("made")).unwrap().count(), 1);
    }
}
