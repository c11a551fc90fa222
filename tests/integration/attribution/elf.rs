//! A program for 32-bit x86, made by hand: this machine need have no compiler for it, nor its C
//! library.

/// Where it is loaded, headers and all.
const BASE: u32 = 0x0804_8000;
const HEADERS: u32 = 52 + 32;
/// Data lies this far behind the start.
const DATA: u32 = 0x800;

/// A program that makes system calls, and then ends.
pub(crate) struct Program {
    code: Vec<u8>,
    data: Vec<u8>,
}

/// What goes into a register.
#[derive(Clone, Copy)]
pub(crate) enum Value {
    /// This number.
    Number(u32),
    /// What was kept from an earlier call at this address.
    Kept(u32),
}

use Value::{Kept, Number};

impl Program {
    pub(crate) fn new() -> Self {
        Self { code: Vec::new(), data: Vec::new() }
    }

    /// Puts bytes into the program's data; their address.
    pub(crate) fn data(&mut self, bytes: &[u8]) -> u32 {
        let at = BASE + DATA + self.data.len() as u32;
        self.data.extend(bytes);
        self.data.resize(self.data.len().next_multiple_of(4), 0);
        at
    }

    /// Puts numbers into it.
    pub(crate) fn numbers(&mut self, numbers: &[u32]) -> u32 {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.data(&bytes)
    }

    /// Makes a system call with up to six arguments, in ebx, ecx, edx, esi, edi, ebp.
    pub(crate) fn call(&mut self, number: u32, arguments: &[Value]) {
        for (register, value) in [3, 1, 2, 6, 7, 5].into_iter().zip(arguments) {
            match value {
                // mov register, immediate
                Number(number) => {
                    self.code.push(0xb8 + register);
                    self.code.extend(number.to_le_bytes());
                }
                // mov register, [address]
                Kept(address) => {
                    self.code.extend([0x8b, register << 3 | 5]);
                    self.code.extend(address.to_le_bytes());
                }
            }
        }
        self.code.push(0xb8);
        self.code.extend(number.to_le_bytes());
        // int 0x80
        self.code.extend([0xcd, 0x80]);
    }

    /// Keeps what the last call returned: mov [address], eax.
    pub(crate) fn keep(&mut self, address: u32) {
        self.code.push(0xa3);
        self.code.extend(address.to_le_bytes());
    }

    /// Puts a number at an address: mov dword [address], immediate.
    pub(crate) fn poke(&mut self, address: u32, number: u32) {
        self.code.extend([0xc7, 0x05]);
        self.code.extend(address.to_le_bytes());
        self.code.extend(number.to_le_bytes());
    }

    /// The file.
    pub(crate) fn file(mut self) -> Vec<u8> {
        self.call(1, &[Number(0)]);
        assert!(self.code.len() < (DATA - HEADERS) as usize, "the code runs into the data");
        let size = DATA + self.data.len() as u32;
        let mut file = vec![0x7f, b'E', b'L', b'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        // An executable for i386 (System V ABI, chapter 4).
        for half in [2_u16, 3] {
            file.extend(half.to_le_bytes());
        }
        for word in [1, BASE + HEADERS, 52, 0, 0] {
            file.extend(word.to_le_bytes());
        }
        for half in [52_u16, 32, 1, 0, 0, 0] {
            file.extend(half.to_le_bytes());
        }
        // One segment, loaded whole; readable, writable, executable.
        for word in [1, 0, BASE, BASE, size, size, 7, 0x1000] {
            file.extend(word.to_le_bytes());
        }
        file.extend(self.code);
        file.resize(DATA as usize, 0);
        file.extend(self.data);
        file
    }
}
