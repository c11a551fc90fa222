//! A host: its name where one is known, its address where none is.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A host name or an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A name, lower-cased and without the final dot.
    Name(String),
    /// An address for which no name is known.
    Address(IpAddr),
}

impl Host {
    /// A host from text as it stands in a message: an address where it reads as one
    /// (in brackets too), a name otherwise.
    pub fn from_text(text: &str) -> Self {
        let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
        match bare.parse() {
            Ok(address) => Self::Address(address),
            Err(_) => Self::Name(text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase()),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
        }
    }
}

impl Serialize for Host {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Host {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_text(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_reads_as_address_or_name() {
        for (text, shown, is_address) in [
            ("Example.ORG.", "example.org", false),
            ("198.51.100.7", "198.51.100.7", true),
            ("[2001:db8::1]", "2001:db8::1", true),
            ("2001:db8::1", "2001:db8::1", true),
            ("300.1.1.1", "300.1.1.1", false),
            ("", "", false),
        ] {
            let host = Host::from_text(text);
            assert_eq!(host.to_string(), shown, "{text}");
            assert_eq!(matches!(host, Host::Address(_)), is_address, "{text}");
        }
    }
}
