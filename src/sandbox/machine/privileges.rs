//! Giving up, once the interfaces are open, all that opening them took; and having none of it at
//! work where nothing is opened.

use nix::errno::Errno;
use nix::sys::prctl;
use nix::unistd::{Gid, Uid, geteuid, setgroups, setresgid, setresuid};

use super::{Account, MachineError};
use crate::sandbox::sys_capabilities::{Capabilities, capabilities, set_capabilities};

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

/// Keeps these capabilities of the calling thread, and no others. To be called while the
/// process has one thread.
fn keep_capabilities(kept: u64) -> Result<(), Errno> {
    set_capabilities(Capabilities { effective: kept, permitted: kept, inheritable: kept })
}

/// While this lives, the calling thread and those that it begins have no capability at work:
/// whoever launches a stage and reads what others sent needs none.
#[derive(Debug)]
pub struct SetAside {
    before: Capabilities,
}

/// Sets them aside. A program that is executed has what it would have had: its file's, the
/// ambient ones, or root's.
///
/// # Errors
/// Where the kernel refuses it.
pub fn set_aside() -> Result<SetAside, MachineError> {
    let failed = |errno| MachineError::LetGo { step: "set capabilities aside", errno };
    let before = capabilities().map_err(failed)?;
    let root = geteuid().is_root();
    // A stage that has become somebody else is root's to end, if it does not end by itself.
    let effective = if root { before.effective & CAP_KILL } else { 0 };
    // Root's come back with every program that it executes; what others have of the program's
    // own file, they are not to take up again.
    let permitted = if root { before.permitted } else { before.permitted & ambient() };
    set_capabilities(Capabilities { effective, permitted, ..before }).map_err(failed)?;
    Ok(SetAside { before })
}

impl Drop for SetAside {
    fn drop(&mut self) {
        // For what is done afterwards, such as writing files of root's to another's folder,
        // which says so itself where it fails.
        if let Ok(now) = capabilities() {
            let effective = self.before.effective & now.permitted;
            let _ = set_capabilities(Capabilities { effective, ..now });
        }
    }
}

/// Those that are handed on to every program (proc_pid_status(5)).
fn ambient() -> u64 {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("CapAmb:"));
    line.and_then(|set| u64::from_str_radix(set.trim(), 16).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_aside_comes_back() {
        let thread = std::thread::spawn(|| {
            let before = capabilities().unwrap();
            let aside = set_aside().unwrap();
            assert_eq!(capabilities().unwrap().effective & !CAP_KILL, 0);
            // Of what a thread begins, too.
            let begun = std::thread::spawn(|| capabilities().unwrap().effective & !CAP_KILL);
            assert_eq!(begun.join().unwrap(), 0);
            drop(aside);
            let after = capabilities().unwrap();
            assert_eq!(after.effective, before.effective & after.permitted);
            if geteuid().is_root() {
                assert_eq!(after, before);
            }
        });
        thread.join().unwrap();
    }
}
