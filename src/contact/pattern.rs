//! Patterns over hosts: exact names, wildcards, addresses, CIDR blocks.
//!
//! A contact is matched by what it is known as. A name pattern never matches an address, and an
//! address or a block never matches a contact whose name is known: in the simulated internet a
//! named host's address is made up (198.18.0.0/15), so a block that matched it would let every
//! name through, or condemn every name, by accident. `*` alone matches both.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Host;

/// The longest name that DNS can carry, as text (RFC 1035 section 2.3.4).
const LONGEST_NAME: usize = 253;

/// Which hosts a rule speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostPattern(Kind);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Kind {
    Any,
    Name(String),
    /// Holds at least one `*`.
    Wildcard(String),
    Address(IpAddr),
    Block(IpNet),
}

/// Why a text is no pattern over hosts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Nothing but white space.
    #[error("a host cannot be empty")]
    Empty,
    /// A URL stands where a host should.
    #[error("a host is expected, not a URL")]
    Url,
    /// A port stands behind the host.
    #[error("the port belongs under `port`, not behind the host")]
    Port,
    /// A CIDR block with bits set beyond its length.
    #[error("the block has bits set beyond its length; `{0}` is meant, or a longer prefix")]
    HostBits(IpNet),
    /// Neither an address nor a CIDR block, though written like one.
    #[error("neither an address nor a CIDR block such as `192.0.2.0/24`")]
    Address,
    /// A character that no host name holds.
    #[error("a host name cannot hold {0:?}")]
    Character(char),
    /// A name outside ASCII.
    #[error("a host name is written in its ASCII form, `xn--…`")]
    NotAscii,
    /// Two dots in a row, or a dot in front.
    #[error("a host name cannot have an empty label")]
    EmptyLabel,
    /// `**`.
    #[error("`**` is not needed: a leading `*.` covers any depth")]
    DoubleStar,
    /// More than 253 characters, or a label of more than 63.
    #[error("longer than a host name can be (253 characters, 63 a label)")]
    TooLong,
}

impl HostPattern {
    /// Whether it speaks of this host. Names are compared without regard to case or a final
    /// dot; a mapped IPv4 address (`::ffff:192.0.2.1`) is the IPv4 address.
    pub fn matches(&self, host: &Host) -> bool {
        match (&self.0, host) {
            (Kind::Any, _) => true,
            (Kind::Name(pattern), Host::Name(name)) => {
                pattern.eq_ignore_ascii_case(name.strip_suffix('.').unwrap_or(name))
            }
            (Kind::Wildcard(pattern), Host::Name(name)) => wildcard_matches(
                pattern,
                &name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase(),
            ),
            (Kind::Address(pattern), Host::Address(address)) => *pattern == address.to_canonical(),
            (Kind::Block(block), Host::Address(address)) => {
                block.contains(&address.to_canonical()) || block.contains(address)
            }
            _ => false,
        }
    }

    /// Whether there are names it speaks of.
    pub fn matches_names(&self) -> bool {
        matches!(self.0, Kind::Any | Kind::Name(_) | Kind::Wildcard(_))
    }

    /// The one name it speaks of, lower-cased and without the final dot.
    pub fn exact_name(&self) -> Option<&str> {
        match &self.0 {
            Kind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The one address it speaks of.
    pub fn exact_address(&self) -> Option<IpAddr> {
        match self.0 {
            Kind::Address(address) => Some(address),
            _ => None,
        }
    }

    /// The addresses it speaks of, where it is an address or a block.
    pub fn block(&self) -> Option<IpNet> {
        match self.0 {
            Kind::Address(address) => Some(address.into()),
            Kind::Block(block) => Some(block),
            _ => None,
        }
    }

    /// Whether it speaks of every host.
    pub fn is_any(&self) -> bool {
        self.0 == Kind::Any
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Any => f.write_str("*"),
            Kind::Name(text) | Kind::Wildcard(text) => f.write_str(text),
            Kind::Address(address) => address.fmt(f),
            Kind::Block(block) => block.fmt(f),
        }
    }
}

impl Serialize for HostPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for HostPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl FromStr for HostPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        parse_kind(text).map(Self)
    }
}

fn parse_kind(text: &str) -> Result<Kind, PatternError> {
    if text.trim().is_empty() {
        return Err(PatternError::Empty);
    }
    if text == "*" {
        return Ok(Kind::Any);
    }
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(Kind::Address(address.to_canonical()));
    }
    if text.contains("://") {
        return Err(PatternError::Url);
    }
    if text.contains('/') {
        let block: IpNet = text.parse().map_err(|_| PatternError::Address)?;
        let whole = block.trunc();
        return if whole == block {
            Ok(Kind::Block(block))
        } else {
            Err(PatternError::HostBits(whole))
        };
    }
    if let Some((host, port)) = text.rsplit_once(':')
        && !port.is_empty()
        && port.bytes().all(|b| b.is_ascii_digit())
        && (!host.contains(':') || host.ends_with(']'))
    {
        return Err(PatternError::Port);
    }
    parse_name(text)
}

fn parse_name(text: &str) -> Result<Kind, PatternError> {
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    if !name.is_ascii() {
        return Err(PatternError::NotAscii);
    }
    if let Some(odd) =
        name.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '*')))
    {
        return Err(if odd == ':' { PatternError::Address } else { PatternError::Character(odd) });
    }
    if name.contains("**") {
        return Err(PatternError::DoubleStar);
    }
    if name.len() > LONGEST_NAME {
        return Err(PatternError::TooLong);
    }
    for label in name.split('.') {
        if label.is_empty() {
            return Err(PatternError::EmptyLabel);
        }
        if label.len() > 63 {
            return Err(PatternError::TooLong);
        }
    }
    // No top-level domain is a number: this was to be an address.
    if name.rsplit('.').next().is_some_and(|top| top.bytes().all(|b| b.is_ascii_digit())) {
        return Err(PatternError::Address);
    }
    Ok(if name.contains('*') { Kind::Wildcard(name) } else { Kind::Name(name) })
}

/// A leading label `*` stands for one label or more; any other `*` for any run of characters
/// inside its label.
fn wildcard_matches(pattern: &str, name: &str) -> bool {
    let (rest, open) = match pattern.strip_prefix("*.") {
        Some(rest) => (rest, true),
        None => (pattern, false),
    };
    let mut labels = name.rsplit('.');
    for wanted in rest.rsplit('.') {
        match labels.next() {
            Some(label) if glob_matches(wanted.as_bytes(), label.as_bytes()) => {}
            _ => return false,
        }
    }
    labels.next().is_some() == open
}

/// Whether a text is what a pattern says, in which `*` stands for any run of characters. It goes
/// back to the last `*` only, which suffices and keeps the time at the product of the lengths.
pub(super) fn glob_matches(pattern: &[u8], label: &[u8]) -> bool {
    let (mut p, mut l) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while l < label.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p + 1, l));
            p += 1;
        } else if pattern.get(p) == Some(&label[l]) {
            p += 1;
            l += 1;
        } else if let Some((after, taken)) = star {
            star = Some((after, taken + 1));
            p = after;
            l = taken + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests;
