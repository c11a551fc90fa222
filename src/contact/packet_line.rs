//! A packet as `inspect --packets` lists it.

use std::borrow::Cow;

use serde::Serialize;

use super::{FlowKey, Host, Protocol};
use crate::packet::Timestamp;

/// One end of a listed packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Party {
    /// The IP address, or the link-layer one where there is no IP; empty where neither is
    /// known.
    pub address: String,
    /// The name that the address was last given for, where it is known.
    pub name: Option<String>,
    /// The port, where the transport has ports.
    pub port: Option<u16>,
}

/// One packet, in a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PacketLine {
    /// Its place in the capture, from 1.
    pub number: u64,
    /// When it was seen.
    pub time: Timestamp,
    /// Who sent it.
    pub source: Party,
    /// Whom it is for.
    pub destination: Party,
    /// The topmost protocol that was understood, as Wireshark would write it: `TCP`, `DNS`.
    pub label: Cow<'static, str>,
    /// The application protocol of its flow, where that is known.
    pub protocol: Option<Protocol>,
    /// Its length on the wire in bytes.
    pub length: u32,
    /// What it says, in one line, safe to print.
    pub info: String,
    /// What people remarked on it in the capture file, as they wrote it: it is not safe to print.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<String>,
    /// The flow that it belongs to.
    pub flow: Option<FlowKey>,
    /// The host that its flow is to, where it has a flow.
    pub host: Option<Host>,
}
