//! The machine's own resolvers, as resolv.conf(5) has them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};

use nix::net::if_::if_nametoindex;

const FILE: &str = "/etc/resolv.conf";
const BEHIND: &str = "/run/systemd/resolve/resolv.conf";
const PORT: u16 = 53;
/// As many as the C library asks (MAXNS).
const MOST: usize = 3;

/// The resolvers that the machine's programs ask. One on the loopback, such as that of
/// systemd-resolved, does as well: it is asked from the machine, not from the sandbox.
pub(super) fn of_machine() -> Vec<SocketAddr> {
    parse(&std::fs::read_to_string(FILE).unwrap_or_default())
}

/// Those that systemd-resolved asks in its turn, where it runs (systemd-resolved.service(8)).
pub(super) fn behind() -> Vec<SocketAddr> {
    let known = std::fs::read_to_string(BEHIND);
    known.map(|text| parse(&text)).unwrap_or_default()
}

fn parse(text: &str) -> Vec<SocketAddr> {
    let named = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some("nameserver")).then(|| words.next()).flatten()
    });
    let mut servers: Vec<SocketAddr> = named.filter_map(server).take(MOST).collect();
    if servers.is_empty() {
        // What the C library does then.
        servers.push(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)));
    }
    servers
}

/// An address, with the interface behind it where it is link-local (RFC 4007 section 11).
fn server(text: &str) -> Option<SocketAddr> {
    let (address, zone) = match text.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (text, None),
    };
    match address.parse().ok()? {
        IpAddr::V4(v4) => Some(SocketAddr::from((v4, PORT))),
        IpAddr::V6(v6) => {
            let index = |zone: &str| zone.parse().ok().or_else(|| if_nametoindex(zone).ok());
            let scope = zone.and_then(index).unwrap_or_default();
            Some(SocketAddr::V6(SocketAddrV6::new(v6, PORT, 0, scope)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_as_the_c_library_does() {
        for (text, servers) in [
            ("", &["127.0.0.1:53"][..]),
            ("# nameserver 192.0.2.9\nsearch a.example\n", &["127.0.0.1:53"]),
            ("nameserver 127.0.0.53\noptions edns0\n", &["127.0.0.53:53"]),
            (
                "nameserver 192.0.2.9\n nameserver\t2001:db8::9 \nnameserver x\n",
                &["192.0.2.9:53", "[2001:db8::9]:53"],
            ),
            ("nameserver fe80::1%7\n", &["[fe80::1%7]:53"]),
            (&"nameserver 192.0.2.9\n".repeat(9), &["192.0.2.9:53"; 3]),
        ] {
            let read: Vec<String> = parse(text).iter().map(ToString::to_string).collect();
            assert_eq!(read, servers, "{text:?}");
        }
    }
}
