//! What a shard hands on, since it concerns more than one flow.

use std::net::{IpAddr, SocketAddr};

use super::entry::Flow;
use super::leases::Leasing;
use crate::contact::{FlowKey, LookupVia, Phase};
use crate::dissect::DnsMessage;
use crate::packet::Timestamp;

/// Something that happened.
#[derive(Debug)]
pub(super) enum Event {
    /// A name was asked for, or an answer came.
    Lookup(Box<Passed>),
    /// A message was quoted in an ICMP error: it counts where it was not seen itself.
    Quoted(Box<Passed>),
    /// A flow is over.
    Retired(Box<Flow>),
    /// A host asked for an address, or was given one.
    Leasing(Box<Leasing>),
    /// A router advertised itself.
    Router(IpAddr),
    /// Media was announced to go there.
    Media(SocketAddr),
}

impl Event {
    /// The flow that is over, if that is what happened.
    pub(super) fn flow(&self) -> Option<&Flow> {
        match self {
            Self::Retired(flow) => Some(flow),
            _ => None,
        }
    }

    /// When the flow began that is over.
    pub(super) fn retired(&self) -> Option<Timestamp> {
        self.flow().map(|flow| flow.first)
    }

    /// Which flow is over.
    pub(super) fn key(&self) -> Option<FlowKey> {
        self.flow().map(Flow::key)
    }
}

/// A DNS message that passed.
#[derive(Debug)]
pub(super) struct Passed {
    pub(super) message: DnsMessage,
    pub(super) via: LookupVia,
    /// Who is asked, or answers.
    pub(super) server: IpAddr,
    /// The query's flow.
    pub(super) key: FlowKey,
    pub(super) time: Timestamp,
    pub(super) phase: Phase,
    pub(super) bytes: u64,
    /// An answer is worth a lookup of its own where no query was seen: the capture may have
    /// missed it.
    pub(super) alone: bool,
}
