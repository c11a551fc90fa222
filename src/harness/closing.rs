//! Ports that a scenario closes, as the sandbox is told of them: the addresses of names are known
//! only once the simulated internet has given them out.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::contact::{Host, HostPattern, Transport};
use crate::internet::OnNamed;
use crate::sandbox::{Closed, ClosedOf, close};
use crate::script::{Closing, Script};

/// What is closed from the start, in the order of the script.
pub(super) fn closed_ports(script: &Script) -> Vec<Closed> {
    let mut closed = Vec::new();
    for (number, closing) in (0..).zip(&script.closed) {
        let protocols: &[u8] = match closing.transport {
            Some(Transport::Tcp) => &[6],
            Some(Transport::Udp) => &[17],
            _ => &[6, 17],
        };
        for of in closed_of(number, closing, &script.records) {
            for ports in &closing.ports {
                closed.extend(protocols.iter().map(|protocol| Closed {
                    of,
                    ports: ports.clone(),
                    protocol: *protocol,
                    silent: closing.silent,
                }));
            }
        }
    }
    closed
}

/// Whose ports the script's closing of this number closes.
fn closed_of(number: u32, closing: &Closing, records: &[(String, Vec<IpAddr>)]) -> Vec<ClosedOf> {
    let Some(host) = closing.host.as_ref().filter(|host| !host.is_any()) else {
        return vec![ClosedOf::All];
    };
    if let Some(block) = host.block() {
        return vec![ClosedOf::Block(block)];
    }
    let named = records.iter().filter(|(name, _)| host.matches(&Host::from_text(name)));
    let known = named.flat_map(|(_, addresses)| addresses);
    let mut of: Vec<_> =
        known.map(|address| ClosedOf::Block(IpNet::from(address.to_canonical()))).collect();
    of.push(ClosedOf::Added(number));
    of
}

/// Who closes the ports of names as they are given addresses; none where no name is meant.
pub(super) fn closer(script: &Script) -> Option<OnNamed> {
    let numbered = (0_u32..).zip(&script.closed);
    let meant: Vec<(u32, HostPattern)> = numbered
        .filter_map(|(number, closing)| Some((number, closing.host.clone()?)))
        .filter(|(_, host)| host.matches_names() && !host.is_any())
        .collect();
    if meant.is_empty() {
        return None;
    }
    Some(Box::new(move |name, addresses| {
        let host = Host::from_text(name);
        let fits = meant.iter().filter(|(_, pattern)| pattern.matches(&host));
        let numbers: Vec<u32> = fits.map(|(number, _)| *number).collect();
        // A name whose ports cannot be closed resolves no more than one there is no room for.
        numbers.is_empty() || close(&numbers, &addresses).is_ok()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_closed_by_what_is_known_of_them() {
        let records = [("fixed.example".to_owned(), vec!["198.51.100.7".parse().expect("one")])];
        for (host, expected) in [
            (None, "All"),
            (Some("*"), "All"),
            (Some("203.0.113.0/24"), "203.0.113.0/24"),
            (Some("2001:db8::1"), "2001:db8::1/128"),
            (Some("a.example"), "Added 7"),
            (Some("*.example"), "198.51.100.7/32, Added 7"),
            (Some("fixed.example"), "198.51.100.7/32, Added 7"),
        ] {
            let host = host.map(|host| host.parse().expect("a pattern"));
            let closing = Closing { host, ports: vec![1..=2], transport: None, silent: false };
            let of = closed_of(7, &closing, &records).into_iter().map(|of| match of {
                ClosedOf::All => "All".to_owned(),
                ClosedOf::Block(block) => block.to_string(),
                ClosedOf::Added(number) => format!("Added {number}"),
            });
            assert_eq!(of.collect::<Vec<_>>().join(", "), expected, "{closing:?}");
        }
    }
}
