//! Connections that come to nothing, or break, and TLS that is not as it should be.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::Turns;
use crate::contact::{HostPattern, Transport};

/// Ports at which nobody answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// Of this host; of all where absent.
    pub host: Option<HostPattern>,
    /// These ports; all where empty.
    pub ports: Vec<RangeInclusive<u16>>,
    /// Over TCP or UDP; both where absent.
    pub transport: Option<Transport>,
    /// Whether what is sent there vanishes; otherwise the sender is told that it is closed.
    pub silent: bool,
}

/// TCP connections that are reset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reset {
    /// To this host; to all where absent.
    pub host: Option<HostPattern>,
    /// To these ports; to all where empty.
    pub ports: Vec<RangeInclusive<u16>>,
    /// Which of these connections.
    pub turns: Turns,
    /// When.
    pub after: ResetAfter,
}

/// When a connection is reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResetAfter {
    /// After so many bytes from the application; at once where 0.
    Received(u64),
    /// After so many bytes to the application.
    Sent(u64),
}

/// How TLS clients are met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsRule {
    /// The host asked for.
    pub host: HostPattern,
    /// On these ports; on all where empty.
    pub ports: Vec<RangeInclusive<u16>>,
    /// Which of these connections.
    pub turns: Turns,
    /// How.
    pub answer: TlsAnswer,
}

/// How a TLS client is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TlsAnswer {
    /// With a certificate that it ought not to accept.
    Flawed(CertificateFlaw),
    /// The connection is closed after its ClientHello.
    Dropped,
    /// Its ClientHello is read and refused by an alert: nothing is terminated.
    Untouched,
    /// So as [`TlsAnswer::Untouched`], from the connection on that comes after one in which a
    /// client refused the certificate.
    UntouchedAfterRefusal,
}

/// What is wrong with a certificate on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CertificateFlaw {
    /// Its time is over.
    Expired,
    /// It is another host's.
    WrongName,
    /// Nobody trusts its issuer.
    Untrusted,
}
