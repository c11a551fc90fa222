//! The sandbox: the namespaces in which the application, and nothing else, runs.
//!
//! Three processes make it up, in the order they start:
//!
//! 1. The *stage*, launched by the harness through `duct` into new user, network, uts and ipc
//!    namespaces ([`Stage::launch`]). It sets up the two networks ([`Networks`]) and, still
//!    single-threaded, forks
//! 2. *init*, process 1 of a new pid namespace ([`init::start`]), which builds the file system
//!    in a new mount namespace and launches
//! 3. the *application*, in a user namespace of its own without any capability over the rest.
//!
//! Each is tied to the one before it: when the harness dies, by whatever cause, the kernel
//! ends the stage, then init, then everything in the pid namespace.
//!
//! This module knows no scenario and no capture: it runs what it is given in the right place.

pub mod attribution;
mod closed;
mod divert;
mod error;
mod etc;
mod filesystem;
mod gate;
pub mod handshake;
mod impairment;
pub mod init;
pub mod keys;
mod launch;
mod line;
mod link;
pub mod machine;
mod namespace;
mod netem;
mod netfilter;
mod nfnetlink;
pub mod owner;
mod pace;
pub mod plan;
mod queue;
mod rule;
mod rule_key;
mod rule_set;
pub mod settings;
mod stage;
mod sys;
mod sys_capabilities;
mod sys_notify;
mod trust;
mod uplink;

pub use closed::{Closed, ClosedOf, close};
pub use divert::divert;
pub use error::{EntryStep, SandboxError};
pub use gate::hold;
pub use impairment::{Impairment, impair};
pub use launch::launch_outside;
pub use line::Line;
pub use link::{APPLICATION_MAC, INTERFACE, Networks, Place, addresses, subnets};
pub use plan::Plan;
pub use queue::{Held, Queue};
pub use stage::Stage;
pub use uplink::{Asked, Uplink, serve};
