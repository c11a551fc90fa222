//! A packet in one line, as Wireshark's packet list has it: put together while the packet takes
//! its way through the survey.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use super::entry::Flow;
use super::names::AddressBook;
use super::tcp::Marks;
use crate::contact::{EvidenceKind, FlowKey, Host, Mark, PacketLine, Party, Protocol, Strength};
use crate::dissect::{Body, Frame, Segment, summary, tcp_options};
use crate::packet::PacketView;

/// What is to be said of a packet.
#[derive(Debug, Default)]
pub(super) struct Listing {
    ends: Option<(SocketAddr, SocketAddr)>,
    addresses: Option<(IpAddr, IpAddr)>,
    hardware: Option<([u8; 6], [u8; 6])>,
    label: Cow<'static, str>,
    info: String,
    /// The marks of a segment, to be put before whatever it says.
    marks: String,
    /// A segment with data.
    carries: bool,
    /// The protocol and the lines of the messages that it completed.
    said: Option<(Protocol, String)>,
    protocol: Option<Protocol>,
    flow: Option<FlowKey>,
    /// The number of the flow's first packet.
    begun: u64,
    /// The server's name as its client gives it.
    claimed: Option<(IpAddr, String)>,
}

impl Listing {
    /// What the headers say.
    pub(super) fn of(frame: &Frame<'_>) -> Self {
        let mut listing = Self { hardware: frame.hardware, ..Self::default() };
        listing.reassembled(frame);
        listing
    }

    /// The packet turned out to be this one, after its fragments were put together.
    pub(super) fn reassembled(&mut self, frame: &Frame<'_>) {
        self.addresses = frame.addresses;
        let ports = match frame.body {
            Body::Tcp(segment) => Some((segment.source_port, segment.destination_port)),
            Body::Udp(datagram) => Some((datagram.source_port, datagram.destination_port)),
            Body::Sctp { source_port, destination_port, .. } => {
                Some((source_port, destination_port))
            }
            _ => None,
        };
        self.ends = self.addresses.zip(ports).map(|((from, to), (source, destination))| {
            (SocketAddr::new(from, source), SocketAddr::new(to, destination))
        });
        (self.label, self.info) = summary(frame);
        if let Body::Udp(datagram) = frame.body {
            let _ = write!(self.info, " Len={}", datagram.payload.len());
        }
    }

    /// A TCP segment with its marks, how often its acknowledgement was repeated and of which
    /// packet, and its sequence and acknowledgement numbers counted from the beginning.
    pub(super) fn segment(
        &mut self,
        segment: &Segment<'_>,
        marks: Marks,
        (duplicates, original): (u32, u64),
        (sequence, acknowledgement): (u32, u32),
    ) {
        for mark in marks.iter() {
            let _ = match mark {
                Mark::DuplicateAck => write!(self.marks, "[dup ACK {original}#{duplicates}] "),
                mark => write!(self.marks, "[{mark}] "),
            };
        }
        let named = [
            (segment.syn(), "SYN"),
            (segment.fin(), "FIN"),
            (segment.rst(), "RST"),
            (segment.psh(), "PSH"),
            (segment.ack(), "ACK"),
            (segment.urg(), "URG"),
            (segment.ece(), "ECE"),
            (segment.cwr(), "CWR"),
        ];
        let flags: Vec<_> = named.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect();
        self.label = Cow::Borrowed("TCP");
        self.carries = segment.length > 0;
        self.info = format!(
            "{} → {} [{}] Seq={sequence}",
            segment.source_port,
            segment.destination_port,
            flags.join(", "),
        );
        if segment.ack() {
            let _ = write!(self.info, " Ack={acknowledgement}");
        }
        let _ = write!(self.info, " Win={} Len={}", segment.window, segment.length);
        let began = segment.acknowledgement.wrapping_sub(acknowledgement);
        self.info.push_str(&tcp_options(segment.options, began));
    }

    /// A message was completed.
    pub(super) fn says(&mut self, protocol: Protocol, line: impl AsRef<str>) {
        match &mut self.said {
            Some((first, said)) => {
                *first = protocol;
                said.push_str(", ");
                said.push_str(line.as_ref());
            }
            None => self.said = Some((protocol, line.as_ref().to_owned())),
        }
    }

    /// The flow that the packet belongs to.
    pub(super) fn belongs_to(&mut self, flow: &Flow) {
        self.flow = Some(flow.key());
        self.protocol = flow.protocol;
        let server = flow.server().ip();
        let claim = flow.claims().iter().find(|claim| {
            claim.strength >= Strength::Claimed && claim.kind != EvidenceKind::HttpProxied
        });
        self.begun = flow.number;
        self.claimed = claim.map(|claim| (server, claim.name.clone()));
    }

    /// The line.
    pub(super) fn line(
        self,
        number: u64,
        packet: &PacketView<'_>,
        book: &AddressBook,
    ) -> PacketLine {
        let (source, destination) = self.parties(book);
        let host = self.flow.map(|flow| {
            let name = self.server_name(flow.server.ip(), book);
            name.map_or(Host::Address(flow.server.ip()), |name| Host::from_text(&name))
        });
        let (label, info) = match (self.said, self.protocol) {
            (Some((protocol, said)), _) => (Cow::Borrowed(label(protocol)), said),
            // Datagrams of a protocol that is known but says nothing of its own here.
            (None, Some(protocol)) if self.label == "UDP" => {
                (Cow::Borrowed(label(protocol)), self.info)
            }
            // Data of a protocol that is encrypted, or no message of its own.
            (None, Some(protocol)) if self.carries && is_opaque(protocol) => {
                (Cow::Borrowed(label(protocol)), self.info)
            }
            (None, _) => (self.label, self.info),
        };
        PacketLine {
            number,
            time: packet.time,
            source,
            destination,
            label,
            protocol: self.protocol,
            length: packet.wire_len,
            info: self.marks + &info,
            comments: Vec::new(),
            flow: self.flow,
            host,
        }
    }

    /// The server's name, as the contact of its flow will have it.
    fn server_name(&self, server: IpAddr, book: &AddressBook) -> Option<String> {
        let given = book.name_at(server, self.begun, None).map(|name| name.to_string());
        given.or_else(|| self.claimed.as_ref().map(|(_, name)| name.clone()))
    }

    fn parties(&self, book: &AddressBook) -> (Party, Party) {
        let party = |address: IpAddr, port: Option<u16>| {
            let server = self.flow.is_some_and(|flow| flow.server.ip() == address);
            let name = if server { self.server_name(address, book) } else { None };
            let name = name.or_else(|| book.name(address).map(|name| name.to_string()));
            Party { address: address.to_string(), name, port }
        };
        match (self.ends, self.addresses, self.hardware) {
            (Some((from, to)), ..) => {
                (party(from.ip(), Some(from.port())), party(to.ip(), Some(to.port())))
            }
            (None, Some((from, to)), _) => (party(from, None), party(to, None)),
            (None, None, Some((from, to))) => (hardware(from), hardware(to)),
            (None, None, None) => Default::default(),
        }
    }
}

fn hardware(address: [u8; 6]) -> Party {
    let address = match address {
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff] => "broadcast".to_owned(),
        [0, 0, 0, 0, 0, 0] => String::new(),
        [a, b, c, d, e, f] => format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}"),
    };
    Party { address, ..Party::default() }
}

/// Whether data of a protocol is its own even where it says nothing that can be read.
fn is_opaque(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::Tls | Protocol::Ssh | Protocol::Mqtt | Protocol::Http2)
}

/// A protocol as Wireshark's list names it.
fn label(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Dns => "DNS",
        Protocol::Mdns => "MDNS",
        Protocol::Llmnr => "LLMNR",
        Protocol::Nbns => "NBNS",
        Protocol::Ssdp => "SSDP",
        Protocol::Http => "HTTP",
        Protocol::Http2 => "HTTP2",
        Protocol::Tls => "TLS",
        Protocol::Dtls => "DTLS",
        Protocol::Quic => "QUIC",
        Protocol::Gquic => "GQUIC",
        Protocol::Sip => "SIP",
        Protocol::Rtp => "RTP",
        Protocol::Rtcp => "RTCP",
        Protocol::Ntp => "NTP",
        Protocol::Stun => "STUN",
        Protocol::Dhcp => "DHCP",
        Protocol::Smtp => "SMTP",
        Protocol::Imap => "IMAP",
        Protocol::Pop3 => "POP",
        Protocol::Ftp => "FTP",
        Protocol::Ssh => "SSH",
        Protocol::Mqtt => "MQTT",
        Protocol::BittorrentDht => "BT-DHT",
        Protocol::Wireguard => "WireGuard",
        Protocol::Xmpp => "XMPP",
        Protocol::Socks => "Socks",
        Protocol::Mysql => "MySQL",
        Protocol::Postgres => "PGSQL",
        Protocol::Redis => "RESP",
        Protocol::Ldap => "LDAP",
        Protocol::Rsync => "RSYNC",
        Protocol::Sieve => "MANAGESIEVE",
        Protocol::Whois => "WHOIS",
    }
}
