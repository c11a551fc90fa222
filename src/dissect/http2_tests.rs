//! Frames of HTTP/2, and what is read of them.

use super::protocol_tests::hex;
use super::*;
use proptest::prelude::*;

const SETTINGS: &str = "000006 04 00 00000000 0003 00000064";

/// GET http://www.example.com/, with the fields of RFC 7541 appendix C.4.1.
const BLOCK: &str = "828684418cf1e3c2e5f23a6ba0ab90f4ff";

fn frame(kind: u8, flags: u8, stream: u32, payload: &str) -> String {
    format!("{:06x}{kind:02x}{flags:02x}{stream:08x}{payload}", payload.len() / 2)
}

fn preface() -> Vec<u8> {
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &hex(SETTINGS)].concat()
}

fn shown(reader: &mut Http2Reader, bytes: &[u8]) -> String {
    let mut messages = Vec::new();
    reader.take(bytes, &mut messages);
    let line = |message: &Message| {
        let names = message.names.iter().map(|named| format!(" {:?} {}", named.kind, named.name));
        message.summary.clone() + &names.collect::<String>()
    };
    let mut lines: Vec<_> = messages.iter().map(line).collect();
    lines.extend(reader.is_done().then(|| "done".to_owned()));
    lines.join(", ")
}

fn check(bytes: &[u8], from_client: bool, expected: &str) {
    assert_eq!(shown(&mut Http2Reader::new(from_client), bytes), expected, "{bytes:x?}");
    let mut reader = Http2Reader::new(from_client);
    let single: Vec<_> = bytes.iter().map(|&byte| shown(&mut reader, &[byte])).collect();
    let single: Vec<_> = single.into_iter().filter(|line| !line.is_empty()).collect();
    if !expected.contains("done") {
        assert_eq!(single.join(", "), expected, "{bytes:x?} in single bytes");
    }
}

#[test]
fn messages_of_dns_are_read() {
    // A response whose body is one, in two parts with padding between, and one that is not.
    let field = |name: &str, value: &str| {
        let part = |text: &str| {
            let bytes: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            format!("{:02x}{bytes}", text.len())
        };
        format!("00{}{}", part(name), part(value))
    };
    let head = |kind: &str| frame(1, 4, 3, &format!("88{}", field("content-type", kind)));
    let (one, two) = ("123481800001000000000000", "01610000010001");
    let body = frame(0, 8, 3, &format!("02{one}0000")) + &frame(0, 1, 3, two);
    let dns = "HEADERS[3]: 200, DATA[3]: Standard query response 0x1234 A a";
    check(&hex(&(head("application/dns-message") + &body)), false, dns);
    check(&hex(&(head("application/json") + &body)), false, "HEADERS[3]: 200");
    let path = "/q?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB";
    let request = format!("82{}", field(":path", path));
    let mut messages = Vec::new();
    Http2Reader::new(true).take(&hex(&frame(1, 5, 1, &request)), &mut messages);
    let asked = messages[0].lookup.as_ref().map(|message| &*message.questions[0].name);
    assert_eq!(asked, Some("www.example.com"));
}

#[test]
fn requests_and_responses_are_read() {
    let request = "HEADERS[1]: GET / HttpHost www.example.com";
    let headers = hex(&frame(1, 4, 1, BLOCK));
    check(&[preface(), headers.clone()].concat(), true, request);
    // Without the beginning, behind data, in parts, padded and with a priority.
    check(&headers, true, request);
    check(&hex(&(frame(0, 0, 3, "001122") + &frame(1, 4, 1, BLOCK))), true, request);
    let (one, two) = BLOCK.split_at(8);
    check(&hex(&(frame(1, 0, 1, one) + &frame(9, 0, 1, "") + &frame(9, 4, 1, two))), true, request);
    let padded = format!("02 0000000010 {BLOCK} 0000").replace(' ', "");
    check(&hex(&frame(1, 0x2c, 1, &padded)), true, request);
    check(&hex(&(SETTINGS.to_owned() + &frame(1, 4, 1, "88"))), false, "HEADERS[1]: 200");
    check(&hex(&frame(5, 4, 1, &("00000002".to_owned() + BLOCK))), false, "PUSH_PROMISE[1]: GET /");
    // CONNECT; then trailers.
    let connect = "0207434f4e4e454354 410361 3a31".replace(' ', "");
    check(&hex(&frame(1, 4, 1, &connect)), true, "HEADERS[1]: CONNECT a:1 HttpProxied a");
    check(&hex(&frame(1, 5, 1, "0001610162")), true, "");
}

#[test]
fn what_is_no_http2_ends_it() {
    for bytes in ["PRI * HTTP/2.1", "GET / HTTP/1.1\r\n\r\n"] {
        check(bytes.as_bytes(), true, "done");
    }
    check(&hex(&frame(1, 4, 1, "80")), true, "done");
    check(&hex(&(frame(1, 0, 1, "82") + &frame(0, 0, 1, "82"))), true, "done");
    check(&hex("ffffff 00 00 00000001"), true, "done");
    check(&hex(&frame(1, 0x0c, 1, "05")), true, "done");
}

proptest! {
    #[test]
    fn any_bytes_are_read(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..10),
        from_client: bool,
    ) {
        let mut reader = Http2Reader::new(from_client);
        for piece in pieces {
            reader.take(&piece, &mut Vec::new());
            prop_assert!(reader.held() < 1 << 20);
        }
    }

    #[test]
    fn damaged_frames_are_read(at in 0_usize..100, flip: u8) {
        let mut bytes = [preface(), hex(&frame(1, 4, 1, BLOCK)), hex(&frame(1, 4, 3, "82be"))].concat();
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= flip;
        }
        Http2Reader::new(true).take(&bytes, &mut Vec::new());
    }
}
