//! The simulated internet, brought up inside the sandbox: the one place where it, the networks
//! and the attribution meet.

use std::sync::{Arc, mpsc};
use std::thread;

use super::attribution::Attribution;
use super::message::Order;
use super::stage::Failure;
use crate::contact::Transport;
use crate::internet::{Internet, Refusal, Script};
use crate::sandbox::{Closed, Networks, Place, divert};
use crate::scenario::Internet as Kind;

const DNS_PORT: u16 = 53;

/// A simulated internet that is being brought up.
pub(super) struct Starting(mpsc::Receiver<Result<(), Failure>>);

impl Starting {
    /// Waits until it answers.
    pub(super) fn wait(self) -> Result<(), Failure> {
        let gone = |_| Err(Failure::new("the simulated internet did not start"));
        self.0.recv().unwrap_or_else(gone)
    }
}

/// Brings the simulated internet up on a thread of its own, in its network namespace.
pub(super) fn start_internet(
    order: &Order,
    networks: &Arc<Networks>,
    attribution: &Arc<Attribution>,
) -> Starting {
    let (networks, attribution) = (Arc::clone(networks), Arc::clone(attribution));
    let (script, absent) = match order.internet {
        Kind::Simulated => (order.script.clone(), false),
        Kind::None => (Script { absent: true, ..Script::default() }, true),
    };
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let open = || -> Result<Internet, Failure> {
            networks.enter(Place::Internet)?;
            let mut internet = Internet::open(script).map_err(Failure::new)?;
            let closed = if absent { all_but_lookups() } else { closed_ports(&mut internet) };
            let (tcp, udp) = internet.ports();
            divert(tcp, udp, &closed)?;
            Ok(internet)
        };
        match open() {
            Ok(internet) => {
                // The receiver waits, or the stage is being ended.
                let _ = tell.send(Ok(()));
                let _ = internet.serve(attribution);
            }
            Err(failure) => {
                let _ = tell.send(Err(failure));
            }
        }
    });
    Starting(told)
}

/// Where there is no internet everything but the lookups is left to the kernel, which answers
/// with a reset or an ICMP port unreachable at once.
fn all_but_lookups() -> Vec<Closed> {
    let mut closed = Vec::new();
    for protocol in [6, 17] {
        for ports in [0..=DNS_PORT - 1, DNS_PORT + 1..=u16::MAX] {
            closed.push(Closed { address: None, ports, protocol });
        }
    }
    closed
}

fn closed_ports(internet: &mut Internet) -> Vec<Closed> {
    let refusals: Vec<Refusal> = internet.script().refused.clone();
    let mut closed = Vec::new();
    for refusal in refusals {
        let protocols: &[u8] = match refusal.transport {
            Some(Transport::Tcp) => &[6],
            Some(Transport::Udp) => &[17],
            _ => &[6, 17],
        };
        for address in internet.refused_addresses(refusal.host.as_deref()) {
            for ports in &refusal.ports {
                closed.extend(protocols.iter().map(|protocol| Closed {
                    address,
                    ports: ports.clone(),
                    protocol: *protocol,
                }));
            }
        }
    }
    closed
}
