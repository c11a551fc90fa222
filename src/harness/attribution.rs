//! Attribution while the run goes on: the threads that supervise the application's calls and
//! read the log of flows, and what stands in for them where the kernel lets neither be done.

use std::os::raw::c_int;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::own::discard;
use super::socket_tables::SocketTables;
use super::stage::Happened;
use crate::contact::{FlowKey, ProcessRecord};
use crate::sandbox::SandboxError;
use crate::sandbox::attribution::{
    Caller, FlowLog, Listener, Registry, Sighting, lock, supervise, watch,
};

/// The log is read at least this often apart: who reads it each time that something is logged
/// takes the processor from whoever is looked at.
const PAUSE: Duration = Duration::from_millis(1);

/// Attribution, from outside.
pub(super) struct Attribution {
    init: u32,
    registry: Arc<Mutex<Registry>>,
    log: Option<FlowLog>,
    happen: Sender<Happened>,
    /// Held while the log is read.
    reading: Mutex<()>,
    /// The control probe was logged with its caller: so is everything else.
    is_exact: AtomicBool,
    tables: OnceLock<SocketTables>,
    obstacle: OnceLock<Obstacle>,
}

/// Why processes are not told at their calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Obstacle {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

/// What attribution knows at the end.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Attributed {
    pub(super) processes: Vec<ProcessRecord>,
    /// Who made sightings, by number, counted from 1.
    pub(super) callers: Vec<Caller>,
    /// Beginnings of flows that the log lost.
    pub(super) lost: u64,
    /// Calls on sockets that could not be marked.
    pub(super) unmarked: u64,
    /// Processes that found no room on record.
    pub(super) beyond: u64,
    /// io_uring was asked for, and refused.
    pub(super) ring_refused: bool,
    pub(super) obstacle: Option<Obstacle>,
}

impl Attribution {
    /// For the processes below the one with this id outside the sandbox; the calling thread is
    /// in the application's network namespace, and no process runs there yet.
    pub(super) fn prepare(init: u32, happen: Sender<Happened>) -> Result<Arc<Self>, SandboxError> {
        let registry = Arc::new(Mutex::new(Registry::below(init)?));
        let obstacle = OnceLock::new();
        let log = FlowLog::open().map_err(|error| obstacle.set(Obstacle::from(error))).ok();
        let attribution = Arc::new(Self {
            init,
            registry: Arc::clone(&registry),
            log,
            happen,
            reading: Mutex::default(),
            is_exact: AtomicBool::new(false),
            tables: OnceLock::new(),
            obstacle,
        });
        thread::spawn(move || watch(&registry, init));
        let reading = Arc::clone(&attribution);
        thread::spawn(move || {
            while let Some(log) = &reading.log {
                log.wait();
                reading.read();
                thread::sleep(PAUSE);
            }
        });
        Ok(attribution)
    }

    /// Begins to listen to the calls of the first process and of all that it starts: by the
    /// number that the listener has there, where there is one.
    pub(super) fn listen(self: &Arc<Self>, number: Result<c_int, c_int>) {
        let refused = |code| SandboxError::Attribution {
            step: "have system calls held",
            errno: Errno::from_raw(code),
        };
        let listener = number.map_err(refused).and_then(|number| Listener::of(self.init, number));
        match listener {
            Ok(listener) => {
                let attribution = Arc::clone(self);
                thread::spawn(move || {
                    let registry = Arc::clone(&attribution.registry);
                    supervise(&listener, &registry, || attribution.read());
                });
            }
            Err(error) => _ = self.obstacle.set(Obstacle::from(error)),
        }
    }

    /// Whether the control probe, which has been sent, was logged with its caller.
    /// `Happened::ProbeAttributed` follows; where it was not, socket tables are looked at from
    /// now on.
    pub(super) fn expect_probe(&self, flow: FlowKey, patience: Duration) {
        // It was logged before it left.
        self.read();
        if self.is_exact.load(Ordering::Relaxed) {
            let _ = self.happen.send(Happened::ProbeAttributed(true));
            return;
        }
        let _ = self.obstacle.set(Obstacle {
            message: "the control probe was not attributed to the call that sent it".to_owned(),
            hint: None,
        });
        let (registry, happen) = (Arc::clone(&self.registry), self.happen.clone());
        let tables = SocketTables::start(self.init, registry, happen);
        tables.expect_probe(flow, patience);
        let _ = self.tables.set(tables);
    }

    /// What to wait for before a flow's first answer, where there is anything.
    pub(super) fn opened(&self, flow: FlowKey) -> Option<oneshot::Receiver<()>> {
        // The harness's own: nobody waits for an answer.
        let tables = self.tables.get().filter(|_| flow.server != discard())?;
        Some(tables.opened(flow))
    }

    /// Everything that is known, when all is over.
    pub(super) fn end(&self) -> Attributed {
        self.read();
        let registry = lock(&self.registry);
        let (processes, beyond) = registry.records();
        Attributed {
            processes,
            callers: registry.callers(),
            lost: self.log.as_ref().map_or(0, FlowLog::lost),
            unmarked: registry.unmarked(),
            beyond,
            ring_refused: registry.ring_refused(),
            obstacle: self.obstacle.get().filter(|_| self.tables.get().is_some()).cloned(),
        }
    }

    fn is_exact(&self) -> bool {
        self.is_exact.load(Ordering::Relaxed)
    }

    /// Takes what was logged since.
    fn read(&self) {
        let Some(log) = &self.log else { return };
        // Held from before: whoever has read must have taken what another was about to take.
        let _alone = lock(&self.reading);
        let mut sightings = log.read();
        if sightings.is_empty() {
            return;
        }
        if !self.is_exact() {
            let registry = lock(&self.registry);
            let is_probe =
                |it: &Sighting| it.flow.server == discard() && registry.is_init(it.caller);
            if sightings.iter().any(is_probe) {
                self.is_exact.store(true, Ordering::Relaxed);
            }
        }
        sightings.retain(|sighting| sighting.flow.server != discard());
        // Nobody listens where the stage is being ended already.
        let _ = self.happen.send(Happened::Sighted(sightings));
    }
}

impl From<SandboxError> for Obstacle {
    fn from(error: SandboxError) -> Self {
        Self { message: error.to_string(), hint: error.hint().map(str::to_owned) }
    }
}
