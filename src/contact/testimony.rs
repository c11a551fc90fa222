//! What the far end of a flow heard in it. The simulated internet reads what the capture holds
//! only encrypted; its word adds to a contact and never makes one.

use serde::{Deserialize, Serialize};

use super::{FlowKey, LookupVia, Protocol, Request};
use crate::packet::Timestamp;

/// One thing that was heard in a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Testimony {
    /// The flow.
    pub flow: FlowKey,
    /// When it was heard.
    pub time: Timestamp,
    /// What it was.
    pub heard: Heard,
}

impl Testimony {
    /// Whether it is of a request.
    pub fn is_request(&self) -> bool {
        matches!(self.heard, Heard::Request { .. })
    }

    /// Whether another one of the same flow is of the same request, to the last field.
    pub fn repeats(&self, other: &Self) -> bool {
        match (&self.heard, &other.heard) {
            (
                Heard::Request { protocol, request },
                Heard::Request { protocol: other_protocol, request: other },
            ) => protocol == other_protocol && request.is_alike(other),
            _ => false,
        }
    }

    /// About how many bytes of memory it takes.
    pub fn size(&self) -> usize {
        let more = match &self.heard {
            Heard::Request { request, .. } => request.size(),
            Heard::Dns { message, .. } => message.len(),
            Heard::Tls(session) => session.refused.as_ref().map_or(0, |refusal| refusal.why.len()),
        };
        size_of::<Self>() + more
    }
}

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Heard {
    /// A request, with the status that it was answered with.
    Request {
        /// What the request is made in.
        protocol: Protocol,
        /// The request.
        request: Request,
    },
    /// A DNS message (RFC 1035 section 4), a query or its answer, that the capture holds only
    /// encrypted.
    Dns {
        /// How it was asked.
        via: LookupVia,
        /// Its bytes.
        message: Vec<u8>,
    },
    /// A TLS session was set up, or failed to be.
    Tls(TlsSession),
}

/// How a TLS session with the simulated internet went.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TlsSession {
    /// `1.2` or `1.3`, where one was agreed on.
    pub version: Option<String>,
    /// The application protocol that was agreed on (ALPN, RFC 7301).
    pub alpn: Option<String>,
    /// Why there is no session, where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<TlsRefusal>,
}

/// Why a TLS session failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsRefusal {
    /// Who gave up.
    pub by: TlsSide,
    /// The alert that was sent (RFC 8446 section 6.2), by its name there: `unknown_ca`; none
    /// where the client went without a word.
    pub alert: Option<String>,
    /// One sentence of what happened.
    pub why: String,
}

/// An end of a TLS session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsSide {
    /// The application.
    Client,
    /// The simulated internet.
    Server,
}
