//! Launching the stage: apptrace itself, re-executed inside the new namespaces.

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getegid, geteuid};

use super::SandboxError;
use super::namespace::Entry;

/// How long the ended stage is waited for.
const REAPING_PATIENCE: Duration = Duration::from_millis(1);

/// The stage, seen from the harness. Dropping it ends it, and everything in the sandbox.
#[derive(Debug)]
pub struct Stage {
    handle: duct::Handle,
    /// The harness's end of the control socket.
    pub control: UnixStream,
}

impl Stage {
    /// Launches this very program with `arguments` and, behind them, the number of its end of
    /// the control socket and, where one is given, of its way out. `input` becomes its standard input, `output` its standard
    /// output; the application inherits both.
    ///
    /// The calling thread must live as long as the stage: the kernel ends the stage with it.
    ///
    /// # Errors
    /// Where a namespace is refused, or apptrace itself cannot be executed again.
    pub fn launch(
        arguments: &[&str],
        input: Option<OwnedFd>,
        output: OwnedFd,
        uplink: Option<&OwnedFd>,
    ) -> Result<Self, SandboxError> {
        let (control, its) = UnixStream::pair().map_err(|error| SandboxError::Create {
            what: "the sandbox's control socket",
            errno: Errno::from_raw(error.raw_os_error().unwrap_or(0)),
        })?;
        let kept: Vec<BorrowedFd<'_>> =
            std::iter::once(its.as_fd()).chain(uplink.map(OwnedFd::as_fd)).collect();
        let (entry, report) = Entry::stage(geteuid().as_raw(), getegid().as_raw(), &kept)?;
        let numbers: Vec<String> = kept.iter().map(|it| it.as_raw_fd().to_string()).collect();
        let arguments: Vec<OsString> = arguments
            .iter()
            .copied()
            .chain(numbers.iter().map(String::as_str))
            .map(OsString::from)
            .collect();
        let mut expression = duct::cmd("/proc/self/exe", arguments)
            .stdout_file(output)
            .before_spawn(entry.into_hook())
            .unchecked();
        expression = match input {
            Some(input) => expression.stdin_file(File::from(input)),
            None => expression.stdin_null(),
        };
        match expression.start() {
            Ok(handle) => Ok(Self { handle, control }),
            Err(source) => Err(match report.failed_step() {
                Some(step) => SandboxError::Enter { step, source },
                None => SandboxError::Spawn(source),
            }),
        }
    }

    /// Ends the stage, and with it everything in the sandbox. It is waited for but a moment:
    /// the kernel takes tens of milliseconds to close its capture, and needs nobody for it.
    pub fn end(&self) {
        for pid in self.handle.pids() {
            // It may have ended by itself.
            let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
        }
        // Whoever takes the orphans in reaps it otherwise.
        let _ = self.handle.wait_timeout(REAPING_PATIENCE);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.end();
    }
}
