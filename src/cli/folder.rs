//! Where the snapshots lie.

use std::env;
use std::path::{Component, Path, PathBuf};

use apptrace::snapshot::Store;

use super::error::{CliError, Kind};

const NAME: &str = "snapshots";

/// The option that every command takes which has to do with snapshots.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Folder {
    /// The folder of snapshots [default: `snapshots` here, or in the nearest folder above
    /// that has it, no higher than the repository's root]
    #[arg(long = "snapshots", value_name = "DIR")]
    given: Option<PathBuf>,
}

impl Folder {
    /// The store; a folder that is not there yet is no error.
    pub(crate) fn store(&self) -> Store {
        Store::new(self.given.clone().unwrap_or_else(found))
    }

    /// The store of a scenario file: where no folder was named, the nearest upward from the
    /// file, or else beside the folder `scenarios` that it lies in, or beside the file.
    pub(crate) fn store_for(&self, scenario: &Path) -> Store {
        if let Some(given) = &self.given {
            return Store::new(given);
        }
        let folder = match scenario.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        if let Some(nearest) = nearest(&whole) {
            return Store::new(tidy(&folder.join(nearest)));
        }
        match whole.file_name() {
            Some(name) if name == "scenarios" => Store::new(tidy(&folder.join("..").join(NAME))),
            _ => Store::new(tidy(&folder.join(NAME))),
        }
    }

    /// The store, which must be there where it was named.
    pub(crate) fn existing_store(&self) -> Result<Store, CliError> {
        let store = self.store();
        if self.given.is_some() && !store.folder().is_dir() {
            let error = format!("there is no folder {}", store.folder().display());
            return Err(CliError::new(Kind::Usage, error)
                .hint("--snapshots names the folder that `apptrace run` was given"));
        }
        Ok(store)
    }
}

fn found() -> PathBuf {
    let here = env::current_dir().unwrap_or_default();
    nearest(&here).unwrap_or_else(|| PathBuf::from(NAME))
}

/// `scenarios/../snapshots` as `snapshots`. Only for a folder name that is followed by `..`
/// and was there to be read; links among them were followed to find it.
fn tidy(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.iter().collect()
}

/// The nearest `snapshots` from a folder upward, as seen from that folder.
fn nearest(from: &Path) -> Option<PathBuf> {
    let mut relative = PathBuf::new();
    for folder in from.ancestors() {
        if folder.join(NAME).is_dir() {
            return Some(relative.join(NAME));
        }
        if folder.join(".git").exists() {
            return None;
        }
        relative.push("..");
    }
    None
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_nearest_folder_upward_counts_within_the_repository() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("repository/a/b");
        fs::create_dir_all(&deep).unwrap();
        fs::create_dir(root.path().join(NAME)).unwrap();
        fs::create_dir(root.path().join("repository/.git")).unwrap();
        assert_eq!(nearest(&deep), None);
        fs::create_dir(root.path().join("repository/snapshots")).unwrap();
        assert_eq!(nearest(&deep), Some(PathBuf::from("../../snapshots")));
        fs::create_dir(deep.join(NAME)).unwrap();
        assert_eq!(nearest(&deep), Some(PathBuf::from("snapshots")));
    }
}
