//! The system calls that are looked at, by the numbers that each kind of machine has for them.

/// A system call that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// socket(2): some families are refused by the filter itself.
    Socket,
    /// connect(2).
    Connect,
    /// bind(2): whom a listening socket answers is its process's contact.
    Bind,
    /// sendto(2).
    SendTo,
    /// sendmsg(2), sendmmsg(2): whether there is an address lies in the caller's memory.
    Send,
    /// socketcall(2), by which 32-bit programs may make all of these.
    Multiplexed,
    /// execve(2).
    Execute,
    /// execveat(2).
    ExecuteAt,
    /// exit(2): one thread.
    Exit,
    /// exit_group(2): the process.
    ExitGroup,
    /// io_uring_setup(2): what is done by way of a ring is seen by no filter.
    RingSetup,
}

/// A kind of machine: `AUDIT_ARCH_*` (linux/audit.h), and its calls.
pub(super) type Machine = (u32, &'static [(u32, Call)]);

use Call::{
    Bind, Connect, Execute, ExecuteAt, Exit, ExitGroup, Multiplexed, RingSetup, Send, SendTo,
    Socket,
};

/// arch/x86/entry/syscalls/syscall_64.tbl; from 512 on those of the x32 ABI.
const X86_64: Machine = (
    0xc000_003e,
    &[
        (42, Connect),
        (44, SendTo),
        (46, Send),
        (307, Send),
        (49, Bind),
        (41, Socket),
        (59, Execute),
        (322, ExecuteAt),
        (60, Exit),
        (231, ExitGroup),
        (425, RingSetup),
        (518, Send),
        (538, Send),
        (520, Execute),
        (545, ExecuteAt),
    ],
);
/// arch/x86/entry/syscalls/syscall_32.tbl.
const I386: Machine = (
    0x4000_0003,
    &[
        (102, Multiplexed),
        (362, Connect),
        (369, SendTo),
        (370, Send),
        (345, Send),
        (361, Bind),
        (359, Socket),
        (11, Execute),
        (358, ExecuteAt),
        (1, Exit),
        (252, ExitGroup),
        (425, RingSetup),
    ],
);
/// include/uapi/asm-generic/unistd.h.
const GENERIC: &[(u32, Call)] = &[
    (203, Connect),
    (206, SendTo),
    (211, Send),
    (269, Send),
    (200, Bind),
    (198, Socket),
    (221, Execute),
    (281, ExecuteAt),
    (93, Exit),
    (94, ExitGroup),
    (425, RingSetup),
];
/// arch/arm/tools/syscall.tbl.
const ARM: Machine = (
    0x4000_0028,
    &[
        (283, Connect),
        (290, SendTo),
        (296, Send),
        (374, Send),
        (282, Bind),
        (281, Socket),
        (11, Execute),
        (387, ExecuteAt),
        (1, Exit),
        (248, ExitGroup),
        (425, RingSetup),
    ],
);
const AARCH64: Machine = (0xc000_00b7, GENERIC);
const RISCV64: Machine = (0xc000_00f3, GENERIC);

/// Every kind of machine whose calls are known.
pub(super) const MACHINES: [Machine; 5] = [X86_64, I386, AARCH64, ARM, RISCV64];

/// The bit that marks x86-64's calls with 32-bit pointers.
pub(super) const X32: u32 = 0x4000_0000;

impl Call {
    /// The call with this number on this kind of machine; none where it is not looked at.
    pub(super) fn of(machine: u32, number: u32) -> Option<Self> {
        let (_, calls) = MACHINES.iter().find(|(known, _)| *known == machine)?;
        calls.iter().find(|(known, _)| *known == number & !X32).map(|(_, call)| *call)
    }
}

/// What socketcall(2) asks for, by its first argument (linux/net.h), as far as it is looked at.
pub(super) const SOCKET_CALLS: [(u32, Call); 6] =
    [(1, Socket), (2, Bind), (3, Connect), (11, SendTo), (16, Send), (20, Send)];
