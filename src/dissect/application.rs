//! Which application protocol the bytes speak: by the bytes first, by the port only where the
//! bytes alone are ambiguous. This runs on every datagram and segment of a flow that nobody
//! knows yet, so what the first bytes rule out is ruled out first.

use super::dns_recognise::{looks_like_dns, looks_like_dns_stream};
use super::http_line::{self, Start};
use super::http2::PREFACE;
use super::socks::is_socks;
use super::xmpp::is_xmpp;
use super::{
    DnsFlavour, bittorrent, dhcp, dns_message, is_dtls, is_rtcp, looks_like_tls, mail, mqtt,
    netbios, ntp, quic_protocol, sip, ssdp, stun, wireguard,
};
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

/// The port that STUN's keep-alives and SIP's go to.
const SIP_PORT: u16 = 5060;

/// What a datagram speaks.
pub fn of_datagram(bytes: &[u8], source_port: u16, destination_port: u16) -> Option<Protocol> {
    let &first = bytes.first()?;
    let ports = [destination_port, source_port];
    if let Some(protocol) = ports.into_iter().find_map(|port| by_port(bytes, port)) {
        return Some(protocol);
    }
    // Each protocol's first byte; most of what flows by begins otherwise.
    let spoken = match first {
        0x80..=0xbf if is_rtcp(bytes) => Some(Protocol::Rtcp),
        b'd' if bittorrent::is_dht(bytes) => Some(Protocol::BittorrentDht),
        b'!'..=b'~' if ssdp::is_ssdp(bytes, source_port, destination_port) => Some(Protocol::Ssdp),
        b'!'..=b'~' | b'\r' | b'\n' if sip::is_sip(bytes.trim_ascii_start()) => Some(Protocol::Sip),
        b'A'..=b'Z' if is_http(bytes) => Some(Protocol::Http),
        0..=3 if stun::is_stun(bytes, source_port, destination_port) => Some(Protocol::Stun),
        0 | 1 if stun::is_classic_stun(bytes) => Some(Protocol::Stun),
        1..=3 if wireguard::is_handshake(bytes) => Some(Protocol::Wireguard),
        20..=63 if is_dtls(bytes) => Some(Protocol::Dtls),
        _ => quic_protocol(bytes),
    };
    if spoken.is_none() && looks_like_dns(bytes) {
        return Some(Protocol::Dns);
    }
    spoken
}

/// What the services with a port of their own speak there, where the bytes agree.
fn by_port(bytes: &[u8], port: u16) -> Option<Protocol> {
    let (spoken, fits) = match port {
        53 => (Protocol::Dns, dns_message(bytes, DnsFlavour::Dns).is_some()),
        5353 => (Protocol::Mdns, dns_message(bytes, DnsFlavour::Dns).is_some()),
        5355 => (Protocol::Llmnr, dns_message(bytes, DnsFlavour::Dns).is_some()),
        137 => (Protocol::Nbns, dns_message(bytes, DnsFlavour::NetBios).is_some()),
        netbios::PORT => (Protocol::Nbns, netbios::netbios_datagram(bytes).is_some()),
        67 | 68 => (Protocol::Dhcp, dhcp::has_form(bytes)),
        546 | 547 => (Protocol::Dhcp, matches!(bytes, [1..=13, _, _, _, ..])),
        123 => (Protocol::Ntp, ntp::is_ntp(bytes, port, port)),
        SIP_PORT => (Protocol::Sip, sip::is_keep_alive(bytes)),
        _ => return None,
    };
    fits.then_some(spoken)
}

fn is_http(bytes: &[u8]) -> bool {
    let Start::Line { begin, end, .. } = http_line::first_line(bytes) else { return false };
    let line = http_line::read_line(bytes.get(begin..end).unwrap_or_default());
    matches!(
        line,
        Some(http_line::Line::Request { version: [_, ..], .. } | http_line::Line::Status { .. })
    )
}

/// What the first bytes of one direction of a stream speak; `port` is the server's.
pub fn of_stream(bytes: &[u8], port: u16, from_client: bool) -> Opening {
    let Some(&first) = bytes.first() else { return Opening::Incomplete };
    match first {
        b'!'..=b'~' | b'\r' | b'\n' | b' ' | b'\t' => match text(bytes, port, from_client) {
            // DNS behind a length that reads as text.
            Opening::Unknown => binary(bytes, port, from_client),
            opening => opening,
        },
        _ => binary(bytes, port, from_client),
    }
}

/// A stream that begins with printable bytes.
fn text(bytes: &[u8], port: u16, from_client: bool) -> Opening {
    let known = bytes.len().min(PREFACE.len());
    if from_client && bytes.get(..known) == PREFACE.get(..known) {
        let whole = known == PREFACE.len();
        return if whole { Opening::Is(Protocol::Http2) } else { Opening::Incomplete };
    }
    let known = bytes.len().min(4);
    if bytes.get(..known) == b"SSH-".get(..known) {
        return if known == 4 { Opening::Is(Protocol::Ssh) } else { Opening::Incomplete };
    }
    if bytes.trim_ascii_start().first() == Some(&b'<') {
        return match is_xmpp(bytes) {
            None => Opening::Incomplete,
            Some(true) => Opening::Is(Protocol::Xmpp),
            Some(false) => Opening::Unknown,
        };
    }
    match http_line::first_line(bytes) {
        Start::Line { begin, end, .. } => {
            let line = bytes.get(begin..end).unwrap_or_default();
            if sip::is_sip(line) {
                Opening::Is(Protocol::Sip)
            } else if http_line::read_line(line).is_some() {
                Opening::Is(Protocol::Http)
            } else {
                mail(bytes, port, from_client)
            }
        }
        Start::Partial if bytes.iter().any(|&b| b < b' ' && !b"\r\n\t".contains(&b)) => {
            Opening::Unknown
        }
        Start::Partial => Opening::Incomplete,
        Start::Not if sip::is_sip(bytes) => Opening::Is(Protocol::Sip),
        Start::Not if sip::may_become_sip(bytes) => Opening::Incomplete,
        Start::Not => mail(bytes, port, from_client),
    }
}

fn mail(bytes: &[u8], port: u16, from_client: bool) -> Opening {
    match mail::mail_protocol(bytes, port, from_client) {
        Some(protocol) => Opening::Is(protocol),
        // A greeting that is not whole: `220-`, `* OK`, `+OK`.
        None if !from_client && bytes.len() < 512 && memchr::memchr(b'\n', bytes).is_none() => {
            let greets = [&b"220"[..], b"* OK", b"+OK"].into_iter().any(|mark| {
                let known = bytes.len().min(mark.len());
                bytes.get(..known) == mark.get(..known)
            });
            if greets { Opening::Incomplete } else { Opening::Unknown }
        }
        None => Opening::Unknown,
    }
}

/// A stream that begins with any other byte.
fn binary(bytes: &[u8], port: u16, from_client: bool) -> Opening {
    match looks_like_tls(bytes) {
        Some(true) => return Opening::Is(Protocol::Tls),
        None => return Opening::Incomplete,
        Some(false) => {}
    }
    if stun::is_stun(bytes, 0, 0) {
        return Opening::Is(Protocol::Stun);
    }
    if from_client && mqtt::is_connect(bytes) {
        return Opening::Is(Protocol::Mqtt);
    }
    if is_http2_settings(bytes) {
        return Opening::Is(Protocol::Http2);
    }
    if from_client && is_socks(bytes) {
        return Opening::Is(Protocol::Socks);
    }
    match looks_like_dns_stream(bytes) {
        Some(true) => Opening::Is(Protocol::Dns),
        Some(false) if port == 53 => dns_stream(bytes),
        None if port == 53 || bytes.first() == Some(&0) && bytes.len() < 14 => Opening::Incomplete,
        _ => Opening::Unknown,
    }
}

/// The settings that each side of HTTP/2 sends first (RFC 9113 section 3.4).
fn is_http2_settings(bytes: &[u8]) -> bool {
    matches!(*bytes, [0, 0, length, 4, 0, 0, 0, 0, 0, ref rest @ ..]
        if length % 6 == 0 && (rest.is_empty() || length == 0 || rest.first() == Some(&0)))
}

/// DNS over TCP on its port (RFC 1035 section 4.2.2): a length, then a message.
fn dns_stream(bytes: &[u8]) -> Opening {
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
