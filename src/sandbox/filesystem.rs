//! What the application sees of the file system: the machine's, read-only, with a fresh HOME,
//! /tmp and /run, and with an /etc whose name resolution leads nowhere but to the sandbox's
//! own resolver. The order matters: what is shown again must be opened before it is hidden.

use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::mount::{MsFlags, mount};
use nix::sys::stat::Mode;

use super::SandboxError;
use super::plan::{self, FRESH, Plan, Shown};
use super::{etc, sys, trust};

/// Parts of /run that hold programs rather than sockets (NixOS).
const RUN_KEPT: [&str; 3] = ["/run/current-system", "/run/wrappers", "/run/opengl-driver"];

/// Parts of /proc by which the machine's root, who is root here too as far as file permissions
/// go, could change the machine: core_pattern names a program that the kernel runs outside of
/// every sandbox.
const PROC_KEPT: [&str; 5] =
    ["/proc/sys", "/proc/sysrq-trigger", "/proc/bus", "/proc/fs", "/proc/irq"];

/// Builds the file system. The calling process must be alone in a new mount namespace and
/// the first one in a new pid namespace.
pub(super) fn build(plan: &Plan) -> Result<(), SandboxError> {
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    attempt("detach", "/", mount_bare("", "/", "", private))?;
    let kept = RUN_KEPT.iter().map(|path| Shown { path: PathBuf::from(path), writable: false });
    let shown = open_all(plan.shown.iter().cloned().chain(kept))?;
    let home = plan.home.from.as_deref().map(open_path).transpose()?;
    let real_etc = open_path(Path::new("/etc"))?;

    attempt("make read-only", "/", sys::set_read_only(Path::new("/"), true, true))?;
    let plain = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    attempt("mount", "/proc", mount_bare("proc", "/proc", "proc", plain))?;
    for path in PROC_KEPT.map(Path::new).into_iter().filter(|path| path.exists()) {
        bind(path, path)?;
        attempt("make read-only", path, sys::set_read_only(path, true, true))?;
    }
    hide_interfaces()?;
    for (path, options) in FRESH {
        // /var/run is a link to /run on most machines and already fresh then.
        if fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir()) {
            fresh(Path::new(path), options)?;
        }
    }
    fill_run(plan.launch.user)?;
    for path in &plan.home.hidden {
        // One below /tmp is hidden already, and must be there again to be HOME.
        make_directory(path, 0o700)?;
        fresh(path, "mode=700")?;
    }
    etc::build(&real_etc)?;
    build_home(plan, home.as_ref())?;
    for (shown, source) in &shown {
        show(&shown.path, source, shown.writable)?;
    }
    // Last: the application's own stores may be among what is shown.
    trust::build(plan)
}

/// /sys/class/net would list the machine's interfaces instead of the sandbox's.
fn hide_interfaces() -> Result<(), SandboxError> {
    let plain = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC | MsFlags::MS_RDONLY;
    match mount_bare("sysfs", "/sys", "sysfs", plain) {
        // In a container parts of /sys are masked, and the kernel then gives out no new one.
        Err(_) if Path::new("/sys/class/net").is_dir() => {
            fresh(Path::new("/sys/class/net"), "mode=755")
        }
        _ => Ok(()),
    }
}

fn fill_run(user: u32) -> Result<(), SandboxError> {
    for (path, mode) in [("/run/lock", 0o1777), ("/run/user", 0o755)] {
        make_directory(Path::new(path), mode)?;
    }
    make_directory(Path::new(&plan::runtime_directory(user)), 0o700)
}

fn build_home(plan: &Plan, from: Option<&OwnedFd>) -> Result<(), SandboxError> {
    let home = &plan.home;
    if let Some(source) = from {
        for path in home.hidden.iter().chain([&home.path]) {
            show(path, source, true)?;
        }
    }
    make_directory(&home.path, 0o700)?;
    for file in &plan.files {
        let path = home.path.join(&file.path);
        if let Some(parent) = path.parent() {
            make_directory(parent, 0o755)?;
        }
        let written = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(file.mode)
            .open(&path)
            .and_then(|mut opened| {
                std::io::Write::write_all(&mut opened, file.content.as_bytes())?;
                // The mode above went through the umask.
                opened.set_permissions(fs::Permissions::from_mode(file.mode))
            });
        written.map_err(|source| SandboxError::Write { path, source })?;
    }
    if plan.launch.directory.starts_with(&home.path) {
        make_directory(&plan.launch.directory, 0o755)?;
    }
    Ok(())
}

fn open_all(shown: impl Iterator<Item = Shown>) -> Result<Vec<(Shown, OwnedFd)>, SandboxError> {
    shown
        .filter(|shown| shown.path.exists())
        .map(|shown| open_path(&shown.path).map(|opened| (shown, opened)))
        .collect()
}

/// A handle on what lies at a path now, whatever is mounted over it later.
pub(super) fn open_path(path: &Path) -> Result<OwnedFd, SandboxError> {
    attempt("open", path, open(path, OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty()))
}

/// Shows what was opened at `path`, making the place where it is missing.
fn show(path: &Path, source: &OwnedFd, writable: bool) -> Result<(), SandboxError> {
    let handle = PathBuf::from(format!("/proc/self/fd/{}", source.as_raw_fd()));
    if handle.is_dir() {
        make_directory(path, 0o755)?;
    } else {
        if let Some(parent) = path.parent() {
            make_directory(parent, 0o755)?;
        }
        if !path.exists() {
            fs::write(path, b"")
                .map_err(|source| SandboxError::Write { path: path.to_owned(), source })?;
        }
    }
    bind(&handle, path)?;
    if writable {
        attempt("make writable", path, sys::set_read_only(path, false, false))?;
    }
    Ok(())
}

/// Shows `source` and all that is mounted below it at `target`.
pub(super) fn bind(source: &Path, target: &Path) -> Result<(), SandboxError> {
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    attempt("bind", target, mount(Some(source), target, None::<&str>, flags, None::<&str>))
}

/// An empty folder in memory over `path`.
pub(super) fn fresh(path: &Path, options: &str) -> Result<(), SandboxError> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    let mounted = mount(Some("apptrace"), path, Some("tmpfs"), flags, Some(options));
    attempt("mount a fresh folder over", path, mounted)
}

/// The folder and those above it, where missing.
pub(super) fn make_directory(path: &Path, mode: u32) -> Result<(), SandboxError> {
    let made = fs::DirBuilder::new().recursive(true).mode(mode).create(path);
    made.map_err(|source| SandboxError::Write { path: path.to_owned(), source })?;
    // Only on what is ours: a shown folder keeps its bits, which this then cannot change.
    if mode & 0o1000 != 0 {
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode));
    }
    Ok(())
}

/// A symbolic link.
pub(super) fn link(target: &Path, path: &Path) -> Result<(), SandboxError> {
    symlink(target, path).map_err(|source| SandboxError::Write { path: path.to_owned(), source })
}

fn mount_bare(source: &str, target: &str, kind: &str, flags: MsFlags) -> nix::Result<()> {
    mount(Some(source), target, Some(kind), flags, None::<&str>)
}

fn attempt<T>(
    step: &'static str,
    path: impl AsRef<Path>,
    result: Result<T, Errno>,
) -> Result<T, SandboxError> {
    let path = path.as_ref().to_owned();
    result.map_err(|errno| SandboxError::Mount { step, path, errno })
}
