//! What the simulated internet is told to answer: plain data, which a scenario gives and the
//! simulated internet obeys.

mod conditions;
mod connection;
mod dns;
mod http;
mod sip;
mod turns;
mod whole;

pub use conditions::Conditions;
pub use connection::{CertificateFlaw, Closing, Reset, ResetAfter, TlsAnswer, TlsRule};
pub use dns::{DnsAnswer, DnsData, DnsRule, DnsType};
pub use http::HttpAnswer;
pub use sip::{DigestAlgorithm, SipAnswer, SipChallenge, SipRule};
pub use turns::Turns;
pub use whole::Script;
