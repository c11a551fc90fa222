//! A client that fetches an address over TLS in the sandbox.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::result::{codes, contact, list};
use crate::support::{Project, repository};

const HOST: &str = "client.example";
const PATH: &str = "/trust/test";

/// A client, as docs/trust.md names it.
pub(super) struct Client {
    name: &'static str,
    programs: Vec<&'static str>,
    project: Project,
    /// Variables of the scenario's.
    environment: Vec<(&'static str, String)>,
    /// Trust stores of the scenario's.
    trust: Vec<PathBuf>,
    visible: Vec<PathBuf>,
}

impl Client {
    /// The client of this name, which needs these programs.
    pub(super) fn new(name: &'static str, programs: &[&'static str]) -> Self {
        Self {
            name,
            programs: programs.to_vec(),
            project: Project::new(),
            environment: Vec::new(),
            trust: Vec::new(),
            visible: Vec::new(),
        }
    }

    /// With a variable.
    pub(super) fn with(mut self, variable: &'static str, value: &Path) -> Self {
        self.environment.push((variable, value.to_string_lossy().into_owned()));
        self
    }

    /// With a folder of the machine's.
    pub(super) fn showing(mut self, folder: &Path) -> Self {
        self.visible.push(folder.to_owned());
        self
    }

    /// Under another name.
    pub(super) fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// With a trust store named in the scenario.
    pub(super) fn trusting(mut self, store: &Path) -> Self {
        self.trust.push(store.to_owned());
        self
    }

    /// The folder of the project that it is run in, which it can read.
    pub(super) fn folder(&self) -> PathBuf {
        self.project.folder()
    }

    /// Whether all that it needs is installed. In CI all must be.
    pub(super) fn is_installed(&self) -> bool {
        let missing = self.programs.iter().find(|program| find(program).is_none());
        if let Some(program) = missing {
            skip(self.name, &format!("{program} is not installed"));
        }
        missing.is_none()
    }

    /// The script fetches the address, its first argument, over TLS; host and path are the
    /// second and the third.
    #[track_caller]
    pub(super) fn reaches(&self, script: &str) {
        self.reaches_at("", script);
    }

    /// The script fetches what lies under this below the address.
    #[track_caller]
    pub(super) fn reaches_at(&self, below: &str, script: &str) {
        let Some(result) = self.run(script) else { return };
        let contact = contact(&result, HOST, Some(443), "tcp");
        let tls = &contact["tls"];
        assert!(tls["refused"].is_null(), "{} refuses: {result:#}", self.name);
        assert!(["1.2", "1.3"].map(|it| json!(it)).contains(&tls["version"]), "{contact:#}");
        let url = json!(format!("https://{HOST}{PATH}{below}"));
        let asked = list(contact, "requests").iter().any(|request| request["url"] == url);
        assert!(asked, "{url} is not asked for by {}: {result:#}", self.name);
        self.is_documented("yes");
    }

    /// The script does not fetch the address, since its roots are its own.
    #[track_caller]
    pub(super) fn refuses(&self, script: &str) {
        let Some(result) = self.run(&format!("{script} || true")) else { return };
        let contact = contact(&result, HOST, Some(443), "tcp");
        assert_eq!(contact["tls"]["refused"]["by"], "client", "{}: {result:#}", self.name);
        assert_eq!(contact["requests"], json!([]), "{}: {result:#}", self.name);
        self.is_documented("no");
    }

    #[track_caller]
    fn run(&self, script: &str) -> Option<Value> {
        if !self.is_installed() {
            return None;
        }
        let url = format!("https://{HOST}{PATH}");
        let environment: Value =
            self.environment.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        let visible: Vec<PathBuf> =
            self.visible.iter().cloned().chain([self.project.folder()]).collect();
        self.project.scenario(
            "scenario.yaml",
            &json!({
                "application": {
                    "command": ["sh", "-c", script, "sh", url, HOST, PATH],
                    "environment": environment,
                    "trust": self.trust,
                    "visible": visible,
                },
                "phases": {
                    "before": 0,
                    "startup": { "quiet": "90s", "at-most": "90s" },
                    "idle": 0,
                    "after": 0,
                },
            }),
        );
        let ran = self.project.apptrace(&["run", "--format", "json", "scenario.yaml"]);
        let result = ran.json();
        // What is missing here is the snapshot alone.
        let wrong: Vec<&str> =
            codes(&result).into_iter().filter(|code| !code.contains("snapshot")).collect();
        assert!(wrong.is_empty(), "{}: {wrong:?} {ran:#?}", self.name);
        Some(result)
    }

    /// The table of clients says the same.
    #[track_caller]
    fn is_documented(&self, trusts: &str) {
        let row = format!("| {} | {trusts} |", self.name);
        let text = repository::read("docs/trust.md");
        assert!(text.lines().any(|line| line.starts_with(&row)), "docs/trust.md lacks `{row}`");
    }
}

/// Says that a test proves nothing here; in CI it must.
#[track_caller]
pub(super) fn skip(name: &str, reason: &str) {
    let is_ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
    assert!(!is_ci, "{name} cannot be tested: {reason}; .ci/run installs what is needed");
    eprintln!("{name} is not tested: {reason}");
}

/// A program's place on the sandbox's own path.
pub(super) fn find(program: &str) -> Option<PathBuf> {
    let folders = apptrace::sandbox::plan::PATH.split(':');
    folders.map(|folder| Path::new(folder).join(program)).find(|path| path.is_file())
}

/// A folder that is kept between test runs, for what takes long to make.
pub(super) fn workshop(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
