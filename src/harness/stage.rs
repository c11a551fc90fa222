//! The stage: the process between the harness and the application. It lives in the sandbox's
//! user namespace, sets up the networks, runs the capture and the simulated internet in them,
//! and passes on what the harness orders and the sandbox's first process reports.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::answering::start_internet;
use super::attribution::Attribution;
use super::descriptors::{leave_streams, raise_descriptor_limit};
use super::failure::Failure;
use super::hearing::Hearing;
use super::message::{Completed, FromStage, Order, ToStage};
use super::own::{MARK_PAYLOAD, discard, flow_to_discard};
use super::session_keys::SessionKeys;
use super::traffic;
use crate::capture::{LiveCapture, LiveError, Totals};
use crate::contact::FlowKey;
use crate::internet::relay::BlockLog;
use crate::sandbox::attribution::Sighting;
use crate::sandbox::handshake::{self, FromInit, ToInit};
use crate::sandbox::{INTERFACE, Networks, Uplink, addresses, init, settings};

/// How long the end mark may take from the socket to the capture.
const MARK_PATIENCE: Duration = Duration::from_secs(5);
/// How long the control probe may take to be attributed before the launch goes on without.
const PROBE_PATIENCE: Duration = Duration::from_secs(2);
/// How long the last connections may take to be heard to their end.
const HEARING_PATIENCE: Duration = Duration::from_millis(500);
/// How often the harness hears of traffic.
const TRAFFIC_INTERVAL: Duration = Duration::from_millis(50);

/// What happens around the stage's main thread.
pub(super) enum Happened {
    Order(ToStage),
    HarnessGone,
    Init(FromInit),
    InitGone,
    Sighted(Vec<Sighting>),
    ProbeAttributed(bool),
    CaptureEnded(Result<Totals, LiveError>),
    LineBroke(std::io::Error),
}

/// Runs the stage on the sockets inherited under these numbers, until all is done.
///
/// # Errors
/// Where a socket is none, or the harness has gone.
pub fn run_stage(control: i32, uplink: Option<i32>) -> std::io::Result<()> {
    let uplink = uplink.map(Uplink::inherited).transpose()?;
    let (mut say, mut hear) = handshake::inherited::<FromStage, ToStage>(control)?;
    let Some(ToStage::Begin(order)) = hear.receive()? else { return Ok(()) };
    let (happen, happened) = mpsc::channel();
    match Stage::set_up(&order, uplink, happen.clone(), happened) {
        Ok(mut stage) => {
            pass_on(happen, move || hear.receive(), Happened::Order, Happened::HarnessGone);
            stage.serve(&mut say)
        }
        Err(failure) => {
            say.send(&FromStage::Failed { message: failure.message, hint: failure.hint })
        }
    }
}

struct Stage {
    orders: handshake::Sender<ToInit>,
    happened: Receiver<Happened>,
    /// Held so that `happened` stays open whoever ends.
    _happen: Sender<Happened>,
    attribution: Arc<Attribution>,
    hearing: Arc<Hearing>,
    sent: Arc<AtomicU64>,
    marked: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    probe_attributed: bool,
    probes: Vec<FlowKey>,
    /// What was refused since the baseline does not allow it.
    log: BlockLog,
    keys: SessionKeys,
}

impl Stage {
    fn set_up(
        order: &Order,
        uplink: Option<Uplink>,
        happen: Sender<Happened>,
        happened: Receiver<Happened>,
    ) -> Result<Self, Failure> {
        let networks = Arc::new(Networks::create()?);
        settings::apply();
        // Last before any thread: the fork wants this process single-threaded.
        let init::Init { pid, orders, mut reports } = init::start(&order.plan)?;
        leave_streams().map_err(Failure::new)?;
        raise_descriptor_limit();
        pass_on(happen.clone(), move || reports.receive(), Happened::Init, Happened::InitGone);
        let attribution = Attribution::prepare(pid, happen.clone())?;
        // Opening the capture takes the kernel as long as all this: both at once.
        let (log, keys) = (BlockLog::default(), SessionKeys::of(order, pid));
        let hearing = Arc::new(Hearing::new(Arc::clone(&attribution)));
        let broken = happen.clone();
        let line_broke = move |error| _ = broken.send(Happened::LineBroke(error));
        let starting = start_internet(order, &networks, &hearing, uplink, &log, &keys, line_broke);
        let mut stage = Self {
            orders,
            happened,
            _happen: happen.clone(),
            attribution,
            hearing,
            sent: Arc::default(),
            marked: Arc::default(),
            stop: Arc::default(),
            probe_attributed: false,
            probes: Vec::new(),
            log,
            keys,
        };
        stage.start_capture(order, happen)?;
        starting.wait()?;
        Ok(stage)
    }

    fn start_capture(&mut self, order: &Order, happen: Sender<Happened>) -> Result<(), Failure> {
        let mut capture = LiveCapture::open(INTERFACE, &order.capture).map_err(Failure::new)?;
        let (sent, marked, stop) =
            (Arc::clone(&self.sent), Arc::clone(&self.marked), Arc::clone(&self.stop));
        thread::spawn(move || {
            let each = |frame: &[u8]| {
                if traffic::is_sent(frame) {
                    sent.fetch_add(1, Ordering::Relaxed);
                }
                let is_mark = frame.ends_with(MARK_PAYLOAD);
                marked.fetch_or(is_mark, Ordering::Relaxed);
                is_mark
            };
            let ended = capture.run(each, || stop.load(Ordering::Relaxed));
            // Nobody listens where the stage is being ended already.
            let _ = happen.send(Happened::CaptureEnded(ended));
        });
        Ok(())
    }

    /// Until the harness has heard the end, or has gone.
    fn serve(&mut self, say: &mut handshake::Sender<FromStage>) -> std::io::Result<()> {
        let mut told = 0;
        loop {
            let happened = match self.happened.recv_timeout(TRAFFIC_INTERVAL) {
                Ok(happened) => Some(happened),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            let sent = self.sent.load(Ordering::Relaxed);
            if sent != told {
                told = sent;
                say.send(&FromStage::Sent(sent))?;
            }
            self.hearing.tell(say, false)?;
            match happened {
                None => {}
                Some(Happened::HarnessGone) => return Ok(()),
                Some(Happened::Order(ToStage::Finish)) => {
                    let finished = self.finish(say)?;
                    return say.send(&finished);
                }
                Some(Happened::Order(order)) => self.obey(order)?,
                Some(other) => {
                    if let Some(report) = self.report(other)? {
                        say.send(&report)?;
                    }
                }
            }
        }
    }

    fn obey(&mut self, order: ToStage) -> std::io::Result<()> {
        match order {
            ToStage::Launch => self.orders.send(&ToInit::Launch),
            ToStage::Signal(number) => {
                self.hearing.leave();
                self.orders.send(&ToInit::Signal(number))
            }
            _ => Ok(()),
        }
    }

    /// What the harness is told of something that happened.
    fn report(&mut self, happened: Happened) -> std::io::Result<Option<FromStage>> {
        Ok(Some(match happened {
            Happened::Init(FromInit::Ready(listener)) => {
                self.attribution.listen(listener);
                self.orders.send(&ToInit::Probe(discard()))?;
                return Ok(None);
            }
            Happened::Init(FromInit::ProbeSent(client)) => {
                let flow = flow_to_discard(client);
                self.probes.push(flow);
                self.attribution.expect_probe(flow, PROBE_PATIENCE);
                return Ok(None);
            }
            Happened::ProbeAttributed(right) => {
                self.probe_attributed = right;
                FromStage::Ready
            }
            Happened::Init(FromInit::Failed { message, hint }) => {
                FromStage::Failed { message, hint }
            }
            Happened::Init(FromInit::Launched { pid }) => FromStage::Launched { pid },
            Happened::Init(FromInit::LaunchFailed { message, hint }) => {
                FromStage::LaunchFailed { message, hint }
            }
            Happened::Init(FromInit::Exited(how)) => FromStage::Exited(how),
            Happened::Init(FromInit::Empty) => FromStage::Empty,
            Happened::InitGone => failed("the sandbox's first process ended unexpectedly"),
            Happened::Sighted(sightings) => FromStage::Sighted(sightings),
            Happened::CaptureEnded(Err(error)) => failed(&error.to_string()),
            Happened::CaptureEnded(Ok(_)) => failed("the capture ended before the run did"),
            Happened::LineBroke(it) => failed(&format!("the line of `conditions` broke: {it}")),
            Happened::Order(_) | Happened::HarnessGone => return Ok(None),
        }))
    }

    fn finish(&mut self, say: &mut handshake::Sender<FromStage>) -> std::io::Result<FromStage> {
        self.mark_end()?;
        let deadline = Instant::now() + MARK_PATIENCE;
        let totals = loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.happened.recv_timeout(left) {
                Ok(Happened::CaptureEnded(ended)) => break ended,
                Ok(Happened::Sighted(sightings)) => say.send(&FromStage::Sighted(sightings))?,
                Ok(_) => {}
                // The mark is late: the capture ends without it, and says so.
                Err(_) if !self.stop.swap(true, Ordering::Relaxed) => {}
                Err(_) => break Err(LiveError::Read("it did not end".to_owned())),
            }
        };
        let attributed = self.attribution.end();
        while let Ok(happened) = self.happened.try_recv() {
            if let Happened::Sighted(sightings) = happened {
                say.send(&FromStage::Sighted(sightings))?;
            }
        }
        self.keys.read_noted();
        // Everything that was sent is captured: what the application left behind can go. With it
        // its connections end, and what was said in them is heard to the end.
        self.hearing.end();
        self.orders.send(&ToInit::End)?;
        self.hearing.wait_for_silence(HEARING_PATIENCE);
        self.hearing.tell(say, true)?;
        Ok(match totals {
            Ok(Totals { written, dropped }) => FromStage::Finished(Box::new(Completed {
                written,
                dropped,
                probes: self.probes.clone(),
                probe_attributed: self.probe_attributed,
                unheard: self.hearing.beyond(),
                mark_seen: self.marked.load(Ordering::Relaxed),
                attributed,
                blocked: self.log.all(),
                keys: self.keys.take(),
                host: None,
            })),
            Err(error) => failed(&error.to_string()),
        })
    }

    /// Sends a packet of our own after all of the application's: once it is captured, so is
    /// everything before it.
    fn mark_end(&mut self) -> std::io::Result<()> {
        let socket = UdpSocket::bind((addresses::APPLICATION_V4, 0))?;
        self.probes.push(flow_to_discard(socket.local_addr()?));
        socket.send_to(MARK_PAYLOAD, discard()).map(drop)
    }
}

fn failed(message: &str) -> FromStage {
    FromStage::Failed { message: message.to_owned(), hint: None }
}

/// Passes messages on from a thread of its own, and then that there are no more.
fn pass_on<T: Send + 'static>(
    happen: Sender<Happened>,
    mut receive: impl FnMut() -> std::io::Result<Option<T>> + Send + 'static,
    wrap: fn(T) -> Happened,
    gone: Happened,
) {
    thread::spawn(move || {
        // A line that is no message means that the other side is not what it should be.
        while let Ok(Some(message)) = receive() {
            if happen.send(wrap(message)).is_err() {
                return;
            }
        }
        let _ = happen.send(gone);
    });
}
