//! Launching the application, from the sandbox's first process.

use std::ffi::{CString, NulError};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use std::sync::Arc;

use nix::errno::Errno;
use nix::unistd::{AccessFlags, Pid, access, execve};

use super::namespace::{Entry, EntryReport, IdMap};
use super::plan::Launch;
use super::{SandboxError, sys};

/// Launches the application through duct; the error says what was attempted, why it failed
/// and what to do about it.
pub(super) fn launch(launch: &Launch) -> Result<Pid, (String, Option<String>)> {
    let user = IdMap { inside: launch.user, outside: 0 };
    let group = IdMap { inside: launch.group, outside: 0 };
    let unexpected = |error: &dyn std::fmt::Display| (error.to_string(), None);
    let entry =
        Entry::application(user, group, launch.terminal).map_err(|error| unexpected(&error))?;
    start(launch, entry, explain_exec)
}

/// The same on the machine itself, as who the calling process is. It ends with the calling
/// thread.
pub fn launch_outside(launch: &Launch) -> Result<Pid, (String, Option<String>)> {
    let entry = Entry::outside(&[], launch.terminal, true);
    start(launch, entry.map_err(|error| (error.to_string(), None))?, explain_outside)
}

fn start(
    launch: &Launch,
    (entry, report): (Entry, EntryReport),
    explain: fn(&Launch, &io::Error) -> (String, Option<String>),
) -> Result<Pid, (String, Option<String>)> {
    let unexpected = |error: &dyn std::fmt::Display| (error.to_string(), None);
    let enter = entry.into_hook();
    let exec = exec(launch).map_err(|error| unexpected(&error))?;
    let expression = duct::cmd(&launch.program, &launch.arguments)
        .dir(&launch.directory)
        // Standard output goes where standard error goes: the result is neither's company.
        .stderr_to_stdout()
        .before_spawn(move |command| {
            enter(command)?;
            exec(command)
        })
        .unchecked();
    let started = expression.start();
    match started {
        Ok(handle) => {
            let pid = handle.pids().first().copied().unwrap_or_default();
            // Process 1 reaps everything itself; the handle has nothing left to do.
            std::mem::forget(handle);
            Ok(Pid::from_raw(pid.cast_signed()))
        }
        Err(error) => Err(match report.failed_step() {
            Some(step) => unexpected(&SandboxError::Enter { step, source: error }),
            None => explain(launch, &error),
        }),
    }
}

/// A last hook for duct, which executes the program itself: the standard library would have
/// the C library do so, which gives a program of another machine's kind to /bin/sh to read.
fn exec(
    launch: &Launch,
) -> Result<impl Fn(&mut Command) -> io::Result<()> + Send + Sync + 'static, NulError> {
    let program = CString::new(launch.program.as_os_str().as_bytes())?;
    let words = std::iter::once(&launch.name).chain(&launch.arguments);
    let words: Vec<CString> =
        words.map(|word| CString::new(word.as_str())).collect::<Result<_, _>>()?;
    let variables = launch.environment.iter().map(|(key, value)| format!("{key}={value}"));
    let variables: Vec<CString> = variables.map(CString::new).collect::<Result<_, _>>()?;
    let prepared = Arc::new((program, words, variables));
    Ok(move |command: &mut Command| {
        let prepared = Arc::clone(&prepared);
        sys::before_exec(command, move || {
            let (program, words, variables) = &*prepared;
            match execve(program, words, variables) {
                Err(errno) => Err(errno.into()),
            }
        });
        Ok(())
    })
}

/// What the kernel's error means on the machine itself, to whoever the application is to be.
fn explain_outside(launch: &Launch, error: &io::Error) -> (String, Option<String>) {
    let (program, directory) = (launch.program.display(), launch.directory.display());
    let entered = access(&launch.directory, AccessFlags::X_OK);
    let (message, hint) = match error.raw_os_error() {
        Some(libc::ENOEXEC) => return explain_exec(launch, error),
        Some(libc::ENOENT) if entered == Err(Errno::ENOENT) => (
            format!("cannot start {program}: there is no working directory {directory}"),
            "make it, or name another",
        ),
        Some(libc::ENOENT | libc::EACCES) if entered.is_err() => (
            format!(
                "cannot start {program}: user {} may not enter its working directory {directory}",
                launch.user
            ),
            "start it from another folder, or as another user: `host: { user: NAME }` or --user",
        ),
        Some(libc::ENOENT) if launch.program.exists() => (
            format!(
                "cannot execute {program}: the interpreter or dynamic loader that it names does \
                 not exist"
            ),
            "install what its `#!` line or `readelf -l` names",
        ),
        Some(libc::EACCES) => (
            format!("cannot execute {program}: user {} may not", launch.user),
            "give that user permission, or launch it as another: `host: { user: NAME }` or --user",
        ),
        _ => {
            (format!("cannot execute {program}: {error}"), "see whether it can be executed by hand")
        }
    };
    (message, Some(hint.to_owned()))
}

/// The kernel's error for a program that exists and is executable needs a word of its own,
/// and one on what to do.
fn explain_exec(launch: &Launch, error: &io::Error) -> (String, Option<String>) {
    let program = launch.program.display();
    let (message, hint) = match error.raw_os_error() {
        Some(libc::ENOEXEC) => (
            format!(
                "cannot execute {program}: it is no program of this machine's kind, and no \
                 script with a `#!` line"
            ),
            "give a script its interpreter in its first line, such as `#!/bin/sh`; install a \
             program as built for this machine",
        ),
        Some(libc::ENOENT) if !launch.directory.is_dir() => (
            format!(
                "cannot start {program}: its working directory {} does not exist in the sandbox",
                launch.directory.display()
            ),
            "name another, or have it shown: `visible` in the scenario, --show on the command \
             line",
        ),
        Some(libc::ENOENT) if launch.program.exists() => (
            format!(
                "cannot execute {program}: the interpreter or dynamic loader that it names does \
                 not exist in the sandbox"
            ),
            "install what its `#!` line or `readelf -l` names, or have it shown: `visible` in \
             the scenario, --show on the command line",
        ),
        Some(libc::ENOENT) => (
            format!("cannot execute {program}: it is hidden in the sandbox"),
            "have its folder shown: `visible` in the scenario, --show on the command line",
        ),
        _ => (
            format!("cannot execute {program}: {error}"),
            "see whether it can be executed outside of the sandbox",
        ),
    };
    (message, Some(hint.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (here, gone) = (folder.path(), folder.path().join("gone"));
        let check = |program: &str, directory: &std::path::Path, errno: i32, expected: &str| {
            let launch = Launch {
                program: program.into(),
                name: program.to_owned(),
                arguments: Vec::new(),
                environment: std::collections::BTreeMap::default(),
                directory: directory.to_owned(),
                user: 65534,
                group: 65534,
                terminal: false,
            };
            let (message, _) = explain_outside(&launch, &io::Error::from_raw_os_error(errno));
            assert!(message.contains(expected), "{message}");
        };
        check("/bin/sh", &gone, libc::ENOENT, &format!("no working directory {}", gone.display()));
        check("/bin/sh", here, libc::ENOENT, "the interpreter or dynamic loader");
        check("/bin/sh", here, libc::EACCES, "cannot execute /bin/sh: user 65534 may not");
        // One that cannot be a folder to enter.
        let beyond = std::path::Path::new("/bin/sh/x");
        check("/bin/sh", beyond, libc::EACCES, "may not enter its working directory /bin/sh/x");
    }
}
