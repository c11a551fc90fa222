//! What the corpus has too little of: transfers as fast as the line goes, calls, and people who
//! type.

use std::net::Ipv4Addr;
use std::rc::Rc;

use crate::hello;
use crate::random::Random;
use crate::source::Source;
use crate::wire::Ends;

const SYN: u8 = 2;
const ACK: u8 = 16;
const FIN: u8 = 1;
const PUSH: u8 = 8;
/// As much as fits into an Ethernet frame beside the headers.
const SEGMENT: u64 = 1448;

fn ends(random: &mut Random, port: u16) -> Ends {
    let host = |first: u8, bits: u64| {
        Ipv4Addr::new(first, (bits >> 16) as u8 & 15, (bits >> 8) as u8, (bits as u8).clamp(1, 254))
    };
    let client = (host(10, random.next()), random.within(20_000, 60_000) as u16);
    Ends { from: client, to: (host(93, random.next()), port) }
}

/// A file fetched over HTTP or TLS: full segments one way, an acknowledgement for every second.
pub(crate) struct Transfer {
    ends: Ends,
    time: u64,
    pace: u64,
    step: u64,
    segments: u64,
    begin: [u32; 2],
    request: Vec<u8>,
    head: Vec<u8>,
    noise: Rc<Vec<u8>>,
    /// Every so many segments, two change places.
    swaps: u64,
}

impl Transfer {
    pub(crate) fn new(random: &mut Random, noise: &Rc<Vec<u8>>, start: u64) -> Self {
        let segments = random.spread(8.0, 4000.0) as u64;
        let name = format!("files-{}.example", random.within(0, 400));
        let encrypted = !random.next().is_multiple_of(3);
        let ends = ends(random, if encrypted { 443 } else { 80 });
        let (request, head) = if encrypted {
            (hello::client(&name, random), hello::server(random))
        } else {
            let size = segments * SEGMENT;
            let request = format!("GET /{size} HTTP/1.1\r\nHost: {name}\r\nAccept: */*\r\n\r\n");
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n");
            (request.into_bytes(), head.into_bytes())
        };
        let begin = [random.next() as u32, random.next() as u32];
        let pace = random.within(20_000, 400_000);
        let (step, noise, swaps) = (0, Rc::clone(noise), random.within(50, 5000));
        Self { ends, time: start, pace, step, segments, begin, request, head, noise, swaps }
    }

    pub(crate) fn packets(&self) -> u64 {
        8 + self.segments + self.segments / 2
    }

    fn numbers(&self) -> (u32, u32) {
        let [client, server] = self.begin;
        let asked = client.wrapping_add(1 + self.request.len() as u32);
        (asked, server.wrapping_add(1 + self.head.len() as u32))
    }

    /// The data and its acknowledgements, in threes.
    fn body(&self, into: &mut Vec<u8>, step: u64) -> u32 {
        let (asked, first) = self.numbers();
        let (pair, part) = (step / 3, step % 3);
        if part == 2 {
            let seen = first.wrapping_add(((pair + 1) * 2 * SEGMENT) as u32);
            return self.ends.tcp(into, (asked, seen), ACK, &[]);
        }
        let swapped = pair % self.swaps == self.swaps - 1;
        let index = pair * 2 + if swapped { 1 - part } else { part };
        let at = (index * 977 % (self.noise.len() as u64 - SEGMENT)) as usize;
        let payload = self.noise.get(at..at + SEGMENT as usize).unwrap_or_default();
        let sequence = first.wrapping_add((index * SEGMENT) as u32);
        self.ends.back().tcp(into, (sequence, asked), ACK, payload)
    }
}

impl Source for Transfer {
    fn time(&self) -> Option<u64> {
        (self.step < self.packets()).then_some(self.time)
    }

    fn write(&mut self, into: &mut Vec<u8>) -> u32 {
        let (step, [client, server]) = (self.step, self.begin);
        let (asked, first) = self.numbers();
        let threes = self.segments / 2 * 3;
        let end = first.wrapping_add((self.segments / 2 * 2 * SEGMENT) as u32);
        let (ends, back) = (self.ends, self.ends.back());
        let opened = (client.wrapping_add(1), server.wrapping_add(1));
        self.step += 1;
        self.time += if step < 5 || step >= 5 + threes { 9_000_000 } else { self.pace };
        match step {
            0 => ends.tcp(into, (client, 0), SYN, &[]),
            1 => back.tcp(into, (server, opened.0), SYN | ACK, &[]),
            2 => ends.tcp(into, opened, ACK, &[]),
            3 => ends.tcp(into, opened, ACK | PUSH, &self.request),
            4 => back.tcp(into, (opened.1, asked), ACK | PUSH, &self.head),
            step if step < 5 + threes => self.body(into, step - 5),
            step => match step - 5 - threes {
                0 => ends.tcp(into, (asked, end), ACK | FIN, &[]),
                1 => back.tcp(into, (end, asked.wrapping_add(1)), ACK | FIN, &[]),
                _ => {
                    // The last word, after which there is nothing.
                    self.step = self.packets();
                    ends.tcp(into, (asked.wrapping_add(1), end.wrapping_add(1)), ACK, &[])
                }
            },
        }
    }
}

/// A call: RTP (RFC 3550) both ways, fifty packets a second each.
pub(crate) struct Call {
    ends: Ends,
    time: u64,
    left: u64,
    identity: [u8; 4],
    noise: Rc<Vec<u8>>,
}

impl Call {
    pub(crate) fn new(random: &mut Random, noise: &Rc<Vec<u8>>, start: u64) -> Self {
        let port = random.within(5_000, 15_000) as u16 * 2;
        let (left, identity) = (random.within(500, 8000), (random.next() as u32).to_be_bytes());
        let ends = ends(random, port);
        Self { ends, time: start, left, identity, noise: Rc::clone(noise) }
    }

    pub(crate) fn packets(&self) -> u64 {
        self.left
    }
}

impl Source for Call {
    fn time(&self) -> Option<u64> {
        (self.left > 0).then_some(self.time)
    }

    fn write(&mut self, into: &mut Vec<u8>) -> u32 {
        self.left -= 1;
        self.time += 10_000_000;
        let number = (self.left / 2) as u16;
        let clock = u32::from(u16::MAX - number) * 160;
        let mut payload = vec![0x80, 0];
        payload.extend_from_slice(&(u16::MAX - number).to_be_bytes());
        payload.extend_from_slice(&clock.to_be_bytes());
        payload.extend_from_slice(&self.identity);
        let at = usize::from(number);
        payload.extend_from_slice(self.noise.get(at..at + 160).unwrap_or_default());
        let ends = if self.left.is_multiple_of(2) { self.ends } else { self.ends.back() };
        ends.udp(into, &payload)
    }
}

/// Somebody types into a shell: a key, its echo, an acknowledgement.
pub(crate) struct Typing {
    ends: Ends,
    time: u64,
    left: u64,
    step: u64,
    begin: [u32; 2],
    noise: Rc<Vec<u8>>,
}

impl Typing {
    pub(crate) fn new(random: &mut Random, noise: &Rc<Vec<u8>>, start: u64) -> Self {
        let begin = [random.next() as u32, random.next() as u32];
        let (ends, left) = (ends(random, 22), random.within(100, 4000));
        Self { ends, time: start, left, step: 0, begin, noise: Rc::clone(noise) }
    }

    pub(crate) fn packets(&self) -> u64 {
        self.left
    }
}

impl Source for Typing {
    fn time(&self) -> Option<u64> {
        (self.left > 0).then_some(self.time)
    }

    fn write(&mut self, into: &mut Vec<u8>) -> u32 {
        let (key, part) = (self.step / 3, self.step % 3);
        self.step += 1;
        self.left -= 1;
        self.time += if part == 2 { 120_000_000 } else { 12_000_000 };
        let sent = |side: usize, keys: u64| self.begin[side].wrapping_add((keys * 36) as u32);
        let data = self.noise.get(key as usize..key as usize + 36).unwrap_or_default();
        match part {
            0 => self.ends.tcp(into, (sent(0, key), sent(1, key)), ACK | PUSH, data),
            1 => self.ends.back().tcp(into, (sent(1, key), sent(0, key + 1)), ACK | PUSH, data),
            _ => self.ends.tcp(into, (sent(0, key + 1), sent(1, key + 1)), ACK, &[]),
        }
    }
}
