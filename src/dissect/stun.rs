//! STUN (RFC 8489, and RFC 3489 before it) and TURN (RFC 8656): who asks which server for its
//! own address, and to which peers it relays.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use super::message::Message;
use super::text::{escape, host_name, is_host};
use crate::contact::{Evidence, EvidenceKind, Protocol};

/// What every message but RFC 3489's has behind its length.
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

/// The ports that STUN and TURN have by registration.
pub(super) const PORTS: [u16; 2] = [3478, 5349];

/// At most this many attributes are read.
const MOST_ATTRIBUTES: usize = 64;

/// Whether the bytes begin with a STUN message: by its cookie, or on STUN's port by RFC 3489's
/// form, which has none.
pub(super) fn is_stun(bytes: &[u8], source_port: u16, destination_port: u16) -> bool {
    let Some((header, rest)) = bytes.split_first_chunk::<20>() else { return false };
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if header[0] & 0xc0 != 0 || length % 4 != 0 || length > rest.len() {
        return false;
    }
    header[4..8] == COOKIE
        || (PORTS.contains(&source_port) || PORTS.contains(&destination_port))
            && length == rest.len()
            && header[0] <= 1
}

/// Whether a datagram on any port is a message of RFC 3489, which has no cookie: its type is one
/// of that RFC's (section 11.1), its attributes are too, each has its form (section 11.2), and they
/// fill the datagram. A request without attributes could be anything; the answer to it cannot.
pub(super) fn is_classic_stun(bytes: &[u8]) -> bool {
    let Some((header, rest)) = bytes.split_first_chunk::<20>() else { return false };
    let kind = u16::from_be_bytes([header[0], header[1]]);
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if !matches!(kind, 0x0001 | 0x0101 | 0x0111 | 0x0002 | 0x0102 | 0x0112)
        || length != rest.len()
        || length == 0
    {
        return false;
    }
    let mut attributes = Attributes(rest);
    let fit =
        attributes.by_ref().take(MOST_ATTRIBUTES).all(|(kind, value)| is_classic(kind, value));
    let answers = kind != 0x0101 || Attributes(rest).any(|(kind, _)| kind == 0x0001);
    fit && answers && attributes.0.is_empty()
}

/// Whether an attribute is one of RFC 3489 (section 11.2), or of those that its servers added.
fn is_classic(kind: u16, value: &[u8]) -> bool {
    match kind {
        // Addresses, which are of IPv4.
        0x0001 | 0x0002 | 0x0004 | 0x0005 | 0x000b | 0x8020 => {
            matches!(value, [0, 1, _, _, _, _, _, _])
        }
        0x0003 => matches!(value, [0, 0, 0, flags] if flags & !6 == 0),
        0x0006 | 0x0007 => !value.is_empty() && value.len().is_multiple_of(4),
        0x0008 => value.len() == 20,
        0x0009 => matches!(value, [0, 0, class, number, ..] if *class <= 6 && *number <= 99),
        0x000a => value.len().is_multiple_of(4),
        0x8022 => !value.is_empty(),
        _ => false,
    }
}

/// Whether a datagram on a TURN flow is relayed data (RFC 8656 section 12.4): a channel's
/// number, and a length that fits.
pub fn is_channel_data(bytes: &[u8]) -> bool {
    let Some((header, rest)) = bytes.split_first_chunk::<4>() else { return false };
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    // Over datagrams padding to four bytes is allowed and not demanded.
    (0x40..=0x4f).contains(&header[0]) && (length..=length + 3).contains(&rest.len())
}

/// Reads a message with the cookie, or one of RFC 3489's form. Its media are the peers to which
/// it relays, or asks to (XOR-PEER-ADDRESS), and the address that is relayed.
pub fn stun_message(bytes: &[u8]) -> Option<Message> {
    let (header, rest) = bytes.split_first_chunk::<20>()?;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let attributes = rest.get(..length).filter(|_| header[0] & 0xc0 == 0 && length % 4 == 0)?;
    let kind = u16::from_be_bytes([header[0], header[1]]);
    let mut line = name(kind);
    let mut message = Message::new(Protocol::Stun, "");
    for (kind, value) in Attributes(attributes).take(MOST_ATTRIBUTES) {
        let xor = matches!(kind, 0x0012 | 0x0016 | 0x0020 | 0x8020);
        match kind {
            0x0001 | 0x0012 | 0x0016 | 0x0020 | 0x8020 => {
                let Some(address) = address(value, header, xor) else { continue };
                let _ = write!(line, " {}: {address}", attribute(kind));
                if matches!(kind, 0x0012 | 0x0016) && message.media.len() < 16 {
                    message.media.push(address);
                }
            }
            0x0006 => {
                let _ = write!(line, " user: {}", escape(value));
            }
            0x0014 => {
                let _ = write!(line, " realm: {}", escape(value));
                message.names.extend(realm(value));
            }
            0x0009 => {
                if let Some(&[class, number]) = value.get(2..4) {
                    let _ = write!(
                        line,
                        " error-code: {}",
                        u16::from(class & 7) * 100 + u16::from(number)
                    );
                }
            }
            0x8022 => message.sender = Some(escape(value.trim_ascii_end())),
            _ => {}
        }
    }
    message.summary = line;
    Some(message)
}

/// The realm as a name, where it has the form of a domain (RFC 8489 section 14.9 allows any
/// text): with a dot within, and no address.
fn realm(value: &[u8]) -> Option<Evidence> {
    let name = host_name(value);
    let is_domain = is_host(&name)
        && !name.contains(['*', ':', '%', '\\'])
        && name.split('.').count() > 1
        && name.split('.').all(|label| !label.is_empty())
        && name.parse::<IpAddr>().is_err();
    is_domain.then(|| Evidence::new(EvidenceKind::StunRealm, name))
}

/// The method and class in a message's type (RFC 8489 section 5).
fn name(kind: u16) -> String {
    let method = match kind & 0x0f | kind >> 1 & 0x70 | kind >> 2 & 0xf80 {
        1 => "Binding",
        2 => "Shared Secret",
        3 => "Allocate",
        4 => "Refresh",
        6 => "Send",
        7 => "Data",
        8 => "CreatePermission",
        9 => "Channel-Bind",
        10 => "Connect",
        11 => "ConnectionBind",
        12 => "ConnectionAttempt",
        _ => "Unknown",
    };
    let class = match kind & 0x110 {
        0x000 => "Request",
        0x010 => "Indication",
        0x100 => "Success Response",
        _ => "Error Response",
    };
    format!("{method} {class}")
}

fn attribute(kind: u16) -> &'static str {
    match kind {
        0x0001 => "MAPPED-ADDRESS",
        0x0012 => "XOR-PEER-ADDRESS",
        0x0016 => "XOR-RELAYED-ADDRESS",
        _ => "XOR-MAPPED-ADDRESS",
    }
}

/// The attributes: a type, a length, a value, and padding to four bytes.
struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (&[a, b, c, d], rest) = self.0.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes([c, d]));
        let value = rest.get(..length)?;
        self.0 = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((u16::from_be_bytes([a, b]), value))
    }
}

/// Sections 14.1 and 14.2: a family, a port and an address, which the exclusive-or form mixes
/// with the cookie and the transaction.
fn address(value: &[u8], header: &[u8; 20], xor: bool) -> Option<SocketAddr> {
    let (&[_, family, high, low], address) = value.split_first_chunk()?;
    let key = header.get(4..).filter(|_| xor).unwrap_or(&[0; 16]);
    let mixed: Vec<u8> = address.iter().zip(key).map(|(a, b)| a ^ b).collect();
    let port = u16::from_be_bytes([high ^ key.first()?, low ^ key.get(1)?]);
    let address: IpAddr = match family {
        1 => <[u8; 4]>::try_from(mixed.as_slice()).ok()?.into(),
        2 => Ipv6Addr::from(<[u8; 16]>::try_from(mixed.as_slice()).ok()?).into(),
        _ => return None,
    };
    Some(SocketAddr::new(address, port))
}
