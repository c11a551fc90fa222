//! What has no place in a survey, by name.

use crate::packet::LinkType;

/// An EtherType (IEEE's registry): the name it is counted under, and the one it is listed by.
pub(super) fn of_ethertype(kind: u16) -> (&'static str, &'static str) {
    match kind {
        0x88cc => ("lldp", "LLDP"),
        0x888e => ("eapol", "EAPOL"),
        _ => ("not-ip", "Ethernet"),
    }
}

/// A service access point of IEEE 802.2.
pub(super) fn of_sap(number: u8) -> &'static str {
    match number {
        0x42 => "stp",
        _ => "not-ip",
    }
}

/// A protocol above IP (IANA's registry).
pub(super) fn of_ip_protocol(number: u8) -> (&'static str, &'static str) {
    match number {
        50 => ("esp", "ESP"),
        89 => ("ospf", "OSPF"),
        _ => ("ip", "IP"),
    }
}

/// A link type.
pub(super) fn of_link(link: LinkType) -> (&'static str, &'static str) {
    match link.0 {
        189 | 220 | 249 | 266 => ("usb", "USB"),
        _ => ("unknown-link", "Unknown"),
    }
}
