//! The machine's network interfaces that are up, and their addresses (getifaddrs(3)).

use std::net::IpAddr;

use ipnet::IpNet;
use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use nix::sys::socket::SockaddrStorage;

use super::MachineError;

/// An interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Whether what is sent there stays on the machine.
    pub is_loopback: bool,
    /// Whether it is a part of another one, as of a bridge: what passes it passes that as well.
    pub is_part: bool,
    /// Its addresses, each with the network that it is in.
    pub addresses: Vec<IpNet>,
}

/// All that are up, in the kernel's order.
///
/// # Errors
/// Where the kernel does not list them.
pub fn up() -> Result<Vec<Interface>, MachineError> {
    let mut all: Vec<Interface> = Vec::new();
    for found in getifaddrs().map_err(MachineError::Interfaces)? {
        if !found.flags.contains(InterfaceFlags::IFF_UP) {
            continue;
        }
        let place = match all.iter().position(|it| it.name == found.interface_name) {
            Some(place) => place,
            None => {
                all.push(Interface {
                    name: found.interface_name.clone(),
                    is_loopback: found.flags.contains(InterfaceFlags::IFF_LOOPBACK),
                    is_part: is_part(&found.interface_name),
                    addresses: Vec::new(),
                });
                all.len() - 1
            }
        };
        let own = found.address.as_ref().and_then(address);
        let mask = found.netmask.as_ref().and_then(address);
        if let (Some(own), Some(interface)) = (own, all.get_mut(place)) {
            let network = mask.and_then(|mask| IpNet::with_netmask(own, mask).ok());
            interface.addresses.push(network.unwrap_or(own.into()));
        }
    }
    Ok(all)
}

/// Those of these names; where none is named, all but the loopback and those that are a part of
/// another.
///
/// # Errors
/// Where one of them is not up, or nothing is.
pub fn choose(up: Vec<Interface>, names: &[String]) -> Result<Vec<Interface>, MachineError> {
    if let Some(name) = names.iter().find(|name| up.iter().all(|it| it.name != **name)) {
        let known: Vec<String> = up.iter().map(|it| format!("`{}`", it.name)).collect();
        return Err(MachineError::NoInterface { name: name.clone(), known: known.join(", ") });
    }
    let is_chosen = |it: &Interface| match names {
        [] => !it.is_loopback && !it.is_part,
        names => names.contains(&it.name),
    };
    let chosen: Vec<Interface> = up.into_iter().filter(is_chosen).collect();
    if chosen.is_empty() { Err(MachineError::NothingUp) } else { Ok(chosen) }
}

impl Interface {
    /// Whether packets to other machines' hosts can leave by it with an address of its own.
    pub fn leads_away(&self) -> bool {
        let is_wide = |own: &IpNet| match own.addr() {
            IpAddr::V4(v4) => !v4.is_link_local(),
            IpAddr::V6(v6) => !v6.is_unicast_link_local(),
        };
        !self.is_loopback && !self.is_part && self.addresses.iter().any(is_wide)
    }
}

/// By the folder that the kernel has for each interface (Documentation/ABI/testing/sysfs-class-net,
/// bonding and bridges).
fn is_part(name: &str) -> bool {
    let link = std::path::Path::new("/sys/class/net").join(name).join("master");
    std::fs::symlink_metadata(link).is_ok()
}

fn address(storage: &SockaddrStorage) -> Option<IpAddr> {
    let v4 = storage.as_sockaddr_in().map(|it| IpAddr::V4(it.ip()));
    v4.or_else(|| storage.as_sockaddr_in6().map(|it| IpAddr::V6(it.ip())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_are_chosen_by_name() {
        let interface = |name: &str| Interface {
            name: name.to_owned(),
            is_loopback: name == "lo",
            is_part: name == "eth1",
            addresses: Vec::new(),
        };
        let up: Vec<Interface> = ["lo", "eth0", "eth1", "wlan0"].map(interface).into();
        for (names, chosen) in [
            (&[][..], Ok(&["eth0", "wlan0"][..])),
            (&["wlan0"], Ok(&["wlan0"])),
            (&["lo"], Ok(&["lo"])),
            (&["eth1"], Ok(&["eth1"])),
            (
                &["eth2"],
                Err("no interface `eth2` is up on this machine; there are `lo`, `eth0`, `eth1`, \
                     `wlan0`"),
            ),
        ] {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let found = choose(up.clone(), &names);
            let found = found.map(|all| all.into_iter().map(|it| it.name).collect::<Vec<_>>());
            let expected = chosen.map(|names| names.iter().map(|it| (*it).to_owned()).collect());
            assert_eq!(found.map_err(|error| error.to_string()), expected.map_err(str::to_owned));
        }
        let nothing = choose(vec![interface("lo")], &[]).unwrap_err();
        assert!(matches!(nothing, MachineError::NothingUp));
    }

    #[test]
    fn by_what_packets_leave_is_told_by_addresses() {
        for (is_loopback, is_part, addresses, leads) in [
            (false, false, &["fe80::1/64", "192.0.2.1/24"][..], true),
            (false, false, &["2001:db8::1/64"], true),
            (false, false, &["fe80::1/64", "169.254.7.7/16"], false),
            (false, false, &[], false),
            (true, false, &["192.0.2.1/24"], false),
            (false, true, &["192.0.2.1/24"], false),
        ] {
            let addresses = addresses.iter().map(|it| it.parse().unwrap()).collect();
            let it = Interface { name: "x".to_owned(), is_loopback, is_part, addresses };
            assert_eq!(it.leads_away(), leads, "{it:?}");
        }
    }

    #[test]
    fn the_loopback_has_its_addresses() {
        let up = up().unwrap();
        if let Some(lo) = up.iter().find(|it| it.name == "lo") {
            assert!(lo.is_loopback);
            assert!(lo.addresses.contains(&"127.0.0.1/8".parse().unwrap()), "{lo:?}");
        }
    }
}
