//! The filter on system calls that the application and all that it starts run under: which of
//! them the supervisor looks at, and which socket families are refused, since no network
//! namespace holds them back: by them an application would reach the machine's host, its modems
//! or its radios past the capture.

use std::os::fd::OwnedFd;

use libc::sock_filter;
use nix::errno::Errno;

use super::call::{Call, MACHINES, SOCKET_CALLS, X32};
use crate::sandbox::{sys, sys_notify};

/// Virtual machine sockets (vsock(7)), Qualcomm's router for modems, Bluetooth, near-field
/// communication.
const REFUSED: [libc::c_int; 4] = [libc::AF_VSOCK, AF_QIPCRTR, libc::AF_BLUETOOTH, libc::AF_NFC];
const AF_QIPCRTR: libc::c_int = 42;

/// Where `struct seccomp_data` has the number, the architecture and the arguments
/// (linux/seccomp.h).
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const AND: u16 = (libc::BPF_ALU | libc::BPF_AND | libc::BPF_K) as u16;
const IS: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

const REFUSAL: u32 = libc::SECCOMP_RET_ERRNO | Errno::EAFNOSUPPORT as u32;

/// Puts this process, and all that it will start, under the filter. The descriptor by which
/// calls are heard; where the kernel gives none, or another listens already, why, and no call
/// is held.
///
/// # Errors
/// Where the kernel has no seccomp filters.
pub(in crate::sandbox) fn install() -> Result<Result<OwnedFd, Errno>, Errno> {
    match sys_notify::filter_with_listener(&program(true)) {
        Ok(listener) => Ok(Ok(listener)),
        Err(errno) => sys::filter_system_calls(&program(false)).map(|()| Err(errno)),
    }
}

/// Whether sockets of this family are refused.
pub(super) fn is_refused(family: u32) -> bool {
    REFUSED.contains(&family.cast_signed())
}

const fn step(code: u16, k: u32) -> sock_filter {
    sock_filter { code, jt: 0, jf: 0, k }
}

const ALLOW: sock_filter = step(RETURN, libc::SECCOMP_RET_ALLOW);
const HOLD: sock_filter = step(RETURN, libc::SECCOMP_RET_USER_NOTIF);

/// The lower half of an argument; the higher one.
fn low(argument: u32) -> sock_filter {
    let big = u32::from(cfg!(target_endian = "big"));
    step(LOAD, ARGUMENTS + 8 * argument + 4 * big)
}

fn high(argument: u32) -> sock_filter {
    let big = u32::from(cfg!(target_endian = "big"));
    step(LOAD, ARGUMENTS + 8 * argument + 4 * (1 - big))
}

/// Over so many steps where the value is this one, over so many others where it is not.
fn skip(value: u32, if_so: usize, if_not: usize) -> sock_filter {
    let steps = |count| u8::try_from(count).unwrap_or(u8::MAX);
    sock_filter { code: IS, jt: steps(if_so), jf: steps(if_not), k: value }
}

/// The filter: EAFNOSUPPORT for a socket of one of the families, as where the kernel was built
/// without it; `holding`, the calls that the supervisor looks at are held for it. Everything
/// else is allowed.
fn program(holding: bool) -> Vec<sock_filter> {
    let mut program = vec![step(LOAD, ARCHITECTURE)];
    for (architecture, calls) in MACHINES {
        let mut body = vec![step(LOAD, NUMBER), step(AND, !X32)];
        for (number, call) in calls {
            let steps = steps(*call, holding);
            if !steps.is_empty() {
                body.push(skip(*number, 0, steps.len()));
                body.extend(steps);
            }
        }
        body.push(ALLOW);
        program.push(skip(architecture, 0, body.len()));
        program.extend(body);
    }
    program.push(ALLOW);
    program
}

/// What is done about a call; nothing where it is allowed.
fn steps(call: Call, holding: bool) -> Vec<sock_filter> {
    match call {
        Call::Socket => one_of(REFUSED.map(libc::c_int::cast_unsigned), step(RETURN, REFUSAL)),
        _ if !holding => Vec::new(),
        // Without an address it goes where the socket is connected to, which was looked at then.
        Call::SendTo => {
            vec![low(4), skip(0, 0, 2), high(4), skip(0, 1, 0), HOLD, ALLOW]
        }
        Call::Multiplexed => one_of(SOCKET_CALLS.map(|(number, _)| number), HOLD),
        _ => vec![HOLD],
    }
}

/// That end where the first argument is one of these values; else allowed.
fn one_of<const N: usize>(values: [u32; N], end: sock_filter) -> Vec<sock_filter> {
    let mut steps = vec![low(0)];
    for (at, value) in values.into_iter().enumerate() {
        // Over the other values and the permission, to the end.
        steps.push(skip(value, N - at, 0));
    }
    steps.extend([ALLOW, end]);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    const X86_64: u32 = 0xc000_003e;
    const I386: u32 = 0x4000_0003;

    /// What the filter says of a call, as the kernel would run it.
    fn run(holding: bool, architecture: u32, number: u32, arguments: [u64; 6]) -> u32 {
        let program = program(holding);
        let (mut at, mut held) = (0, 0);
        loop {
            let sock_filter { code, jt, jf, k } = program[at];
            at += 1;
            match code {
                LOAD if k == NUMBER => held = number,
                LOAD if k == ARCHITECTURE => held = architecture,
                LOAD => {
                    let bytes: Vec<u8> =
                        arguments.iter().flat_map(|argument| argument.to_ne_bytes()).collect();
                    let start = (k - ARGUMENTS) as usize;
                    held = u32::from_ne_bytes(bytes[start..start + 4].try_into().unwrap());
                }
                AND => held &= k,
                IS => at += usize::from(if held == k { jt } else { jf }),
                RETURN => return k,
                other => panic!("instruction {other:#x} {k}"),
            }
        }
    }

    fn first(value: u64) -> [u64; 6] {
        [value, 0, 0, 0, 0, 0]
    }

    #[test]
    fn only_sockets_of_these_families_are_refused() {
        for (architecture, calls) in MACHINES {
            let (socket, _) = calls.iter().find(|(_, call)| *call == Call::Socket).unwrap();
            for family in 0..50_u32 {
                let expected = if is_refused(family) { REFUSAL } else { libc::SECCOMP_RET_ALLOW };
                for holding in [false, true] {
                    let told = run(holding, architecture, *socket, first(family.into()));
                    assert_eq!(told, expected, "{architecture:x} {family}");
                    // recvmsg, getpid, or what else has no place in the table.
                    let other = run(holding, architecture, 20, first(family.into()));
                    assert_eq!(other, libc::SECCOMP_RET_ALLOW, "{architecture:x} {family}");
                }
            }
        }
        assert_eq!(run(true, X86_64, X32 | 41, first(40)), REFUSAL);
        assert_eq!(run(true, 7, 41, first(40)), libc::SECCOMP_RET_ALLOW);
    }

    #[test]
    fn calls_that_make_contacts_are_held() {
        let hold = libc::SECCOMP_RET_USER_NOTIF;
        let allow = libc::SECCOMP_RET_ALLOW;
        for (name, architecture, number, arguments, expected) in [
            ("connect", X86_64, 42, first(3), hold),
            ("connect, x32", X86_64, X32 | 42, first(3), hold),
            ("sendmsg, x32", X86_64, X32 | 518, first(3), hold),
            ("sendto without an address", X86_64, 44, [3, 1, 2, 0, 0, 16], allow),
            ("sendto, a low address", X86_64, 44, [3, 1, 2, 0, 0x1000, 16], hold),
            ("sendto, a high address", X86_64, 44, [3, 1, 2, 0, 0x7_0000_0000, 16], hold),
            ("write", X86_64, 1, first(3), allow),
            ("exit_group", X86_64, 231, first(0), hold),
            ("io_uring_setup", X86_64, 425, first(8), hold),
            ("socketcall: connect", I386, 102, first(3), hold),
            ("socketcall: socket", I386, 102, first(1), hold),
            ("socketcall: send", I386, 102, first(9), allow),
            ("connect, 32 bits", I386, 362, first(3), hold),
            ("connect, aarch64", 0xc000_00b7, 203, first(3), hold),
        ] {
            assert_eq!(run(true, architecture, number, arguments), expected, "{name}");
            assert_eq!(run(false, architecture, number, arguments), allow, "{name}, not holding");
        }
    }
}
