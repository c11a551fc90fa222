//! apptrace running beside the test, to be interrupted or killed.

use std::fs;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{Project, Ran};

/// How long a machine under load may take for anything that must come about.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked for.
const TICK: Duration = Duration::from_millis(20);

/// A run that goes on beside the test.
pub(crate) struct Background {
    handle: duct::Handle,
    words: Vec<String>,
    folder: tempfile::TempDir,
}

impl Background {
    /// Begins one.
    pub(crate) fn start(project: &Project, arguments: &[&str]) -> Self {
        Self::start_with(project, arguments, &[])
    }

    /// Begins one with more in its environment.
    pub(crate) fn start_with(project: &Project, arguments: &[&str], more: &[(&str, &str)]) -> Self {
        let words = project.words(arguments);
        let more = more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let folder = tempfile::tempdir().unwrap();
        let handle = duct::cmd(&words[0], &words[1..])
            .dir(project.folder())
            .full_env(project.environment().into_iter().chain(more))
            .stdin_null()
            .stdout_path(folder.path().join("stdout"))
            .stderr_path(folder.path().join("stderr"))
            .unchecked()
            .start()
            .unwrap();
        Self { handle, words, folder }
    }

    /// What it has written to standard error so far.
    pub(crate) fn stderr(&self) -> String {
        self.text("stderr")
    }

    fn text(&self, stream: &str) -> String {
        let bytes = fs::read(self.folder.path().join(stream)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits until the application has written this.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) {
        let came = eventually(|| self.stderr().contains(text));
        assert!(came, "{text:?} did not come: {}{}", self.stderr(), self.text("stdout"));
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&self) -> bool {
        !matches!(self.handle.try_wait(), Ok(None))
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.handle.pids()[0]
    }

    /// Sends a signal to it alone.
    pub(crate) fn signal(&self, signal: Signal) {
        send(self.pid(), signal);
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn end(&self) -> Ran {
        if self.handle.wait_timeout(PATIENCE).unwrap().is_none() {
            self.signal(Signal::SIGKILL);
            let _ = self.handle.wait();
            panic!("it did not end: {}{}", self.stderr(), self.text("stdout"));
        }
        let status = self.handle.wait().unwrap().status;
        let (stdout, stderr) = (self.text("stdout").into(), self.stderr().into());
        Ran::new(&self.words, std::process::Output { status, stdout, stderr })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // After a failed assertion it may still run; the kernel ends its sandbox with it.
        let _ = self.handle.kill();
    }
}

/// Sends a signal to a process.
pub(crate) fn send(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid.cast_signed()), signal).unwrap();
}

/// Whether something comes about in time: the kernel tears a sandbox down in its own time.
pub(crate) fn eventually(mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if done() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(TICK);
    }
}
