//! From a scenario, or a command to trace, to a job.

use std::path::Path;
use std::time::Duration;

use super::launch::Wanted;
use super::phases::Timetable;
use super::run::Job;
use crate::sandbox::plan::{File, Shown};
use crate::scenario::{
    Application, HostMode, Internet, Network, Override, RequestDetail, Scenario, SignalName,
    SnapshotRules,
};
use crate::script::Script;
use crate::snapshot::{Detail, RequestView};

impl Job {
    /// The job that a scenario describes; `source` is its file, from whose folder relative
    /// paths in it count.
    pub fn from_scenario(scenario: &Scenario, source: Option<&Path>) -> Self {
        let folder = source.and_then(Path::parent).unwrap_or(Path::new(""));
        let phases = &scenario.phases;
        Self {
            name: scenario.name.clone(),
            description: scenario.description.clone(),
            source: source.map(Path::to_owned),
            wanted: wanted(&scenario.application, folder),
            timetable: Timetable {
                before: phases.before,
                startup_quiet: phases.startup.quiet,
                startup_at_most: phases.startup.at_most,
                idle: Some(phases.idle),
                run_for: None,
                signal: number(phases.shutdown.signal),
                shutdown_at_most: phases.shutdown.at_most,
                after: phases.after,
            },
            internet: scenario.network.internet,
            host: scenario.host.clone(),
            other_internet: false,
            enforce: scenario.network.enforce,
            script: script(&scenario.network),
            expect: scenario.expect.clone(),
            exit_status: Some(scenario.application.exit_status.clone()),
            left_behind: scenario.application.left_behind.clone(),
            requests: requests(&scenario.snapshot),
            processes: scenario.snapshot.processes,
        }
    }

    /// The same job with its network leading elsewhere than the scenario says.
    #[must_use]
    pub fn with_internet(mut self, internet: Internet) -> Self {
        self.other_internet |= self.internet != internet;
        self.internet = internet;
        self
    }

    /// The same job on the machine itself, in no sandbox. Where windows are waited for at all, there
    /// is one in which the machine is watched by itself.
    #[must_use]
    pub fn on_machine(mut self, host: HostMode) -> Self {
        self.internet = Internet::Real;
        if self.timetable.before.is_zero() {
            self.timetable.before = self.timetable.after;
        }
        self.host = Some(host);
        self
    }

    /// The job of tracing a command until it and all it started have ended, or for so long.
    /// Without `windows`, no phase waits for anything.
    pub fn trace(wanted: Wanted, run_for: Option<Duration>, windows: bool) -> Self {
        let program = wanted.command.first().map(Path::new).and_then(Path::file_name);
        let name = program.unwrap_or_default().to_string_lossy().into_owned();
        let window = |seconds| if windows { Duration::from_secs(seconds) } else { Duration::ZERO };
        Self {
            name,
            description: None,
            source: None,
            wanted,
            timetable: Timetable {
                before: Duration::ZERO,
                startup_quiet: window(2),
                startup_at_most: window(20),
                idle: None,
                run_for,
                signal: nix::libc::SIGTERM,
                shutdown_at_most: Duration::from_secs(5),
                after: window(2),
            },
            internet: Internet::default(),
            host: None,
            other_internet: false,
            enforce: false,
            script: Script::default(),
            expect: None,
            exit_status: None,
            left_behind: Vec::new(),
            requests: RequestView::default(),
            processes: true,
        }
    }
}

fn wanted(application: &Application, folder: &Path) -> Wanted {
    let files = application.files.iter().map(|(path, seed)| File {
        path: path.clone(),
        content: seed.content.clone(),
        mode: seed.mode,
    });
    let shown = application.visible.iter().map(|path| {
        let path = folder.join(path);
        Shown { path: std::path::absolute(&path).unwrap_or(path), writable: false }
    });
    // A program beside the scenario is meant from the scenario's folder, as files in it are.
    let from_folder = |command: &[String]| {
        let mut command = command.to_vec();
        if command[0].contains('/') && Path::new(&command[0]).is_relative() {
            command[0] = folder.join(&command[0]).to_string_lossy().into_owned();
        }
        command
    };
    Wanted {
        command: from_folder(&application.command),
        stand_in: application.stand_in.as_deref().map(from_folder),
        environment: application.environment.clone(),
        files: files.collect(),
        directory: application.working_directory.clone(),
        stores: application.trust.clone(),
        here: None,
        shown: shown.collect(),
        home: None,
        terminal: application.terminal,
        root: application.root,
    }
}

fn script(network: &Network) -> Script {
    let mut script = Script { conditions: network.conditions, ..Script::default() };
    for departure in network.overrides.iter().cloned() {
        match departure {
            Override::Record { host, addresses } => script.records.push((host, addresses)),
            Override::Unresolvable { host } => script.unresolvable.push(host),
            Override::Dns(rule) => script.dns.push(rule),
            Override::Http(answer) => script.http.push(answer),
            Override::Sip(rule) => script.sip.push(rule),
            Override::Close(closing) => script.closed.push(closing),
            Override::Reset(reset) => script.resets.push(reset),
            Override::Tls(rule) => script.tls.push(rule),
        }
    }
    script
}

fn requests(rules: &SnapshotRules) -> RequestView {
    let detail = match rules.requests {
        RequestDetail::Hosts => Detail::Hosts,
        RequestDetail::Paths => Detail::Paths,
        RequestDetail::Full => Detail::Full,
    };
    RequestView::new(detail, &rules.redact_query, &rules.redact_path)
}

fn number(signal: SignalName) -> i32 {
    use nix::libc;
    match signal {
        SignalName::Hup => libc::SIGHUP,
        SignalName::Int => libc::SIGINT,
        SignalName::Quit => libc::SIGQUIT,
        SignalName::Term => libc::SIGTERM,
        SignalName::Usr1 => libc::SIGUSR1,
        SignalName::Usr2 => libc::SIGUSR2,
        SignalName::Kill => libc::SIGKILL,
    }
}
