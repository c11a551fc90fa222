//! Packets for the tests, built as they would stand on the wire.

use std::net::{IpAddr, SocketAddr};

use etherparse::{PacketBuilder, TcpHeader};

use crate::contact::{Contact, Phase, PhaseSpan};
use crate::flow::{Setting, Survey, survey};
use crate::packet::{LinkType, Packet, Timestamp};

pub(super) const LOCAL: &str = "192.0.2.2";
pub(super) const RESOLVER: &str = "192.0.2.1";
pub(super) const SECOND: u64 = 1_000_000_000;

/// A conversation under construction.
pub(super) struct Wire {
    pub(super) packets: Vec<Packet>,
    clock: u64,
}

pub(super) fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// `startup` is the second from 10 on, each phase after `before` lasts ten seconds.
pub(super) fn setting() -> Setting {
    let span = |phase, start: u64, end: u64| PhaseSpan {
        phase,
        start: Timestamp(start * SECOND),
        end: Timestamp(end * SECOND),
    };
    Setting {
        local: vec![LOCAL.parse().unwrap(), "fd00:1::2".parse().unwrap()],
        gateway: vec![RESOLVER.parse().unwrap()],
        subnets: vec!["192.0.2.0/24".parse().unwrap(), "fd00:1::/64".parse().unwrap()],
        outward: vec!["198.18.0.0/15".parse().unwrap()],
        resolvers: vec![RESOLVER.parse().unwrap()],
        own_names: vec!["Sandbox.".to_owned()],
        phases: vec![
            span(Phase::Before, 0, 10),
            span(Phase::Startup, 10, 20),
            span(Phase::Idle, 20, 30),
            span(Phase::Shutdown, 30, 40),
            span(Phase::After, 40, 50),
        ],
        ..Setting::default()
    }
}

/// A setting in which nothing is known of the network.
pub(super) fn foreign() -> Setting {
    Setting { local: vec![LOCAL.parse().unwrap()], ..Setting::default() }
}

impl Wire {
    /// From the second given.
    pub(super) fn from(second: u64) -> Self {
        Self { packets: Vec::new(), clock: second * SECOND }
    }

    /// Goes on at the second given.
    pub(super) fn jump(&mut self, second: u64) -> &mut Self {
        self.clock = second * SECOND;
        self
    }

    /// A frame as it stands.
    pub(super) fn raw(&mut self, link: LinkType, data: Vec<u8>) -> &mut Self {
        self.clock += 1000;
        let wire_len = u32::try_from(data.len()).unwrap();
        self.packets.push(Packet { time: Timestamp(self.clock), link, wire_len, data });
        self
    }

    pub(super) fn udp(&mut self, from: SocketAddr, to: SocketAddr, payload: &[u8]) -> &mut Self {
        let builder = ip(from.ip(), to.ip()).udp(from.port(), to.port());
        let mut data = Vec::new();
        builder.write(&mut data, payload).unwrap();
        self.raw(LinkType::ETHERNET, data)
    }

    /// A segment; `flags` holds letters of `SAFR`.
    pub(super) fn tcp(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        flags: &str,
        sequence: u32,
        payload: &[u8],
    ) -> &mut Self {
        let mut header = TcpHeader::new(from.port(), to.port(), sequence, 65_535);
        header.syn = flags.contains('S');
        header.ack = flags.contains('A');
        header.fin = flags.contains('F');
        header.rst = flags.contains('R');
        let mut data = Vec::new();
        ip(from.ip(), to.ip()).tcp_header(header).write(&mut data, payload).unwrap();
        self.raw(LinkType::ETHERNET, data)
    }

    /// A whole connection in which the client sends these segments from 1 on.
    pub(super) fn connection(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        segments: &[&[u8]],
    ) -> &mut Self {
        self.tcp(from, to, "S", 0, b"").tcp(to, from, "SA", 9, b"").tcp(from, to, "A", 1, b"");
        let mut sequence = 1;
        for segment in segments {
            self.tcp(from, to, "A", sequence, segment);
            sequence += u32::try_from(segment.len()).unwrap();
        }
        self.tcp(from, to, "FA", sequence, b"").tcp(to, from, "FA", 10, b"")
    }

    /// A question to the resolver and its answer.
    pub(super) fn lookup(&mut self, name: &str, kind: u16, answers: &[&str]) -> &mut Self {
        let client = at(&format!("{LOCAL}:{}", 40_000 + self.packets.len() % 10_000));
        let server = at(&format!("{RESOLVER}:53"));
        self.udp(client, server, &dns(name, kind, None));
        self.udp(server, client, &dns(name, kind, Some(answers)))
    }

    pub(super) fn survey(&self, setting: &Setting) -> Survey {
        survey(self.packets.iter().cloned(), setting)
    }
}

fn ip(from: IpAddr, to: IpAddr) -> etherparse::PacketBuilderStep<etherparse::IpHeaders> {
    let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 1]);
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let header = etherparse::Ipv4Header {
                source: from.octets(),
                destination: to.octets(),
                time_to_live: 64,
                ..Default::default()
            };
            builder.ip(etherparse::IpHeaders::Ipv4(header, Default::default()))
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            let header = etherparse::Ipv6Header {
                source: from.octets(),
                destination: to.octets(),
                hop_limit: 64,
                ..Default::default()
            };
            builder.ip(etherparse::IpHeaders::Ipv6(header, Default::default()))
        }
        _ => panic!("{from} and {to} are of different families"),
    }
}

fn labels(name: &str) -> Vec<u8> {
    let labels = name.split('.').filter(|label| !label.is_empty());
    let mut bytes: Vec<u8> = labels
        .flat_map(|label| std::iter::once(u8::try_from(label.len()).unwrap()).chain(label.bytes()))
        .collect();
    bytes.push(0);
    bytes
}

/// A DNS message: a query, or with `answers` a response. An answer that is no address is an
/// alias, and the ones after it belong to that name.
pub(super) fn dns(name: &str, kind: u16, answers: Option<&[&str]>) -> Vec<u8> {
    let count = u16::try_from(answers.unwrap_or_default().len()).unwrap();
    let mut bytes = vec![0x12, 0x34, if answers.is_some() { 0x81 } else { 1 }, 0, 0, 1];
    bytes.extend(count.to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(labels(name));
    bytes.extend([kind.to_be_bytes(), [0, 1]].concat());
    let mut owner = name;
    for &answer in answers.unwrap_or_default() {
        let (kind, data, next) = match answer.parse() {
            Ok(IpAddr::V4(v4)) => (1_u16, v4.octets().to_vec(), owner),
            Ok(IpAddr::V6(v6)) => (28, v6.octets().to_vec(), owner),
            Err(_) => (5, labels(answer), answer),
        };
        bytes.extend(labels(owner));
        bytes.extend([kind.to_be_bytes(), [0, 1], [0, 0], [0, 60]].concat());
        bytes.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        bytes.extend(data);
        owner = next;
    }
    bytes
}

/// A record with a ClientHello for this name.
pub(super) fn hello(name: &str, encrypted: bool) -> Vec<u8> {
    let with_length =
        |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
    let sni = [&[0][..], &with_length(name.as_bytes())].concat();
    let mut extensions = [&[0, 0][..], &with_length(&with_length(&sni))].concat();
    extensions.extend([&[0, 16][..], &with_length(&with_length(b"\x02h2"))].concat());
    if encrypted {
        extensions.extend([&[0xfe, 0x0d][..], &with_length(&[0, 1, 2, 3])].concat());
    }
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.extend([0, 0, 2, 0x13, 0x01, 1, 0]);
    body.extend(with_length(&extensions));
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let message = [&[1][..], &length[1..], &body].concat();
    [&[22, 3, 1][..], &with_length(&message)].concat()
}

/// A contact in one line: what a reader would look at.
pub(super) fn line(contact: &Contact) -> String {
    let port = contact.port.map_or("-".to_owned(), |port| port.to_string());
    let protocol = contact.protocol.map_or("-".to_owned(), |protocol| protocol.to_string());
    let Contact { host, transport, phase, class, flows, .. } = contact;
    let requests = contact.requests.iter().map(|r| format!(" {} {}", r.method, r.target));
    let requests: String = requests.collect();
    format!("{host} {port}/{transport} {protocol} {phase} {class} x{flows}{requests}")
}

pub(super) fn lines(survey: &Survey) -> Vec<String> {
    survey.contacts.iter().map(line).collect()
}
