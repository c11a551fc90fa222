//! The TLS keys of a run, noted only where its capture may be saved: those of the sessions that
//! the simulated internet terminates, and those that the application itself notes.

use std::sync::Arc;

use super::message::{Keys, Order};
use crate::internet::KeyNotes;
use crate::sandbox::keys::Noted;

/// The keys as they come together; empty where nobody wants them.
pub(super) struct SessionKeys {
    noted: Option<Noted>,
    terminated: Option<Arc<KeyNotes>>,
    read: String,
}

impl SessionKeys {
    /// Those of the sandbox whose first process has this id outside.
    pub(super) fn of(order: &Order, init: u32) -> Self {
        let noted = order.keep_keys.then(|| Noted::of(&order.plan, init));
        let terminated = order.keep_keys.then(Arc::default);
        Self { noted, terminated, read: String::new() }
    }

    /// Where the simulated internet notes them.
    pub(super) fn terminated(&self) -> Option<Arc<KeyNotes>> {
        self.terminated.clone()
    }

    /// Reads what the application has noted, while its files are still there.
    pub(super) fn read_noted(&mut self) {
        self.read = self.noted.as_ref().map(Noted::read).unwrap_or_default();
    }

    /// All of them.
    pub(super) fn take(&mut self) -> Keys {
        let mut lines = std::mem::take(&mut self.read);
        let (terminated, beyond) =
            self.terminated.as_ref().map(|keys| keys.take()).unwrap_or_default();
        lines.push_str(&terminated);
        Keys { lines, beyond }
    }
}
