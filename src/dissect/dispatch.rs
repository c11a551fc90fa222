//! What a message says, by the protocol that it was recognised as.

use super::mail::mail_line;
use super::message::{Message, Step};
use super::mqtt::mqtt_packet;
use super::socks::{socks_client, socks_server};
use super::ssh::ssh_line;
use super::xmpp::xmpp_element;
use super::{
    DnsFlavour, dhcp_message, dhcpv6_message, dht_message, dns_message, dns_stream_message,
    dns_summary, http_head, is_channel_data, looks_like_rtcp, looks_like_rtp, netbios, ntp_message,
    sip_datagram, sip_head, ssdp_message, stun_message, wireguard_message,
};
use crate::contact::Protocol;

/// What a datagram of a protocol says; none where it says nothing that could be read.
pub fn datagram_message(
    protocol: Protocol,
    bytes: &[u8],
    source_port: u16,
    destination_port: u16,
) -> Option<Message> {
    let on = |port| source_port == port || destination_port == port;
    match protocol {
        Protocol::Sip => sip_datagram(bytes),
        Protocol::Dns | Protocol::Mdns | Protocol::Llmnr => lookup(protocol, bytes),
        Protocol::Nbns if on(netbios::PORT) => netbios::netbios_datagram(bytes),
        Protocol::Nbns => lookup(protocol, bytes),
        Protocol::Ssdp => ssdp_message(bytes),
        Protocol::Http => match http_head(bytes, true) {
            Step::Read { value, .. } => Some(value.message),
            _ => None,
        },
        // Media shares the path that STUN opened (RFC 7983).
        Protocol::Stun => stun_message(bytes).or_else(|| channel(bytes)).or_else(|| media(bytes)),
        Protocol::Rtp | Protocol::Rtcp => media(bytes),
        Protocol::Ntp => ntp_message(bytes),
        Protocol::Dhcp => {
            let found =
                if on(546) || on(547) { dhcpv6_message(bytes) } else { dhcp_message(bytes) };
            found.map(|found| found.message)
        }
        Protocol::BittorrentDht => dht_message(bytes),
        Protocol::Wireguard => wireguard_message(bytes),
        _ => None,
    }
}

/// What the message at the start of a stream's bytes says.
pub fn stream_message(
    protocol: Protocol,
    bytes: &[u8],
    from_client: bool,
    at_end: bool,
) -> Step<Message> {
    match protocol {
        Protocol::Smtp | Protocol::Imap | Protocol::Pop3 | Protocol::Ftp => {
            mail_line(protocol, bytes, from_client, at_end)
        }
        Protocol::Ssh => ssh_line(bytes),
        Protocol::Mqtt => mqtt_packet(bytes),
        Protocol::Xmpp => xmpp_element(bytes, from_client),
        Protocol::Socks if from_client => socks_client(bytes),
        Protocol::Socks => socks_server(bytes),
        Protocol::Stun => stun_stream(bytes),
        Protocol::Sip => map(sip_head(bytes, at_end), |head| head.message),
        Protocol::Http => map(http_head(bytes, at_end), |head| head.message),
        Protocol::Dns => match dns_stream_message(bytes) {
            Step::Incomplete => Step::Incomplete,
            Step::Read { value: Some(message), length } => {
                let line = dns_summary(&message, Protocol::Dns);
                Step::Read { value: Message::new(Protocol::Dns, line), length }
            }
            _ => Step::Not,
        },
        _ => Step::Not,
    }
}

fn map<T>(step: Step<T>, message: impl FnOnce(T) -> Message) -> Step<Message> {
    match step {
        Step::Incomplete => Step::Incomplete,
        Step::Not => Step::Not,
        Step::Read { value, length } => Step::Read { value: message(value), length },
    }
}

fn lookup(protocol: Protocol, bytes: &[u8]) -> Option<Message> {
    let net_bios = protocol == Protocol::Nbns;
    let flavour = if net_bios { DnsFlavour::NetBios } else { DnsFlavour::Dns };
    let message = dns_message(bytes, flavour)?;
    Some(Message::new(protocol, dns_summary(&message, protocol)))
}

fn channel(bytes: &[u8]) -> Option<Message> {
    let number = u16::from_be_bytes(*bytes.first_chunk().filter(|_| is_channel_data(bytes))?);
    Some(Message::new(Protocol::Stun, format!("ChannelData TURN Message, channel {number:#06x}")))
}

fn media(bytes: &[u8]) -> Option<Message> {
    // Reports first: their types fall where the marker bit and a payload type would.
    let reports = looks_like_rtcp(bytes);
    let reports = reports.map(|header| Message::new(Protocol::Rtcp, header.summary()));
    reports.or_else(|| looks_like_rtp(bytes).map(|rtp| Message::new(Protocol::Rtp, rtp.summary())))
}

/// STUN and TURN over TCP (RFC 8656 section 3.1): each message says how long it is, and data of
/// a channel is padded to four bytes.
fn stun_stream(bytes: &[u8]) -> Step<Message> {
    let Some(&[first, second, high, low]) = bytes.first_chunk() else { return Step::Incomplete };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if first & 0xc0 == 0x40 {
        let whole = (4 + length).next_multiple_of(4);
        let number = u16::from_be_bytes([first, second]);
        let line = format!("ChannelData TURN Message, channel {number:#06x}");
        return match bytes.len() {
            have if have < whole => Step::Incomplete,
            _ => Step::Read { value: Message::new(Protocol::Stun, line), length: whole },
        };
    }
    if first & 0xc0 != 0 || length % 4 != 0 {
        return Step::Not;
    }
    match bytes.get(..20 + length) {
        None => Step::Incomplete,
        Some(message) => match stun_message(message) {
            Some(value) => Step::Read { value, length: 20 + length },
            None => Step::Not,
        },
    }
}
