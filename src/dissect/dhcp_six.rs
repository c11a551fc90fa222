//! DHCPv6 (RFC 8415): what a host calls itself, what it asks for, and what relays pass on.

use std::net::{IpAddr, Ipv6Addr};

use super::dhcp::{Dhcp, digits, labels};
use super::text::escape;

/// A DUID is no longer than this (section 11.1).
const LONGEST_DUID: usize = 130;
/// So many relays are one behind another at most (HOP_COUNT_LIMIT, section 7.6).
const MOST_RELAYS: usize = 8;
/// Where the options of a relay's message begin (section 9).
const RELAYED: usize = 34;

/// Reads a message of DHCPv6. A relay's says what the message in it says, and is named for both.
pub fn dhcpv6_message(bytes: &[u8]) -> Option<Dhcp> {
    match bytes.first() {
        Some(12 | 13) => relayed(bytes, MOST_RELAYS),
        _ => message(bytes),
    }
}

/// What a relay passes on to a server, or back (section 9): the message is option 9.
fn relayed(bytes: &[u8], hops: usize) -> Option<Dhcp> {
    let line = if bytes.first() == Some(&12) { "Relay-forw" } else { "Relay-reply" };
    let within = options(bytes.get(RELAYED..).unwrap_or_default())
        .find(|(code, _)| *code == 9)
        .filter(|_| hops > 0)
        .and_then(|(_, within)| match within.first() {
            Some(12 | 13) => relayed(within, hops - 1),
            _ => message(within),
        });
    let Some(mut found) = within else { return Some(Dhcp::new(line)) };
    found.message.summary = format!("{line}, {}", found.message.summary);
    // It is not the client who sends this.
    found.message.sender = None;
    Some(found)
}

/// The options of a message or of an option, by their codes (section 21.1).
fn options(mut rest: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let (&[a, b, c, d], after) = rest.split_first_chunk()?;
        let (value, after) = after.split_at_checked(usize::from(u16::from_be_bytes([c, d])))?;
        rest = after;
        Some((u16::from_be_bytes([a, b]), value))
    })
}

fn message(bytes: &[u8]) -> Option<Dhcp> {
    let &[kind, a, b, c] = bytes.first_chunk()?;
    let kind = match kind {
        1 => "Solicit",
        2 => "Advertise",
        3 => "Request",
        4 => "Confirm",
        5 => "Renew",
        6 => "Rebind",
        7 => "Reply",
        8 => "Release",
        9 => "Decline",
        10 => "Reconfigure",
        11 => "Information-request",
        _ => return None,
    };
    let line = format!("{kind} XID: {:#x}", u32::from_be_bytes([0, a, b, c]));
    let from_client = !matches!(kind, "Advertise" | "Reply" | "Reconfigure");
    let mut found = Dhcp { from_client, ..Dhcp::new(line) };
    for (code, value) in options(bytes.get(4..).unwrap_or_default()) {
        match code {
            // A client's name (RFC 4704 section 4.1), and its software's (RFC 8415 section 21.16).
            39 => found.host = value.get(1..).and_then(labels),
            16 => found.vendor = value.get(4..).and_then(vendor_class),
            1 => found.client = value.get(..LONGEST_DUID.min(value.len())).and_then(digits),
            3 => found.address = found.address.or_else(|| value.get(12..).and_then(leased)),
            _ => {}
        }
    }
    found.assigned = found.address.filter(|_| kind == "Reply");
    found.message.sender = found.host.clone().filter(|_| from_client);
    found.describe();
    Some(found)
}

/// The first of the vendor's classes, each behind its length (RFC 8415 section 21.16).
fn vendor_class(value: &[u8]) -> Option<String> {
    let (&length, rest) = value.split_first_chunk()?;
    rest.get(..usize::from(u16::from_be_bytes(length))).map(escape)
}

/// The first address of an association (RFC 8415 sections 21.4 and 21.6).
fn leased(within: &[u8]) -> Option<IpAddr> {
    let (_, value) = options(within).find(|(code, _)| *code == 5)?;
    value.first_chunk::<16>().map(|address| Ipv6Addr::from(*address).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn option(code: u8, value: &[u8]) -> Vec<u8> {
        let [high, low] = (value.len() as u16).to_be_bytes();
        [&[0, code, high, low], value].concat()
    }

    fn relay(kind: u8, within: &[u8]) -> Vec<u8> {
        let mut bytes = vec![kind; RELAYED];
        bytes.extend(option(18, b"port 7"));
        bytes.extend(option(9, within));
        bytes
    }

    #[test]
    fn what_a_relay_passes_on_is_read() {
        let name = option(39, b"\0\x06laptop\x07example\0");
        let solicit = [&[1, 0, 0x12, 0x34][..], &option(1, &[0, 1, 2]), &name].concat();
        let found = dhcpv6_message(&relay(12, &relay(12, &solicit))).expect("a message");
        let line = "Relay-forw, Relay-forw, Solicit XID: 0x1234, host laptop.example";
        assert_eq!(found.message.summary, line);
        assert_eq!(found.client.as_deref(), Some("00:01:02"));
        assert!(found.from_client && found.message.sender.is_none());

        let address = option(5, &[&[0x20, 1, 0x0d, 0xb8][..], &[0; 20]].concat());
        let lease = option(3, &[&[0; 12][..], &address].concat());
        let reply = [&[7, 0, 0x12, 0x34][..], &option(1, &[0, 1, 2]), &lease].concat();
        let found = dhcpv6_message(&relay(13, &reply)).expect("a message");
        assert_eq!(found.assigned, "2001:db8::".parse().ok());
        assert!(!found.from_client);
    }

    #[test]
    fn relays_in_relays_are_bounded_and_may_hold_nothing() {
        let mut bytes = vec![1, 0, 0, 7];
        for _ in 0..40 {
            bytes = relay(12, &bytes);
        }
        let found = dhcpv6_message(&bytes).expect("a message");
        assert_eq!(found.message.summary.matches("Relay-forw").count(), MOST_RELAYS + 1);
        for cut in [1, RELAYED - 1, RELAYED, RELAYED + 12] {
            let found = dhcpv6_message(&bytes[..cut]).expect("a message");
            assert_eq!(found.message.summary, "Relay-forw", "{cut}");
        }
        assert_eq!(dhcpv6_message(&[]), None);
    }
}
