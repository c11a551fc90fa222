//! The supervisor: hears of each held call, notes who makes it, and lets it go on. Callers wait
//! for it, so nothing here waits for anybody.

use std::sync::{Arc, Mutex};

use nix::errno::Errno;

use super::call::{Call, SOCKET_CALLS};
use super::filter::is_refused;
use super::listener::{Held, Listener};
use super::registry::Registry;
use super::watch::lock;
use super::{marks, memory};

/// After so many calls the log of the flows that they begin is read, so that it does not run
/// over, whatever the thread that reads it is kept from.
const RELIEF: u32 = 64;

/// Supervises until no process is left under the filter; `relieve` reads the log of flows.
pub fn supervise(listener: &Listener, registry: &Arc<Mutex<Registry>>, relieve: impl Fn()) {
    let mut calls: u32 = 0;
    loop {
        calls = calls.wrapping_add(1);
        if calls.is_multiple_of(RELIEF) {
            relieve();
        }
        match listener.receive() {
            Ok(Some(held)) => {
                let refusal = look(listener, registry, &held);
                listener.answer(&held, refusal);
            }
            Ok(None) => {}
            Err(_) => return,
        }
    }
}

/// Notes a call; the error that it is to fail with, or none.
fn look(listener: &Listener, registry: &Mutex<Registry>, held: &Held) -> Option<Errno> {
    let call = held.call?;
    let mut registry = lock(registry);
    let is_on_socket = matches!(call, Call::Connect | Call::Bind | Call::SendTo | Call::Send);
    // A socket is taken by a descriptor that stands for one thread and no other: where that leads
    // to a socket, nobody else can have the caller's id, and nothing more need be asked.
    if is_on_socket
        && registry.has_met(held.thread)
        && marks::mark(&mut registry, held.thread, descriptor(held.arguments[0]))
    {
        return None;
    }
    // What is read of a thread before this is asked is that of the caller.
    if !registry.knows(held.thread) || !listener.is_held(held) {
        return None;
    }
    match call {
        Call::Connect | Call::Bind | Call::SendTo | Call::Send => {
            marks::mark(&mut registry, held.thread, descriptor(held.arguments[0]));
            None
        }
        Call::Multiplexed => socket_call(&mut registry, held),
        Call::Execute => {
            executes(&mut registry, listener, held, held.arguments[0]);
            None
        }
        Call::ExecuteAt => {
            executes(&mut registry, listener, held, held.arguments[1]);
            None
        }
        Call::Exit => {
            registry.ends(held.thread, false);
            None
        }
        Call::ExitGroup => {
            registry.ends(held.thread, true);
            None
        }
        Call::RingSetup => {
            registry.ring_refused = true;
            Some(Errno::ENOSYS)
        }
        Call::Socket => None,
    }
}

/// The kernel takes the lower half of what it is given as a descriptor.
fn descriptor(argument: u64) -> i32 {
    (argument as u32).cast_signed()
}

fn executes(registry: &mut Registry, listener: &Listener, held: &Held, path: u64) {
    let path = memory::path(held.thread, path).filter(|_| listener.is_held(held));
    registry.executes(held.thread, path);
}

/// socketcall(2): its arguments lie in the caller's memory, as 32-bit numbers.
fn socket_call(registry: &mut Registry, held: &Held) -> Option<Errno> {
    let asked = held.arguments[0] as u32;
    let (_, call) = SOCKET_CALLS.iter().find(|(number, _)| *number == asked)?;
    let mut first = [0; 4];
    memory::read(held.thread, held.arguments[1], &mut first)?;
    let first = u32::from_ne_bytes(first);
    if *call == Call::Socket {
        return is_refused(first).then_some(Errno::EAFNOSUPPORT);
    }
    marks::mark(registry, held.thread, first.cast_signed());
    None
}
