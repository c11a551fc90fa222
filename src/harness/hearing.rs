//! What the simulated internet says of the flows that it answers: each new one to the
//! attribution, what was heard in them kept until the harness is told of it.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

use super::attribution::Attribution;
use super::message::FromStage;
use super::testimonies::Testimonies;
use crate::contact::{FlowKey, Heard, Testimony, TlsRefusal, TlsSession};
use crate::internet::Observer;
use crate::sandbox::handshake::Sender;

/// How long all of the last connections may take, as long as one ends now and then.
const LONGEST_SILENCE: Duration = Duration::from_secs(10);

/// Hears for the stage.
pub(super) struct Hearing {
    attribution: Arc<Attribution>,
    kept: Mutex<Testimonies>,
    /// Connections that are still answered.
    open: AtomicUsize,
    /// The application was told to go: what it breaks off now says nothing of it.
    leaving: AtomicBool,
    /// It is being ended.
    ending: watch::Sender<bool>,
}

impl Hearing {
    /// Nothing was heard yet.
    pub(super) fn new(attribution: Arc<Attribution>) -> Self {
        Self {
            attribution,
            kept: Mutex::default(),
            open: AtomicUsize::new(0),
            leaving: AtomicBool::new(false),
            ending: watch::Sender::new(false),
        }
    }

    /// Tells the harness what was heard since this was last done; nothing where that was a moment
    /// ago and it need not be told at once.
    pub(super) fn tell(&self, say: &mut Sender<FromStage>, at_once: bool) -> io::Result<()> {
        let heard = self.kept.lock().map(|mut kept| kept.take(at_once)).unwrap_or_default();
        if heard.is_empty() { Ok(()) } else { say.send(&FromStage::Heard(heard)) }
    }

    /// The application was told to go.
    pub(super) fn leave(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }

    /// From now on the application is being ended: what is half said is told.
    pub(super) fn end(&self) {
        self.leave();
        self.ending.send_replace(true);
    }

    /// Waits until every connection was heard to its end, or none ended for so long.
    pub(super) fn wait_for_silence(&self, patience: Duration) {
        let latest = Instant::now() + LONGEST_SILENCE;
        let (mut fewest, mut deadline) = (usize::MAX, Instant::now() + patience);
        loop {
            let open = self.open.load(Ordering::Relaxed);
            if open < fewest {
                (fewest, deadline) = (open, latest.min(Instant::now() + patience));
            }
            if open == 0 || Instant::now() >= deadline {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// How much was heard that found no room.
    pub(super) fn beyond(&self) -> u64 {
        self.kept.lock().map_or(0, |kept| kept.beyond())
    }
}

impl Observer for Hearing {
    fn opened(&self, flow: FlowKey) -> Option<oneshot::Receiver<()>> {
        self.attribution.opened(flow)
    }

    fn connection(&self, is_open: bool) {
        if is_open {
            self.open.fetch_add(1, Ordering::Relaxed);
        } else {
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn ending(&self) -> watch::Receiver<bool> {
        self.ending.subscribe()
    }

    fn heard(&self, mut testimony: Testimony) {
        if let Heard::Tls(TlsSession { version, refused, .. }) = &mut testimony.heard
            && matches!(refused, Some(TlsRefusal { alert: None, .. }))
            && self.leaving.load(Ordering::Relaxed)
        {
            // It was broken off by the end: a session that stood is told all the same.
            if version.is_none() {
                return;
            }
            *refused = None;
        }
        if let Ok(mut kept) = self.kept.lock() {
            kept.keep(testimony);
        }
    }
}
