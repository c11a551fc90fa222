//! What the harness and the stage say to each other, over the control socket.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::attribution::Attributed;
use super::host::{HostOrder, Seen};
use crate::contact::{FlowKey, Testimony};
use crate::internet::Authority;
use crate::internet::relay::{Blocked, Reach};
use crate::sandbox::Plan;
use crate::sandbox::attribution::Sighting;
use crate::sandbox::handshake::Ended;
use crate::script::Script;

/// From the harness to the stage.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum ToStage {
    /// Set everything up.
    Begin(Box<Order>),
    /// Watch the machine itself.
    BeginOnMachine(Box<HostOrder>),
    /// Launch the application.
    Launch,
    /// Send this signal to the application's process group.
    Signal(i32),
    /// Bring the capture to its end and say what came of it.
    Finish,
}

/// What is to be set up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) plan: Plan,
    pub(super) behind: Behind,
    /// The file that packets are captured into.
    pub(super) capture: PathBuf,
    /// Whether TLS keys are wanted, for a capture that may be saved.
    pub(super) keep_keys: bool,
}

/// What the sandbox's network leads to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Behind {
    /// The simulated internet, and what it certifies its hosts with.
    Simulated { script: Script, authority: Authority },
    /// A relay, or a wall.
    Relay(Reach),
}

/// From the stage to the harness.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum FromStage {
    /// Everything stands, the control probe has been sent.
    Ready,
    /// A part could not be set up or broke.
    Failed { message: String, hint: Option<String> },
    /// The application was launched; its first process by its id inside the sandbox.
    Launched { pid: u32 },
    /// The application could not be launched.
    LaunchFailed { message: String, hint: Option<String> },
    /// How many packets the application has sent so far.
    Sent(u64),
    /// Who began these flows, by numbers that are told at the end.
    Sighted(Vec<Sighting>),
    /// What the simulated internet heard since.
    Heard(Vec<Testimony>),
    /// The application's first process has ended.
    Exited(Ended),
    /// No process of the application is left.
    Empty,
    /// The capture is complete.
    Finished(Box<Completed>),
}

/// What the stage knows at the end.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Completed {
    /// Packets written to the capture file.
    pub(super) written: u64,
    /// Packets that the kernel dropped.
    pub(super) dropped: u64,
    /// The harness's own flows: the control probe and the end mark.
    pub(super) probes: Vec<FlowKey>,
    /// Whether the control probe was attributed to the process that sent it.
    pub(super) probe_attributed: bool,
    /// What the simulated internet heard and found no room for.
    pub(super) unheard: u64,
    /// Whether the end mark was seen, so that nothing sent before it is missing.
    pub(super) mark_seen: bool,
    /// The processes, and who made contacts.
    pub(super) attributed: Attributed,
    /// What was refused since the baseline does not allow it.
    pub(super) blocked: Vec<Blocked>,
    /// The TLS keys of the sessions that the simulated internet terminated, and those that the
    /// application noted, where they were wanted.
    pub(super) keys: Keys,
    /// What was seen of the machine, where there was no sandbox.
    pub(super) host: Option<Seen>,
}

/// TLS keys in the form of NSS.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Keys {
    /// A key a line.
    pub(super) lines: String,
    /// How many found no room.
    pub(super) beyond: u64,
}
