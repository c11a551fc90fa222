//! TLS, read from streams that are cut, mixed and damaged in every way.

use super::tls_hello::ClientHello;
use super::tls_record::{TlsReader, looks_like_tls};
use super::tls_samples::{
    alpn, certificate, chain, extension, handshake, hello, hello_body, record, server_body,
    server_name, vector,
};
use super::{Message, host_name};
use crate::contact::{EvidenceKind, Strength};

/// What one direction says, as lines of summary and names; the reader gets pieces of `piece`
/// bytes.
fn read(client: bool, stream: &[u8], piece: usize) -> (Vec<String>, bool) {
    let mut out = Vec::new();
    let mut reader = TlsReader::new(client);
    for piece in stream.chunks(piece) {
        reader.take(piece, &mut out);
    }
    let done = reader.is_done();
    reader.finish(&mut out);
    (out.iter().map(line).collect(), done)
}

fn line(message: &Message) -> String {
    let names: Vec<&str> = message.names.iter().map(|name| name.name.as_str()).collect();
    format!("{} [{}]", message.summary, names.join(" "))
}

/// The lines are the same however the stream is cut.
#[track_caller]
fn check(client: bool, stream: &[u8], done: bool, lines: &[&str]) {
    for piece in [1, 2, 3, 5, 7, 64, 1000, usize::MAX] {
        let (found, is_done) = read(client, stream, piece);
        assert_eq!(found, lines, "in pieces of {piece}");
        assert_eq!(is_done, done, "in pieces of {piece}");
    }
}

const HELLO: &str = "ClientHello (SNI=a.example, ALPN=h2, TLS 1.2) [a.example]";

#[test]
fn a_hello_is_read_however_it_is_cut() {
    let hello = hello("A.example.");
    let mut twice = hello.clone();
    twice.extend(handshake(16, &[0; 66]));
    let many: Vec<u8> = hello.chunks(11).flat_map(|part| record(22, part)).collect();
    // An alert between the records of a hello is no part of it.
    let between = [record(22, &hello[..40]), record(21, &[1, 112]), record(22, &hello[40..])];
    check(true, &record(22, &hello), false, &[HELLO]);
    check(true, &record(22, &twice), false, &[HELLO, "ClientKeyExchange []"]);
    check(true, &many, false, &[HELLO]);
    let alert = "Alert (warning, unrecognized_name) []";
    check(true, &between.concat(), false, &[alert, HELLO]);
}

#[test]
fn reading_ends_where_encryption_begins() {
    let stream = |parts: &[Vec<u8>]| parts.concat();
    let change = record(20, &[1]);
    let finished = record(22, &[0x7c; 40]);
    let data = record(23, &[0x55; 600]);
    let client = record(22, &hello("a.example"));
    let plain = record(22, &handshake(2, &server_body(0x0303, &[5; 32], &[alpn(&["h2"])])));
    let three = extension(43, &[3, 4]);
    let encrypted = record(22, &handshake(2, &server_body(0x0303, &[5; 32], &[three])));
    let server = "ServerHello (TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, ALPN=h2) []";
    check(true, &stream(&[client.clone(), change.clone()]), false, &[HELLO]);
    check(true, &stream(&[client.clone(), change.clone(), finished.clone()]), true, &[HELLO]);
    check(true, &stream(&[client, data.clone(), data.clone()]), true, &[HELLO]);
    check(false, &stream(&[plain, change, finished]), true, &[server]);
    let server = "ServerHello (TLS 1.3, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256) []";
    check(false, &encrypted, true, &[server]);
    check(false, &stream(&[encrypted, data]), true, &[server]);
    check(false, &record(21, &[2, 40]), false, &["Alert (fatal, handshake_failure) []"]);
}

/// RFC 8446 section 4.1.4 and appendix D.4: the second hello follows a ChangeCipherSpec.
#[test]
fn the_hello_after_a_retry_is_read() {
    let retry = [
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8,
        0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8,
        0x33, 0x9c,
    ];
    let first = hello_body(0x0303, false, &[alpn(&["h2"])]);
    let client =
        [record(22, &handshake(1, &first)), record(20, &[1]), record(22, &hello("a.example"))];
    check(true, &client.concat(), false, &["ClientHello (ALPN=h2, TLS 1.2) []", HELLO]);
    let three = extension(43, &[3, 4]);
    let hello = |random| {
        record(22, &handshake(2, &server_body(0x0303, random, std::slice::from_ref(&three))))
    };
    let server = [hello(&retry), record(20, &[1]), hello(&[6; 32]), record(23, &[1; 30])];
    let cipher = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
    let lines = [
        format!("HelloRetryRequest (TLS 1.3, {cipher}) []"),
        format!("ServerHello (TLS 1.3, {cipher}) []"),
    ];
    check(false, &server.concat(), true, &[&lines[0], &lines[1]]);
}

#[test]
fn a_server_is_named_by_its_certificate() {
    let leaf = certificate("old.example", &["A.example", "*.a.example", "a.example"], false);
    let bare = certificate("b.example", &[], false);
    let authority = certificate("Example Root", &[], true);
    for (certificates, names) in [
        (vec![leaf.clone(), authority.clone()], "a.example *.a.example"),
        (vec![authority.clone(), leaf.clone()], "a.example *.a.example"),
        (vec![bare, authority.clone()], "b.example"),
        (vec![authority], "example root"),
        (vec![], ""),
        (vec![vec![0x30; 50], leaf.clone()], "a.example *.a.example"),
    ] {
        let stream = record(22, &handshake(11, &chain(&certificates)));
        check(false, &stream, false, &[&format!("Certificate [{names}]")]);
        // A client's own certificate says nothing of the server.
        check(true, &stream, false, &["Certificate []"]);
    }
    let many: Vec<String> = (0..100).map(|n| format!("host-{n}.example")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let stream = record(22, &handshake(11, &chain(&[certificate("c", &many, false)])));
    let mut out = Vec::new();
    TlsReader::new(false).take(&stream, &mut out);
    assert_eq!(out[0].names.len(), 32);
    assert!(out[0].names.iter().all(|name| name.strength == Strength::Weak));
}

/// A capture that ends within a hello, or lacks a piece of the stream.
#[test]
fn what_there_is_of_a_hello_is_read() {
    let extensions = [server_name(b"a.example"), extension(21, &[0; 400])];
    let whole = record(22, &handshake(1, &hello_body(0x0303, false, &extensions)));
    assert_eq!(
        read(true, &whole[..200], 9).0,
        ["ClientHello (SNI=a.example, TLS 1.2) [a.example]"]
    );
    assert_eq!(read(true, &whole[..90], 9).0, ["ClientHello (TLS 1.2) []"]);
    assert_eq!(read(true, &whole[..9], 9).0, [""; 0]);
    // Part of a name is no name, wherever the cut is.
    for cut in 0..whole.len() {
        let (lines, _) = read(true, &whole[..cut], 64);
        let named = lines.iter().any(|line| line.contains("SNI"));
        assert!(!named || lines[0].contains("SNI=a.example,"), "{lines:?}");
    }
    let next = record(22, &hello("b.example"));
    for (lost, then) in [(whole.len() - 200, &next[..]), (900, &next[..]), (77, b"garbage")] {
        let (mut out, mut reader) = (Vec::new(), TlsReader::new(true));
        reader.take(&whole[..200], &mut out);
        reader.lose(lost, &mut out);
        reader.take(then, &mut out);
        reader.finish(&mut out);
        let lines: Vec<String> = out.iter().map(line).collect();
        assert_eq!(lines[0], "ClientHello (SNI=a.example, TLS 1.2) [a.example]");
        assert_eq!(lines.len(), if then == b"garbage" { 1 } else { 2 }, "{lost}");
    }
}

#[test]
fn hellos_are_understood() {
    let read = |extensions: &[Vec<u8>]| {
        ClientHello::read(&hello_body(0x0303, false, extensions), false).unwrap()
    };
    for (extensions, name, encrypted, version) in [
        (vec![], None, false, 0x0303),
        (vec![extension(0, &[])], None, false, 0x0303),
        (vec![server_name(b"")], None, false, 0x0303),
        (vec![server_name(b"a\x1bb\xff.example")], Some("a\\x1bb\\xff.example"), false, 0x0303),
        (vec![server_name(b"198.18.0.1")], Some("198.18.0.1"), false, 0x0303),
        // The first of two counts, as it does for a server that takes the first.
        (
            vec![server_name(b"a.example"), server_name(b"b.example")],
            Some("a.example"),
            false,
            0x0303,
        ),
        // A type of name that does not exist, then a host name.
        (
            vec![extension(0, &vector(2, &[&[9, 0, 1, b'x', 0][..], &vector(2, b"c")].concat()))],
            Some("c"),
            false,
            0x0303,
        ),
        // Reserved versions are passed over (RFC 8701); a draft is below the final version.
        (vec![extension(43, &[6, 0x7a, 0x7a, 3, 4, 3, 3])], None, false, 0x0304),
        (vec![extension(43, &[4, 0x7f, 28, 3, 3])], None, false, 0x7f1c),
        (
            vec![server_name(b"o.example"), extension(0xfe0d, &[0; 40])],
            Some("o.example"),
            true,
            0x0303,
        ),
        // The inner hello says that it is one (RFC 9849 section 5).
        (
            vec![server_name(b"i.example"), extension(0xfe0d, &[1])],
            Some("i.example"),
            false,
            0x0303,
        ),
        (vec![extension(0xffce, &[0; 40])], None, true, 0x0303),
    ] {
        let hello = read(&extensions);
        assert_eq!(hello.server_name.as_deref(), name);
        assert_eq!((hello.encrypted, hello.version), (encrypted, version), "{name:?}");
        let evidence = hello.evidence(EvidenceKind::TlsSni);
        let strength = if encrypted { Strength::Weak } else { Strength::Claimed };
        assert_eq!(evidence.map(|evidence| evidence.strength), name.map(|_| strength));
    }
    let hello = read(&[server_name(b"o.example"), extension(0xfe0d, &[0; 40])]);
    let message = hello.message(crate::contact::Protocol::Tls, EvidenceKind::TlsSni);
    assert_eq!(message.summary, "ClientHello (outer SNI=o.example, ECH, TLS 1.2)");
    assert_eq!(read(&[alpn(&["h2", "http/1.1"])]).alpn, ["h2", "http/1.1"]);
    assert_eq!(host_name(b"A.Example."), "a.example");
}

#[test]
fn tls_is_told_from_other_protocols() {
    let sslv2 = sslv2_hello();
    let hello = record(22, &hello("a.example"));
    for (bytes, answer) in [
        (&b""[..], None),
        (b"\x16", None),
        (&hello[..5], None),
        (&hello[..9], Some(true)),
        (b"\x16\x03\x04\x00\x05\x01\x00", Some(true)),
        (b"\x16\x03\x05\x00\x05\x01\x00", Some(false)),
        (b"\x16\x03\x01\x00\x05\x05\x00", Some(false)),
        (b"\x16\x03\x01\x50\x05\x01\x00", Some(false)),
        (b"\x15\x03\x03\x00\x02\x02", Some(true)),
        (b"\x17\x03\x03\x02\x00", Some(true)),
        (b"\x17\x03\x03\x00\x00", Some(false)),
        (b"GET / HTTP/1.1\r\n", Some(false)),
        (b"\x16\xfe\xff\x00\x00", Some(false)),
        (&sslv2[..2], None),
        (&sslv2[..8], None),
        (&sslv2, Some(true)),
        (b"\x80\x40\x02", Some(false)),
        (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", Some(false)),
    ] {
        assert_eq!(looks_like_tls(bytes), answer, "{bytes:02x?}");
    }
    // A server answers the old hello in records, and the client goes on in records.
    let stream = [sslv2, record(22, &handshake(16, &[0; 66]))].concat();
    let line = "ClientHello (TLS 1.0 in the form of SSL 2.0) []";
    check(true, &stream, false, &[line, "ClientKeyExchange []"]);
    check(true, b"SSH-2.0-example\r\n", true, &[]);
}

/// RFC 5246 appendix E.2.
fn sslv2_hello() -> Vec<u8> {
    let start = [0x80, 0x2e, 1, 3, 1, 0, 0x15, 0, 0, 0, 0x10];
    [&start[..], &[0, 0, 4].repeat(7), &[3; 16]].concat()
}
