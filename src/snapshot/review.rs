//! Changed results that wait for a person: listed, shown, accepted, rejected.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::store::{diff, pending_file};
use super::{SnapshotError, Store, file};

/// A changed result that lies beside its snapshot, or a new one without a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pending {
    /// Its name: the snapshot's file without `.snap`.
    pub name: String,
    /// The committed snapshot's file.
    pub snapshot: PathBuf,
    /// The result's file, `.snap.new`.
    pub new: PathBuf,
}

impl Pending {
    /// The unified diff from the committed snapshot to the result.
    pub fn diff(&self) -> Result<String, SnapshotError> {
        let old = file::read(&self.snapshot)?.unwrap_or_default();
        Ok(diff(&self.snapshot, &old, &self.new.display().to_string(), &self.new_text()?))
    }

    /// Puts the result in the snapshot's place.
    pub fn accept(&self) -> Result<(), SnapshotError> {
        self.new_text()?;
        let whole = file::read_whole(&self.new)?.ok_or_else(|| self.gone())?;
        file::write(&self.snapshot, &file::accepted(&whole))?;
        file::remove(&self.new).map(drop)
    }

    /// Removes the result; the snapshot stays.
    pub fn reject(&self) -> Result<(), SnapshotError> {
        if file::remove(&self.new)? { Ok(()) } else { Err(self.gone()) }
    }

    fn new_text(&self) -> Result<String, SnapshotError> {
        file::read(&self.new)?.ok_or_else(|| self.gone())
    }

    fn gone(&self) -> SnapshotError {
        SnapshotError::Read { file: self.new.clone(), source: io::ErrorKind::NotFound.into() }
    }
}

impl Store {
    /// Everything that waits for review, by name; nothing where there is no folder.
    pub fn pending(&self) -> Result<Vec<Pending>, SnapshotError> {
        let unlistable =
            |source| SnapshotError::ListFolder { folder: self.folder().to_owned(), source };
        let entries = match fs::read_dir(self.folder()) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unlistable(error)),
        };
        let mut pending = Vec::new();
        for entry in entries {
            let entry = entry.map_err(unlistable)?;
            let file_name = entry.file_name();
            let Some(name) = file_name.to_str().and_then(|name| name.strip_suffix(".snap.new"))
            else {
                continue;
            };
            if check_name(name).is_ok() && entry.path().is_file() {
                pending.push(self.pending_named(name));
            }
        }
        pending.sort();
        Ok(pending)
    }

    /// The pending snapshots of these names; all of them where no name is given. One name
    /// that is not pending is an error, so that nothing is done by halves.
    pub fn select(&self, names: &[String]) -> Result<Vec<Pending>, SnapshotError> {
        for name in names {
            check_name(name)?;
        }
        let pending = self.pending()?;
        if names.is_empty() {
            return Ok(pending);
        }
        let mut selected = Vec::new();
        for name in names {
            let exact = pending.iter().find(|pending| pending.name == *name);
            // A scenario's name means its variants' snapshots, or its stand-in's, where only
            // those are pending.
            let prefix = format!("{name}@");
            let its = || pending.iter().filter(|pending| pending.name.starts_with(&prefix));
            let found: Vec<&Pending> = match exact {
                Some(exact) => vec![exact],
                None => its().collect(),
            };
            if found.is_empty() {
                return Err(SnapshotError::NotPending {
                    name: name.clone(),
                    folder: self.folder().to_owned(),
                    nearest: nearest(name, &pending),
                });
            }
            for found in found {
                if !selected.contains(found) {
                    selected.push(found.clone());
                }
            }
        }
        Ok(selected)
    }

    /// Accepts the pending snapshots of these names, all where none is given.
    pub fn accept(&self, names: &[String]) -> Result<Vec<Pending>, SnapshotError> {
        let selected = self.select(names)?;
        selected.iter().try_for_each(Pending::accept)?;
        Ok(selected)
    }

    /// Rejects the pending snapshots of these names, all where none is given.
    pub fn reject(&self, names: &[String]) -> Result<Vec<Pending>, SnapshotError> {
        let selected = self.select(names)?;
        selected.iter().try_for_each(Pending::reject)?;
        Ok(selected)
    }

    fn pending_named(&self, name: &str) -> Pending {
        let snapshot = self.folder().join(format!("{name}.snap"));
        Pending { name: name.to_owned(), new: pending_file(&snapshot), snapshot }
    }
}

fn check_name(name: &str) -> Result<(), SnapshotError> {
    if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0']) {
        return Err(SnapshotError::BadName { name: name.to_owned() });
    }
    Ok(())
}

fn nearest(name: &str, pending: &[Pending]) -> Option<String> {
    pending
        .iter()
        .map(|pending| (strsim::jaro_winkler(name, &pending.name), &pending.name))
        .filter(|(likeness, _)| *likeness >= 0.7)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "---\nsource: a\n---\nold\n";
    const NEW: &str = "---\nsource: a\nassertion_line: 3\n---\nnew\n";

    fn store(pending: &[&str]) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        for name in pending {
            fs::write(folder.path().join(format!("{name}.snap")), OLD).unwrap();
            fs::write(folder.path().join(format!("{name}.snap.new")), NEW).unwrap();
        }
        fs::write(folder.path().join("settled.snap"), OLD).unwrap();
        fs::create_dir(folder.path().join("folder.snap.new")).unwrap();
        let store = Store::new(folder.path());
        (folder, store)
    }

    fn names(pending: &[Pending]) -> Vec<&str> {
        pending.iter().map(|pending| pending.name.as_str()).collect()
    }

    #[test]
    fn pending_ones_are_listed_by_name() {
        let (_folder, store) = store(&["zoiper", "curl", "curl@stand-in"]);
        assert_eq!(names(&store.pending().unwrap()), ["curl", "curl@stand-in", "zoiper"]);
        assert_eq!(Store::new("/nonexistent").pending().unwrap(), []);
    }

    #[test]
    fn accepting_replaces_and_rejecting_keeps() {
        let (folder, store) = store(&["a", "b", "c"]);
        assert_eq!(names(&store.accept(&["a".to_owned()]).unwrap()), ["a"]);
        assert_eq!(names(&store.reject(&["b".to_owned()]).unwrap()), ["b"]);
        assert_eq!(names(&store.pending().unwrap()), ["c"]);
        assert_eq!(names(&store.accept(&[]).unwrap()), ["c"]);
        let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(text("a.snap"), "---\nsource: a\n---\nnew\n");
        assert_eq!(text("b.snap"), OLD);
        assert_eq!(text("c.snap"), text("a.snap"));
        assert_eq!(store.pending().unwrap(), []);
    }

    #[test]
    fn an_unknown_name_does_nothing_and_says_the_nearest() {
        let (_folder, store) = store(&["zoiper", "curl"]);
        let error = store.accept(&["curl".to_owned(), "zoipr".to_owned()]).unwrap_err();
        match error {
            SnapshotError::NotPending { name, nearest, .. } => {
                assert_eq!((name.as_str(), nearest.as_deref()), ("zoipr", Some("zoiper")));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(store.pending().unwrap().len(), 2);
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        let (_folder, store) = store(&["zoiper"]);
        for name in ["../zoiper", "a/b", "/etc/passwd", "", ".", "..", "a\\b", "a\0"] {
            let error = store.reject(&[name.to_owned()]).unwrap_err();
            assert!(matches!(error, SnapshotError::BadName { .. }), "{name}: {error}");
        }
    }

    #[test]
    fn a_corrupt_result_is_not_accepted_but_can_be_rejected() {
        let (folder, store) = store(&["a"]);
        fs::write(folder.path().join("a.snap.new"), "gibberish").unwrap();
        assert!(matches!(store.accept(&[]), Err(SnapshotError::Corrupt { .. })));
        assert_eq!(fs::read_to_string(folder.path().join("a.snap")).unwrap(), OLD);
        assert_eq!(names(&store.reject(&[]).unwrap()), ["a"]);
    }

    #[test]
    fn a_result_without_a_snapshot_is_all_new() {
        let (folder, store) = store(&["a"]);
        fs::remove_file(folder.path().join("a.snap")).unwrap();
        let pending = store.pending().unwrap();
        assert!(pending[0].diff().unwrap().contains("\n+new"));
        pending[0].accept().unwrap();
        assert!(folder.path().join("a.snap").is_file());
    }
}
