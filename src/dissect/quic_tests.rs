//! QUIC flows, from the RFCs' examples and from packets made here.

use super::quic_reader::QuicReader;
use super::quic_samples::{crypto, initial, seal};
use super::quic_versions::schemes;
use super::tls_samples::{alpn, extension, handshake, hello, hello_body, server_body, server_name};
use super::{Message, is_quic, quic_protocol};
use crate::contact::Protocol;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

fn lines(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.summary.as_str()).collect()
}

/// What a flow says, of which each datagram comes with whether the client sent it.
fn read(flow: &[(bool, Vec<u8>)]) -> Vec<Message> {
    let (mut out, mut reader) = (Vec::new(), QuicReader::new());
    for (from_client, datagram) in flow {
        reader.take(*from_client, datagram, &mut out);
    }
    out
}

#[track_caller]
fn check(flow: &[(bool, Vec<u8>)], expected: &[&str]) {
    assert_eq!(lines(&read(flow)), expected);
}

/// The frames of the example's client (RFC 9001 appendix A.2, RFC 9369 appendix A.2).
const CLIENT_FRAMES: &str = "\
    060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868\
    04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578\
    616d706c652e636f6dff01000100000a00080006001d00170018001000070005\
    04616c706e000500050100000000003300260024001d00209370b2c9caa47fba\
    baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400\
    0d0010000e0403050306030203080408050806002d00020101001c0002400100\
    3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000\
    75300901100f088394c8f03e51570806048000ffff";

/// The server's packet in RFC 9001 appendix A.3.
const SERVER_ONE: &str = "\
    cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a\
    5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3\
    dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84\
    022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc4\
    2158407dd074ee";

/// The server's packet in RFC 9369 appendix A.3.
const SERVER_TWO: &str = "\
    dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698\
    baeea26b91eb761d9b89237bbf87263017915358230035f7fd3945d88965cf17\
    f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2\
    c984c707f0a0812d8cd5a6881eaf21ceda98f4bd23f6fe1a3e2c43edd9ce7ca8\
    4bed8521e2e140";

/// The client's packets there begin and end so.
#[test]
fn the_examples_of_the_rfcs_are_read() {
    for (version, header, begins, ends, server) in [
        (
            1,
            "c300000001088394c8f03e5157080000449e00000002",
            "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11",
            "e221af44860018ab0856972e194cd934",
            SERVER_ONE,
        ),
        (
            0x6b33_43cf,
            "d36b3343cf088394c8f03e5157080000449e00000002",
            "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485",
            "a18b2faa745b6fe189cf772a9f84cbfc",
            SERVER_TWO,
        ),
    ] {
        let mut frames = hex(CLIENT_FRAMES);
        frames.resize(1162, 0);
        let id = hex("8394c8f03e515708");
        let client = seal(&schemes(version)[0], &id, true, &hex(header), &frames);
        assert_eq!((&client[..32], &client[1184..]), (&hex(begins)[..], &hex(ends)[..]));
        let flow = [(true, client.clone()), (false, hex(server))];
        check(
            &flow,
            &[
                "ClientHello (SNI=example.com, ALPN=alpn, TLS 1.3)",
                "ServerHello (TLS 1.3, TLS_AES_128_GCM_SHA256)",
            ],
        );
        assert!(is_quic(&client) && is_quic(&hex(server)));
        // The side that the flow is thought to have come from makes no difference.
        assert_eq!(read(&[(false, client), (true, hex(server))]).len(), 2);
    }
}

const ID: &[u8] = b"12345678";
const HELLO: &str = "ClientHello (SNI=a.example, ALPN=h2, TLS 1.2)";

#[test]
fn every_version_with_known_keys_is_read() {
    for version in [
        1,
        0x6b33_43cf,
        0x709a_50c4,
        0xff00_0016,
        0xff00_0017,
        0xff00_001b,
        0xff00_001c,
        0xff00_001d,
        0xff00_0020,
        0xff00_0021,
        0xff00_0022,
        0xface_b001,
        0xface_b002,
        0xface_b00e,
        0x1a2a_3a4a,
    ] {
        let packet = initial(version, ID, ID, true, 0, &crypto(0, &hello("a.example")));
        assert_eq!(quic_protocol(&packet), Some(Protocol::Quic), "{version:#x}");
        check(&[(true, packet)], &[HELLO]);
    }
    // Google's frames begin with another number.
    for version in [0x5430_3530, 0x5430_3531] {
        let mut frames = crypto(0, &hello("a.example"));
        frames[0] = 8;
        // An acknowledgement and a ping come first.
        frames.splice(..0, [0x40, 1, 0, 0, 1, 0, 7]);
        check(&[(true, initial(version, ID, ID, true, 0, &frames))], &[HELLO]);
    }
}

/// Browsers cut the hello into many frames in disorder, some in another packet.
#[test]
fn a_shuffled_hello_is_put_in_order() {
    let extensions = [extension(0x33, &[3; 1216]), server_name(b"a.example"), alpn(&["h2"])];
    let hello = handshake(1, &hello_body(0x0303, false, &extensions));
    let part = |from: usize, to: usize| crypto(from, &hello[from..to.min(hello.len())]);
    let end = hello.len();
    let acknowledgement: &[u8] = &[2, 5, 0, 1, 0, 0, 0, 1];
    let first = [&part(900, 1000)[..], &[0; 9], &part(10, 500), &[1], &part(0, 3)].concat();
    let second = [&part(950, end)[..], acknowledgement, &part(3, 10), &part(400, 900)].concat();
    let one = initial(1, ID, ID, true, 0, &first);
    // The second goes to the ID that the server chose, with the keys of the first.
    let two = initial(1, ID, b"chosen", true, 1, &second);
    check(&[(true, one.clone()), (true, two.clone())], &[HELLO]);
    check(&[(true, one.clone()), (true, one.clone()), (true, two)], &[HELLO]);
    check(&[(true, one.clone())], &[]);
    // A hello whose end is missing is read as far as it goes.
    let (mut out, mut reader) = (Vec::new(), QuicReader::new());
    reader.take(true, &initial(1, ID, ID, true, 0, &part(0, end - 8)), &mut out);
    reader.finish(&mut out);
    assert_eq!(lines(&out), ["ClientHello (SNI=a.example, TLS 1.2)"]);
}

#[test]
fn packets_in_one_datagram_are_told_apart() {
    let whole = hello("a.example");
    let client = initial(1, ID, ID, true, 0, &crypto(0, &whole));
    let early = [&[0xd0, 0, 0, 0, 1, 2, 7, 7, 0, 0x40, 30][..], &[5; 30]].concat();
    check(&[(true, [early, client.clone()].concat())], &[HELLO]);
    let three = extension(43, &[3, 4]);
    let server = crypto(0, &handshake(2, &server_body(0x0303, &[1; 32], &[three])));
    let server = initial(1, ID, b"", false, 0, &server);
    let line = "ServerHello (TLS 1.3, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)";
    let noise = [&server[..], &[0x40; 50]].concat();
    check(&[(true, client.clone()), (false, noise)], &[HELLO, line]);
    // After a Retry all begins again, with keys from the ID that it gave.
    let retry = [&[0xf0, 0, 0, 0, 1, 0, 2, 8, 8][..], &[1; 40]].concat();
    let again = initial(1, b"given", b"given", true, 1, &crypto(0, &whole));
    check(&[(true, client.clone()), (false, retry), (true, again)], &[HELLO, "Retry", HELLO]);
    // The server may answer in version 2 (RFC 9368).
    let two = crypto(0, &handshake(2, &server_body(0x0303, &[1; 32], &[])));
    let two = initial(0x6b33_43cf, ID, b"", false, 0, &two);
    let line = "ServerHello (TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)";
    check(&[(true, client.clone()), (false, two)], &[HELLO, line]);
    let close =
        initial(1, ID, ID, true, 1, &[&[0x1c, 0x41, 0x28, 6, 2, b'n', b'o', 6][..]].concat());
    check(&[(true, client), (true, close)], &[HELLO, "CONNECTION_CLOSE (error 0x128)"]);
    let offer = hex("80 00000000 02 0102 01 03 ff00001d 0a1a2a3a 00000001");
    assert!(is_quic(&offer));
    check(&[(false, offer)], &["Version Negotiation (draft-29, 0x0a1a2a3a, v1)"]);
}

#[test]
fn quic_is_told_from_other_protocols() {
    let mut greased = initial(1, ID, ID, true, 0, &[0; 1200]);
    greased[0] &= 0xbf;
    let cut = greased[..900].to_vec();
    for (bytes, answer) in [
        (greased, Some(Protocol::Quic)),
        (cut, None),
        (hex("c3 00000001 08 0102030405060708 00 00 41"), Some(Protocol::Quic)),
        (hex("c3 00000001 15 01020304050607080102030405060708 0102030405 00 00 41"), None),
        (hex("c3 12345678 08 0102030405060708 00 00 41"), None),
        (hex("80 00000000 00 00 12345678"), None),
        (hex("80 00000000 00 00"), None),
        (hex("c3 51303436 50 0102030405060708 00000001"), Some(Protocol::Gquic)),
        (hex("c3 51303530 08 0102030405060708 00 00 41"), Some(Protocol::Gquic)),
        (hex("c3 54303531 08 0102030405060708 00 00 41"), Some(Protocol::Quic)),
        (hex("0d 0102030405060708 51303433 01 00"), Some(Protocol::Gquic)),
        (hex("0d 0102030405060708 51303433"), None),
        (hex("0c 0102030405060708 51303433 01 00"), None),
        (hex("40 0102030405060708 51303433 01 00"), None),
        (vec![], None),
    ] {
        assert_eq!(quic_protocol(&bytes), answer, "{bytes:02x?}");
    }
}

/// A message of Google's handshake with these tags.
fn google(tags: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let (mut table, mut values) = (Vec::new(), Vec::new());
    for (tag, value) in tags {
        values.extend_from_slice(value);
        table.extend_from_slice(*tag);
        table.extend(u32::try_from(values.len()).unwrap().to_le_bytes());
    }
    let count = u16::try_from(tags.len()).unwrap().to_le_bytes();
    [b"CHLO", &count[..], &[0, 0], &table, &values].concat()
}

#[test]
fn googles_handshake_is_read() {
    let chlo = google(&[(b"PAD\0", &[b'-'; 900]), (b"SNI\0", b"A.example"), (b"VER\0", b"Q043")]);
    let stream = [&[0xa0, 1, 4, 0][..], &chlo].concat();
    let old = [&hex("0d 0102030405060708 51303433 01")[..], &[7; 12], &stream].concat();
    let long = [&hex("c3 51303436 50 0102030405060708 00000001")[..], &[7; 12], &stream].concat();
    let sealed = initial(0x5130_3530, ID, ID, true, 0, &[&[8, 0, 0x44, 0][..], &chlo].concat());
    for (packet, version) in [(old, "Q043"), (long, "Q046"), (sealed, "Q050")] {
        let messages = read(&[(true, packet)]);
        assert_eq!(lines(&messages), [format!("CHLO (SNI=a.example, {version})")]);
        assert_eq!(messages[0].protocol, Protocol::Gquic);
        assert_eq!(messages[0].names[0].name, "a.example");
    }
    // A name that lies beyond the end of the packet is not there.
    let cut = [&hex("0d 0102030405060708 51303433 01")[..], &[7; 12], &stream[..200]].concat();
    check(&[(true, cut)], &["CHLO (Q043)"]);
}
