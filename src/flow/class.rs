//! Where an address lies, seen from the application.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::Setting;
use crate::contact::AddressClass;

/// The class of an address in a setting: the gateway's own; multicast and the limited
/// broadcast address, which no prefix can claim; the setting's outward prefixes; a subnet's
/// directed broadcast address; then what the address is reserved for. The prefixes reserved
/// for documentation and all the rest are outward.
pub fn class_of(address: IpAddr, setting: &Setting) -> AddressClass {
    if setting.gateway.contains(&address) {
        return AddressClass::Gateway;
    }
    if address.is_multicast() {
        return AddressClass::Multicast;
    }
    if address == IpAddr::V4(Ipv4Addr::BROADCAST) {
        return AddressClass::Broadcast;
    }
    if setting.outward.iter().any(|prefix| prefix.contains(&address)) {
        return AddressClass::Outward;
    }
    if setting.subnets.iter().any(|subnet| is_directed_broadcast(subnet, address)) {
        return AddressClass::Broadcast;
    }
    let (loopback, link_local, private) = match address {
        IpAddr::V4(v4) => {
            (v4.is_loopback() || v4.is_unspecified(), v4.is_link_local(), private(v4))
        }
        IpAddr::V6(v6) => {
            (v6.is_loopback() || v6.is_unspecified(), v6.is_unicast_link_local(), unique_local(v6))
        }
    };
    if loopback {
        AddressClass::Loopback
    } else if link_local {
        AddressClass::LinkLocal
    } else if private || setting.subnets.iter().any(|subnet| subnet.contains(&address)) {
        AddressClass::LocalNetwork
    } else {
        AddressClass::Outward
    }
}

/// The last address of an IPv4 subnet that has one to spare (RFC 919; RFC 3021 for /31).
fn is_directed_broadcast(subnet: &IpNet, address: IpAddr) -> bool {
    matches!(subnet, IpNet::V4(v4) if v4.prefix_len() <= 30 && address == v4.broadcast())
}

/// RFC 1918, and RFC 6598's space between a provider and its customers.
fn private(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    address.is_private() || a == 100 && b & 0xc0 == 64
}

/// RFC 4193.
fn unique_local(address: Ipv6Addr) -> bool {
    address.segments()[0] & 0xfe00 == 0xfc00
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_their_class() {
        let setting = Setting {
            gateway: vec!["192.0.2.1".parse().unwrap(), "fd00:1::1".parse().unwrap()],
            subnets: vec!["192.0.2.0/24".parse().unwrap(), "10.9.0.0/31".parse().unwrap()],
            outward: vec!["198.18.0.0/15".parse().unwrap(), "fd77::/16".parse().unwrap()],
            ..Setting::default()
        };
        for (address, class) in [
            ("192.0.2.1", AddressClass::Gateway),
            ("fd00:1::1", AddressClass::Gateway),
            ("192.0.2.7", AddressClass::LocalNetwork),
            ("192.0.2.255", AddressClass::Broadcast),
            ("10.9.0.1", AddressClass::LocalNetwork),
            ("255.255.255.255", AddressClass::Broadcast),
            ("198.18.0.3", AddressClass::Outward),
            ("fd77::3", AddressClass::Outward),
            ("fd78::3", AddressClass::LocalNetwork),
            ("172.16.0.1", AddressClass::LocalNetwork),
            ("100.64.0.1", AddressClass::LocalNetwork),
            ("100.128.0.1", AddressClass::Outward),
            ("169.254.169.254", AddressClass::LinkLocal),
            ("fe80::1", AddressClass::LinkLocal),
            ("127.0.0.53", AddressClass::Loopback),
            ("::1", AddressClass::Loopback),
            ("239.255.255.250", AddressClass::Multicast),
            ("ff12::8384", AddressClass::Multicast),
            ("203.0.113.5", AddressClass::Outward),
            ("2001:db8::1", AddressClass::Outward),
            ("8.8.8.8", AddressClass::Outward),
        ] {
            assert_eq!(class_of(address.parse().unwrap(), &setting), class, "{address}");
        }
    }
}
