//! What the line to the application is like.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What the line does to what is sent to the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Conditions {
    /// By how much each packet is delayed.
    pub latency: Duration,
    /// By how much more or less than that.
    pub jitter: Duration,
    /// How many of a million packets are lost.
    pub loss: u32,
    /// How many bits a second pass; any where absent.
    pub bandwidth: Option<u64>,
}
