//! The TLS keys that the application has noted, in the format of NSS that most libraries write
//! where `SSLKEYLOGFILE` is set (RFC 9850).

use std::fs::File;
use std::io::Read;
use std::path::Path;

use nix::fcntl::{OFlag, OpenHow, ResolveFlag, open, openat2};
use nix::sys::stat::Mode;

use super::Plan;

/// The variable that tells libraries where to note keys.
pub const VARIABLE: &str = "SSLKEYLOGFILE";
/// Some ten thousand sessions.
const MOST: u64 = 8 << 20;
/// No line is longer: a label and two values in hexadecimal.
const LONGEST_LINE: usize = 1024;

/// Where they are noted by default, by the user's id inside.
pub fn default_path(user: u32) -> String {
    format!("{}/tls-keys.log", super::plan::runtime_directory(user))
}

/// Where an application notes keys, if it was told to.
#[derive(Debug)]
pub struct Noted {
    init: u32,
    path: Option<String>,
}

impl Noted {
    /// By a plan, in the sandbox whose first process has this id outside.
    pub fn of(plan: &Plan, init: u32) -> Self {
        Self { init, path: plan.launch.environment.get(VARIABLE).cloned() }
    }

    /// What was noted so far.
    pub fn read(&self) -> String {
        self.path.as_deref().map(|path| read(self.init, path)).unwrap_or_default()
    }
}

/// What was noted in a file of the sandbox, whose first process has this id outside; empty where
/// there is nothing. Whatever the application has put there, nothing beyond the sandbox is read,
/// and nothing but lines that can be keys.
fn read(init: u32, path: &str) -> String {
    let Some(file) = open_inside(init, path) else { return String::new() };
    if !file.metadata().is_ok_and(|found| found.is_file()) {
        return String::new();
    }
    let mut bytes = Vec::new();
    // What could be read is kept.
    let _ = file.take(MOST).read_to_end(&mut bytes);
    bytes.split(|byte| *byte == b'\n').filter_map(key).collect()
}

/// Opened as if the sandbox's root were this process's, links included (openat2(2)); not waiting
/// for a writer, should it be a pipe.
fn open_inside(init: u32, path: &str) -> Option<File> {
    let root = format!("/proc/{init}/root");
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let root = open(Path::new(&root), flags, Mode::empty()).ok()?;
    let how = OpenHow::new()
        .flags(OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK | OFlag::O_NOCTTY)
        .resolve(ResolveFlag::RESOLVE_IN_ROOT | ResolveFlag::RESOLVE_NO_MAGICLINKS);
    openat2(&root, Path::new(path), how).ok().map(File::from)
}

/// A line that can be a key: a label and values, in visible ASCII.
fn key(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(line).ok()?.trim_end();
    let is_visible = line.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    let words = line.split(' ').count();
    let is_key = line.len() <= LONGEST_LINE
        && is_visible
        && words == 3
        && line.split(' ').skip(1).all(|word| word.bytes().all(|byte| byte.is_ascii_hexdigit()));
    is_key.then(|| format!("{line}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_anything_else() {
        for (line, is_key) in [
            ("CLIENT_RANDOM 0a1B 22", true),
            ("CLIENT_HANDSHAKE_TRAFFIC_SECRET 00 11\r", true),
            ("# NSS", false),
            ("", false),
            ("root:x:0:0:root:/root:/bin/sh", false),
            ("CLIENT_RANDOM 0a xx", false),
            ("\u{1b}[2J 00 11", false),
        ] {
            assert_eq!(key(line.as_bytes()).is_some(), is_key, "{line}");
        }
        assert_eq!(key(format!("A 00 {}", "1".repeat(2000)).as_bytes()), None);
    }

    #[test]
    fn a_file_is_read_and_what_is_none_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let own = std::process::id();
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        std::fs::write(path("keys"), "# x\nA 00 11\nB 22 33").unwrap();
        std::os::unix::fs::symlink(path("keys"), path("link")).unwrap();
        nix::unistd::mkfifo(path("pipe").as_str(), Mode::S_IRWXU).unwrap();
        for (name, keys) in [
            ("keys", "A 00 11\nB 22 33\n"),
            ("link", "A 00 11\nB 22 33\n"),
            ("pipe", ""),
            ("no", ""),
        ] {
            assert_eq!(read(own, &path(name)), keys, "{name}");
        }
        assert_eq!(read(own, &folder.path().to_string_lossy()), "");
    }
}
