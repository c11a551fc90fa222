//! What answers the application, brought up inside the sandbox: the one place where the
//! simulated internet, the networks and the attribution meet.

use std::io;
use std::sync::{Arc, mpsc};
use std::thread;

use super::closing::{closed_ports, closer};
use super::failure::Failure;
use super::hearing::Hearing;
use super::message::{Behind, Order};
use super::relaying;
use super::session_keys::SessionKeys;
use crate::internet::relay::BlockLog;
use crate::internet::{Authority, Internet, KeyNotes};
use crate::sandbox::{Impairment, Networks, Place, Uplink, divert, impair};
use crate::script::{Conditions, Script};

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
    hearing: &Arc<Hearing>,
    uplink: Option<Uplink>,
    log: &BlockLog,
    keys: &SessionKeys,
    line_broke: impl FnOnce(io::Error) + Send + 'static,
) -> Starting {
    let (networks, hearing) = (Arc::clone(networks), Arc::clone(hearing));
    let (log, behind, keys) = (log.clone(), order.behind.clone(), keys.terminated());
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let opened = match behind {
            Behind::Simulated { script, authority } => {
                open(script, &authority, keys, &networks, line_broke)
                    .map(|internet| Opened::Simulated(Box::new(internet)))
            }
            Behind::Relay(reach) => relaying::open(reach, &networks).map(Opened::Relay),
        };
        // The receiver waits, or the stage is being ended.
        match opened {
            Ok(opened) => {
                let _ = tell.send(Ok(()));
                match opened {
                    Opened::Simulated(internet) => _ = internet.serve(hearing),
                    Opened::Relay(relay) => relay.serve(uplink, hearing, log),
                }
            }
            Err(failure) => _ = tell.send(Err(failure)),
        }
    });
    Starting(told)
}

/// What answers, listening and not yet serving.
enum Opened {
    Simulated(Box<Internet>),
    Relay(relaying::Ready),
}

fn open(
    script: Script,
    authority: &Authority,
    keys: Option<Arc<KeyNotes>>,
    networks: &Networks,
    line_broke: impl FnOnce(io::Error) + Send + 'static,
) -> Result<Internet, Failure> {
    networks.enter(Place::Internet)?;
    let mut internet = Internet::open(script, authority, keys).map_err(Failure::new)?;
    let (tcp, udp) = internet.ports();
    divert(tcp, udp, &closed_ports(internet.script()))?;
    if let Some(closer) = closer(internet.script()) {
        internet.when_named(closer);
    }
    if let Some(conditions) = &internet.script().conditions
        && let Some(line) = impair(&impairment(conditions))?
    {
        // It ends with the process; where it ends before, the run proves nothing.
        thread::spawn(move || line.serve().unwrap_or_else(line_broke));
    }
    Ok(internet)
}

fn impairment(conditions: &Conditions) -> Impairment {
    Impairment {
        latency: conditions.latency,
        jitter: conditions.jitter,
        loss: conditions.loss,
        rate: conditions.bandwidth.map(|bits| (bits / 8).max(1)),
    }
}
