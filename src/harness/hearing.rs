//! What the simulated internet says of the flows that it answers: each new one to the
//! attribution, what was heard in them kept until the harness is told of it.

use std::sync::{Arc, Mutex};

use tokio::sync::oneshot;

use super::attribution::Attribution;
use crate::contact::{FlowKey, Testimony};
use crate::internet::Observer;

/// So many are kept in a run; what comes after is counted.
const MOST: u64 = 1 << 17;

/// Hears for the stage.
pub(super) struct Hearing {
    attribution: Arc<Attribution>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    fresh: Vec<Testimony>,
    count: u64,
    beyond: u64,
}

impl Hearing {
    /// Nothing was heard yet.
    pub(super) fn new(attribution: Arc<Attribution>) -> Self {
        Self { attribution, kept: Mutex::default() }
    }

    /// What was heard since this was last asked.
    pub(super) fn take(&self) -> Vec<Testimony> {
        self.kept.lock().map(|mut kept| std::mem::take(&mut kept.fresh)).unwrap_or_default()
    }

    /// How much was heard that found no room.
    pub(super) fn beyond(&self) -> u64 {
        self.kept.lock().map_or(0, |kept| kept.beyond)
    }
}

impl Observer for Hearing {
    fn opened(&self, flow: FlowKey) -> oneshot::Receiver<()> {
        self.attribution.opened(flow)
    }

    fn heard(&self, testimony: Testimony) {
        if let Ok(mut kept) = self.kept.lock() {
            if kept.count < MOST {
                kept.count += 1;
                kept.fresh.push(testimony);
            } else {
                kept.beyond += 1;
            }
        }
    }
}
