//! Where the snapshots lie.

use std::env;
use std::path::{Path, PathBuf};

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
