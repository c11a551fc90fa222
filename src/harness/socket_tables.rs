//! The stand-in for attribution at the call: a thread that looks up who holds the socket of each
//! new flow before the simulated internet answers it.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::stage::Happened;
use crate::contact::FlowKey;
use crate::packet::Timestamp;
use crate::sandbox::attribution::{Registry, Sighting, discover, lock};
use crate::sandbox::owner::{find, is_owner};

/// How many flows are looked up in one pass over /proc.
const BATCH: usize = 256;

enum Task {
    Flow(FlowKey, oneshot::Sender<()>),
    Probe(FlowKey, Instant),
}

/// The thread, from outside.
pub(super) struct SocketTables(Mutex<Sender<Task>>);

impl SocketTables {
    /// Starts it for the processes below the one with this id outside the sandbox.
    pub(super) fn start(
        init: u32,
        registry: Arc<Mutex<Registry>>,
        happen: Sender<Happened>,
    ) -> Self {
        let (tasks, todo) = mpsc::channel();
        thread::spawn(move || Worker { init, registry, happen }.work(&todo));
        Self(Mutex::new(tasks))
    }

    /// Has the control probe's flow looked up; `Happened::ProbeAttributed` follows.
    pub(super) fn expect_probe(&self, flow: FlowKey, patience: Duration) {
        self.order(Task::Probe(flow, Instant::now() + patience));
    }

    /// Has a flow's owner looked up; the receiver resolves once that is done.
    pub(super) fn opened(&self, flow: FlowKey) -> oneshot::Receiver<()> {
        let (done, waiting) = oneshot::channel();
        self.order(Task::Flow(flow, done));
        waiting
    }

    fn order(&self, task: Task) {
        // The thread lives as long as the stage.
        let _ = lock(&self.0).send(task);
    }
}

struct Worker {
    init: u32,
    registry: Arc<Mutex<Registry>>,
    happen: Sender<Happened>,
}

impl Worker {
    fn work(self, todo: &Receiver<Task>) {
        while let Ok(first) = todo.recv() {
            let mut flows = Vec::new();
            let mut next = Some(first);
            while let Some(task) = next.take() {
                match task {
                    Task::Flow(flow, done) => flows.push((flow, done)),
                    Task::Probe(flow, deadline) => {
                        let right = self.attribute_probe(&flow, deadline);
                        let _ = self.happen.send(Happened::ProbeAttributed(right));
                    }
                }
                if flows.len() < BATCH {
                    next = todo.try_recv().ok();
                }
            }
            self.attribute(flows);
        }
    }

    fn attribute(&self, flows: Vec<(FlowKey, oneshot::Sender<()>)>) {
        if flows.is_empty() {
            return;
        }
        let keys: Vec<FlowKey> = flows.iter().map(|(flow, _)| *flow).collect();
        discover(&self.registry, self.init);
        let living = lock(&self.registry).living();
        let found = find(self.init, &living, &keys);
        let time = Timestamp::now();
        let mut registry = lock(&self.registry);
        let sighting = |(flow, holder): (FlowKey, Option<u32>)| {
            Some(Sighting { flow, time, caller: registry.add(holder?)? })
        };
        let sightings: Vec<Sighting> = keys.into_iter().zip(found).filter_map(sighting).collect();
        for (_, done) in flows {
            // Nobody waits where the flow has ended meanwhile.
            let _ = done.send(());
        }
        let _ = self.happen.send(Happened::Sighted(sightings));
    }

    fn attribute_probe(&self, flow: &FlowKey, deadline: Instant) -> bool {
        loop {
            if is_owner(self.init, flow) {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}
