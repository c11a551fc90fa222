//! What makes an address the gateway's, and what does not.

use std::net::Ipv6Addr;

use crate::contact::AddressClass::{self, Gateway, LinkLocal, LocalNetwork, Outward};
use crate::flow::wire::{Wire, at};
use crate::flow::{Setting, survey};
use crate::packet::LinkType;

const ALL: &str = "255.255.255.255:68";

/// A message of a DHCP server that gives 192.168.7.20.
pub(super) fn lease(kind: u8, mask: [u8; 4], router: [u8; 4]) -> Vec<u8> {
    let mut bytes = vec![2, 1, 6, 0, 0, 0, 0x12, 0x34];
    bytes.extend([0; 8]);
    bytes.extend([192, 168, 7, 20]);
    bytes.resize(236, 0);
    bytes.extend([99, 130, 83, 99, 53, 1, kind, 1, 4]);
    bytes.extend(mask);
    bytes.extend([3, 4]);
    bytes.extend(router);
    bytes.push(255);
    bytes
}

/// A router advertisement from an address, with a lifetime.
fn advertisement(from: &str, lifetime: u8) -> Vec<u8> {
    let mut bytes = vec![0x60, 0, 0, 0, 0, 16, 58, 255];
    bytes.extend(from.parse::<Ipv6Addr>().unwrap().octets());
    bytes.extend("ff02::1".parse::<Ipv6Addr>().unwrap().octets());
    bytes.extend([134, 0, 0, 0, 64, 0, 0, lifetime, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// The class of a contact with this address, after these packets and before.
fn check(announce: &dyn Fn(&mut Wire), address: &str, setting: &Setting, class: AddressClass) {
    let us = if address.contains(':') { "[fe80::20]:4000" } else { "192.168.7.20:4000" };
    for early in [true, false] {
        let mut wire = Wire::from(11);
        if early {
            announce(&mut wire);
        }
        let place =
            if address.contains(':') { format!("[{address}]:80") } else { format!("{address}:80") };
        wire.connection(at(us), at(&place), &[b"GET / HTTP/1.0\r\n\r\n"]);
        if !early {
            announce(&mut wire);
        }
        let setting = Setting { flows: true, ..setting.clone() };
        let found = survey(wire.packets, &setting);
        let contact = found.contacts.iter().find(|it| it.port == Some(80)).unwrap();
        let flow = found.flows.iter().find(|it| it.key.server.port() == 80).unwrap();
        assert_eq!((contact.class, flow.class), (class, class), "{address} early {early}");
        let listed = found.gateways.contains(&address.parse().unwrap());
        assert_eq!(listed, class == Gateway && setting.gateway.is_empty(), "{address}");
    }
}

#[test]
fn a_dhcp_server_names_the_gateway() {
    let anybody = Setting::default();
    let (near, far) = ([192, 168, 7, 1], [203, 0, 113, 1]);
    let said = |kind, mask, router| {
        move |wire: &mut Wire| {
            wire.udp(at("192.168.7.2:67"), at(ALL), &lease(kind, mask, router));
        }
    };
    let net = [255, 255, 255, 0];
    check(&said(5, net, near), "192.168.7.1", &anybody, Gateway);
    check(&said(5, net, near), "192.168.7.3", &anybody, LocalNetwork);
    // An offer may come to nothing, and a router of another network is not this one's.
    check(&said(2, net, near), "192.168.7.1", &anybody, LocalNetwork);
    check(&said(5, net, [192, 168, 8, 1]), "192.168.8.1", &anybody, LocalNetwork);
    check(&said(5, [0; 4], near), "192.168.7.1", &anybody, LocalNetwork);
    // Nothing makes an address outside a gateway, nor an application the server.
    check(&said(5, [128, 0, 0, 0], far), "203.0.113.1", &anybody, Outward);
    let local = |text: &str| Setting { local: vec![text.parse().unwrap()], ..Setting::default() };
    check(&said(5, net, near), "192.168.7.1", &local("192.168.7.20"), Gateway);
    let forged = |wire: &mut Wire| {
        wire.udp(at("192.168.7.20:67"), at(ALL), &lease(5, net, near));
    };
    check(&forged, "192.168.7.1", &local("192.168.7.20"), LocalNetwork);
    // Who says it knows better.
    let told = Setting { gateway: vec!["192.168.7.254".parse().unwrap()], ..Setting::default() };
    check(&said(5, net, near), "192.168.7.1", &told, LocalNetwork);
    check(&said(5, net, near), "192.168.7.254", &told, Gateway);
}

#[test]
fn a_router_advertises_itself() {
    let anybody = Setting::default();
    let said = |from: &'static str, lifetime| {
        move |wire: &mut Wire| {
            wire.raw(LinkType(101), advertisement(from, lifetime));
        }
    };
    check(&said("fe80::1", 30), "fe80::1", &anybody, Gateway);
    // A lifetime of zero says that it is no default router.
    check(&said("fe80::1", 0), "fe80::1", &anybody, LinkLocal);
    check(&said("fd00::1", 30), "fd00::1", &anybody, LocalNetwork);
}
