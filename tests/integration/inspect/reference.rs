//! The softphone Zoiper 2.14 at start and idle, as traced in 2008: times, sizes and numbers as
//! they were noted then, addresses made up.

use etherparse::TcpOptionElement::{
    MaximumSegmentSize, SelectiveAcknowledgement, SelectiveAcknowledgementPermitted,
};

use super::wire::{Segment, Wire, at};

const US: &str = "192.168.1.100";
const GATEWAY: &str = "192.168.1.1";
const RESOLVER: &str = "203.0.113.53:53";
const REGISTRAR: &str = "198.51.100.60";
const COUNTER: &str = "198.51.100.80";

/// What was sent when the softphone was started.
pub(super) fn start() -> Wire {
    let mut wire = Wire::default();
    let us = |port: u16| at(&format!("{US}:{port}"));
    let resolver = at(RESOLVER);
    wire.arp(0, 1_479, US.parse().expect("one"), GATEWAY.parse().expect("one"));
    wire.lookup((1_511, 345_817), (us(2301), resolver), "sip.ca1.voip.ms", &[REGISTRAR]);
    wire.lookup((1_763_508, 2_089_622), (us(2302), resolver), "www.asteriskguru.com", &[COUNTER]);
    counter(&mut wire);
    wire
}

/// The version counter's connection, whose answer arrives after its end.
fn counter(wire: &mut Wire) {
    let us = at(&format!("{US}:2304"));
    let counter = at(&format!("{COUNTER}:80"));
    // Initial sequence numbers of no meaning, one of which wraps around on the way.
    let (ours, theirs) = (0x1234_5678_u32, 0xffff_ff00_u32);
    let sent = |flags, sequence: u32, acknowledgement: u32, data| Segment {
        flags,
        sequence: ours.wrapping_add(sequence),
        acknowledgement: theirs.wrapping_add(acknowledgement),
        window: 65_535,
        options: &[],
        data,
    };
    let received = |flags, sequence: u32, acknowledgement: u32, window, data| Segment {
        flags,
        sequence: theirs.wrapping_add(sequence),
        acknowledgement: ours.wrapping_add(acknowledgement),
        window,
        options: &[],
        data,
    };
    let opens = [MaximumSegmentSize(1460), SelectiveAcknowledgementPermitted];
    let accepts = [MaximumSegmentSize(1380), SelectiveAcknowledgementPermitted];
    let edge = |sequence: u32| theirs.wrapping_add(sequence);
    let missing = [SelectiveAcknowledgement((edge(522), edge(523)), [None; 3])];
    let (request, response) = (request(), response());
    let opening = Segment { acknowledgement: 0, options: &opens, ..sent("S", 0, 0, &[]) };
    let accepting = Segment { options: &accepts, ..received("SA", 0, 1, 5840, &[]) };
    let repeated = Segment { options: &missing, ..sent("A", 204, 1, &[]) };
    wire.tcp(2_264_280, us, counter, opening)
        .tcp(2_494_002, counter, us, accepting)
        .tcp(2_494_103, us, counter, sent("A", 1, 1, &[]))
        .tcp(4_334_396, us, counter, sent("PA", 1, 1, &request))
        .tcp(4_617_804, counter, us, received("A", 1, 204, 6432, &[]))
        .tcp(4_911_492, counter, us, received("FA", 522, 204, 6432, &[]))
        .tcp(4_911_571, us, counter, repeated)
        .tcp(5_014_078, counter, us, received("PA", 1, 204, 6432, &response))
        .tcp(5_014_208, us, counter, sent("A", 204, 523, &[]))
        .tcp(5_030_427, us, counter, sent("FA", 204, 523, &[]))
        .tcp(5_256_204, counter, us, received("A", 523, 205, 6432, &[]));
}

/// 203 bytes, as many as were acknowledged.
fn request() -> Vec<u8> {
    let mut text = "GET /counter/?version=2.14&dllversion=650&branch=zoiper HTTP/1.1\r\n\
                    Accept: */*\r\nHost: www.asteriskguru.com\r\nUser-Agent: Zoiper/2.14"
        .to_owned();
    let end = "\r\n\r\n";
    let padding = 203 - text.len() - end.len();
    text.push_str(&format!(" ({})", "x".repeat(padding - 3)));
    text.push_str(end);
    assert_eq!(text.len(), 203);
    text.into_bytes()
}

/// 521 bytes, as many as were missing.
fn response() -> Vec<u8> {
    let head = |length: usize| {
        format!(
            "HTTP/1.1 200 OK\r\nServer: Apache\r\nConnection: close\r\nContent-Length: {length}\r\n\
             Content-Type: text/plain\r\n\r\n"
        )
    };
    let length = 521 - head(100).len();
    let text = head(length) + &"counted\n".repeat(length.div_ceil(8))[..length];
    assert_eq!(text.len(), 521);
    text.into_bytes()
}

/// The same machine, idle, an account set to register itself and a dynamic-DNS updater running;
/// of the list that was noted the lines that matter.
pub(super) fn idle() -> Wire {
    let mut wire = Wire::default();
    let (us, registrar) = (at(&format!("{US}:5060")), at(&format!("{REGISTRAR}:5060")));
    let register = format!(
        "REGISTER sip:sip.ca1.voip.ms;transport=UDP SIP/2.0\r\n\
         Via: SIP/2.0/UDP {US}:5060;branch=z9hG4bK-d8754z-1;rport\r\nMax-Forwards: 70\r\n\
         Contact: <sip:100000@{US}:5060;transport=UDP>\r\n\
         To: <sip:100000@sip.ca1.voip.ms;transport=UDP>\r\n\
         From: <sip:100000@sip.ca1.voip.ms;transport=UDP>;tag=1\r\nCall-ID: 1\r\n\
         CSeq: 1 REGISTER\r\nExpires: 3600\r\nUser-Agent: Zoiper rev.650\r\n\
         Content-Length: 0\r\n\r\n"
    );
    wire.udp(0, us, registrar, register.as_bytes());
    wire.udp(161_474_036, us, registrar, b"\r\n\r\n");
    let (resolver, asking) = (at(RESOLVER), at(&format!("{US}:2400")));
    wire.lookup(
        (643_352_918, 643_568_823),
        (asking, resolver),
        "www.dyndns.com",
        &["198.51.100.99"],
    );
    let opens = [MaximumSegmentSize(1460), SelectiveAcknowledgementPermitted];
    let opening =
        Segment { flags: "S", sequence: 1, window: 65_535, options: &opens, ..Segment::default() };
    wire.tcp(643_571_379, at(&format!("{US}:2401")), at("198.51.100.99:80"), opening);
    wire
}
