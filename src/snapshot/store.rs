//! The folder of snapshots, and the comparison of a result with its own.

use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::{SnapshotError, SnapshotInput, file, render};

/// A folder of snapshots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    folder: PathBuf,
}

/// What a comparison may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// The first snapshot; a changed result beside it, for review.
    #[default]
    Review,
    /// Nothing at all.
    Ci,
    /// The snapshot itself.
    Update,
}

/// How a result compares with its snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// They are the same.
    Unchanged,
    /// There was none; this result was written as the first.
    Written,
    /// They differ; with [`Mode::Review`] this result lies beside it as `.snap.new`.
    Changed,
    /// They differed; this result has replaced it.
    Updated,
    /// There is none, and none may be written.
    Missing,
}

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The snapshot's file.
    pub file: PathBuf,
    /// How the result stands to it.
    pub state: State,
    /// The unified diff from the snapshot to the result, where they differ.
    pub diff: Option<String>,
}

impl Store {
    /// The store in a folder, which need not exist yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Where the snapshots lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a result's snapshot lies: a stand-in's apart from the command's, so that a
    /// machine without the command does not compare the one with the other, and that of an
    /// internet which is not the scenario's own apart from that of the one which is.
    pub fn file(&self, scenario: &str, stand_in: bool, internet: Option<&str>) -> PathBuf {
        let stand_in = if stand_in { "@stand-in" } else { "" };
        let internet = internet.map(|kind| format!("@{kind}")).unwrap_or_default();
        self.folder.join(format!("{scenario}{stand_in}{internet}.snap"))
    }

    /// Compares a result with its snapshot, and writes what the mode allows.
    pub fn compare(
        &self,
        input: &SnapshotInput<'_>,
        mode: Mode,
    ) -> Result<Comparison, SnapshotError> {
        let snapshot = self.file(input.scenario, input.stand_in, input.internet);
        let pending = pending_file(&snapshot);
        let new = render(input);
        let whole = || file::compose(input, &new);
        let old = file::read(&snapshot)?;

        let (state, diff) = match (old, mode) {
            (Some(old), _) if old == new.trim_end() => (State::Unchanged, None),
            (None, Mode::Ci) => (State::Missing, None),
            (None, Mode::Review | Mode::Update) => {
                file::write(&snapshot, &whole())?;
                (State::Written, None)
            }
            (Some(old), mode) => {
                let diff = diff(&snapshot, &old, "this run", &new);
                let state = match mode {
                    Mode::Ci => State::Changed,
                    Mode::Review => {
                        file::write(&pending, &whole())?;
                        State::Changed
                    }
                    Mode::Update => {
                        file::write(&snapshot, &whole())?;
                        State::Updated
                    }
                };
                (state, Some(diff))
            }
        };
        // What an earlier run left for review is out of date.
        if mode != Mode::Ci && state != State::Changed {
            file::remove(&pending)?;
        }
        Ok(Comparison { file: snapshot, state, diff })
    }
}

pub(super) fn pending_file(snapshot: &Path) -> PathBuf {
    let mut name = snapshot.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

/// Both texts end alike, whatever their files ended with.
pub(super) fn diff(snapshot: &Path, old: &str, new_label: &str, new: &str) -> String {
    let (old, new) = (format!("{}\n", old.trim_end()), format!("{}\n", new.trim_end()));
    TextDiff::from_lines(old.as_str(), new.as_str())
        .unified_diff()
        .context_radius(3)
        .header(&snapshot.display().to_string(), new_label)
        .to_string()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::contact::Contact;
    use crate::snapshot::RequestView;

    static NO_REQUESTS: std::sync::LazyLock<RequestView> =
        std::sync::LazyLock::new(RequestView::default);

    fn input(name: &str, stand_in: bool) -> SnapshotInput<'_> {
        let contacts: &[Contact] = &[];
        SnapshotInput {
            scenario: name,
            description: None,
            source: None,
            command: &[],
            stand_in,
            internet: None,
            contacts,
            requests: &NO_REQUESTS,
            processes: true,
        }
    }

    fn with_other_snapshot(store: &Store, name: &str) {
        fs::create_dir_all(store.folder()).unwrap();
        fs::write(
            store.file(name, false, None),
            "---\nsource: a\n---\nran: command\ncontacts:\n  b.example  80/tcp  http  startup\nlooked up only:\n  (none)\n",
        )
        .unwrap();
    }

    fn files(store: &Store) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(store.folder())
            .map(|entries| {
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
            })
            .unwrap_or_default();
        names.sort();
        names
    }

    #[test]
    fn each_mode_writes_what_it_may() {
        use Mode::{Ci, Review, Update};
        for (before, mode, state, after) in [
            ("nothing", Review, State::Written, &["x.snap"][..]),
            ("nothing", Update, State::Written, &["x.snap"]),
            ("nothing", Ci, State::Missing, &[]),
            ("same", Review, State::Unchanged, &["x.snap"]),
            ("same", Update, State::Unchanged, &["x.snap"]),
            ("same", Ci, State::Unchanged, &["x.snap", "x.snap.new"]),
            ("other", Review, State::Changed, &["x.snap", "x.snap.new"]),
            ("other", Update, State::Updated, &["x.snap"]),
            ("other", Ci, State::Changed, &["x.snap"]),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::new(folder.path().join("snapshots"));
            match before {
                "same" => {
                    store.compare(&input("x", false), Review).unwrap();
                    fs::write(store.folder().join("x.snap.new"), "stale").unwrap();
                }
                "other" => with_other_snapshot(&store, "x"),
                _ => {}
            }
            let comparison = store.compare(&input("x", false), mode).unwrap();
            assert_eq!(comparison.state, state, "{before} {mode:?}");
            assert_eq!(files(&store), after, "{before} {mode:?}");
            assert_eq!(comparison.diff.is_some(), before == "other", "{before} {mode:?}");
        }
    }

    #[test]
    fn a_difference_is_shown_as_a_unified_diff() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        with_other_snapshot(&store, "x");
        let comparison = store.compare(&input("x", false), Mode::Ci).unwrap();
        let diff = comparison.diff.unwrap().replace(&folder.path().display().to_string(), "DIR");
        insta::assert_snapshot!(diff, @r"
        --- DIR/x.snap
        +++ this run
        @@ -1,5 +1,5 @@
         ran: command
         contacts:
        -  b.example  80/tcp  http  startup
        +  (none)
         looked up only:
           (none)
        ");
    }

    #[test]
    fn a_stand_in_has_its_own_file() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        store.compare(&input("x", false), Mode::Review).unwrap();
        let comparison = store.compare(&input("x", true), Mode::Review).unwrap();
        assert_eq!(comparison.state, State::Written);
        assert_eq!(files(&store), ["x.snap", "x@stand-in.snap"]);
    }

    #[test]
    fn a_corrupt_snapshot_is_never_overwritten() {
        for mode in [Mode::Review, Mode::Ci, Mode::Update] {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::new(folder.path());
            fs::write(store.file("x", false, None), "gibberish").unwrap();
            let error = store.compare(&input("x", false), mode).unwrap_err();
            assert!(matches!(error, SnapshotError::Corrupt { .. }), "{error}");
            assert_eq!(fs::read_to_string(store.file("x", false, None)).unwrap(), "gibberish");
            assert_eq!(files(&store), ["x.snap"]);
        }
    }

    #[test]
    fn line_endings_and_trailing_blanks_are_no_change() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let file = store.compare(&input("x", false), Mode::Review).unwrap().file;
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{}\r\n\r\n", text.replace('\n', "\r\n"))).unwrap();
        let state = store.compare(&input("x", false), Mode::Ci).unwrap().state;
        assert_eq!(state, State::Unchanged);
    }
}
