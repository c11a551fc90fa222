//! What is no IP, or nothing that apptrace reads above IP, by name, so that it is counted
//! under one. The numbers are IEEE's and IANA's registries'.

use std::borrow::Cow;

use etherparse::IpNumber;

use crate::packet::LinkType;

/// An EtherType.
pub(super) fn of_ethertype(kind: u16) -> &'static str {
    match kind {
        0x0842 => "wake-on-lan",
        0x0bad | 0x0baf => "vines",
        0x2000 => "cdp",
        0x22ea => "srp",
        0x22f0 => "avtp",
        0x22f3 => "trill",
        0x22f4 => "isis",
        0x4305 => "batman",
        0x6002 => "dec-mop",
        0x6003 => "decnet",
        0x6004 => "dec-lat",
        0x6558 => "bridged",
        0x809b | 0x80f3 => "appletalk",
        0x8137 => "ipx",
        0x872d => "cisco-wireless",
        0x876b => "tcp-compressed",
        0x8808 => "ethernet-flow-control",
        0x8809 => "slow-protocols",
        0x8819 => "cobranet",
        0x8847 | 0x8848 => "mpls",
        0x8863 => "pppoe-discovery",
        0x8864 => "pppoe",
        0x887b => "homeplug",
        0x888e => "eapol",
        0x8892 => "profinet",
        0x8899 => "realtek",
        0x889a => "hyperscsi",
        0x88a2 => "ata-over-ethernet",
        0x88a4 => "ethercat",
        0x88ab => "powerlink",
        0x88b5 | 0x88b6 => "local-experimental",
        0x88b7 => "oui-extended",
        0x88b8 | 0x88b9 => "goose",
        0x88ba => "sampled-values",
        0x88bf => "mikrotik-romon",
        0x88c7 => "wlan-preauthentication",
        0x88ca => "tipc",
        0x88cc => "lldp",
        0x88cd => "sercos",
        0x88d9 => "lltd",
        0x88e1 => "homeplug-av",
        0x88e3 => "mrp",
        0x88e5 => "macsec",
        0x88e7 => "provider-backbone",
        0x88f5 => "mvrp",
        0x88f6 => "mmrp",
        0x88f7 => "ptp",
        0x88f8 => "ncsi",
        0x88fb => "prp",
        0x8902 => "cfm",
        0x8903 => "fabricpath",
        0x8906 => "fcoe",
        0x8914 => "fip",
        0x8915 => "roce",
        0x893a => "ieee-1905",
        0x894f => "nsh",
        0x8999 => "ubiquiti-discovery",
        0x89fd => "loopback-pairing",
        0x9000 => "ethernet-loopback",
        0xcafe => "veritas-llt",
        _ => "not-ip",
    }
}

/// A service access point of IEEE 802.2.
pub(super) fn of_sap(number: u8) -> &'static str {
    match number {
        0x42 => "stp",
        0x00 | 0x02 | 0x03 => "llc",
        0x04 | 0x05 | 0x08 | 0x0c => "sna",
        0x0e | 0x4e => "eia-rs-511",
        0x7e => "x25",
        0x80 => "xns",
        0xaa | 0xab => "snap",
        0xbc => "vines",
        0xe0 => "ipx",
        0xf0 | 0xf1 => "netbios",
        0xf4 => "lan-management",
        0xf8 | 0xfc => "remote-program-load",
        0xfe => "osi",
        _ => "not-ip",
    }
}

/// A network layer protocol identifier (ISO/IEC TR 9577).
pub(super) fn of_network_layer(number: u8) -> &'static str {
    match number {
        0x08 => "q933",
        0x81 => "clnp",
        0x82 => "esis",
        0x83 => "isis",
        0xb0 | 0xb1 => "frf",
        _ => "osi",
    }
}

/// A PPP protocol.
pub(super) fn of_ppp(number: u16) -> &'static str {
    match number {
        0x0023 => "osi",
        0x002b => "ipx",
        0x002d | 0x002f => "tcp-compressed",
        0x003d => "ppp-multilink",
        0x00fb | 0x00fd => "ppp-compressed",
        0x0053 | 0x0055 => "ppp-encrypted",
        0x0207 => "cdp",
        0x8021 => "ppp-ipcp",
        0x8057 => "ppp-ipv6cp",
        0x80fd => "ppp-ccp",
        0xc021 => "ppp-lcp",
        0xc023 => "ppp-pap",
        0xc025 => "ppp-lqr",
        0xc02b | 0xc02d => "ppp-bap",
        0xc223 => "ppp-chap",
        0xc227 => "ppp-eap",
        0x8000..=0xbfff => "ppp-network-control",
        0xc000.. => "ppp-link-control",
        _ => "ppp",
    }
}

/// A protocol above IP that makes no packets for applications: the name it is counted under.
pub(super) fn of_ip_protocol(number: u8) -> &'static str {
    match number {
        3 => "ggp",
        8 => "egp",
        33 => "dccp",
        46 => "rsvp",
        47 => "gre",
        50 => "esp",
        51 => "ah",
        59 => "ipv6-no-next-header",
        88 => "eigrp",
        89 => "ospf",
        103 => "pim",
        108 => "ip-compressed",
        112 => "vrrp",
        113 => "pgm",
        115 => "l2tp",
        124 => "isis",
        136 => "udp-lite",
        _ => "ip",
    }
}

/// A protocol above IP as a packet list shows it.
pub(super) fn label_of_ip_protocol(number: u8) -> Cow<'static, str> {
    match number {
        112 => Cow::Borrowed("VRRP"),
        89 => Cow::Borrowed("OSPF"),
        number => IpNumber(number).keyword_str().map_or(Cow::Borrowed("IP"), Cow::Borrowed),
    }
}

/// A link type.
pub(super) fn of_link(link: LinkType) -> &'static str {
    match link.0 {
        11..=20 | 100 | 106 | 123 => "atm",
        98 | 139..=141 => "ss7",
        99 | 147..=162 => "user-defined-link",
        116 | 118 => "cisco-ios",
        142 => "ss7-sccp",
        144 => "irda",
        165 => "bacnet",
        169 | 170 => "gprs",
        177 | 203 => "lapd",
        187 | 201 | 251 | 254..=256 | 272 => "bluetooth",
        189 | 220 | 249 | 266 | 288 | 293..=295 => "usb",
        190 | 227 => "can",
        191 | 195 | 215 | 230 | 283 => "ieee-802-15-4",
        209 | 199 => "ipmb",
        210 => "flexray",
        211 => "most",
        212 => "lin",
        224 => "fibre-channel",
        225 => "fibre-channel",
        231 => "dbus",
        235 | 243 => "dvb",
        245 => "nfc",
        247 => "infiniband",
        248 => "sctp-alone",
        250 => "s7",
        252 => "exported-pdu",
        253 => "netlink",
        257 => "docsis-spectrum",
        261 | 262 => "zwave",
        264 | 265 => "iso-14443",
        267 => "mpeg",
        271 => "vsock",
        273 => "docsis",
        278 => "openvizsla",
        280 => "elee",
        _ => "unknown-link",
    }
}
