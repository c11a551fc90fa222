//! The sandbox's /etc: the machine's, entry by entry, but for what decides how names are
//! resolved and what identifies the machine.

use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use super::SandboxError;
use super::filesystem::{bind, fresh, link, make_directory};
use super::link::addresses;
use super::plan::{HOSTNAME, MACHINE_ID};

/// The files that are the sandbox's own, with what they hold.
fn own() -> [(&'static str, String); 8] {
    let gateway = addresses::GATEWAY_V4;
    [
        ("resolv.conf", format!("nameserver {gateway}\n")),
        (
            "nsswitch.conf",
            "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\n\
             protocols: files\nservices: files\nethers: files\nrpc: files\n"
                .to_owned(),
        ),
        (
            "hosts",
            format!(
                "127.0.0.1 localhost\n127.0.1.1 {HOSTNAME}\n\
                 ::1 localhost ip6-localhost ip6-loopback\n"
            ),
        ),
        ("host.conf", "multi on\n".to_owned()),
        ("hostname", format!("{HOSTNAME}\n")),
        ("machine-id", format!("{MACHINE_ID}\n")),
        ("timezone", "UTC\n".to_owned()),
        // An address selection policy of the machine's own would change which is tried first.
        ("gai.conf", String::new()),
    ]
}

/// Builds /etc; `real` is a handle on the machine's.
pub(super) fn build(real: &OwnedFd) -> Result<(), SandboxError> {
    let real = PathBuf::from(format!("/proc/self/fd/{}", real.as_raw_fd()));
    let etc = Path::new("/etc");
    fresh(etc, "mode=755")?;
    let unreadable = |source| SandboxError::Write { path: etc.to_owned(), source };
    for entry in fs::read_dir(&real).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        if name == "localtime" || own().iter().any(|(own, _)| name == *own) {
            continue;
        }
        let (source, target) = (real.join(&name), etc.join(&name));
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_symlink() {
            link(&fs::read_link(&source).map_err(unreadable)?, &target)?;
        } else if kind.is_dir() {
            make_directory(&target, 0o755)?;
            bind(&source, &target)?;
        } else if kind.is_file() {
            write(&target, "")?;
            bind(&source, &target)?;
        }
    }
    for (name, content) in own() {
        write(&etc.join(name), &content)?;
    }
    link(Path::new("/usr/share/zoneinfo/UTC"), &etc.join("localtime"))
}

fn write(path: &Path, content: &str) -> Result<(), SandboxError> {
    fs::write(path, content).map_err(|source| SandboxError::Write { path: path.to_owned(), source })
}
