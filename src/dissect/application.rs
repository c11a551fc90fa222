//! Which application protocol the bytes speak: by the bytes first, by the port only where the
//! bytes alone are ambiguous.

use super::http_line::{self, Start};
use super::{DnsFlavour, Hello, client_hello, dns_message, ntp, quic, sip, ssdp, stun};
use crate::contact::Protocol;

/// What the first bytes of a stream say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// More of them are needed.
    Incomplete,
    /// They speak this.
    Is(Protocol),
    /// They speak nothing known.
    Unknown,
}

/// What a datagram speaks.
pub fn of_datagram(bytes: &[u8], source_port: u16, destination_port: u16) -> Option<Protocol> {
    let named = |port| match port {
        53 => Some((Protocol::Dns, DnsFlavour::Dns)),
        5353 => Some((Protocol::Mdns, DnsFlavour::Dns)),
        5355 => Some((Protocol::Llmnr, DnsFlavour::Dns)),
        137 => Some((Protocol::Nbns, DnsFlavour::NetBios)),
        _ => None,
    };
    if let Some((application, flavour)) = named(destination_port).or_else(|| named(source_port))
        && dns_message(bytes, flavour).is_some()
    {
        return Some(application);
    }
    if ssdp::is_ssdp(bytes, source_port, destination_port) {
        Some(Protocol::Ssdp)
    } else if sip::is_sip(bytes)
        || sip::is_keep_alive(bytes) && [source_port, destination_port].contains(&5060)
    {
        Some(Protocol::Sip)
    } else if stun::is_stun(bytes, source_port, destination_port) {
        Some(Protocol::Stun)
    } else if ntp::is_ntp(bytes, source_port, destination_port) {
        Some(Protocol::Ntp)
    } else if quic::is_quic(bytes) {
        Some(Protocol::Quic)
    } else {
        None
    }
}

/// What the first bytes of one direction of a stream speak; `port` is the server's.
pub fn of_stream(bytes: &[u8], port: u16, from_client: bool) -> Opening {
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    if bytes.is_empty() {
        return Opening::Incomplete;
    }
    // A record of type handshake, version 3.x (RFC 8446 section 5.1), holding a ClientHello.
    if bytes.first() == Some(&22) {
        return match client_hello(bytes, false) {
            Hello::Incomplete | Hello::Read(_) if bytes.len() >= 6 => Opening::Is(Protocol::Tls),
            Hello::Incomplete => Opening::Incomplete,
            _ => dns_stream(bytes, port),
        };
    }
    let known = bytes.len().min(preface.len());
    if from_client && bytes.get(..known) == preface.get(..known) {
        let whole = known == preface.len();
        return if whole { Opening::Is(Protocol::Http2) } else { Opening::Incomplete };
    }
    if stun::is_stun(bytes, 0, 0) {
        return Opening::Is(Protocol::Stun);
    }
    match line(bytes) {
        Opening::Unknown => dns_stream(bytes, port),
        opening => opening,
    }
}

/// A first line of HTTP or SIP; empty lines before it are allowed (RFC 9112 section 2.2, RFC
/// 5626 section 3.5.1).
fn line(bytes: &[u8]) -> Opening {
    match http_line::first_line(bytes) {
        Start::Not => {
            let sip = bytes.starts_with(b"SIP/2.0 ");
            if sip { Opening::Is(Protocol::Sip) } else { Opening::Unknown }
        }
        Start::Partial if bytes.iter().any(|&b| b < b' ' && !b"\r\n\t".contains(&b)) => {
            Opening::Unknown
        }
        Start::Partial => Opening::Incomplete,
        Start::Line { begin, end, .. } => {
            let line = bytes.get(begin..end).unwrap_or_default();
            if sip::is_sip(line) {
                Opening::Is(Protocol::Sip)
            } else if http_line::read_line(line).is_some() {
                Opening::Is(Protocol::Http)
            } else {
                Opening::Unknown
            }
        }
    }
}

/// DNS over TCP (RFC 1035 section 4.2.2): a length, then a message. Only its port tells it.
fn dns_stream(bytes: &[u8], port: u16) -> Opening {
    if port != 53 {
        return Opening::Unknown;
    }
    let Some((&length, rest)) = bytes.split_first_chunk() else { return Opening::Incomplete };
    let length = usize::from(u16::from_be_bytes(length));
    match rest.get(..length) {
        _ if length < 12 => Opening::Unknown,
        Some(message) if dns_message(message, DnsFlavour::Dns).is_some() => {
            Opening::Is(Protocol::Dns)
        }
        Some(_) => Opening::Unknown,
        None => Opening::Incomplete,
    }
}
