//! On which interfaces of the machine packets are captured, and which of those.

use std::net::{IpAddr, SocketAddr};

use crate::sandbox::machine::Interface;

/// An interface to capture on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) description: &'static str,
    /// In libpcap's language; empty for everything.
    pub(super) filter: String,
}

/// The chosen ones, and the loopback where a resolver on the machine itself is asked: that passes
/// lookups on in its own name, so whose they are is seen there alone.
pub(super) fn wanted(
    chosen: &[Interface],
    up: &[Interface],
    resolvers: &[SocketAddr],
) -> Vec<Wanted> {
    let whole = |interface: &Interface| Wanted {
        name: interface.name.clone(),
        description: "an interface of the machine",
        filter: String::new(),
    };
    let mut all: Vec<Wanted> = chosen.iter().map(whole).collect();
    let on_machine: Vec<IpAddr> =
        resolvers.iter().map(SocketAddr::ip).filter(IpAddr::is_loopback).collect();
    let loopback = up.iter().find(|it| it.is_loopback);
    if let Some(loopback) = loopback.filter(|it| !on_machine.is_empty() && !chosen.contains(it)) {
        let hosts: Vec<String> = on_machine.iter().map(|it| format!("host {it}")).collect();
        all.push(Wanted {
            name: loopback.name.clone(),
            description: "the machine's loopback, of which lookups alone",
            filter: format!("port 53 and ({})", hosts.join(" or ")),
        });
    }
    all
}

/// Interfaces by which packets may have left that were not captured: they came up later.
pub(super) fn missed(up: Vec<Interface>, captured: &[String]) -> Vec<String> {
    let leading = up.into_iter().filter(Interface::leads_away);
    leading.map(|it| it.name).filter(|name| !captured.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Filter;
    use crate::packet::LinkType;

    fn interface(name: &str, address: &str) -> Interface {
        Interface {
            name: name.to_owned(),
            is_loopback: name == "lo",
            is_part: false,
            addresses: vec![address.parse().unwrap()],
        }
    }

    #[test]
    fn the_loopback_is_captured_for_lookups_alone() {
        let up = [interface("lo", "127.0.0.1/8"), interface("eth0", "192.0.2.1/24")];
        let check = |chosen: &[Interface], resolvers: &[&str], expected: &[(&str, &str)]| {
            let resolvers: Vec<SocketAddr> =
                resolvers.iter().map(|it| it.parse().unwrap()).collect();
            let all = wanted(chosen, &up, &resolvers);
            let all: Vec<_> = all.iter().map(|it| (&*it.name, &*it.filter)).collect();
            assert_eq!(all, expected, "{resolvers:?}");
        };
        let eth0 = &up[1..];
        check(eth0, &["192.0.2.9:53"], &[("eth0", "")]);
        let one = "port 53 and (host 127.0.0.53)";
        check(eth0, &["127.0.0.53:53", "192.0.2.9:53"], &[("eth0", ""), ("lo", one)]);
        let two = "port 53 and (host 127.0.0.1 or host ::1)";
        check(eth0, &["127.0.0.1:53", "[::1]:53"], &[("eth0", ""), ("lo", two)]);
        check(&up, &["127.0.0.53:53"], &[("lo", ""), ("eth0", "")]);
        for filter in [one, two] {
            Filter::new(filter, LinkType::ETHERNET).unwrap();
        }
    }

    #[test]
    fn an_interface_that_came_up_is_missed() {
        let up = [("lo", "127.0.0.1/8"), ("eth0", "192.0.2.1/24"), ("tun0", "198.51.100.2/32")];
        let up = up.map(|(name, address)| interface(name, address)).to_vec();
        assert_eq!(missed(up.clone(), &["eth0".to_owned()]), ["tun0"]);
        assert!(missed(up, &["eth0".to_owned(), "tun0".to_owned()]).is_empty());
    }
}
