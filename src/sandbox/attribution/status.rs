//! What /proc says of a thread's place among the others (proc_pid_status(5)).

use std::fs;

/// A thread's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status {
    /// Its process.
    pub(super) process: u32,
    /// Its process's parent.
    pub(super) parent: u32,
    /// Its own id inside the sandbox.
    pub(super) inside: u32,
}

impl Status {
    /// Of a thread, by its id in this process's pid namespace; none where it has gone.
    pub(super) fn of(thread: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{thread}/status")).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        let number = |name| field(name)?.trim().parse().ok();
        // From this process's namespace inwards: the second is the sandbox's, and an
        // application may have made more.
        let inside = field("NSpid:")?.split_whitespace().nth(1)?.parse().ok()?;
        Some(Self { process: number("Tgid:")?, parent: number("PPid:")?, inside })
    }
}

/// The children of all threads of a process; none where the kernel does not say
/// (`CONFIG_PROC_CHILDREN`).
pub(super) fn children(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task"));
    let threads = threads.into_iter().flatten().flatten();
    threads
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|line| numbers(&line))
        .collect()
}

/// The children of one thread.
pub(super) fn children_of_thread(thread: u32) -> Vec<u32> {
    let line = fs::read_to_string(format!("/proc/{thread}/task/{thread}/children"));
    line.map(|line| numbers(&line)).unwrap_or_default()
}

fn numbers(line: &str) -> Vec<u32> {
    line.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sandboxs_own_id_is_the_second() {
        let text =
            |ids: &str| format!("Name:\tperl\nTgid:\t70\nPid:\t71\nPPid:\t9\nNSpid:\t{ids}\n");
        let place = |inside| Some(Status { process: 70, parent: 9, inside });
        for (ids, expected) in [
            ("71\t5", place(5)),
            // In a pid namespace of the application's own.
            ("71\t5\t1", place(5)),
            // Of this process's own namespace: not of the sandbox.
            ("71", None),
            ("", None),
        ] {
            assert_eq!(Status::parse(&text(ids)), expected, "{ids}");
        }
        assert_eq!(Status::parse("Tgid:\tx\nPPid:\t1\nNSpid:\t1\t1\n"), None);
    }

    #[test]
    fn what_has_gone_has_no_place() {
        assert_eq!(Status::of(u32::MAX), None);
        assert_eq!(children(u32::MAX), Vec::<u32>::new());
    }
}
