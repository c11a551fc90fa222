//! What control messages say, in a line as Wireshark would write it.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::bytes::{be16, be32};
use super::icmp::{Icmp, Igmp};
use super::summary::mac;

/// An ICMP message of either version.
pub(super) fn message(message: &Icmp<'_>) -> String {
    if message.v6 { v6(message) } else { v4(message) }
}

/// `text`, with its code in brackets where that has a name.
fn coded(text: &str, code: Option<&str>) -> String {
    code.map_or(text.to_owned(), |code| format!("{text} ({code})"))
}

fn numbered(text: &str, message: &Icmp<'_>) -> String {
    match (message.identifier(), message.sequence()) {
        (Some(id), Some(sequence)) => format!("{text} id={id:#06x}, seq={sequence}"),
        _ => text.to_owned(),
    }
}

/// RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1, RFC 1256, RFC 950.
fn v4(message: &Icmp<'_>) -> String {
    match message.kind {
        0 => numbered("Echo (ping) reply", message),
        8 => numbered("Echo (ping) request", message),
        3 => coded("Destination unreachable", unreachable(message.code)),
        4 => "Source quench".to_owned(),
        5 => {
            let code = match message.code {
                0 => Some("Redirect for network"),
                1 => Some("Redirect for host"),
                2 => Some("Redirect for type of service and network"),
                3 => Some("Redirect for type of service and host"),
                _ => None,
            };
            coded("Redirect", code)
        }
        9 => "Router advertisement".to_owned(),
        10 => "Router solicitation".to_owned(),
        11 => {
            let code = match message.code {
                0 => Some("Time to live exceeded in transit"),
                1 => Some("Fragment reassembly time exceeded"),
                _ => None,
            };
            coded("Time-to-live exceeded", code)
        }
        12 => {
            let code = match message.code {
                0 => Some("Pointer indicates the error"),
                1 => Some("Required option missing"),
                2 => Some("Bad length"),
                _ => None,
            };
            coded("Parameter problem", code)
        }
        13 => numbered("Timestamp request", message),
        14 => numbered("Timestamp reply", message),
        15 => numbered("Information request", message),
        16 => numbered("Information reply", message),
        17 => numbered("Address mask request", message),
        18 => numbered("Address mask reply", message),
        30 => "Traceroute".to_owned(),
        42 => numbered("Extended Echo request", message),
        43 => numbered("Extended Echo reply", message),
        kind => format!("Type {kind}, code {}", message.code),
    }
}

fn unreachable(code: u8) -> Option<&'static str> {
    Some(match code {
        0 => "Network unreachable",
        1 => "Host unreachable",
        2 => "Protocol unreachable",
        3 => "Port unreachable",
        4 => "Fragmentation needed",
        5 => "Source route failed",
        6 => "Network unknown",
        7 => "Host unknown",
        8 => "Source host isolated",
        9 => "Network administratively prohibited",
        10 => "Host administratively prohibited",
        11 => "Network unreachable for TOS",
        12 => "Host unreachable for TOS",
        13 => "Communication administratively filtered",
        14 => "Host precedence violation",
        15 => "Precedence cutoff in effect",
        _ => return None,
    })
}

/// RFC 4443, RFC 4861, RFC 2710, RFC 3810.
fn v6(message: &Icmp<'_>) -> String {
    let rest = message.rest;
    let target = || {
        let target = rest.get(4..).and_then(<[u8]>::first_chunk::<16>);
        target.map_or("?".to_owned(), |&target| Ipv6Addr::from(target).to_string())
    };
    let from = |kind, options: usize| {
        let address = link_address(rest.get(options..).unwrap_or_default(), kind);
        address.map_or(String::new(), |address| format!(" from {}", mac(address)))
    };
    match message.kind {
        1 => {
            let code = match message.code {
                0 => Some("no route to destination"),
                1 => Some("Administratively prohibited"),
                2 => Some("Beyond scope of source address"),
                3 => Some("Address unreachable"),
                4 => Some("Port unreachable"),
                5 => Some("Source address failed ingress/egress policy"),
                6 => Some("Reject route to destination"),
                _ => None,
            };
            coded("Destination Unreachable", code)
        }
        2 => be32(rest, 0)
            .map_or("Packet Too Big".to_owned(), |mtu| format!("Packet Too Big (MTU {mtu})")),
        3 => {
            let code = match message.code {
                0 => Some("hop limit exceeded in transit"),
                1 => Some("fragment reassembly time exceeded"),
                _ => None,
            };
            coded("Time Exceeded", code)
        }
        4 => {
            let code = match message.code {
                0 => Some("erroneous header field encountered"),
                1 => Some("unrecognized Next Header type encountered"),
                2 => Some("unrecognized IPv6 option encountered"),
                _ => None,
            };
            coded("Parameter Problem", code)
        }
        128 => numbered("Echo (ping) request", message),
        129 => numbered("Echo (ping) reply", message),
        130 => "Multicast Listener Query".to_owned(),
        131 => format!("Multicast Listener Report for {}", target()),
        132 => format!("Multicast Listener Done for {}", target()),
        133 => format!("Router Solicitation{}", from(1, 4)),
        134 => format!("Router Advertisement{}", from(1, 12)),
        135 => format!("Neighbor Solicitation for {}{}", target(), from(1, 20)),
        136 => advertisement(rest, &target()),
        137 => format!("Redirect to {}", target()),
        138 => "Router Renumbering".to_owned(),
        139 => "Node Information Query".to_owned(),
        140 => "Node Information Reply".to_owned(),
        143 => "Multicast Listener Report Message v2".to_owned(),
        155 => "RPL Control".to_owned(),
        kind => format!("Type {kind}, code {}", message.code),
    }
}

/// RFC 4861 section 4.4.
fn advertisement(rest: &[u8], target: &str) -> String {
    let flags = rest.first().copied().unwrap_or_default();
    let named = [(0x80, "rtr"), (0x40, "sol"), (0x20, "ovr")];
    let names: Vec<&str> =
        named.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, name)| *name).collect();
    let flags = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
    let address = link_address(rest.get(20..).unwrap_or_default(), 2);
    let at = address.map_or(String::new(), |address| format!(" is at {}", mac(address)));
    format!("Neighbor Advertisement {target}{flags}{at}")
}

/// A link-layer address among the options (RFC 4861 section 4.6.1).
fn link_address(mut options: &[u8], kind: u8) -> Option<[u8; 6]> {
    loop {
        let &[found, length] = options.first_chunk()?;
        if found == kind {
            return options.get(2..)?.first_chunk().copied();
        }
        // A length of zero would never end (section 4.6).
        let length = usize::from(length) * 8;
        options = options.get(length..).filter(|_| length > 0)?;
    }
}

/// RFC 3376 section 4, RFC 2236, RFC 1112.
pub(super) fn membership(message: &Igmp<'_>) -> (&'static str, String) {
    let group = message.rest.first_chunk::<4>().map(|&group| Ipv4Addr::from(group));
    let shown = group.map_or("?".to_owned(), |group| group.to_string());
    match message.kind {
        0x11 => {
            // Version 3's queries are longer.
            let label = if message.rest.len() > 4 { "IGMPv3" } else { "IGMPv2" };
            match group {
                Some(Ipv4Addr::UNSPECIFIED) => (label, "Membership Query, general".to_owned()),
                _ => (label, format!("Membership Query, specific for group {shown}")),
            }
        }
        0x12 => ("IGMPv1", format!("Membership Report group {shown}")),
        0x16 => ("IGMPv2", format!("Membership Report group {shown}")),
        0x17 => ("IGMPv2", format!("Leave Group {shown}")),
        0x22 => ("IGMPv3", report(message.rest)),
        kind => ("IGMP", format!("Type {kind:#04x}")),
    }
}

/// RFC 3376 section 4.2: the group records of a report, of which a few are enough.
fn report(rest: &[u8]) -> String {
    let count = be16(rest, 2).unwrap_or_default();
    let mut text = "Membership Report".to_owned();
    let mut at = 4;
    for _ in 0..count.min(4) {
        let record = rest.get(at..).unwrap_or_default();
        let (Some(&[kind, auxiliary, high, low]), Some(&group)) =
            (record.first_chunk(), record.get(4..).and_then(<[u8]>::first_chunk::<4>))
        else {
            break;
        };
        let sources = usize::from(u16::from_be_bytes([high, low]));
        let group = Ipv4Addr::from(group);
        text.push_str(&match (kind, sources) {
            // Excluding nobody is joining, including nobody is leaving.
            (2 | 4, 0) => format!(" / Join group {group} for any sources"),
            (1 | 3, 0) => format!(" / Leave group {group}"),
            (1 | 3 | 5, _) => format!(" / Join group {group} for {sources} sources"),
            _ => format!(" / group {group}, {sources} sources"),
        });
        at += 8 + sources * 4 + usize::from(auxiliary) * 4;
    }
    text
}
