//! A folder of scenarios in which the real binary is run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use super::user::install;
use super::{Ran, User};

/// After this a run hangs; the slowest here takes some ten seconds on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Names, in the environment of a test that was run again as somebody else, the binary's path
/// by which that user can execute it.
pub(crate) const PROGRAM: &str = "APPTRACE_TEST_PROGRAM";

/// A project folder of its own, with an empty HOME beside it.
pub(crate) struct Project {
    root: TempDir,
    program: PathBuf,
    user: User,
    /// Put before every command: `unshare` and the like.
    wrapper: Vec<String>,
}

impl Project {
    /// For whoever runs the tests.
    pub(crate) fn new() -> Self {
        Self::of(User::Own)
    }

    /// For a user.
    pub(crate) fn of(user: User) -> Self {
        let root = tempfile::Builder::new().prefix("project-").tempdir().unwrap();
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let program = user.reachable(&program(), root.path());
        let project = Self { root, program, user, wrapper: Vec::new() };
        for folder in [project.folder(), project.home(), project.temporary()] {
            fs::create_dir(&folder).unwrap();
            user.own(&folder);
        }
        project
    }

    /// With a copy of apptrace that anybody may capture with, as `setcap cap_net_raw+ep` makes it
    /// (capabilities(7), "File capabilities").
    pub(crate) fn capturing(mut self) -> Self {
        let copy = self.root.path().join("capturing");
        install(&self.program, &copy);
        let script = "import os, struct, sys; os.setxattr(sys.argv[1], 'security.capability', \
                      struct.pack('<5I', 0x02000001, 1 << 13, 0, 0, 0))";
        Command::new("python3").args(["-c", script]).arg(&copy).assert().success();
        self.program = copy;
        self
    }

    /// With words put before every command: `unshare` and the like.
    pub(crate) fn wrapped(mut self, words: &[&str]) -> Self {
        self.wrapper = words.iter().copied().map(str::to_owned).collect();
        self
    }

    /// Where the commands are run.
    pub(crate) fn folder(&self) -> PathBuf {
        self.root.path().join("project")
    }

    /// A HOME without anything in it.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// For temporary files: a capture that could not be kept elsewhere stays there, as does
    /// that of a run that was killed.
    fn temporary(&self) -> PathBuf {
        self.root.path().join("temporary")
    }

    /// Writes a file, and the folders above it; its place.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Writes a program.
    pub(crate) fn program(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let text = self.write(&format!("{name}.text"), content);
        let path = self.folder().join(name);
        install(&text, &path);
        fs::remove_file(text).unwrap();
        path
    }

    /// Writes a scenario: JSON is YAML as well, and quotes whatever is in it.
    pub(crate) fn scenario(&self, name: &str, scenario: &Value) -> PathBuf {
        self.write(name, scenario.to_string())
    }

    /// What a file holds.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder().join(name)).unwrap()
    }

    /// Whether a file is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.folder().join(name).exists()
    }

    /// The words of a command that runs apptrace.
    pub(crate) fn words(&self, arguments: &[&str]) -> Vec<String> {
        let mut words = self.user.prefix();
        words.extend(self.wrapper.iter().cloned());
        words.push(self.program.to_string_lossy().into_owned());
        words.extend(arguments.iter().copied().map(str::to_owned));
        words
    }

    /// The environment that apptrace is given: nothing of the machine's.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned();
        let folder = |path: PathBuf| path.to_string_lossy().into_owned();
        [("HOME", folder(self.home())), ("TMPDIR", folder(self.temporary())), ("PATH", path)]
            .map(|(key, value)| (key.to_owned(), value))
            .into()
    }

    /// Runs apptrace to its end.
    pub(crate) fn apptrace(&self, arguments: &[&str]) -> Ran {
        self.apptrace_with(arguments, &[])
    }

    /// Runs apptrace to its end, with more in its environment.
    pub(crate) fn apptrace_with(&self, arguments: &[&str], more: &[(&str, &str)]) -> Ran {
        let words = self.words(arguments);
        let output = Command::new(&words[0])
            .args(&words[1..])
            .current_dir(self.folder())
            .env_clear()
            .envs(self.environment())
            .envs(more.iter().copied())
            .timeout(PATIENCE)
            .output()
            .unwrap();
        Ran::new(&words, output)
    }

    /// Runs a shell script in the sandbox without any waiting; what it wrote.
    pub(crate) fn inside(&self, script: &str) -> String {
        let ran = self.apptrace(&["trace", "--phases", "none", "--", "sh", "-c", script]);
        ran.expect_code(0).stderr.clone()
    }
}

/// The binary under test.
pub(crate) fn program() -> PathBuf {
    std::env::var_os(PROGRAM).map_or_else(|| env!("CARGO_BIN_EXE_apptrace").into(), PathBuf::from)
}

/// Phases in which nothing is waited for longer than a test needs.
pub(crate) fn short_phases() -> Value {
    serde_json::json!({
        "before": 0,
        "startup": { "quiet": "200ms", "at-most": "20s" },
        "idle": "20s",
        "shutdown": { "at-most": "20s" },
        "after": 0,
    })
}
