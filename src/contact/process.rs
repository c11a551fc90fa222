//! The processes of an application.

use serde::{Deserialize, Serialize};

use crate::packet::Timestamp;

/// The process that made a contact.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Process {
    /// The executable's file name.
    pub name: String,
    /// Its id as the application sees it, inside the sandbox.
    pub pid: u32,
    /// The names from the application's first process down to this one.
    pub chain: Vec<String>,
}

/// One process of the application's tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessRecord {
    /// Its id inside the sandbox.
    pub pid: u32,
    /// Its parent's id inside the sandbox; none where the parent was not seen.
    pub parent: Option<u32>,
    /// The executable's file name.
    pub name: String,
    /// Its arguments, the program's own name first.
    pub arguments: Vec<String>,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen alive.
    pub last_seen: Timestamp,
}
