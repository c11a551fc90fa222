//! DHCP (RFC 2131, options of RFC 2132): what a host calls itself, and what it asks for. DHCPv6
//! says the same in another form (`dhcp_six`).

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

use super::dhcp_options::options;
use super::frame::Datagram;
use super::message::Message;
use super::text::{escape, host_name};
use crate::contact::Protocol;

/// What stands before the options (RFC 2131 section 3).
const COOKIE: [u8; 4] = [99, 130, 83, 99];

/// The message that gives an address for good (RFC 2131 section 3.1).
const ACKNOWLEDGES: &str = "DHCP ACK";

/// At most this many routers are read.
const MOST_ROUTERS: usize = 8;

/// Where the options begin.
pub(super) const OPTIONS: usize = 240;

/// What a message says of the host that it is of or for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dhcp {
    /// Its line; the sender is what the host calls itself.
    pub message: Message,
    /// The host's own name (option 12; option 81, RFC 4702; DHCPv6's 39, RFC 4704).
    pub host: Option<String>,
    /// What the host's software calls itself (option 60; DHCPv6's 16).
    pub vendor: Option<String>,
    /// The address that it asks for (option 50), or is given.
    pub address: Option<IpAddr>,
    /// Whose message it is, or for whom: the hardware address in hexadecimal digits, or for
    /// DHCPv6 the DUID (RFC 8415 section 11).
    pub client: Option<String>,
    /// The client sends it.
    pub from_client: bool,
    /// The address that a server has given for good (DHCPACK; DHCPv6's Reply).
    pub assigned: Option<IpAddr>,
    /// The server that it is from or for (option 54).
    pub server: Option<Ipv4Addr>,
    /// The mask of the network (option 1).
    pub mask: Option<Ipv4Addr>,
    /// The routers on it, the preferred one first (option 3).
    pub routers: Vec<Ipv4Addr>,
}

/// Whether a datagram is DHCP or DHCPv6: the ports and the first bytes must both say so, so
/// that nothing else hides behind the ports.
pub fn is_dhcp(datagram: &Datagram<'_>) -> bool {
    let bytes = datagram.payload;
    match (datagram.source_port, datagram.destination_port) {
        (67 | 68, 67 | 68) => has_form(bytes),
        // RFC 8415 section 7.3 numbers the messages from 1; a server may answer from any port.
        (_, 546 | 547) => matches!(bytes.first(), Some(1..=13)) && bytes.len() >= 4,
        _ => false,
    }
}

/// A BOOTP operation, and the magic cookie before the options.
pub(super) fn has_form(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(1 | 2)) && bytes.get(236..OPTIONS) == Some(&COOKIE)
}

impl Dhcp {
    /// A message that says no more than its line.
    pub(super) fn new(line: impl Into<String>) -> Self {
        Self {
            message: Message::new(Protocol::Dhcp, line),
            host: None,
            vendor: None,
            address: None,
            client: None,
            from_client: false,
            assigned: None,
            server: None,
            mask: None,
            routers: Vec::new(),
        }
    }

    /// Puts the names into the line.
    pub(super) fn describe(&mut self) {
        let named = [("host", &self.host), ("vendor class", &self.vendor)];
        for (what, name) in named {
            if let Some(name) = name {
                // Writing to a String cannot fail.
                let _ = write!(self.message.summary, ", {what} {name}");
            }
        }
    }
}

/// Reads a message of DHCP.
pub fn dhcp_message(bytes: &[u8]) -> Option<Dhcp> {
    let head: &[u8; 20] = bytes.first_chunk().filter(|_| has_form(bytes))?;
    let transaction = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
    let given = Ipv4Addr::new(head[16], head[17], head[18], head[19]);
    let given = Some(given).filter(|address| !address.is_unspecified());
    let mut found = Dhcp {
        address: given.map(IpAddr::V4),
        client: hardware(bytes),
        from_client: head[0] == 1,
        ..Dhcp::new("")
    };
    let mut kind = if found.from_client { "Boot Request" } else { "Boot Reply" };
    for (code, value) in &options(bytes) {
        match code {
            1 => found.mask = four(value),
            3 => {
                let routers = value.chunks_exact(4).take(MOST_ROUTERS);
                found.routers = routers.filter_map(four).collect();
            }
            12 => found.host = name(value).or(found.host),
            50 => found.address = four(value).map(IpAddr::V4),
            53 => kind = message_kind(value.first().copied().unwrap_or(0)),
            54 => found.server = four(value),
            60 => found.vendor = Some(escape(value)),
            81 => found.host = found.host.or_else(|| full_name(value)),
            _ => {}
        }
    }
    let mut line = kind.to_owned();
    let _ = write!(line, " - Transaction ID {transaction:#x}");
    found.message.summary = line;
    found.assigned = given.filter(|_| kind == ACKNOWLEDGES).map(IpAddr::V4);
    found.message.sender = found.host.clone().filter(|_| found.from_client);
    found.describe();
    Some(found)
}

/// The client's hardware address (RFC 2131 section 2): its length stands in the third byte.
fn hardware(bytes: &[u8]) -> Option<String> {
    let length = bytes.get(2).map(|&length| usize::from(length)).filter(|length| *length <= 16)?;
    digits(bytes.get(28..28 + length)?)
}

/// Bytes as hexadecimal digits between colons; none where they say nothing.
pub(super) fn digits(bytes: &[u8]) -> Option<String> {
    let text: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.iter().any(|&byte| byte != 0).then(|| text.join(":"))
}

fn four(value: &[u8]) -> Option<Ipv4Addr> {
    value.first_chunk().map(|&four| Ipv4Addr::from(four))
}

/// RFC 2132 section 9.6 and what came after.
fn message_kind(kind: u8) -> &'static str {
    match kind {
        1 => "DHCP Discover",
        2 => "DHCP Offer",
        3 => "DHCP Request",
        4 => "DHCP Decline",
        5 => ACKNOWLEDGES,
        6 => "DHCP NAK",
        7 => "DHCP Release",
        8 => "DHCP Inform",
        _ => "DHCP",
    }
}

fn name(value: &[u8]) -> Option<String> {
    let end = value.iter().rposition(|&b| b != 0).map_or(0, |last| last + 1);
    let name = host_name(value.get(..end)?);
    (!name.is_empty()).then_some(name)
}

/// Option 81 (RFC 4702 section 2): flags, two codes, then the name, in labels where a flag says
/// so.
fn full_name(value: &[u8]) -> Option<String> {
    let (&[flags, _, _], rest) = value.split_first_chunk()?;
    if flags & 4 != 0 { labels(rest) } else { name(rest) }
}

pub(super) fn labels(mut bytes: &[u8]) -> Option<String> {
    let mut text = Vec::new();
    while let Some((&length, rest)) = bytes.split_first()
        && length > 0
        && let Some((label, rest)) = rest.split_at_checked(usize::from(length))
    {
        if !text.is_empty() {
            text.push(b'.');
        }
        text.extend_from_slice(label);
        bytes = rest;
    }
    name(&text)
}
