//! Host mode: the application on the machine itself, in no sandbox. Its session is a sandbox's
//! from outside; the stage behind it captures the machine's interfaces, looks who holds which
//! socket, and launches the application as the user (`docs/host-mode.md`).

mod background;
mod interfaces;
mod launch;
mod stage;
mod traffic;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

pub(super) use background::setting;
pub use stage::run_host_stage;

use super::evidence::Kept;
use super::launch::{LaunchError, Resolved, Wanted};
use super::resolvers;
use super::session::Trouble;
use crate::contact::{Contact, printable};
use crate::diff::{Code, Finding};
use crate::sandbox::machine::{self, Account, Holdings, MachineError};
use crate::sandbox::plan::Launch;
use crate::scenario::HostMode;

/// The argument that makes apptrace the stage of host mode; the control socket's number follows.
pub const HOST_STAGE_ARGUMENT: &str = "__host-stage";

/// So many places of the background are named in a note; all of them are in the result.
const MOST_PLACES: usize = 8;

/// What the stage is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct HostOrder {
    pub(super) launch: Launch,
    /// Whom to become once the interfaces are open.
    pub(super) account: Option<Account>,
    pub(super) captures: Vec<Captured>,
    /// Whether those are all by which packets leave, so that one that comes up later is missed.
    pub(super) all: bool,
}

/// An interface to capture on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Captured {
    pub(super) interface: String,
    /// Which packets, in libpcap's language; empty for all.
    pub(super) filter: String,
    /// The file that they go to.
    pub(super) file: PathBuf,
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
    /// Interfaces that came up while it ran, and were not captured on.
    pub(super) missed: Vec<String>,
    /// Whether it could look into every process, as root's can.
    pub(super) is_root: bool,
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
    let up = machine::up()?;
    let chosen = machine::choose(up.clone(), &host.interfaces)?;
    let wanted = interfaces::wanted(&chosen, &up, &resolvers::of_machine());
    let described: Vec<(&str, &str)> =
        wanted.iter().map(|it| (it.name.as_str(), it.description)).collect();
    let kept = Kept::spool(&described)?;
    let captures = wanted.into_iter().zip(kept.paths()).map(|(wanted, file)| {
        let interfaces::Wanted { name, filter, .. } = wanted;
        Captured { interface: name, filter, file }
    });
    let all = host.interfaces.is_empty();
    Ok((HostOrder { launch, account, captures: captures.collect(), all }, kept))
}

/// What makes a result of host mode prove nothing.
pub(super) fn missed(seen: &Seen) -> Option<Finding> {
    let named = seen.missed.iter().map(|name| printable(name)).collect::<Vec<_>>().join(", ");
    let hint = "bring them up before, or name those that count under `host: { interfaces: [...] }` or \
                with --interface";
    let message = format!("interfaces came up while it ran, and were not captured on: {named}");
    let finding = || Finding::new(Code::PacketsLost, message, Some(hint.to_owned()));
    (!seen.missed.is_empty()).then(finding)
}

/// What a reader must know of a result of host mode.
pub(super) fn caveat(
    seen: Option<&Seen>,
    host: Option<&HostMode>,
    background: &[Contact],
) -> Vec<super::Note> {
    let Some(seen) = seen else { return Vec::new() };
    let message = "it ran on the machine itself (`sandbox: none`), so what others sent meanwhile \
                   may be among the contacts, and a process is known only where it held its \
                   socket when somebody looked";
    let mut notes = vec![super::Note {
        message: message.to_owned(),
        hint: Some("run it in a sandbox where it can be, for an exact answer".to_owned()),
    }];
    if seen.holdings.beyond > 0 {
        let message = "more sockets came and went than are kept in mind, so later ones may seem to \
                       be of nobody who was seen";
        let hint = "let the phases last for a shorter time";
        notes.push(super::Note { message: message.to_owned(), hint: Some(hint.to_owned()) });
    }
    let (others, unknown): (Vec<&Contact>, Vec<&Contact>) =
        background.iter().partition(|contact| contact.process.is_some());
    if let Some(places) = places(&others) {
        let message = format!("left out as background, being of other processes: {places}");
        notes.push(super::Note { message, hint: None });
    }
    if let Some(places) = places(&unknown) {
        let message = format!(
            "left out as background by the host alone, since nobody was seen to hold the socket \
             and the host was contacted before the launch as well: {places}"
        );
        let names_user = host.is_some_and(|host| host.user.is_some());
        let hint = hint_to_see_more(seen.is_root, names_user);
        notes.push(super::Note { message, hint: hint.map(str::to_owned) });
    }
    notes
}

/// What would have more processes' sockets seen, where anything would.
fn hint_to_see_more(is_root: bool, names_user: bool) -> Option<&'static str> {
    match (is_root, names_user) {
        // Sockets that went too soon are seen by nobody.
        (true, _) => None,
        (false, true) => Some(
            "only what runs as root sees every process's sockets: leave `user` out, or name `root`",
        ),
        // Who calls sudo is whom the application is launched as.
        (false, false) => Some(
            "only what runs as root sees every process's sockets: run apptrace as root, with \
             `host: { user: root }` or --user root where that is by sudo",
        ),
    }
}

/// Where contacts go, each place once; none where there are none.
fn places(contacts: &[&Contact]) -> Option<String> {
    let place = |contact: &&Contact| {
        let port = contact.port.map(|port| format!(" {port}")).unwrap_or_default();
        format!("{}{port}/{}", contact.host, contact.transport)
    };
    let places: BTreeSet<String> = contacts.iter().map(place).collect();
    let listed: Vec<&str> = places.iter().map(String::as_str).take(MOST_PLACES).collect();
    let more = match places.len().saturating_sub(listed.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!listed.is_empty()).then(|| format!("{}{more}", printable(&listed.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_given_where_it_helps() {
        for (is_root, names_user, expected) in [
            (true, false, None),
            (true, true, None),
            (false, true, Some("leave `user` out")),
            (false, false, Some("run apptrace as root")),
        ] {
            let hint = hint_to_see_more(is_root, names_user);
            assert_eq!(hint.is_some(), expected.is_some(), "{hint:?}");
            let contains = |(hint, part): (&str, &str)| hint.contains(part);
            assert!(hint.zip(expected).is_none_or(contains), "{hint:?}");
        }
    }
}
