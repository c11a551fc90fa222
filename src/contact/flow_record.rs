//! A flow as `inspect --flows` shows it: one 5-tuple with what became known of it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{AddressClass, Evidence, FlowKey, Host, Process, Protocol, Request};
use crate::packet::Timestamp;

/// One flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowRecord {
    /// Its 5-tuple; the client began it.
    #[serde(rename = "flow")]
    pub key: FlowKey,
    /// The server's name, or its address where no name is known.
    pub host: Host,
    /// Whether the name is a guess from weak evidence.
    pub guessed: bool,
    /// The application protocol, where it was recognised.
    pub protocol: Option<Protocol>,
    /// Where the server's address lies.
    pub class: AddressClass,
    /// Who began it, where that is known.
    pub process: Option<Process>,
    /// How the name is known, strongest first.
    pub evidence: Vec<Evidence>,
    /// The requests that could be read, in order, without repetition.
    pub requests: Vec<Request>,
    /// Its first packet.
    pub first: Timestamp,
    /// Its last packet.
    pub last: Timestamp,
    /// Packets from client to server.
    pub packets_out: u64,
    /// Packets from server to client.
    pub packets_in: u64,
    /// Bytes on the wire from client to server.
    pub bytes_out: u64,
    /// Bytes on the wire from server to client.
    pub bytes_in: u64,
    /// How many of its TCP segments bear each analysis mark (`retransmission`,
    /// `duplicate-ack`, …); empty for other transports.
    pub marks: BTreeMap<&'static str, u64>,
}
