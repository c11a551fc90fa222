//! What the sandbox hides of the machine, and what of that must be shown again.

use std::path::{Path, PathBuf};

use crate::sandbox::plan::{FRESH, Shown};

/// Whether a path lies below a folder that the sandbox hides, so that it is not seen unless it
/// is shown. Everything else is seen anyway.
pub(super) fn is_below(path: &Path, hidden: &[PathBuf]) -> bool {
    hides(hidden).any(|folder| path != folder && path.starts_with(folder))
}

/// Whether a path is itself such a folder: then it is fresh in the sandbox and stays so.
pub(super) fn is_hidden(path: &Path, hidden: &[PathBuf]) -> bool {
    hides(hidden).any(|folder| path == folder)
}

fn hides(hidden: &[PathBuf]) -> impl Iterator<Item = &Path> {
    hidden.iter().map(PathBuf::as_path).chain(FRESH.map(|(folder, _)| Path::new(folder)))
}

/// The user's own home, by the user database and by $HOME: neither is shown.
pub(super) fn hidden_homes(by_database: Option<&Path>) -> Vec<PathBuf> {
    let by_variable = std::env::var_os("HOME").map(PathBuf::from);
    let mut homes = Vec::new();
    for home in by_database.map(Path::to_owned).into_iter().chain(by_variable) {
        // A daemon's home may be / or not exist: there is nothing to hide then.
        let hideable = home.is_dir()
            && home.is_absolute()
            && home.components().count() > 1
            && !["/usr", "/bin", "/sbin", "/lib", "/etc", "/dev", "/proc", "/sys", "/nonexistent"]
                .iter()
                .any(|kept| home.starts_with(kept));
        if hideable && !homes.contains(&home) {
            homes.push(home);
        }
    }
    homes
}

/// The folders that a program needs to see of itself, where the sandbox hides them: the one it
/// was installed under (`/opt/x` for `/opt/x/bin/y`), for the path as given and for what its
/// links lead to.
pub(super) fn show_program(program: &Path, hidden: &[PathBuf]) -> Vec<Shown> {
    let resolved = program.canonicalize().unwrap_or_else(|_| program.to_owned());
    let mut shown = Vec::new();
    for path in [program, resolved.as_path()] {
        let Some(folder) = path.parent().filter(|_| is_below(path, hidden)) else { continue };
        let prefix = match folder.file_name().and_then(|name| name.to_str()) {
            Some("bin" | "sbin") => folder.parent().unwrap_or(folder),
            _ => folder,
        };
        // Never the home itself, nor a folder that is shared by everybody.
        let too_wide = |path: &Path| {
            hidden.iter().any(|home| home.starts_with(path)) || path.components().count() <= 2
        };
        let shown_folder = if too_wide(prefix) { folder } else { prefix };
        let path = if too_wide(shown_folder) { path } else { shown_folder };
        let entry = Shown { path: path.to_owned(), writable: false };
        if !shown.contains(&entry) {
            shown.push(entry);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_below_a_hidden_folder_needs_to_be_shown() {
        let homes = [PathBuf::from("/home/ann")];
        for (path, below, hidden) in [
            ("/", false, false),
            ("/usr/bin", false, false),
            ("/home", false, false),
            ("/home/ann", false, true),
            ("/home/ann/project", true, false),
            ("/home/anne", false, false),
            ("/tmp", false, true),
            ("/tmp/x", true, false),
            ("/run", false, true),
        ] {
            assert_eq!(is_below(Path::new(path), &homes), below, "{path}");
            assert_eq!(is_hidden(Path::new(path), &homes), hidden, "{path}");
        }
    }
}
