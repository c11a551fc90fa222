//! A folder of the machine's shown with entries of our own beside those it has. The machine is
//! not written to: an empty folder in memory is laid over it, and its entries put in anew.

use std::fs::{self, DirEntry, FileType};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::sandbox::SandboxError;
use crate::sandbox::filesystem::{bind, fresh, link, make_directory, open_path};

/// Files up to this size are copied: a mount for each of some hundred certificates would take
/// longer.
const MOST_COPIED: u64 = 64 << 10;

/// Lays a folder in memory over this one, with everything that is in it.
pub(super) fn lay_over(folder: &Path) -> Result<(), SandboxError> {
    let behind = open_path(folder)?;
    let behind = PathBuf::from(format!("/proc/self/fd/{}", behind.as_raw_fd()));
    let unreadable = |source| SandboxError::Write { path: folder.to_owned(), source };
    let entries: Vec<DirEntry> =
        fs::read_dir(&behind).and_then(Iterator::collect).map_err(unreadable)?;
    fresh(folder, "mode=755")?;
    for entry in entries {
        let (source, target) = (entry.path(), folder.join(entry.file_name()));
        put(&source, entry.file_type().map_err(unreadable)?, &target)?;
    }
    Ok(())
}

fn put(source: &Path, kind: FileType, target: &Path) -> Result<(), SandboxError> {
    let unreadable = |error| SandboxError::Write { path: target.to_owned(), source: error };
    if kind.is_symlink() {
        return link(&fs::read_link(source).map_err(unreadable)?, target);
    }
    if kind.is_dir() {
        make_directory(target, 0o755)?;
        return bind(source, target);
    }
    if !kind.is_file() {
        return Ok(());
    }
    let known = fs::metadata(source).map_err(unreadable)?;
    let content = if known.len() <= MOST_COPIED { fs::read(source).ok() } else { None };
    match content {
        Some(content) => write(target, &content, known.permissions().mode()),
        // What this user may not read stays so.
        None => {
            write(target, b"", 0o644)?;
            bind(source, target)
        }
    }
}

/// Writes a file below /etc that is not there yet.
pub(super) fn write_below_etc(path: &Path, content: &[u8]) -> Result<(), SandboxError> {
    if let Some(folder) = path.parent() {
        make_below_etc(folder)?;
    }
    write(path, content, 0o644)
}

/// Makes the folder below /etc, and writable, whatever of the way to it is there.
pub(super) fn make_below_etc(folder: &Path) -> Result<(), SandboxError> {
    let last = folder.ancestors().find(|path| path.is_dir());
    // /etc is the sandbox's own; what lies below it is the machine's.
    if let Some(last) = last.filter(|last| *last != Path::new("/etc")) {
        lay_over(last)?;
    }
    make_directory(folder, 0o755)
}

/// Writes a file, in place of whatever is there.
pub(super) fn write(path: &Path, content: &[u8], mode: u32) -> Result<(), SandboxError> {
    let unwritten = |source| SandboxError::Write { path: path.to_owned(), source };
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(unwritten(error)),
        _ => {}
    }
    fs::write(path, content).map_err(unwritten)?;
    // The mode that it was made with went through the umask.
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(unwritten)
}
