//! Captures built packet by packet, as they would stand on the wire.

use std::net::{Ipv4Addr, SocketAddrV4};

use etherparse::{PacketBuilder, TcpHeader, TcpOptionElement};

/// Seconds from 1970 to 2008-04-12T10:00:00Z.
const BEGIN: u32 = 1_207_994_400;

/// The two link-layer addresses of every capture here: ours and the gateway's.
pub(super) const OURS: [u8; 6] = [2, 0, 0x5e, 0x10, 0, 2];
pub(super) const GATEWAY: [u8; 6] = [2, 0, 0x5e, 0x10, 0, 1];

/// A capture under construction: each frame with its microseconds after the beginning.
#[derive(Debug, Default, Clone)]
pub(super) struct Wire {
    pub(super) frames: Vec<(u32, Vec<u8>)>,
}

/// An address and a port.
pub(super) fn at(text: &str) -> SocketAddrV4 {
    text.parse().expect("an address and a port")
}

/// What a TCP segment says besides its ports.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Segment<'a> {
    /// Letters of `SAFP`.
    pub(super) flags: &'a str,
    pub(super) sequence: u32,
    pub(super) acknowledgement: u32,
    pub(super) window: u16,
    pub(super) options: &'a [TcpOptionElement],
    pub(super) data: &'a [u8],
}

impl Wire {
    pub(super) fn frame(&mut self, time: u32, frame: Vec<u8>) -> &mut Self {
        self.frames.push((time, frame));
        self
    }

    pub(super) fn udp(
        &mut self,
        time: u32,
        from: SocketAddrV4,
        to: SocketAddrV4,
        data: &[u8],
    ) -> &mut Self {
        let mut frame = Vec::new();
        let builder = link(from).ipv4(from.ip().octets(), to.ip().octets(), 64);
        builder.udp(from.port(), to.port()).write(&mut frame, data).expect("it fits");
        self.frame(time, frame)
    }

    pub(super) fn tcp(
        &mut self,
        time: u32,
        from: SocketAddrV4,
        to: SocketAddrV4,
        segment: Segment<'_>,
    ) -> &mut Self {
        let mut header = TcpHeader::new(from.port(), to.port(), segment.sequence, segment.window);
        header.syn = segment.flags.contains('S');
        header.ack = segment.flags.contains('A');
        header.fin = segment.flags.contains('F');
        header.psh = segment.flags.contains('P');
        header.acknowledgment_number = segment.acknowledgement;
        header.set_options(segment.options).expect("the options fit");
        let mut frame = Vec::new();
        let builder = link(from).ipv4(from.ip().octets(), to.ip().octets(), 64);
        builder.tcp_header(header).write(&mut frame, segment.data).expect("it fits");
        self.frame(time, frame)
    }

    /// Who has an address (RFC 826), and the answer.
    pub(super) fn arp(&mut self, asked: u32, answered: u32, us: Ipv4Addr, gateway: Ipv4Addr) {
        let arp = |operation: u8,
                   to: [u8; 6],
                   from: [u8; 6],
                   sender: Ipv4Addr,
                   target: ([u8; 6], Ipv4Addr)| {
            let mut frame = [&to[..], &from, &[8, 6, 0, 1, 8, 0, 6, 4, 0, operation]].concat();
            frame.extend([&from[..], &sender.octets(), &target.0, &target.1.octets()].concat());
            frame.resize(60, 0);
            frame
        };
        self.frame(asked, arp(1, [0xff; 6], OURS, us, ([0; 6], gateway)));
        self.frame(answered, arp(2, OURS, GATEWAY, gateway, (OURS, us)));
    }

    /// A question to a resolver and its answer; an answer that is no address is an alias.
    pub(super) fn lookup(
        &mut self,
        (asked, answered): (u32, u32),
        (us, resolver): (SocketAddrV4, SocketAddrV4),
        name: &str,
        answers: &[&str],
    ) {
        self.udp(asked, us, resolver, &dns(name, None));
        self.udp(answered, resolver, us, &dns(name, Some(answers)));
    }

    /// As a capture file with microseconds.
    pub(super) fn pcap(&self) -> Vec<u8> {
        let mut file = Vec::new();
        for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, 1] {
            file.extend(word.to_le_bytes());
        }
        for (time, frame) in &self.frames {
            let length = u32::try_from(frame.len()).expect("short");
            for word in [BEGIN + time / 1_000_000, time % 1_000_000, length, length] {
                file.extend(word.to_le_bytes());
            }
            file.extend(frame);
        }
        file
    }
}

/// A pcapng file: what it calls addresses, at its end, and what is remarked on some of its frames.
pub(super) fn pcapng(
    wire: &Wire,
    names: &[(Ipv4Addr, &str)],
    remarks: &[(usize, &str)],
) -> Vec<u8> {
    let block = |kind: u32, body: &[u8]| {
        let mut body = body.to_vec();
        body.resize(body.len().next_multiple_of(4), 0);
        let length = u32::try_from(body.len() + 12).expect("short").to_le_bytes();
        [&kind.to_le_bytes()[..], &length, &body, &length].concat()
    };
    let option = |code: u16, value: &[u8]| {
        let length = u16::try_from(value.len()).expect("short").to_le_bytes();
        let mut bytes = [&code.to_le_bytes()[..], &length, value].concat();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    };
    let section = [&0x1a2b_3c4d_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat();
    let mut file = block(0x0a0d_0d0a, &section);
    file.extend(block(1, &[1, 0, 0, 0, 0, 0, 4, 0]));
    for (index, (time, frame)) in wire.frames.iter().enumerate() {
        let time = u64::from(BEGIN) * 1_000_000 + u64::from(*time);
        let length = u32::try_from(frame.len()).expect("short");
        let words = [0, (time >> 32) as u32, time as u32, length, length];
        let mut body: Vec<u8> = words.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
        body.extend(frame);
        body.resize(body.len().next_multiple_of(4), 0);
        let remarked = remarks.iter().filter(|(at, _)| *at == index);
        remarked.for_each(|(_, text)| body.extend(option(1, text.as_bytes())));
        file.extend(block(6, &body));
    }
    let named = |(address, name): &(Ipv4Addr, &str)| {
        option(1, &[&address.octets()[..], name.as_bytes(), &[0]].concat())
    };
    file.extend(block(4, &names.iter().flat_map(named).collect::<Vec<_>>()));
    file
}

/// Frames of ours go to the gateway, all others come from it.
fn link(from: SocketAddrV4) -> etherparse::PacketBuilderStep<etherparse::Ethernet2Header> {
    if from.ip().is_private() {
        PacketBuilder::ethernet2(OURS, GATEWAY)
    } else {
        PacketBuilder::ethernet2(GATEWAY, OURS)
    }
}

fn labels(name: &str) -> Vec<u8> {
    let labels = name.split('.');
    let mut bytes: Vec<u8> = labels
        .flat_map(|label| {
            std::iter::once(u8::try_from(label.len()).expect("short")).chain(label.bytes())
        })
        .collect();
    bytes.push(0);
    bytes
}

/// A DNS message (RFC 1035 section 4) that asks for the addresses of a name, or answers.
fn dns(name: &str, answers: Option<&[&str]>) -> Vec<u8> {
    let count = u16::try_from(answers.unwrap_or_default().len()).expect("few");
    let flags: [u8; 2] = if answers.is_some() { [0x81, 0x80] } else { [1, 0] };
    let id = u16::try_from(name.len()).expect("short") * 257;
    let mut bytes = [&id.to_be_bytes()[..], &flags, &[0, 1]].concat();
    bytes.extend(count.to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(labels(name));
    bytes.extend([0, 1, 0, 1]);
    let mut owner = name;
    for &answer in answers.unwrap_or_default() {
        let (kind, data, next) = match answer.parse::<Ipv4Addr>() {
            Ok(address) => (1_u8, address.octets().to_vec(), owner),
            Err(_) => (5, labels(answer), answer),
        };
        bytes.extend(labels(owner));
        bytes.extend([0, kind, 0, 1, 0, 0, 14, 16]);
        bytes.extend(u16::try_from(data.len()).expect("short").to_be_bytes());
        bytes.extend(data);
        owner = next;
    }
    bytes
}
