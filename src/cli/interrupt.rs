//! Ctrl-C, and the signals that mean the same: the first asks for an orderly end, a second
//! Ctrl-C does not wait for it. The kernel ends the sandbox with us either way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use super::error::{CliError, Kind};
use super::exit::ExitStatus;

/// A flag that is set when the user wants to stop.
pub(crate) fn watch() -> Result<Arc<AtomicBool>, CliError> {
    let wanted = Arc::new(AtomicBool::new(false));
    let failed = |error: std::io::Error| {
        CliError::new(Kind::Invalid, format!("cannot watch for interruptions: {error}"))
    };
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let status = i32::from(ExitStatus::Invalid.code());
        // In this order: the first signal finds the flag unset and only sets it.
        flag::register_conditional_shutdown(signal, status, Arc::clone(&wanted)).map_err(failed)?;
        flag::register(signal, Arc::clone(&wanted)).map_err(failed)?;
    }
    Ok(wanted)
}

/// Whether it is set.
pub(crate) fn is_set(wanted: &AtomicBool) -> bool {
    wanted.load(Ordering::Relaxed)
}
