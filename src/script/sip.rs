//! Answers to SIP requests.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Turns;
use crate::contact::HostPattern;

/// An answer to SIP requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SipRule {
    /// The host asked.
    pub host: HostPattern,
    /// The ports it is asked on; any where empty.
    pub ports: Vec<RangeInclusive<u16>>,
    /// The methods, in upper case; of an empty list those that servers challenge, or any where
    /// it is a status that is answered.
    pub methods: Vec<String>,
    /// Of which of these requests it is the answer.
    pub turns: Turns,
    /// The answer.
    pub answer: SipAnswer,
}

/// What a SIP request is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SipAnswer {
    /// A final status (RFC 3261 section 21).
    Status(u16),
    /// A challenge to prove who asks (section 22).
    Challenge(SipChallenge),
}

/// A digest challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SipChallenge {
    /// In whose name it is made.
    pub realm: String,
    /// How credentials may be computed, the preferred one first; never empty.
    pub algorithms: Vec<DigestAlgorithm>,
    /// The user who is let in; anybody where absent.
    pub user: Option<String>,
    /// The password; any where absent.
    pub password: Option<String>,
    /// How long a nonce may be used.
    pub stale_after: Duration,
}

/// How a digest is computed (RFC 8760).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DigestAlgorithm {
    /// By MD5.
    Md5,
    /// By SHA-256.
    Sha256,
}

impl DigestAlgorithm {
    /// As header fields name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }
}
