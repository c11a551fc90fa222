//! Finding the trust stores that are there, as the sandbox shows the machine.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// More names than a folder of installed programs has; beyond them nothing is looked for.
const MOST_NAMES: usize = 1_000;

/// The files that are behind these patterns, each once, whatever links lead to it.
pub(super) fn files<'a>(patterns: impl IntoIterator<Item = &'a str>) -> BTreeSet<PathBuf> {
    existing(Path::new("/"), patterns).into_iter().filter(|path| path.is_file()).collect()
}

/// The folders that are behind these paths.
pub(super) fn folders<'a>(paths: impl IntoIterator<Item = &'a str>) -> BTreeSet<PathBuf> {
    existing(Path::new("/"), paths).into_iter().filter(|path| path.is_dir()).collect()
}

/// The files behind these patterns below a folder.
pub(super) fn files_below<'a>(
    folder: &Path,
    patterns: impl IntoIterator<Item = &'a str>,
) -> BTreeSet<PathBuf> {
    existing(folder, patterns).into_iter().filter(|path| path.is_file()).collect()
}

fn existing<'a>(folder: &Path, patterns: impl IntoIterator<Item = &'a str>) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for pattern in patterns {
        let mut paths = vec![folder.to_owned()];
        for part in pattern.split('/').filter(|part| !part.is_empty()) {
            paths = match part.split_once('*') {
                None => paths.into_iter().map(|path| path.join(part)).collect(),
                Some((begin, end)) => {
                    paths.iter().flat_map(|path| entries(path, begin, end)).collect()
                }
            };
        }
        found.extend(paths.iter().filter_map(|path| path.canonicalize().ok()));
    }
    found
}

/// What lies in a folder under names that begin and end so.
fn entries(folder: &Path, begin: &str, end: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(MOST_NAMES);
    let named = entries.filter(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.len() >= begin.len() + end.len() && name.starts_with(begin) && name.ends_with(end)
    });
    named.map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_found_once() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        for file in ["jvm/a/lib/cacerts", "jvm/b/lib/cacerts", "jvm/b/lib/other", "python3.11/x"] {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), "").unwrap();
        }
        std::os::unix::fs::symlink("b", root.join("jvm/c")).unwrap();
        std::os::unix::fs::symlink("nowhere", root.join("jvm/d")).unwrap();
        let found = files_below(&root, ["jvm/*/lib/cacerts", "python3*/x", "*/x", "jvm/*"]);
        let found: Vec<_> = found.iter().map(|path| path.strip_prefix(&root).unwrap()).collect();
        let expected = ["jvm/a/lib/cacerts", "jvm/b/lib/cacerts", "python3.11/x"];
        assert_eq!(found, expected.map(Path::new));
    }
}
