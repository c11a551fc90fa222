//! A scenario: what is launched, for how long, on which network, and what is expected of it.

mod host;
mod model;
mod parse;
mod process_rule;
mod snapshot;

pub use host::{HostMode, Sandbox};
pub use model::{
    Application, Duration, ExpectRule, FileSeed, Internet, Network, Override, Phases, PortList,
    RuleAction, Scenario, Shutdown, SignalName, Startup,
};
pub use parse::{Fault, ScenarioError};
pub use process_rule::ProcessRule;
pub use snapshot::{RequestDetail, SnapshotRules};
