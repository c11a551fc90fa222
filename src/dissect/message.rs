//! What one application message says, whatever its protocol: the form in which every protocol
//! hands on what it read.

use std::net::SocketAddr;

use super::dns::DnsMessage;
use crate::contact::{Evidence, Protocol, Request};

/// One application message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What it speaks.
    pub protocol: Protocol,
    /// One line for a packet list, escaped: `GET /counter HTTP/1.1`, `ClientHello a.example`.
    pub summary: String,
    /// Names that it gives for the host that the *client* of its flow contacted.
    pub names: Vec<Evidence>,
    /// What it asks for, where it is a request with a method.
    pub request: Option<Request>,
    /// The status of a response (HTTP, SIP).
    pub status: Option<u16>,
    /// The method of the request that a response answers, where it says so itself (SIP's CSeq).
    pub answers: Option<String>,
    /// The stream that ties a response to its request (RFC 9113 section 5.1).
    pub stream: Option<u32>,
    /// Where it says that media is to be sent (SDP, RFC 8866).
    pub media: Vec<SocketAddr>,
    /// What its sender calls itself (DHCP host name option, SMTP EHLO, SSH version, …).
    pub sender: Option<String>,
    /// The DNS message that it carries (RFC 8484).
    pub lookup: Option<Box<DnsMessage>>,
}

impl Message {
    /// A message that says no more than its line.
    pub fn new(protocol: Protocol, summary: impl Into<String>) -> Self {
        Self {
            protocol,
            summary: summary.into(),
            names: Vec::new(),
            request: None,
            status: None,
            answers: None,
            stream: None,
            media: Vec::new(),
            sender: None,
            lookup: None,
        }
    }
}

/// How far the start of a stream could be read as a protocol's message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<T> {
    /// It may be one: more bytes are needed.
    Incomplete,
    /// It is none.
    Not,
    /// It is one.
    Read {
        /// What was read.
        value: T,
        /// How many bytes of the stream it took.
        length: usize,
    },
}
