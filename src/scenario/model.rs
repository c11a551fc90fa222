//! The scenario as data, after parsing: every value is in range and nothing contradicts.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
pub use std::time::Duration;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::host::HostMode;
use super::process_rule::ProcessRule;
use super::snapshot::SnapshotRules;
use crate::contact::{HostPattern, NamePattern, Phase, Transport};
use crate::script::{Closing, Conditions, DnsRule, HttpAnswer, Reset, SipRule, TlsRule};

/// One scenario file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// Its name, which names the snapshot too: `[A-Za-z0-9._-]+`, not beginning with a dot; a
    /// variant's is `SCENARIO@VARIANT`.
    pub name: String,
    /// One sentence for people.
    pub description: Option<String>,
    /// What is launched.
    pub application: Application,
    /// How long each phase lasts.
    pub phases: Phases,
    /// What the sandbox's network leads to.
    pub network: Network,
    /// How it is watched on the machine itself; none where it runs in a sandbox.
    pub host: Option<HostMode>,
    /// The baseline. `None` where the key is absent: then there is nothing to compare with
    /// but the snapshot; an empty list means that no contact at all is expected.
    pub expect: Option<Vec<ExpectRule>>,
    /// What of the result goes into the snapshot.
    pub snapshot: SnapshotRules,
    /// Which variant this is, where it is one.
    pub variant: Option<String>,
    /// The weathers in which it is run, each a whole scenario without variants; where there are
    /// none, it is run as it is.
    pub variants: Vec<Scenario>,
}

/// The program under test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Program and arguments; never empty.
    pub command: Vec<String>,
    /// Launched instead, and reported as such, where the command is not installed. The
    /// program name `apptrace` stands for this very program.
    pub stand_in: Option<Vec<String>>,
    /// Variables on top of the clean, fixed environment.
    pub environment: BTreeMap<String, String>,
    /// Files put into the fresh HOME, by path relative to it.
    pub files: BTreeMap<PathBuf, FileSeed>,
    /// Where it starts; relative to HOME unless absolute. HOME itself by default.
    pub working_directory: Option<PathBuf>,
    /// Host folders shown read-only at their own path where the sandbox would hide them,
    /// relative ones from the scenario file's folder.
    pub visible: Vec<PathBuf>,
    /// Trust stores that it brings itself, to which the simulated internet's certificate is
    /// added inside the sandbox; relative to HOME unless absolute.
    pub trust: Vec<PathBuf>,
    /// Whether it gets a pseudo-terminal as its standard streams.
    pub terminal: bool,
    /// Whether it sees itself as user 0.
    pub root: bool,
    /// Exit statuses that are no sign of trouble; `[0]` by default.
    pub exit_status: Vec<u8>,
    /// Processes that may be left when it has gone, by name.
    pub left_behind: Vec<NamePattern>,
}

/// A file put into the fresh HOME.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSeed {
    /// What it holds.
    pub content: String,
    /// Its permission bits; 0o600 by default.
    pub mode: u32,
}

/// How long each phase lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phases {
    /// The sandbox without the application; 1 s by default.
    pub before: Duration,
    /// From the launch until the application has settled.
    pub startup: Startup,
    /// The application left alone; 5 s by default.
    pub idle: Duration,
    /// How it is told to go.
    pub shutdown: Shutdown,
    /// What is left behind still counts; 2 s by default.
    pub after: Duration,
}

/// When startup is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Startup {
    /// When nothing was sent for this long; 2 s by default.
    pub quiet: Duration,
    /// At the latest after this; 20 s by default. Never less than `quiet`.
    pub at_most: Duration,
}

/// How the application is told to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shutdown {
    /// The signal, sent to the application's process group; TERM by default.
    pub signal: SignalName,
    /// After this it is killed; 5 s by default.
    pub at_most: Duration,
}

/// A signal that a scenario can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalName {
    /// SIGHUP.
    Hup,
    /// SIGINT.
    Int,
    /// SIGQUIT.
    Quit,
    /// SIGTERM.
    Term,
    /// SIGUSR1.
    Usr1,
    /// SIGUSR2.
    Usr2,
    /// SIGKILL.
    Kill,
}

/// What the sandbox's network leads to, and how the simulated internet departs from its
/// defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// Simulated by default.
    pub internet: Internet,
    /// Whether nobody may be reached but whom the baseline expects; for the real one alone.
    pub enforce: bool,
    /// Departures from the simulated internet's defaults.
    pub overrides: Vec<Override>,
    /// What the line to it is like, where it is not perfect.
    pub conditions: Option<Conditions>,
}

/// What the sandbox's network leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Internet {
    /// Answered by apptrace itself.
    #[default]
    Simulated,
    /// The machine's own network.
    Real,
    /// Nowhere: lookups and connections are seen and refused.
    None,
}

impl Internet {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Simulated, Self::Real, Self::None];

    /// The kind as users write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Simulated => "simulated",
            Self::Real => "real",
            Self::None => "none",
        }
    }
}

/// One departure from what the simulated internet answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Override {
    /// A name resolves to just these addresses.
    Record {
        /// The name, lower-cased and without the final dot.
        host: String,
        /// Its addresses; never empty.
        addresses: Vec<IpAddr>,
    },
    /// A name does not resolve (NXDOMAIN).
    Unresolvable {
        /// The name or wildcard.
        host: HostPattern,
    },
    /// A DNS query is answered so.
    Dns(DnsRule),
    /// An HTTP request is answered so.
    Http(HttpAnswer),
    /// A SIP request is answered so.
    Sip(SipRule),
    /// Nobody answers at a port.
    Close(Closing),
    /// A connection is reset.
    Reset(Reset),
    /// A TLS client is met so.
    Tls(TlsRule),
}

/// Ports and ranges of ports; empty for any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PortList(pub Vec<std::ops::RangeInclusive<u16>>);

impl PortList {
    /// Whether a port is among them.
    pub fn contains(&self, port: u16) -> bool {
        self.0.is_empty() || self.0.iter().any(|range| range.contains(&port))
    }
}

/// `5060` or `5060-5070`, separated by commas.
impl fmt::Display for PortList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            if range.start() == range.end() {
                write!(f, "{}", range.start())?;
            } else {
                write!(f, "{}-{}", range.start(), range.end())?;
            }
        }
        Ok(())
    }
}

/// Whether a rule lets contacts pass or condemns them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RuleAction {
    /// Contacts that match are expected.
    #[default]
    Allow,
    /// Contacts that match are findings, whatever other rules say.
    Deny,
}

/// One rule of the baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectRule {
    /// The line of the scenario file it stands on, counted from 1.
    pub line: usize,
    /// Allow or deny.
    pub action: RuleAction,
    /// Which hosts.
    pub host: HostPattern,
    /// Which ports; any where absent.
    pub ports: Option<PortList>,
    /// Which transport; any where absent.
    pub transport: Option<Transport>,
    /// In which phases it is expected; any where absent.
    pub phases: Option<Vec<Phase>>,
    /// Which processes' contacts; any where absent.
    pub process: Option<ProcessRule>,
    /// How many flows the contacts that match may comprise in all.
    pub at_most: Option<u64>,
    /// Whether its absence is a finding.
    pub required: bool,
    /// Why it is there, for people.
    pub reason: Option<String>,
    /// The last day on which it holds, in UTC; for ever where absent.
    pub until: Option<Date>,
}

impl ExpectRule {
    /// Whether its time is over on a day.
    pub fn is_expired(&self, day: Date) -> bool {
        self.until.is_some_and(|until| until < day)
    }
}
