//! One program, run once: how long it took, and how much memory it had. The kernel tells that
//! of all children together, so that a process of its own runs each.

use std::io;
use std::path::Path;
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use pcap::Capture;
use serde_json::{Value, json};

/// What a run cost.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) seconds: f64,
    /// Of all processors.
    pub(crate) busy: f64,
    /// At its highest, in MB.
    pub(crate) memory: f64,
}

/// Runs a command in a process of its own; says why where it cannot be measured.
pub(crate) fn run(command: &[String]) -> Result<Cost, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let arguments = [vec!["measure".to_owned()], command.to_vec()].concat();
    let printed = duct::cmd(own, arguments).read().map_err(|error| error.to_string())?;
    let told: Value = serde_json::from_str(&printed).map_err(|error| error.to_string())?;
    let number = |name: &str| told[name].as_f64().unwrap_or_default();
    match told["failed"].as_str() {
        Some(why) => Err(why.to_owned()),
        None => {
            Ok(Cost { seconds: number("seconds"), busy: number("busy"), memory: number("memory") })
        }
    }
}

/// The other side of [`run`].
pub(crate) fn child(command: &[String]) -> io::Result<Value> {
    let Some((program, arguments)) = command.split_first() else { return Ok(json!({})) };
    let begun = Instant::now();
    let ended = duct::cmd(program, arguments).stdout_null().stderr_capture().unchecked().run();
    let seconds = begun.elapsed().as_secs_f64();
    let ended = match ended {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(json!({ "failed": "missing: not installed" }));
        }
        ended => ended?,
    };
    if !ended.status.success() {
        let said = String::from_utf8_lossy(&ended.stderr);
        let first = said.lines().next().unwrap_or_default();
        return Ok(json!({ "failed": format!("failed ({}): {first}", ended.status) }));
    }
    let used = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let busy = (used.user_time() + used.system_time()).num_microseconds() as f64 / 1e6;
    // Linux counts in kilobytes of 1024 (getrusage(2)).
    let memory = used.max_rss() as f64 * 1024.0 / 1e6;
    Ok(json!({ "seconds": seconds, "busy": busy, "memory": memory }))
}

/// Every packet through libpcap, and nothing done with it.
pub(crate) fn bare_loop(file: &Path) -> Result<(u64, u64), pcap::Error> {
    let (mut packets, mut bytes) = (0, 0);
    Capture::from_file(file)?.for_each(None, |packet| {
        packets += 1;
        bytes += packet.data.len() as u64;
    })?;
    Ok((packets, bytes))
}
