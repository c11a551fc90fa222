//! Giving up, once the interfaces are open, all that opening them took.

use nix::errno::Errno;
use nix::sys::prctl;
use nix::unistd::{Gid, Uid, geteuid, setgroups, setresgid, setresuid};

use super::{Account, MachineError};
use crate::sandbox::sys_capabilities::keep_capabilities;

/// Signals to processes of other users (capabilities(7)).
const CAP_KILL: u64 = 1 << 5;
/// Looking at which sockets a process holds that may do more than oneself.
const CAP_SYS_PTRACE: u64 = 1 << 19;

/// Becomes the user where there is one, and keeps no capability: as root alone, who launches a
/// program that may do everything, those to see which sockets it holds and to end it.
///
/// # Errors
/// Where the kernel refuses one of the steps.
pub fn let_go(account: Option<&Account>) -> Result<(), MachineError> {
    let failed = |step| move |errno| MachineError::LetGo { step, errno };
    if let Some(account) = account {
        let groups: Vec<Gid> = account.groups.iter().copied().map(Gid::from_raw).collect();
        let (user, group) = (Uid::from_raw(account.user), Gid::from_raw(account.group));
        setgroups(&groups).map_err(failed("take on the user's groups"))?;
        setresgid(group, group, group).map_err(failed("take on the user's group"))?;
        setresuid(user, user, user).map_err(failed("become the user"))?;
    }
    let kept = if geteuid().is_root() { CAP_KILL | CAP_SYS_PTRACE } else { 0 };
    match keep_capabilities(kept) {
        // In a container some of these were not there to begin with.
        Err(Errno::EPERM) if kept != 0 => keep_capabilities(0),
        other => other,
    }
    .map_err(failed("give up capabilities"))?;
    // What happens to apptrace must not hang on where it came from.
    prctl::set_child_subreaper(true).map_err(failed("take in orphans"))
}
