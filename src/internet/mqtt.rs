//! MQTT (3.1, 3.1.1 and 5.0, OASIS), as a broker that lets everybody in, takes what is published
//! and has nothing to say: client, topics and filters are told as requests.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::stream::Stream;
use super::talk::Talk;
use crate::contact::{Body, Protocol, Request};

/// Of a longer packet the rest is dropped; topics and filters stand at its beginning.
const MOST_KEPT: u64 = 64 << 10;
/// So many characters of a topic are told.
const MOST_CHARACTERS: usize = 512;
/// So many filters of one packet are told.
const MOST_FILTERS: usize = 64;
const CONNECT: u8 = 1;
const PUBLISH: u8 = 3;
const VERSION_5: u8 = 5;

/// Whether bytes are the beginning of a CONNECT packet; none where they are of something else,
/// false where more are needed.
pub(super) fn begins(bytes: &[u8]) -> Option<bool> {
    let rest = bytes.strip_prefix(&[CONNECT << 4])?;
    let more = rest.iter().take_while(|byte| **byte & 0x80 != 0).count();
    if more > 3 {
        return None;
    }
    let name = rest.get(more + 1..).unwrap_or_default();
    let names = [&b"\x00\x04MQTT"[..], b"\x00\x06MQIsdp"];
    let fits = names.iter().any(|whole| name.starts_with(whole) || whole.starts_with(name));
    fits.then(|| names.iter().any(|whole| name.starts_with(whole)))
}

/// A control packet (section 2.1).
#[derive(Debug)]
struct Packet {
    kind: u8,
    flags: u8,
    /// How long it is behind its fixed header.
    length: u64,
    body: Vec<u8>,
}

/// What is answered to a packet, and what is told of it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Turn {
    reply: Vec<u8>,
    told: Vec<Request>,
    is_last: bool,
}

/// Answers packets until the client goes.
pub(super) async fn serve(mut stream: Stream, talk: &Talk) -> io::Result<()> {
    let mut version = 4;
    while let Some(packet) = read(&mut stream).await? {
        let turn = answer(&packet, &mut version).unwrap_or_default();
        for request in turn.told {
            talk.tell_request(Protocol::Mqtt, request);
        }
        stream.write_all(&turn.reply).await?;
        stream.flush().await?;
        if turn.is_last {
            return stream.shutdown().await;
        }
    }
    Ok(())
}

async fn read(stream: &mut Stream) -> io::Result<Option<Packet>> {
    let mut first = [0];
    if stream.read(&mut first).await? == 0 {
        return Ok(None);
    }
    let mut length = 0_u64;
    for shift in [0, 7, 14, 21] {
        let byte = stream.read_u8().await?;
        length |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let kept = length.min(MOST_KEPT);
    let mut body = Vec::new();
    if stream.take(kept).read_to_end(&mut body).await? as u64 != kept {
        return Ok(None);
    }
    tokio::io::copy(&mut stream.take(length - kept), &mut tokio::io::sink()).await?;
    Ok(Some(Packet { kind: first[0] >> 4, flags: first[0] & 15, length, body }))
}

/// The answer to a packet; none where it is broken. A CONNECT sets the version.
fn answer(packet: &Packet, version: &mut u8) -> Option<Turn> {
    let mut rest = &packet.body[..];
    let body = &mut rest;
    let is_5 = *version == VERSION_5;
    let reply = |reply: &[u8]| Turn { reply: reply.to_vec(), ..Turn::default() };
    Some(match packet.kind {
        CONNECT => {
            text(body)?;
            let [level, _flags, _, _] = *take(body, 4)?.first_chunk()?;
            *version = level;
            if level == VERSION_5 {
                properties(body)?;
            }
            let told = vec![Request::new("CONNECT", shown(text(body)?))];
            // Accepted, no session; in version 5 without properties.
            let accepted: &[u8] =
                if level == VERSION_5 { &[0x20, 3, 0, 0, 0] } else { &[0x20, 2, 0, 0] };
            Turn { told, ..reply(accepted) }
        }
        PUBLISH => {
            let topic = shown(text(body)?);
            let quality = packet.flags >> 1 & 3;
            let identifier = if quality > 0 { take(body, 2)? } else { &[] };
            if is_5 {
                properties(body)?;
            }
            let beyond = packet.length.saturating_sub(packet.body.len() as u64);
            let bytes = beyond.saturating_add(body.len() as u64);
            let content = Some(Body { bytes, content_type: None });
            let told = vec![Request { body: content, ..Request::new("PUBLISH", topic) }];
            let acknowledged = match quality {
                0 => Vec::new(),
                1 => [&[0x40, 2], identifier].concat(),
                _ => [&[0x50, 2], identifier].concat(),
            };
            Turn { told, ..reply(&acknowledged) }
        }
        // PUBREL, of quality 2.
        6 => reply(&[&[0x70, 2], take(body, 2)?].concat()),
        // SUBSCRIBE and UNSUBSCRIBE.
        kind @ (8 | 10) => {
            let identifier = take(body, 2)?;
            if is_5 {
                properties(body)?;
            }
            let (mut told, mut codes) = (Vec::new(), Vec::new());
            let method = if kind == 8 { "SUBSCRIBE" } else { "UNSUBSCRIBE" };
            while let Some(filter) = text(body) {
                if told.len() < MOST_FILTERS {
                    told.push(Request::new(method, shown(filter)));
                }
                // What is granted is what was asked for.
                codes.push(if kind == 8 { *take(body, 1)?.first()? & 3 } else { 0 });
            }
            if kind == 10 && !is_5 {
                codes.clear();
            }
            let none: &[u8] = if is_5 { &[0] } else { &[] };
            let content = [identifier, none, &codes].concat();
            let first = if kind == 8 { 0x90 } else { 0xb0 };
            Turn { told, ..reply(&[&[first][..], &length(content.len()), &content].concat()) }
        }
        12 => reply(&[0xd0, 0]),
        14 => Turn { is_last: true, ..Turn::default() },
        _ => Turn::default(),
    })
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

/// Text with its length in front (section 1.5.4 of version 5).
fn text<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let [high, low] = *take(bytes, 2)?.first_chunk()?;
    take(bytes, usize::from(u16::from_be_bytes([high, low])))
}

/// Steps over properties (section 2.2.2 of version 5).
fn properties(bytes: &mut &[u8]) -> Option<()> {
    let mut length = 0;
    for shift in [0, 7, 14, 21] {
        let byte = *take(bytes, 1)?.first()?;
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    take(bytes, length).map(|_| ())
}

/// A length as it stands in a fixed header (section 2.1.4).
fn length(mut length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let more = if length > 0x7f { 0x80 } else { 0 };
        bytes.push((length & 0x7f) as u8 | more);
        length >>= 7;
        if length == 0 {
            return bytes;
        }
    }
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().take(MOST_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packet(first: u8, body: &[u8]) -> Packet {
        let (kind, flags) = (first >> 4, first & 15);
        Packet { kind, flags, length: body.len() as u64, body: body.to_vec() }
    }

    #[test]
    fn packets_get_their_answer() {
        for (version, first, body, reply, told) in [
            (4, 0x10, &b"\0\x04MQTT\x04\x02\0\x3c\0\x02me"[..], &b"\x20\x02\0\0"[..], "CONNECT me"),
            (4, 0x10, b"\0\x06MQIsdp\x03\x02\0\x3c\0\x02me", b"\x20\x02\0\0", "CONNECT me"),
            (
                4,
                0x10,
                b"\0\x04MQTT\x05\x02\0\x3c\x05\x11\0\0\0\x0a\0\x02me",
                b"\x20\x03\0\0\0",
                "CONNECT me",
            ),
            (4, 0x30, b"\0\x03a/bhello", b"", "PUBLISH a/b 5"),
            (4, 0x32, b"\0\x03a/b\0\x07hello", b"\x40\x02\0\x07", "PUBLISH a/b 5"),
            (5, 0x34, b"\0\x03a/b\0\x07\0hello", b"\x50\x02\0\x07", "PUBLISH a/b 5"),
            (4, 0x62, b"\0\x07", b"\x70\x02\0\x07", ""),
            (
                4,
                0x82,
                b"\0\x07\0\x01#\x01\0\x03a/b\x02",
                b"\x90\x04\0\x07\x01\x02",
                "SUBSCRIBE # SUBSCRIBE a/b",
            ),
            (5, 0x82, b"\0\x07\0\0\x01#\x2d", b"\x90\x04\0\x07\0\x01", "SUBSCRIBE #"),
            (4, 0xa2, b"\0\x07\0\x01#", b"\xb0\x02\0\x07", "UNSUBSCRIBE #"),
            (5, 0xa2, b"\0\x07\0\0\x01#", b"\xb0\x04\0\x07\0\0", "UNSUBSCRIBE #"),
            (4, 0xc0, b"", b"\xd0\0", ""),
            (4, 0x82, b"\0", b"", ""),
        ] {
            let mut agreed = version;
            let turn = answer(&packet(first, body), &mut agreed).unwrap_or_default();
            assert_eq!(turn.reply, reply, "{first:x} {body:?}");
            let shown: Vec<String> = turn
                .told
                .iter()
                .map(|request| match &request.body {
                    Some(body) => format!("{} {}", request.line(), body.bytes),
                    None => request.line(),
                })
                .collect();
            assert_eq!(shown.join(" "), told, "{first:x} {body:?}");
        }
    }

    #[test]
    fn a_connection_is_told_by_its_first_packet() {
        for (bytes, expected) in [
            (&b"\x10"[..], Some(false)),
            (b"\x10\x0c\0\x04MQTT", Some(true)),
            (b"\x10\x8c\x01\0\x04MQTT", Some(true)),
            (b"\x10\x0c\0\x06MQIs", Some(false)),
            (b"\x10\x0c\0\x05HELLO", None),
            (b"\x10\xff\xff\xff\xff\xff", None),
            (b"GET", None),
        ] {
            assert_eq!(begins(bytes), expected, "{bytes:?}");
        }
        assert_eq!(length(321), [0xc1, 2]);
    }

    proptest! {
        #[test]
        fn any_packet_is_read(first: u8, mut version in 3_u8..6, body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = begins(&body);
            let _ = answer(&packet(first, &body), &mut version);
        }
    }
}
