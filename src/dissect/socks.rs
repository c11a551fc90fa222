//! SOCKS 4, 4a and 5 (RFC 1928): which host a proxy is asked for. What follows the request is
//! the tunnel's own.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::message::{Message, Step};
use super::text::{host_name, is_host};
use crate::contact::{Evidence, EvidenceKind, Protocol, Request};

/// A longer user or host is none.
const LONGEST_TEXT: usize = 255;

/// Whether a client's first bytes are a greeting or a request of SOCKS and nothing else: the
/// client must wait for the proxy before it sends more.
pub(super) fn is_socks(bytes: &[u8]) -> bool {
    match *bytes {
        [5, count @ 1..=8, ref methods @ ..] => {
            // Few methods were ever registered; private ones begin at 128.
            methods.len() == usize::from(count)
                && methods.iter().all(|&method| method <= 9 || method >= 128)
        }
        [4, 1 | 2, high, low, a, b, c, d, ..] => {
            let port = u16::from_be_bytes([high, low]);
            let plausible = port != 0 && (a != 0 || b == 0 && c == 0 && d != 0);
            plausible
                && matches!(version_four(bytes), Step::Read { length, .. } if length == bytes.len())
        }
        _ => false,
    }
}

/// Reads what a client of a proxy sends: a greeting, a proof of who it is (RFC 1929), and the
/// request. Anything else is no SOCKS, or what the tunnel carries.
pub(super) fn socks_client(bytes: &[u8]) -> Step<Message> {
    match bytes.first() {
        None => Step::Incomplete,
        Some(4) => version_four(bytes),
        Some(5) => version_five(bytes),
        Some(1) => proof(bytes),
        Some(_) => Step::Not,
    }
}

/// Reads what a proxy answers.
pub(super) fn socks_server(bytes: &[u8]) -> Step<Message> {
    let read =
        |line: &str, length| Step::Read { value: Message::new(Protocol::Socks, line), length };
    match *bytes {
        [0, code @ 90..=93, ..] if bytes.len() >= 8 => {
            read(if code == 90 { "granted" } else { "rejected" }, 8)
        }
        [5, 0, 0, 1, ..] if bytes.len() >= 10 => read("succeeded", 10),
        [5, 0, 0, 4, ..] if bytes.len() >= 22 => read("succeeded", 22),
        [5, 0, 0, 3, length, ..] if bytes.len() >= 7 + usize::from(length) => {
            read("succeeded", 7 + usize::from(length))
        }
        [5, 1..=8, 0, ..] if bytes.len() >= 10 => read("failed", 10),
        [5, _] => read("method chosen", 2),
        [1, 0, ..] => read("proof accepted", 2),
        [1, _, ..] => read("proof rejected", 2),
        [] | [0 | 1 | 5] | [0, 90..=93, ..] | [5, _, 0, ..] => Step::Incomplete,
        _ => Step::Not,
    }
}

fn version_four(bytes: &[u8]) -> Step<Message> {
    let Some((&[_, command, high, low, a, b, c, d], rest)) = bytes.split_first_chunk() else {
        return Step::Incomplete;
    };
    // Where a text ends; none that is too long has an end.
    let end = |bytes: &[u8]| memchr::memchr(0, bytes.get(..=LONGEST_TEXT).unwrap_or(bytes));
    let open = |bytes: &[u8]| {
        if bytes.len() > LONGEST_TEXT { Step::Not } else { Step::Incomplete }
    };
    let Some(user) = end(rest) else { return open(rest) };
    let mut length = 8 + user + 1;
    // 4a: an address that cannot be stands for a name behind the user.
    let host = if (a, b, c) == (0, 0, 0) && d != 0 {
        let rest = rest.get(user + 1..).unwrap_or_default();
        let Some(name) = end(rest) else { return open(rest) };
        length += name + 1;
        host_name(rest.get(..name).unwrap_or_default())
    } else {
        Ipv4Addr::new(a, b, c, d).to_string()
    };
    let value = asks(4, command, host, u16::from_be_bytes([high, low]));
    Step::Read { value, length }
}

fn version_five(bytes: &[u8]) -> Step<Message> {
    let &[_, second, ref rest @ ..] = bytes else { return Step::Incomplete };
    // A request has a zero behind its command, and one of three kinds of address.
    let greeting = rest.len() == usize::from(second)
        || rest.first() != Some(&0)
        || !matches!(rest.get(1), Some(1 | 3 | 4));
    if greeting {
        let length = 2 + usize::from(second);
        return match bytes.len() {
            have if have < length => Step::Incomplete,
            _ if second == 0 => Step::Not,
            _ => {
                Step::Read { value: Message::new(Protocol::Socks, "Version: 5, greeting"), length }
            }
        };
    }
    let address = rest.get(2..).unwrap_or_default();
    let (host, used) = match rest.get(1) {
        Some(1) => match address.first_chunk::<4>() {
            Some(&four) => (Ipv4Addr::from(four).to_string(), 4),
            None => return Step::Incomplete,
        },
        Some(4) => match address.first_chunk::<16>() {
            Some(&six) => (Ipv6Addr::from(six).to_string(), 16),
            None => return Step::Incomplete,
        },
        Some(3) => {
            let Some((&length, text)) = address.split_first() else { return Step::Incomplete };
            let Some(text) = text.get(..usize::from(length)) else { return Step::Incomplete };
            (host_name(text), 1 + usize::from(length))
        }
        _ => return Step::Not,
    };
    let Some(port) = address.get(used..).and_then(<[u8]>::first_chunk) else {
        return Step::Incomplete;
    };
    let value = asks(5, second, host, u16::from_be_bytes(*port));
    Step::Read { value, length: 4 + used + 2 }
}

/// RFC 1929: a version, then user and password, each behind its length.
fn proof(bytes: &[u8]) -> Step<Message> {
    let user = usize::from(bytes.get(1).copied().unwrap_or(0));
    let Some(&password) = bytes.get(2 + user) else { return Step::Incomplete };
    let length = 3 + user + usize::from(password);
    if bytes.len() < length {
        return Step::Incomplete;
    }
    Step::Read { value: Message::new(Protocol::Socks, "Version: 5, user and password"), length }
}

fn asks(version: u8, command: u8, host: String, port: u16) -> Message {
    let method = match command {
        1 => "CONNECT",
        2 => "BIND",
        3 => "UDP-ASSOCIATE",
        _ => "UNKNOWN",
    };
    let target =
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let line = format!("Version: {version}, {method} {target}");
    let mut message = Message::new(Protocol::Socks, line);
    let named = Some(host.clone()).filter(|host| command == 1 && is_host(host));
    message.names.extend(named.map(|host| Evidence::new(EvidenceKind::HttpProxied, host)));
    message.request = Some(Request::new(method, target).to_host(Some(host)));
    message
}
