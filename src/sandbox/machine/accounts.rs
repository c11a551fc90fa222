//! As whom the application is launched: the user that the scenario names, or whoever called
//! sudo.

use std::ffi::CString;
use std::path::PathBuf;

use nix::unistd::{Uid, User, geteuid, getgrouplist};
use serde::{Deserialize, Serialize};

use super::MachineError;

/// A user of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The login name.
    pub name: String,
    /// The user's id.
    pub user: u32,
    /// The user's own group.
    pub group: u32,
    /// All groups that the user is in.
    pub groups: Vec<u32>,
    /// The home folder.
    pub home: PathBuf,
}

/// The variable in which sudo says who called it.
const CALLER: &str = "SUDO_UID";

/// Whom to become for the application: the user of this name or number; where none is named,
/// whoever called sudo. None to stay who apptrace is.
///
/// # Errors
/// Where there is no such user, or only root could become that one.
pub fn account(named: Option<&str>) -> Result<Option<Account>, MachineError> {
    let own = geteuid();
    let user = match named {
        Some(name) => find(name).ok_or_else(|| MachineError::NoUser(name.to_owned()))?,
        None => {
            let caller = std::env::var(CALLER).ok().filter(|_| own.is_root());
            match caller.as_deref().and_then(find) {
                Some(user) => user,
                None => return Ok(None),
            }
        }
    };
    if user.uid == own {
        return Ok(None);
    }
    if !own.is_root() {
        return Err(MachineError::OtherUser(user.name));
    }
    let name = CString::new(user.name.as_str()).unwrap_or_default();
    let groups = getgrouplist(&name, user.gid).unwrap_or_else(|_| vec![user.gid]);
    Ok(Some(Account {
        name: user.name,
        user: user.uid.as_raw(),
        group: user.gid.as_raw(),
        groups: groups.into_iter().map(nix::unistd::Gid::as_raw).collect(),
        home: user.dir,
    }))
}

fn find(name: &str) -> Option<User> {
    let by_name = User::from_name(name).ok().flatten();
    let by_number = || User::from_uid(Uid::from_raw(name.parse().ok()?)).ok().flatten();
    by_name.or_else(by_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_name_and_number() {
        for name in ["root", "0"] {
            assert_eq!(find(name).map(|user| user.name).as_deref(), Some("root"));
        }
        assert!(find("no such user").is_none());
        let error = account(Some("no such user")).unwrap_err().to_string();
        assert_eq!(error, "there is no user `no such user` on this machine");
        let own = geteuid().to_string();
        // Not every id has a user.
        if find(&own).is_some() {
            assert_eq!(account(Some(&own)).unwrap(), None);
        }
    }
}
