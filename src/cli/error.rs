//! Errors as a person sees them: what went wrong, why, what to do, and the exit code.

use std::error::Error;
use std::io::{self, Write};

use apptrace::contact::printable;
use apptrace::snapshot::SnapshotError;

use super::exit::ExitStatus;
use super::fault::Fault;

/// Whose trouble an error is, which gives the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The command line asks for what cannot be.
    Usage,
    /// A file or folder cannot be read or written.
    Files,
    /// The run could not be made, so that it proves nothing.
    Invalid,
}

/// An error that ends the program.
#[derive(Debug)]
pub(crate) struct CliError {
    kind: Kind,
    error: Box<dyn Error + Send + Sync>,
    hints: Vec<String>,
    /// Whether the error is its own whole text.
    is_rendered: bool,
}

impl CliError {
    /// An error of a kind.
    pub(crate) fn new(kind: Kind, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, error: error.into(), hints: Vec::new(), is_rendered: false }
    }

    /// A scenario's error, laid out by itself with the line it stands on.
    pub(crate) fn rendered(text: String) -> Self {
        Self { kind: Kind::Usage, error: text.into(), hints: Vec::new(), is_rendered: true }
    }

    /// What is wrong in the text of an option, the place in it marked.
    pub(crate) fn in_option(option: &str, text: &str, fault: &Fault<'_>) -> Self {
        Self::rendered(fault.render(option, text, super::terminal::colour_on_error()))
    }

    /// With one more thing to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Standard output or input failed.
    pub(crate) fn stream(error: io::Error) -> Self {
        Self::new(Kind::Files, StreamError(error))
    }

    /// Whoever reads standard output may stop reading, as `head` does: no error.
    pub(crate) fn written(result: io::Result<()>) -> Result<(), Self> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(Self::stream),
        }
    }

    /// The exit code it ends with.
    pub(crate) fn exit_status(&self) -> ExitStatus {
        match self.kind {
            Kind::Usage | Kind::Files => ExitStatus::Usage,
            Kind::Invalid => ExitStatus::Invalid,
        }
    }

    /// Writes it, its causes and its hints.
    pub(crate) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.is_rendered {
            return writeln!(out, "{}", self.error);
        }
        writeln!(out, "error: {}", printable_lines(&self.error.to_string()))?;
        let mut cause = self.error.source();
        while let Some(error) = cause {
            writeln!(out, "  caused by: {}", printable_lines(&error.to_string()))?;
            cause = error.source();
        }
        for hint in &self.hints {
            writeln!(out, "hint: {}", printable_lines(hint))?;
        }
        Ok(())
    }
}

/// Names in a message may be anybody's; the message's own line feeds stay.
fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

#[derive(Debug, thiserror::Error)]
#[error("cannot read standard input or write standard output")]
struct StreamError(#[source] io::Error);

impl From<SnapshotError> for CliError {
    fn from(error: SnapshotError) -> Self {
        let kind = match error {
            SnapshotError::NotPending { .. } | SnapshotError::BadName { .. } => Kind::Usage,
            _ => Kind::Files,
        };
        let hint = snapshot_hint(&error);
        let error = Self::new(kind, error);
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

/// What to do about trouble with a snapshot.
pub(crate) fn snapshot_hint(error: &SnapshotError) -> Option<String> {
    match error {
        SnapshotError::NotPending { nearest: Some(nearest), .. } => {
            Some(format!("`{nearest}` is pending: did you mean that?"))
        }
        SnapshotError::NotPending { .. } => Some(
            "`apptrace pending` lists the names; `--snapshots DIR` names another folder".into(),
        ),
        SnapshotError::BadName { .. } => {
            Some("give a name as `apptrace pending` lists it, and the folder by --snapshots".into())
        }
        SnapshotError::Corrupt { file, .. } if file.extension().is_some_and(|it| it == "new") => {
            Some("reject it with `apptrace reject`, and run the scenario again".into())
        }
        SnapshotError::Corrupt { file, .. } => Some(format!(
            "bring it back with `git checkout -- {0}`, or delete {0} and run again",
            file.display()
        )),
        SnapshotError::MakeFolder { source, .. }
        | SnapshotError::ListFolder { source, .. }
        | SnapshotError::Read { source, .. }
        | SnapshotError::Write { source, .. }
        | SnapshotError::Remove { source, .. } => files_hint(source),
        _ => None,
    }
}

/// What to do about a file that cannot be read or written.
pub(crate) fn files_hint(error: &io::Error) -> Option<String> {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space there, or name another folder with --snapshots"
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            "the file system is mounted read-only: name another folder with --snapshots, or \
             compare without writing with `run --ci`"
        }
        io::ErrorKind::PermissionDenied => {
            "make the folder writable for this user, name another with --snapshots, or compare \
             without writing with `run --ci`"
        }
        io::ErrorKind::NotADirectory => "name a folder, not a file, with --snapshots",
        io::ErrorKind::NotFound => {
            "it was there a moment ago: see whether another program works here"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn printed(error: &CliError) -> String {
        let mut out = Vec::new();
        error.print(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_error_says_what_why_and_what_to_do() {
        let error = CliError::from(SnapshotError::Write {
            file: PathBuf::from("snapshots/zoiper.snap"),
            source: io::Error::from_raw_os_error(28),
        });
        assert_eq!(
            printed(&error),
            "error: cannot write the snapshot snapshots/zoiper.snap\n  \
             caused by: No space left on device (os error 28)\n\
             hint: free some space there, or name another folder with --snapshots\n"
        );
        assert_eq!(error.exit_status().code(), 2);
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        let error = CliError::from(SnapshotError::NotPending {
            name: "zoi\u{1b}per".to_owned(),
            folder: PathBuf::from("snapshots"),
            nearest: Some("zoiper".to_owned()),
        });
        assert_eq!(
            printed(&error),
            "error: no snapshot named `zoi\\u{1b}per` is pending in snapshots\n\
             hint: `zoiper` is pending: did you mean that?\n"
        );
    }
}
