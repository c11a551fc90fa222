//! The stage of host mode: the process between the harness and an application that runs on the
//! machine itself. It opens the interfaces, gives up what that took, launches the application,
//! and ends all of it when the harness has gone.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

use super::traffic::{Traffic, capture_all};
use super::{Captured, HostOrder, Seen, interfaces};
use crate::capture::{LiveCapture, LiveError, Totals};
use crate::harness::descriptors::{leave_streams, raise_descriptor_limit};
use crate::harness::failure::Failure;
use crate::harness::message::{Completed, FromStage, ToStage};
use crate::sandbox::handshake::{self, Ended};
use crate::sandbox::machine::{self, Holdings, MachineError, Watch};

/// How often the harness hears of traffic.
const TRAFFIC_INTERVAL: Duration = Duration::from_millis(50);
/// How often it is looked whether an interface came up.
const INTERFACES_INTERVAL: Duration = Duration::from_millis(500);
/// How long packets that were sent may take to be handed over.
const DRAIN: Duration = Duration::from_millis(60);
/// How long the captures may take to end.
const ENDING_PATIENCE: Duration = Duration::from_secs(5);
/// How long the application's processes may take to end when they are killed.
const KILLING_PATIENCE: Duration = Duration::from_secs(5);

enum Happened {
    Order(ToStage),
    HarnessGone,
    CaptureEnded(usize, Result<Totals, LiveError>),
    Exited(Ended),
    Empty,
}

/// Runs the stage on the socket inherited under this number, until all is done.
///
/// # Errors
/// Where the socket is none, or the harness has gone.
pub fn run_host_stage(control: i32) -> std::io::Result<()> {
    let (mut say, mut hear) = handshake::inherited::<FromStage, ToStage>(control)?;
    let Some(ToStage::BeginOnMachine(order)) = hear.receive()? else { return Ok(()) };
    let (happen, happened) = mpsc::channel();
    let stage = match HostStage::set_up(&order, &happen, happened) {
        Ok(stage) => stage,
        Err(Failure { message, hint }) => return say.send(&FromStage::Failed { message, hint }),
    };
    thread::spawn(move || {
        while let Ok(Some(order)) = hear.receive() {
            if happen.send(Happened::Order(order)).is_err() {
                return;
            }
        }
        let _ = happen.send(Happened::HarnessGone);
    });
    say.send(&FromStage::Ready)?;
    let served = stage.serve(&order, &mut say);
    // Whoever has gone, what was launched must not stay.
    machine::end_family(Instant::now() + KILLING_PATIENCE);
    served
}

struct HostStage {
    happened: Receiver<Happened>,
    happen: Sender<Happened>,
    traffic: Arc<Traffic>,
    watch: Watch,
    names: Vec<String>,
    /// Interfaces that came up later; none where the user said which count.
    missed: Option<BTreeSet<String>>,
    /// When those were looked for.
    looked: Instant,
    main: Option<Pid>,
}

impl HostStage {
    fn set_up(
        order: &HostOrder,
        happen: &Sender<Happened>,
        happened: Receiver<Happened>,
    ) -> Result<Self, Failure> {
        let count = order.captures.len();
        let open =
            |it: &Captured| LiveCapture::open_one_of(count, &it.interface, &it.filter, &it.file);
        let opened: Result<Vec<LiveCapture>, LiveError> = order.captures.iter().map(open).collect();
        let captures = opened.map_err(|error| refused(&error))?;
        // Before any thread: capabilities are each thread's own.
        machine::let_go(order.account.as_ref())?;
        raise_descriptor_limit();
        let watch = Watch::begin()?;
        let own = machine::up()?.into_iter().flat_map(|interface| interface.addresses).collect();
        let traffic = Arc::new(Traffic { own, ..Traffic::default() });
        let names = order.captures.iter().map(|it| it.interface.clone()).collect();
        for (at, capture) in captures.into_iter().enumerate() {
            let (traffic, call, happen) = (Arc::clone(&traffic), watch.call(), happen.clone());
            thread::spawn(move || {
                let ended = capture_all(capture, &traffic, &call);
                // Nobody listens where the stage is being ended already.
                let _ = happen.send(Happened::CaptureEnded(at, ended));
            });
        }
        let missed = order.all.then(BTreeSet::new);
        let happen = happen.clone();
        Ok(Self {
            happened,
            happen,
            traffic,
            watch,
            names,
            missed,
            looked: Instant::now(),
            main: None,
        })
    }

    /// Until the harness has heard the end, or has gone.
    fn serve(
        mut self,
        order: &HostOrder,
        say: &mut handshake::Sender<FromStage>,
    ) -> std::io::Result<()> {
        let mut told = 0;
        loop {
            let happened = match self.happened.recv_timeout(TRAFFIC_INTERVAL) {
                Ok(happened) => Some(happened),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            if self.looked.elapsed() >= INTERFACES_INTERVAL {
                self.look_for_interfaces();
            }
            let sent = self.traffic.sent.load(Ordering::Relaxed);
            if sent != told {
                told = sent;
                say.send(&FromStage::Sent(sent))?;
            }
            match happened {
                None | Some(Happened::Order(ToStage::Begin(_) | ToStage::BeginOnMachine(_))) => {}
                Some(Happened::HarnessGone) => return Ok(()),
                Some(Happened::Order(ToStage::Launch)) => say.send(&self.launch(order))?,
                Some(Happened::Order(ToStage::Signal(number))) => self.signal(number),
                Some(Happened::Order(ToStage::Finish)) => {
                    let finished = self.finish();
                    return say.send(&finished);
                }
                Some(Happened::Exited(how)) => say.send(&FromStage::Exited(how))?,
                Some(Happened::Empty) => say.send(&FromStage::Empty)?,
                Some(Happened::CaptureEnded(at, ended)) => say.send(&self.broken(at, ended))?,
            }
        }
    }

    fn launch(&mut self, order: &HostOrder) -> FromStage {
        self.traffic.launched.store(true, Ordering::Relaxed);
        let pid = match crate::sandbox::launch_outside(&order.launch) {
            Ok(pid) => pid,
            Err((message, hint)) => return FromStage::LaunchFailed { message, hint },
        };
        // Its streams are the application's alone from here on.
        let _ = leave_streams();
        self.main = Some(pid);
        let happen = self.happen.clone();
        thread::spawn(move || reap(pid, &happen));
        FromStage::Launched { pid: pid.as_raw().unsigned_abs() }
    }

    fn look_for_interfaces(&mut self) {
        self.looked = Instant::now();
        if let (Some(missed), Ok(up)) = (&mut self.missed, machine::up()) {
            missed.extend(interfaces::missed(up, &self.names));
        }
    }

    fn signal(&self, number: i32) {
        if let (Some(group), Ok(signal)) = (self.main, Signal::try_from(number)) {
            // The group may have ended meanwhile, which is what was wanted.
            let _ = killpg(group, signal);
        }
    }

    fn broken(&self, at: usize, ended: Result<Totals, LiveError>) -> FromStage {
        let name = self.names.get(at).map_or("an interface", String::as_str);
        let why = ended.err().map_or_else(|| "it ended early".to_owned(), |it| it.to_string());
        FromStage::Failed {
            message: format!("the capture on {name} broke off: {why}"),
            hint: Some("see whether the interface is still up".to_owned()),
        }
    }

    fn finish(mut self) -> FromStage {
        self.look_for_interfaces();
        if let Ok(mut stop) = self.traffic.stop.lock() {
            *stop = Some(Instant::now() + DRAIN);
        }
        let deadline = Instant::now() + ENDING_PATIENCE;
        let mut totals: Vec<Option<Totals>> = vec![None; self.names.len()];
        while totals.iter().any(Option::is_none) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.happened.recv_timeout(left) {
                Ok(Happened::CaptureEnded(at, Ok(ended))) => {
                    if let Some(place) = totals.get_mut(at) {
                        *place = Some(ended);
                    }
                }
                Ok(Happened::CaptureEnded(at, error)) => return self.broken(at, error),
                Ok(_) => {}
                Err(_) => {
                    let message = "a capture did not end".to_owned();
                    return FromStage::Failed { message, hint: None };
                }
            }
        }
        let totals: Vec<Totals> = totals.into_iter().flatten().collect();
        let mut addresses = self.traffic.own.clone();
        // Those that came later, too.
        let now = machine::up().unwrap_or_default();
        addresses.extend(now.into_iter().flat_map(|interface| interface.addresses));
        addresses.sort_unstable();
        addresses.dedup();
        let counts = totals.iter().map(|it| (it.written, it.dropped));
        let main = self.main.map(|main| main.as_raw().unsigned_abs());
        let Some(holdings) = self.watch.end() else {
            let message = "looking who holds which socket broke off".to_owned();
            return FromStage::Failed { message, hint: None };
        };
        let seen = Seen {
            interfaces: self.names.into_iter().zip(counts).map(|(n, (w, d))| (n, w, d)).collect(),
            holdings: Holdings { main, ..holdings },
            addresses,
            gateways: machine::gateways(),
            missed: self.missed.into_iter().flatten().collect(),
            is_root: nix::unistd::geteuid().is_root(),
        };
        FromStage::Finished(Box::new(Completed {
            written: totals.iter().map(|it| it.written).sum(),
            dropped: totals.iter().map(|it| it.dropped).sum(),
            host: Some(seen),
            ..Completed::default()
        }))
    }
}

impl From<MachineError> for Failure {
    fn from(error: MachineError) -> Self {
        Self { message: error.to_string(), hint: error.hint().map(str::to_owned) }
    }
}

/// Capturing takes a capability that few have.
fn refused(error: &LiveError) -> Failure {
    let own = std::fs::read_link("/proc/self/exe").unwrap_or_else(|_| "apptrace".into());
    Failure {
        message: format!("{error}; capturing on the machine's interfaces takes CAP_NET_RAW"),
        hint: Some(format!(
            "`sudo setcap cap_net_raw+ep {}` gives it to this program, and to whoever may run it; \
             or run it with sudo",
            own.display()
        )),
    }
}

/// Waits for everything that was launched, orphans included.
fn reap(main: Pid, happen: &Sender<Happened>) {
    loop {
        let ended = match waitpid(Pid::from_raw(-1), None) {
            Ok(WaitStatus::Exited(pid, status)) => (pid, Ended::Status(status)),
            Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, Ended::Signal(signal as i32)),
            Ok(_) | Err(Errno::EINTR) => continue,
            Err(_) => {
                let _ = happen.send(Happened::Empty);
                return;
            }
        };
        if ended.0 == main {
            // Whoever has gone, the others are still waited for.
            let _ = happen.send(Happened::Exited(ended.1));
        }
    }
}
