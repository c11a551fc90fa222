//! Host mode: the application on the machine itself, in no sandbox. Its session is a sandbox's
//! from outside; the stage behind it captures the machine's interfaces, looks who holds which
//! socket, and launches the application as the user (`docs/host-mode.md`).

mod background;
mod launch;
mod stage;
mod traffic;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

pub(super) use background::setting;
pub use stage::run_host_stage;

use super::evidence::Kept;
use super::launch::{LaunchError, Resolved, Wanted};
use super::run::Job;
use super::session::Trouble;
use crate::contact::{Contact, printable};
use crate::sandbox::machine::{self, Account, Holdings, MachineError};
use crate::sandbox::plan::Launch;
use crate::scenario::HostMode;

/// The argument that makes apptrace the stage of host mode; the control socket's number follows.
pub const HOST_STAGE_ARGUMENT: &str = "__host-stage";

/// What the stage is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct HostOrder {
    pub(super) launch: Launch,
    /// Whom to become once the interfaces are open.
    pub(super) account: Option<Account>,
    /// Each interface, with the file that its packets go to.
    pub(super) captures: Vec<(String, PathBuf)>,
}

/// What the stage knows of the machine at the end.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Seen {
    /// Packets written and dropped, by interface.
    pub(super) interfaces: Vec<(String, u64, u64)>,
    pub(super) holdings: Holdings,
    /// The machine's own addresses, each with its network.
    pub(super) addresses: Vec<IpNet>,
    pub(super) gateways: Vec<IpAddr>,
}

impl From<MachineError> for Trouble {
    fn from(error: MachineError) -> Self {
        Self::Sandbox { message: error.to_string(), hint: error.hint().map(str::to_owned) }
    }
}

/// What is launched, found on this machine, for whoever it is to be.
pub(super) fn resolve(
    wanted: &Wanted,
    host: &HostMode,
) -> Result<(Resolved, Option<Account>), Unlaunched> {
    let account = machine::account(host.user.as_deref()).map_err(Unlaunched::Machine)?;
    let resolved = launch::resolve(wanted, account.as_ref()).map_err(Unlaunched::Launch)?;
    Ok((resolved, account))
}

/// Why nothing can be launched.
pub(super) enum Unlaunched {
    Machine(MachineError),
    Launch(LaunchError),
}

/// What the stage is to do for a job, and where its packets go.
pub(super) fn order(
    host: &HostMode,
    launch: Launch,
    account: Option<Account>,
) -> Result<(HostOrder, Kept), Trouble> {
    let interfaces = machine::choose(machine::up()?, &host.interfaces)?;
    let names: Vec<String> = interfaces.into_iter().map(|interface| interface.name).collect();
    let described: Vec<(&str, &str)> =
        names.iter().map(|name| (name.as_str(), "an interface of the machine")).collect();
    let kept = Kept::spool(&described)?;
    let captures = names.iter().cloned().zip(kept.paths()).collect();
    Ok((HostOrder { launch, account, captures }, kept))
}

/// What a reader must know of a result of host mode.
pub(super) fn caveat(job: &Job, background: &[Contact]) -> Vec<super::Note> {
    if job.host.is_none() {
        return Vec::new();
    }
    let mut places: BTreeMap<String, ()> = BTreeMap::new();
    for contact in background {
        let port = contact.port.map(|port| format!(" {port}")).unwrap_or_default();
        places.insert(format!("{}{port}/{}", contact.host, contact.transport), ());
    }
    let message = "it ran on the machine itself (`sandbox: none`), so what others sent meanwhile \
                   may be among the contacts, and a process is known only where it held its \
                   socket when somebody looked";
    let mut notes = vec![super::Note {
        message: message.to_owned(),
        hint: Some("run it in a sandbox where it can be, for an exact answer".to_owned()),
    }];
    if !places.is_empty() {
        let listed: Vec<&str> = places.keys().map(String::as_str).take(8).collect();
        let more = match places.len().saturating_sub(listed.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!(
            "left out as background, being others' or there before the launch: {}{more}",
            printable(&listed.join(", "))
        );
        notes.push(super::Note { message, hint: None });
    }
    notes
}
