//! Colour by protocol: an aid to the eye, never the only sign.

use anstyle::{AnsiColor, Style};

/// The colour of a protocol, by its name or by its label in a list of packets.
pub(super) fn of(protocol: &str) -> Style {
    let colour = match protocol.to_ascii_lowercase().as_str() {
        "dns" | "mdns" | "llmnr" | "nbns" => AnsiColor::Blue,
        "http" | "http2" | "ssdp" => AnsiColor::Green,
        "tls" | "dtls" | "quic" | "gquic" | "ssh" | "wireguard" => AnsiColor::Magenta,
        "sip" | "rtp" | "rtcp" | "stun" => AnsiColor::Yellow,
        "arp" | "icmp" | "icmpv6" | "igmp" | "dhcp" | "ntp" => AnsiColor::Cyan,
        _ => return Style::new(),
    };
    colour.on_default()
}

/// The colour of what the TCP analysis marks.
pub(super) const MARKED: Style = AnsiColor::Red.on_default();
