//! One sandbox from the harness's side: the stage's process, what it reports, what the
//! application writes, and whether the user wants it to stop.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::host::{HOST_STAGE_ARGUMENT, HostOrder};
use super::message::{FromStage, Order, ToStage};
use super::relaying;
use super::state::State;
use super::streams::Streams;
use super::{Event, Listener};
use crate::packet::Timestamp;
use crate::sandbox::handshake;
use crate::sandbox::{SandboxError, Stage};

/// How often an interruption is looked for.
const TICK: Duration = Duration::from_millis(25);
/// How often the listener hears that time passes.
const BEAT: Duration = Duration::from_millis(500);
/// How long the stage may take to set up or to finish.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the last of the application's output may take after its end.
const OUTPUT_PATIENCE: Duration = Duration::from_secs(2);

/// The argument that makes apptrace the stage; the control socket's number follows.
pub const STAGE_ARGUMENT: &str = "__stage";

enum Heard {
    Stage(FromStage),
    StageGone,
    Output(Vec<u8>),
    OutputEnded,
}

/// Why a session cannot go on.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The user asked to stop.
    Interrupted,
    /// The application could not be launched.
    NotStarted { message: String, hint: Option<String> },
    /// A part of the sandbox failed.
    Sandbox { message: String, hint: Option<String> },
}

impl From<SandboxError> for Trouble {
    fn from(error: SandboxError) -> Self {
        Self::Sandbox { message: error.to_string(), hint: error.hint().map(str::to_owned) }
    }
}

impl Trouble {
    fn gone() -> Self {
        let message = "the sandbox's stage process ended unexpectedly".to_owned();
        Self::Sandbox { message, hint: None }
    }
}

/// How much of the application's output is kept for a message.
const TAIL: usize = 2048;

/// A running sandbox.
pub(super) struct Session<'a> {
    /// Held: dropping it ends the sandbox.
    _stage: Stage,
    orders: handshake::Sender<ToStage>,
    heard: Receiver<Heard>,
    interrupted: &'a AtomicBool,
    listener: &'a mut dyn Listener,
    output_ended: bool,
    last_beat: Instant,
    pub(super) state: State,
}

impl<'a> Session<'a> {
    /// Launches the stage and has it set everything up.
    pub(super) fn begin(
        order: Order,
        interrupted: &'a AtomicBool,
        listener: &'a mut dyn Listener,
    ) -> Result<Self, Trouble> {
        let Streams { input, output, reading } = Streams::open(order.plan.launch.terminal)?;
        let uplink = relaying::uplink(&order)?;
        let stage = Stage::launch(&[STAGE_ARGUMENT], input, output, uplink.as_ref())?;
        let first = ToStage::Begin(Box::new(order));
        Self::start(stage, reading, &first, interrupted, listener)
    }

    /// The same on the machine itself.
    pub(super) fn begin_on_machine(
        order: HostOrder,
        interrupted: &'a AtomicBool,
        listener: &'a mut dyn Listener,
    ) -> Result<Self, Trouble> {
        let Streams { input, output, reading } = Streams::open(order.launch.terminal)?;
        let stage = Stage::launch_outside(HOST_STAGE_ARGUMENT, input, output)?;
        let first = ToStage::BeginOnMachine(Box::new(order));
        Self::start(stage, reading, &first, interrupted, listener)
    }

    fn start(
        stage: Stage,
        reading: OwnedFd,
        first: &ToStage,
        interrupted: &'a AtomicBool,
        listener: &'a mut dyn Listener,
    ) -> Result<Self, Trouble> {
        let create = |error: std::io::Error| SandboxError::Create {
            what: "the sandbox's control socket",
            errno: nix::errno::Errno::from_raw(error.raw_os_error().unwrap_or(0)),
        };
        let (orders, mut reports) =
            handshake::channel::<ToStage, FromStage>(stage.control.try_clone().map_err(create)?)
                .map_err(create)?;
        let (tell, heard) = mpsc::channel();
        let output_teller = tell.clone();
        thread::spawn(move || read_output(reading, &output_teller));
        thread::spawn(move || {
            while let Ok(Some(message)) = reports.receive() {
                if tell.send(Heard::Stage(message)).is_err() {
                    return;
                }
            }
            let _ = tell.send(Heard::StageGone);
        });
        let state = State::default();
        let mut session = Self {
            _stage: stage,
            orders,
            heard,
            interrupted,
            listener,
            output_ended: false,
            last_beat: Instant::now(),
            state,
        };
        session.order(first)?;
        session.wait_for(PATIENCE, |state| state.ready)?;
        Ok(session)
    }

    /// Launches the application.
    pub(super) fn launch(&mut self) -> Result<u32, Trouble> {
        self.order(&ToStage::Launch)?;
        self.wait_for(PATIENCE, |state| state.pid.is_some())?;
        let pid = self.state.pid.unwrap_or_default();
        self.listener.hear(&Event::Launched { pid });
        Ok(pid)
    }

    /// Sends a signal to the application's process group.
    pub(super) fn signal(&mut self, number: i32) -> Result<(), Trouble> {
        self.order(&ToStage::Signal(number))
    }

    /// Tells the listener.
    pub(super) fn tell(&mut self, event: &Event<'_>) {
        self.listener.hear(event);
    }

    /// Ends the capture and then everything in the sandbox.
    pub(super) fn finish(mut self) -> Result<State, Trouble> {
        self.order(&ToStage::Finish)?;
        self.wait_for(PATIENCE, |state| state.completed.is_some())?;
        // What the application left behind has been ended; its output ends with it.
        let deadline = Instant::now() + OUTPUT_PATIENCE;
        while !self.output_ended && Instant::now() < deadline {
            // The stage being gone is no trouble any more.
            let _ = self.hear(deadline);
        }
        Ok(self.state)
    }

    /// Waits until `done` or until the time is up; whether it is done.
    pub(super) fn wait_until(
        &mut self,
        deadline: Option<Instant>,
        mut done: impl FnMut(&State) -> bool,
    ) -> Result<bool, Trouble> {
        loop {
            if done(&self.state) {
                return Ok(true);
            }
            if self.interrupted.load(Ordering::Relaxed) {
                return Err(Trouble::Interrupted);
            }
            let now = Instant::now();
            if deadline.is_some_and(|deadline| now >= deadline) {
                return Ok(false);
            }
            if now.duration_since(self.last_beat) >= BEAT {
                self.last_beat = now;
                self.listener.hear(&Event::Tick);
            }
            let tick = now + TICK;
            self.hear(deadline.map_or(tick, |deadline| deadline.min(tick)))?;
        }
    }

    fn wait_for(
        &mut self,
        patience: Duration,
        done: impl FnMut(&State) -> bool,
    ) -> Result<(), Trouble> {
        if self.wait_until(Some(Instant::now() + patience), done)? {
            return Ok(());
        }
        let message = format!("the sandbox did not answer for {} s", patience.as_secs());
        Err(Trouble::Sandbox { message, hint: None })
    }

    fn order(&mut self, order: &ToStage) -> Result<(), Trouble> {
        match self.orders.send(order) {
            Ok(()) => Ok(()),
            // Its last words, if it had any, say more than the broken pipe.
            Err(_) => match self.wait_until(Some(Instant::now() + TICK * 4), |_| false) {
                Ok(_) => Err(Trouble::gone()),
                Err(trouble) => Err(trouble),
            },
        }
    }

    /// Takes one thing that was heard, if there is one before the deadline.
    fn hear(&mut self, deadline: Instant) -> Result<(), Trouble> {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.heard.recv_timeout(left) {
            Ok(Heard::Stage(message)) => self.take(message),
            Ok(Heard::StageGone) => Err(Trouble::gone()),
            Ok(Heard::Output(bytes)) => {
                self.listener.hear(&Event::ApplicationOutput { bytes: &bytes });
                let tail = &mut self.state.output_tail;
                tail.extend_from_slice(&bytes);
                let surplus = tail.len().saturating_sub(TAIL);
                tail.drain(..surplus);
                Ok(())
            }
            Ok(Heard::OutputEnded) => {
                self.output_ended = true;
                Ok(())
            }
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(Trouble::gone()),
        }
    }

    fn take(&mut self, message: FromStage) -> Result<(), Trouble> {
        let state = &mut self.state;
        match message {
            FromStage::Ready => state.ready = true,
            FromStage::Failed { message, hint } => return Err(Trouble::Sandbox { message, hint }),
            FromStage::LaunchFailed { message, hint } => {
                return Err(Trouble::NotStarted { message, hint });
            }
            FromStage::Launched { pid } => state.pid = Some(pid),
            FromStage::Sent(sent) => {
                state.sent = sent;
                state.last_sent = Some(Instant::now());
                self.listener.hear(&Event::Traffic { packets_sent: sent });
            }
            FromStage::Sighted(mut sightings) => state.sightings.append(&mut sightings),
            FromStage::Heard(mut heard) => state.testimony.append(&mut heard),
            FromStage::Exited(how) => {
                state.exit = Some(how);
                state.exited = Some(Timestamp::now());
                self.listener.hear(&Event::ApplicationExited);
            }
            FromStage::Empty => state.empty = true,
            FromStage::Finished(completed) => state.completed = Some(*completed),
        }
        Ok(())
    }
}

fn read_output(reading: OwnedFd, tell: &Sender<Heard>) {
    let mut reading = File::from(reading);
    let mut buffer = vec![0; 16_384];
    // A terminal ends with an error (EIO) once nobody holds its other side.
    while let Ok(length @ 1..) = reading.read(&mut buffer) {
        if tell.send(Heard::Output(buffer[..length].to_vec())).is_err() {
            return;
        }
    }
    let _ = tell.send(Heard::OutputEnded);
}
