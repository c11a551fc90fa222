//! Socket families that no network namespace holds back, refused to the application: by them it
//! would reach the machine's host, its modems or its radios past the capture.

use libc::sock_filter;
use nix::errno::Errno;

use super::sys;

/// Virtual machine sockets (vsock(7)), Qualcomm's router for modems, Bluetooth, near-field
/// communication.
const REFUSED: [libc::c_int; 4] = [libc::AF_VSOCK, AF_QIPCRTR, libc::AF_BLUETOOTH, libc::AF_NFC];
const AF_QIPCRTR: libc::c_int = 42;

/// Architectures (`AUDIT_ARCH_*` of linux/audit.h) with their number of socket(2). On x86 a
/// 32-bit program may also ask by socketcall(2), whose arguments a filter cannot read.
const SOCKET: [(u32, u32); 5] = [
    (0xc000_003e, 41),
    (0x4000_0003, 359),
    (0xc000_00b7, 198),
    (0x4000_0028, 281),
    (0xc000_00f3, 198),
];
/// The bit that marks x86-64's calls with 32-bit pointers.
const X32: u32 = 0x4000_0000;

/// Where `struct seccomp_data` has the number, the architecture and the first argument's lower
/// half (linux/seccomp.h).
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const FIRST: u32 = if cfg!(target_endian = "little") { 16 } else { 20 };

const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const AND: u16 = (libc::BPF_ALU | libc::BPF_AND | libc::BPF_K) as u16;
const IS: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

/// Refuses these families to this process and all that it will start (seccomp(2)).
///
/// # Errors
/// Where the kernel has no seccomp filters.
pub(super) fn refuse() -> Result<(), Errno> {
    sys::filter_system_calls(&program())
}

/// The filter: EAFNOSUPPORT for a socket of one of the families, as where the kernel was built
/// without it; everything else is allowed.
fn program() -> Vec<sock_filter> {
    let step = |code, k| sock_filter { code, jt: 0, jf: 0, k };
    let skip_unless = |k, jf| sock_filter { code: IS, jt: 0, jf, k };
    let skip_if = |k, jt| sock_filter { code: IS, jt, jf: 0, k };
    let allow = step(RETURN, libc::SECCOMP_RET_ALLOW);
    let refusal = libc::SECCOMP_RET_ERRNO | Errno::EAFNOSUPPORT as u32;
    let mut families = vec![step(LOAD, FIRST)];
    for (at, family) in REFUSED.iter().enumerate() {
        // Over the other families and the permission, to the refusal at the end.
        let rest = REFUSED.len() - at;
        families.push(skip_if(family.cast_unsigned(), u8::try_from(rest).unwrap_or(u8::MAX)));
    }
    families.extend([allow, step(RETURN, refusal)]);
    let mut program = vec![step(LOAD, ARCHITECTURE)];
    for (architecture, socket) in SOCKET {
        let body = 4 + families.len();
        program.push(skip_unless(architecture, u8::try_from(body).unwrap_or(u8::MAX)));
        program.push(step(LOAD, NUMBER));
        program.push(step(AND, !X32));
        program.push(skip_if(socket, 1));
        program.push(allow);
        program.extend(&families);
    }
    program.push(allow);
    program
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the filter says of a call, as the kernel would run it.
    fn run(architecture: u32, number: u32, first: u32) -> u32 {
        let program = program();
        let (mut at, mut held) = (0, 0);
        loop {
            let sock_filter { code, jt, jf, k } = program[at];
            at += 1;
            match code {
                LOAD if k == NUMBER => held = number,
                LOAD if k == ARCHITECTURE => held = architecture,
                LOAD if k == FIRST => held = first,
                AND => held &= k,
                IS => at += usize::from(if held == k { jt } else { jf }),
                RETURN => return k,
                other => panic!("instruction {other:#x} {k}"),
            }
        }
    }

    #[test]
    fn only_sockets_of_these_families_are_refused() {
        let refusal = libc::SECCOMP_RET_ERRNO | Errno::EAFNOSUPPORT as u32;
        for (architecture, socket) in SOCKET {
            for family in 0..50_u32 {
                let refused = REFUSED.contains(&family.cast_signed());
                let expected = if refused { refusal } else { libc::SECCOMP_RET_ALLOW };
                assert_eq!(
                    run(architecture, socket, family),
                    expected,
                    "{architecture:x} {family}"
                );
                let other = run(architecture, socket + 1, family);
                assert_eq!(other, libc::SECCOMP_RET_ALLOW, "{architecture:x} {family}");
            }
        }
        assert_eq!(run(SOCKET[0].0, X32 | 41, 40), refusal);
        assert_eq!(run(7, 41, 40), libc::SECCOMP_RET_ALLOW);
    }
}
