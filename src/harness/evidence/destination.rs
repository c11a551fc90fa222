//! Where captures are saved: in a folder, each under its scenario's name, or as one file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

/// Where a capture is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveTo {
    /// In this folder, as `NAME.pcapng`.
    Folder(PathBuf),
    /// As this file, whatever its scenario is called.
    File(PathBuf),
}

/// Why no capture could be saved there.
#[derive(Debug, thiserror::Error)]
#[error("cannot save a capture as {}: {reason}", .file.display())]
pub struct SaveError {
    file: PathBuf,
    reason: io::Error,
}

impl SaveTo {
    /// The file for the capture of the scenario of this name.
    pub fn file(&self, name: &str) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.join(format!("{name}.pcapng")),
            Self::File(file) => file.clone(),
        }
    }

    /// Makes sure, before anything is launched, that a capture can be saved there: makes the
    /// folder where it is missing, and a file in it, which is removed again.
    ///
    /// # Errors
    /// Where that fails, or something is there that is no file or must not be written.
    pub fn check(&self, name: &str) -> Result<(), SaveError> {
        let file = self.file(name);
        let failed = |reason| SaveError { file: file.clone(), reason };
        self.make_folder().and_then(|()| try_out(&file)).map_err(failed)
    }

    pub(super) fn make_folder(&self) -> io::Result<()> {
        match self {
            Self::Folder(folder) => fs::create_dir_all(folder),
            Self::File(file) => fs::create_dir_all(folder_of(file)),
        }
    }
}

/// The folder that a file lies in.
pub(super) fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

fn try_out(file: &Path) -> io::Result<()> {
    match fs::metadata(file) {
        Ok(found) if found.is_dir() => return Err(io::Error::other("it is a folder")),
        Ok(found) if !found.is_file() => return Err(io::Error::other("it is no ordinary file")),
        // It would be replaced, whoever may write it.
        Ok(_) => access(file, AccessFlags::W_OK)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    tempfile::tempfile_in(folder_of(file)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_is_found_beforehand() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("file"), "").unwrap();
        fs::write(path("kept.pcapng"), "before").unwrap();
        fs::create_dir(path("folder.pcapng")).unwrap();
        nix::unistd::mkfifo(&path("pipe.pcapng"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        for (to, reason) in [
            (SaveTo::Folder(path("new/deep")), None),
            (SaveTo::File(path("other/one.pcapng")), None),
            (SaveTo::File(path("kept.pcapng")), None),
            (SaveTo::Folder(path("file")), Some("File exists")),
            (SaveTo::File(path("file/one.pcapng")), Some("File exists")),
            (SaveTo::File(path("folder.pcapng")), Some("it is a folder")),
            (SaveTo::File(path("pipe.pcapng")), Some("it is no ordinary file")),
            (SaveTo::Folder("/proc/self".into()), Some("")),
            (SaveTo::Folder("/proc/nothing".into()), Some("No such file")),
        ] {
            let error = to.check("one").err().map(|error| error.to_string());
            match (&error, reason) {
                (None, None) => {}
                (Some(error), Some(reason)) if error.contains(reason) => {}
                _ => panic!("{to:?}: {error:?}"),
            }
        }
        assert_eq!(fs::read_dir(path("new/deep")).unwrap().count(), 0);
        assert_eq!(fs::read(path("kept.pcapng")).unwrap(), b"before");
    }
}
