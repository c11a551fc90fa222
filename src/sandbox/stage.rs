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
use super::namespace::{Entry, EntryReport};

/// How long the ended stage is waited for.
const REAPING_PATIENCE: Duration = Duration::from_millis(1);

/// How long one on the machine may take to end what it launched.
const ENDING_PATIENCE: Duration = Duration::from_secs(10);

/// The stage, seen from the harness. Dropping it ends it, and everything in the sandbox.
#[derive(Debug)]
pub struct Stage {
    handle: duct::Handle,
    /// It is in no sandbox, and has to end by itself what it launched.
    outside: bool,
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
        let (control, its) = sockets()?;
        let kept: Vec<BorrowedFd<'_>> =
            std::iter::once(its.as_fd()).chain(uplink.map(OwnedFd::as_fd)).collect();
        let entry = Entry::stage(geteuid().as_raw(), getegid().as_raw(), &kept)?;
        Self::start(arguments, (input, output), &kept, entry, control)
    }

    /// The same on the machine itself, in a session of its own and no namespace. When it hears
    /// that the harness has gone, it must end what it launched.
    ///
    /// # Errors
    /// Where apptrace itself cannot be executed again.
    pub fn launch_outside(
        argument: &str,
        input: Option<OwnedFd>,
        output: OwnedFd,
    ) -> Result<Self, SandboxError> {
        let (control, its) = sockets()?;
        let kept = [its.as_fd()];
        let entry = Entry::outside(&kept, false, false)?;
        let mut stage = Self::start(&[argument], (input, output), &kept, entry, control)?;
        stage.outside = true;
        Ok(stage)
    }

    fn start(
        arguments: &[&str],
        (input, output): (Option<OwnedFd>, OwnedFd),
        kept: &[BorrowedFd<'_>],
        (entry, report): (Entry, EntryReport),
        control: UnixStream,
    ) -> Result<Self, SandboxError> {
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
            Ok(handle) => Ok(Self { handle, outside: false, control }),
            Err(source) => Err(match report.failed_step() {
                Some(step) => SandboxError::Enter { step, source },
                None => SandboxError::Spawn(source),
            }),
        }
    }

    /// Ends the stage, and with it everything in the sandbox. It is waited for but a moment:
    /// the kernel takes tens of milliseconds to close its capture, and needs nobody for it.
    pub fn end(&self) {
        if self.outside {
            let _ = self.control.shutdown(std::net::Shutdown::Both);
            if matches!(self.handle.wait_timeout(ENDING_PATIENCE), Ok(Some(_))) {
                return;
            }
        }
        for pid in self.handle.pids() {
            // It may have ended by itself.
            let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
        }
        // Whoever takes the orphans in reaps it otherwise.
        let _ = self.handle.wait_timeout(REAPING_PATIENCE);
    }
}

/// The two ends of a control socket.
fn sockets() -> Result<(UnixStream, UnixStream), SandboxError> {
    UnixStream::pair().map_err(|error| SandboxError::Create {
        what: "the sandbox's control socket",
        errno: Errno::from_raw(error.raw_os_error().unwrap_or(0)),
    })
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.end();
    }
}
