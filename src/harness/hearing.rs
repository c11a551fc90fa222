//! What the simulated internet says of the flows that it answers: each new one to the
//! attribution, what was heard in them kept until the harness is told of it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::attribution::Attribution;
use crate::contact::{FlowKey, Heard, Process, Testimony, TlsRefusal, TlsSession};
use crate::internet::Observer;

/// So many are kept in a run, of so many bytes together; what comes after is counted.
const MOST: u64 = 1 << 17;
const MOST_BYTES: usize = 64 << 20;

/// Hears for the stage.
pub(super) struct Hearing {
    attribution: Arc<Attribution>,
    kept: Mutex<Kept>,
    /// Connections that are still answered.
    open: AtomicUsize,
    /// The application is being ended: what it breaks off now says nothing of it.
    ending: AtomicBool,
}

#[derive(Default)]
struct Kept {
    fresh: Vec<Testimony>,
    count: u64,
    bytes: usize,
    beyond: u64,
}

impl Hearing {
    /// Nothing was heard yet.
    pub(super) fn new(attribution: Arc<Attribution>) -> Self {
        Self {
            attribution,
            kept: Mutex::default(),
            open: AtomicUsize::new(0),
            ending: AtomicBool::new(false),
        }
    }

    /// What was heard since this was last asked.
    pub(super) fn take(&self) -> Vec<Testimony> {
        self.kept.lock().map(|mut kept| std::mem::take(&mut kept.fresh)).unwrap_or_default()
    }

    /// From now on the application is being ended.
    pub(super) fn end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// Waits until every connection was heard to its end, or the patience is.
    pub(super) fn wait_for_silence(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        while self.open.load(Ordering::Relaxed) > 0 && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// How much was heard that found no room.
    pub(super) fn beyond(&self) -> u64 {
        self.kept.lock().map_or(0, |kept| kept.beyond)
    }
}

impl Observer for Hearing {
    fn opened(&self, flow: FlowKey) -> Option<oneshot::Receiver<()>> {
        self.attribution.opened(flow)
    }

    fn owner(&self, flow: &FlowKey) -> Option<Process> {
        self.attribution.owner(flow)
    }

    fn connection(&self, is_open: bool) {
        if is_open {
            self.open.fetch_add(1, Ordering::Relaxed);
        } else {
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn heard(&self, testimony: Testimony) {
        let is_broken_off = matches!(
            &testimony.heard,
            Heard::Tls(TlsSession { refused: Some(TlsRefusal { alert: None, .. }), .. })
        );
        if is_broken_off && self.ending.load(Ordering::Relaxed) {
            return;
        }
        if let Ok(mut kept) = self.kept.lock() {
            let bytes = kept.bytes.saturating_add(testimony.size());
            if kept.count < MOST && bytes <= MOST_BYTES {
                kept.count += 1;
                kept.bytes = bytes;
                kept.fresh.push(testimony);
            } else {
                kept.beyond += 1;
            }
        }
    }
}
