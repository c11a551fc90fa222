//! Which program a process runs, as /proc tells it.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::contact::Image;

/// What the kernel adds to the path of a program whose file was removed since (proc_pid_exe(5)).
const REMOVED: &str = " (deleted)";
/// How much of a process's arguments is kept.
const MOST_ARGUMENT_BYTES: usize = 8192;

/// The program of a process, with its arguments; none where it has gone. A program that this
/// process may not look at goes by the path by which it was executed, `attempted`, or by what
/// it was told that it is called.
pub(super) fn look(process: u32, attempted: Option<&str>) -> Option<Image> {
    let executable = executable(process);
    let mut arguments = fs::read(format!("/proc/{process}/cmdline")).ok()?;
    arguments.truncate(MOST_ARGUMENT_BYTES);
    let arguments: Vec<String> = arguments
        .split_inclusive(|byte| *byte == 0)
        .map(|bytes| String::from_utf8_lossy(bytes.strip_suffix(b"\0").unwrap_or(bytes)))
        .map(std::borrow::Cow::into_owned)
        .collect();
    let path = executable.as_deref().or(attempted).or(arguments.first().map(String::as_str));
    Some(Image { name: file_name(path?).to_owned(), executable, arguments })
}

/// The path of a process's program; none where it has gone, or may not be looked at.
pub(super) fn executable(process: u32) -> Option<String> {
    let path = fs::read_link(format!("/proc/{process}/exe")).ok()?;
    let path = String::from_utf8_lossy(path.as_os_str().as_bytes()).into_owned();
    Some(path.strip_suffix(REMOVED).map_or_else(|| path.clone(), str::to_owned))
}

/// A process's working directory.
pub(super) fn directory(process: u32) -> Option<String> {
    let path = fs::read_link(format!("/proc/{process}/cwd")).ok()?;
    Some(path.to_string_lossy().into_owned())
}

/// A path's last part.
pub(super) fn file_name(path: &str) -> &str {
    Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_program_is_found() {
        let me = std::process::id();
        let image = look(me, None).unwrap();
        let path = std::env::current_exe().unwrap();
        assert_eq!(image.executable.as_deref(), path.to_str());
        assert_eq!(image.name, path.file_name().unwrap().to_str().unwrap());
        assert_eq!(image.arguments, std::env::args().collect::<Vec<_>>());
        assert_eq!(directory(me).unwrap(), std::env::current_dir().unwrap().to_str().unwrap());
        assert_eq!(look(u32::MAX, Some("/bin/true")), None);
    }
}
