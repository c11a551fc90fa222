//! What a DNS record says: the types that name hosts are read, any other stands in the form for
//! unknown types (RFC 3597 section 5).

use std::fmt::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::DnsFlavour;
use super::dns_name::{Names, trimmed};
use super::dns_service::{Binding, binding};
use super::text::escape;

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DnsData {
    /// An address (A, AAAA, NB).
    Address(IpAddr),
    /// Another name that stands for this one (CNAME).
    Alias(Arc<str>),
    /// A name that this one leads to: PTR, NS, DNAME.
    Name(Arc<str>),
    /// A mail exchange (MX).
    Exchange {
        /// The lower one is tried first.
        preference: u16,
        /// Its name.
        host: Arc<str>,
    },
    /// Where a service is (SRV, RFC 2782).
    Service {
        /// The lower one is tried first.
        priority: u16,
        /// How often among equals.
        weight: u16,
        /// Its port.
        port: u16,
        /// The host that offers it.
        host: Arc<str>,
    },
    /// How to reach a service (SVCB, HTTPS, RFC 9460).
    Binding(Box<Binding>),
    /// The start of a zone (SOA): its primary server, who answers for it, its serial number.
    Zone {
        /// The primary server.
        primary: Arc<str>,
        /// Whom to write to, as a name.
        mailbox: Arc<str>,
        /// The serial number.
        serial: u32,
    },
    /// Anything else, in its presentation form.
    Text(String),
}

/// The form that zone files have.
impl fmt::Display for DnsData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Alias(name) | Self::Name(name) => f.write_str(name),
            Self::Exchange { preference, host } => write!(f, "{preference} {host}"),
            Self::Service { priority, weight, port, host } => {
                write!(f, "{priority} {weight} {port} {host}")
            }
            Self::Binding(binding) => binding.fmt(f),
            Self::Zone { primary, mailbox, serial } => write!(f, "{primary} {mailbox} {serial}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// A record's data: its place in the message, since names in it point into the message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) flavour: DnsFlavour,
}

impl<'a> Field<'a> {
    pub(super) fn raw(&self) -> &'a [u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    fn pair(&self, offset: usize) -> Option<u16> {
        self.raw().get(offset..)?.first_chunk().map(|&pair| u16::from_be_bytes(pair))
    }

    /// The name at an offset, and the place behind it.
    pub(super) fn name(&self, offset: usize, names: &mut Names<'_>) -> Option<(Arc<str>, usize)> {
        let (name, next) = names.read(self.start + offset)?;
        (next <= self.end).then_some((name.text, next))
    }
}

/// More bytes than this of an unknown type are not written out.
const MOST_BYTES: usize = 64;

/// More names than this of a NetBIOS node are not written out.
const MOST_NAMES: usize = 32;

/// Reads a record's data.
pub(super) fn data(record_type: u16, field: &Field<'_>, names: &mut Names<'_>) -> DnsData {
    // An update names what it takes away by empty data (RFC 2136 section 2.5).
    if field.start == field.end {
        return DnsData::Text(String::new());
    }
    known(record_type, field, names).unwrap_or_else(|| unknown(field.raw()))
}

fn known(record_type: u16, field: &Field<'_>, names: &mut Names<'_>) -> Option<DnsData> {
    let raw = field.raw();
    let net_bios = field.flavour == DnsFlavour::NetBios;
    Some(match record_type {
        1 => DnsData::Address(Ipv4Addr::from(<[u8; 4]>::try_from(raw).ok()?).into()),
        28 => DnsData::Address(Ipv6Addr::from(<[u8; 16]>::try_from(raw).ok()?).into()),
        // Two bytes of flags before each address (RFC 1002 section 4.2.1.3).
        32 if net_bios => DnsData::Address(Ipv4Addr::from(*raw.get(2..)?.first_chunk()?).into()),
        33 if net_bios => DnsData::Text(node_status(raw)?),
        5 => DnsData::Alias(field.name(0, names)?.0),
        2 | 12 | 39 => DnsData::Name(field.name(0, names)?.0),
        15 => DnsData::Exchange { preference: field.pair(0)?, host: field.name(2, names)?.0 },
        33 => DnsData::Service {
            priority: field.pair(0)?,
            weight: field.pair(2)?,
            port: field.pair(4)?,
            host: field.name(6, names)?.0,
        },
        6 => {
            let (primary, next) = field.name(0, names)?;
            let (mailbox, next) = field.name(next - field.start, names)?;
            let serial = raw.get(next - field.start..)?.first_chunk()?;
            DnsData::Zone { primary, mailbox, serial: u32::from_be_bytes(*serial) }
        }
        64 | 65 => DnsData::Binding(Box::new(binding(field, names)?)),
        13 | 16 | 99 => DnsData::Text(strings(raw)?),
        35 => DnsData::Text(naptr(field, names)?),
        257 => DnsData::Text(authorization(raw)?),
        _ => return None,
    })
}

fn unknown(raw: &[u8]) -> DnsData {
    let mut text = format!("\\# {}", raw.len());
    let shown = raw.get(..MOST_BYTES).unwrap_or(raw);
    for (at, byte) in shown.iter().enumerate() {
        let _ = write!(text, "{}{byte:02x}", if at == 0 { " " } else { "" });
    }
    if shown.len() < raw.len() {
        text.push('…');
    }
    DnsData::Text(text)
}

/// Character strings (RFC 1035 section 3.3), each in quotes.
fn strings(mut raw: &[u8]) -> Option<String> {
    let mut text = String::new();
    while let Some((&length, rest)) = raw.split_first() {
        let (string, rest) = rest.split_at_checked(usize::from(length))?;
        if !text.is_empty() {
            text.push(' ');
        }
        push_quoted(&mut text, string);
        raw = rest;
    }
    Some(text)
}

fn push_quoted(text: &mut String, string: &[u8]) {
    text.push('"');
    text.push_str(&escape(string).replace('"', "\\\""));
    text.push('"');
}

/// NAPTR (RFC 3403 section 4.1): the rule, and where it leads.
fn naptr(field: &Field<'_>, names: &mut Names<'_>) -> Option<String> {
    let mut text = format!("{} {}", field.pair(0)?, field.pair(2)?);
    let mut offset = 4;
    for _ in 0..3 {
        let rest = field.raw().get(offset..)?;
        let (&length, rest) = rest.split_first()?;
        text.push(' ');
        push_quoted(&mut text, rest.get(..usize::from(length))?);
        offset += 1 + usize::from(length);
    }
    let (replacement, _) = field.name(offset, names)?;
    text.push(' ');
    text.push_str(&replacement);
    Some(text)
}

/// CAA (RFC 8659 section 4.1).
fn authorization(raw: &[u8]) -> Option<String> {
    let (&flags, rest) = raw.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (tag, value) = rest.split_at_checked(usize::from(length))?;
    let mut text = format!("{flags} {} ", escape(tag));
    push_quoted(&mut text, value);
    Some(text)
}

/// The names of a NetBIOS node (RFC 1002 section 4.2.18), each with its suffix.
fn node_status(raw: &[u8]) -> Option<String> {
    let (&count, rest) = raw.split_first()?;
    let entries = rest.chunks_exact(18).take(usize::from(count)).take(MOST_NAMES);
    let mut text = String::new();
    for entry in entries {
        let (Some(name), Some(suffix)) = (entry.get(..15), entry.get(15)) else { continue };
        if !text.is_empty() {
            text.push(' ');
        }
        let _ = write!(text, "{}<{suffix:02x}>", trimmed(name));
    }
    Some(text)
}
