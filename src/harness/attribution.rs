//! Attribution while the run goes on: a thread that looks up who owns each new flow before
//! the simulated internet answers it, and samples the process tree in between.

use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::own::discard;
use super::stage::Happened;
use crate::contact::{FlowKey, Process, ProcessRecord};
use crate::sandbox::SandboxError;
use crate::sandbox::owner::Owners;

/// How often the process tree is sampled where nothing else happens.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(200);
/// How many flows are looked up in one pass over /proc.
const BATCH: usize = 256;

/// Flows and who sent them.
pub(super) type Batch = Vec<(FlowKey, Process)>;

enum Task {
    Flow(FlowKey, oneshot::Sender<()>),
    Sample,
    Probe(FlowKey, Instant),
    End { sample: bool, tell: Sender<Vec<ProcessRecord>> },
}

/// The attribution thread, from outside.
pub(super) struct Attribution {
    tasks: Mutex<Sender<Task>>,
}

impl Attribution {
    /// Starts it for the processes below the one with this id outside the sandbox.
    pub(super) fn start(init: u32, happen: Sender<Happened>) -> Result<Self, SandboxError> {
        let owners = Owners::below(init)?;
        let (tasks, todo) = mpsc::channel();
        thread::spawn(move || Worker { init, owners, happen }.work(&todo));
        Ok(Self { tasks: Mutex::new(tasks) })
    }

    /// Has the control probe's flow looked up; `Happened::ProbeAttributed` follows.
    pub(super) fn expect_probe(&self, flow: FlowKey, patience: Duration) {
        self.order(Task::Probe(flow, Instant::now() + patience));
    }

    /// Ends the thread: every process it has seen, those of a last `sample` included.
    pub(super) fn processes(&self, sample: bool) -> Vec<ProcessRecord> {
        let (tell, told) = mpsc::channel();
        self.order(Task::End { sample, tell });
        told.recv().unwrap_or_default()
    }

    /// Has a flow's owner looked up; the receiver resolves once it is known.
    pub(super) fn opened(&self, flow: FlowKey) -> oneshot::Receiver<()> {
        let (done, waiting) = oneshot::channel();
        if flow.server == discard() {
            // The harness's own: nobody waits for an answer.
            let _ = done.send(());
        } else {
            self.order(Task::Flow(flow, done));
        }
        waiting
    }

    fn order(&self, task: Task) {
        if let Ok(tasks) = self.tasks.lock() {
            // The thread ends only after Task::End, when nothing is asked of it any more.
            let _ = tasks.send(task);
        }
    }
}

struct Worker {
    init: u32,
    owners: Owners,
    happen: Sender<Happened>,
}

impl Worker {
    fn work(mut self, todo: &Receiver<Task>) {
        loop {
            let first = match todo.recv_timeout(SAMPLE_INTERVAL) {
                Ok(task) => task,
                Err(RecvTimeoutError::Timeout) => Task::Sample,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let mut flows = Vec::new();
            let mut next = Some(first);
            while let Some(task) = next.take() {
                match task {
                    Task::Flow(flow, done) => flows.push((flow, done)),
                    Task::Sample => self.owners.tree().sample(),
                    Task::Probe(flow, deadline) => {
                        let right = self.attribute_probe(&flow, deadline);
                        let _ = self.happen.send(Happened::ProbeAttributed(right));
                    }
                    Task::End { sample, tell } => {
                        if sample {
                            self.owners.tree().sample();
                        }
                        let _ = tell.send(self.owners.into_tree().into_records());
                        return;
                    }
                }
                if flows.len() < BATCH {
                    next = todo.try_recv().ok();
                }
            }
            self.attribute(flows);
        }
    }

    fn attribute(&mut self, flows: Vec<(FlowKey, oneshot::Sender<()>)>) {
        if flows.is_empty() {
            return;
        }
        let keys: Vec<FlowKey> = flows.iter().map(|(flow, _)| *flow).collect();
        let found = self.owners.find(&keys);
        let batch: Batch = keys
            .into_iter()
            .zip(found)
            .filter_map(|(flow, process)| Some((flow, process?)))
            .collect();
        for (_, done) in flows {
            // Nobody waits where the flow has ended meanwhile.
            let _ = done.send(());
        }
        let _ = self.happen.send(Happened::Owners(batch));
    }

    fn attribute_probe(&mut self, flow: &FlowKey, deadline: Instant) -> bool {
        loop {
            if self.owners.is_owner(self.init, flow) {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}
