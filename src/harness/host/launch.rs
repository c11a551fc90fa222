//! From what the user wants launched to how it is launched on the machine itself: with the
//! user's own home and environment.

use std::collections::BTreeMap;
use std::path::PathBuf;

use nix::unistd::{getegid, geteuid};

use crate::harness::launch::{LaunchError, Resolved, Wanted, choose};
use crate::sandbox::machine::Account;
use crate::sandbox::plan::{Home, Launch, Plan};

/// Variables that say who called sudo: they are not the application's business.
const SUDO: &str = "SUDO_";

/// Finds the program, or else its stand-in.
///
/// # Errors
/// Where neither is installed, or what is there cannot be executed.
pub(super) fn resolve(wanted: &Wanted, account: Option<&Account>) -> Result<Resolved, LaunchError> {
    let (command, program, is_stand_in) = choose(wanted)?;
    let mut environment: BTreeMap<String, String> =
        std::env::vars().filter(|(key, _)| !key.starts_with(SUDO)).collect();
    if let Some(account) = account {
        let home = account.home.to_string_lossy().into_owned();
        for (key, value) in [("HOME", &home), ("USER", &account.name), ("LOGNAME", &account.name)] {
            environment.insert(key.to_owned(), value.clone());
        }
        // Those of whoever apptrace is are nobody else's.
        environment.retain(|key, _| !key.starts_with("XDG_"));
    }
    environment.extend(wanted.environment.clone());
    let home = PathBuf::from(environment.get("HOME").map_or("/", String::as_str));
    let directory = match (&wanted.directory, &wanted.here) {
        (Some(directory), _) => home.join(directory),
        (None, Some(here)) => here.clone(),
        (None, None) => home.clone(),
    };
    let (user, group) = match account {
        Some(account) => (account.user, account.group),
        None => (geteuid().as_raw(), getegid().as_raw()),
    };
    let launch = Launch {
        program,
        name: command[0].clone(),
        arguments: command[1..].to_vec(),
        environment,
        directory,
        user,
        group,
        terminal: wanted.terminal,
    };
    let plan = Plan {
        launch,
        home: Home { path: home, hidden: Vec::new(), from: None },
        files: Vec::new(),
        shown: Vec::new(),
        stores: Vec::new(),
        trust: None,
    };
    Ok(Resolved { plan, command: command.clone(), is_stand_in })
}
