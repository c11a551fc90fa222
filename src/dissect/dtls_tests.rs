//! DTLS, whose messages come in fragments and in any order.

use super::tls_samples::{
    certificate, chain, extension, hello_body, server_body, server_name, vector,
};
use super::{DtlsReader, is_dtls};

/// A fragment of a handshake message in a record of its own (RFC 6347 section 4.2.2).
fn fragment(kind: u8, sequence: u8, body: &[u8], from: usize, to: usize) -> Vec<u8> {
    let number = |number: usize| u32::try_from(number).unwrap().to_be_bytes()[1..].to_vec();
    let header =
        [&[kind][..], &number(body.len()), &[0, sequence], &number(from), &number(to - from)];
    record(22, 0, &[&header.concat()[..], &body[from..to]].concat())
}

fn record(kind: u8, epoch: u8, bytes: &[u8]) -> Vec<u8> {
    [&[kind, 0xfe, 0xff, 0, epoch, 0, 0, 0, 0, 0, 1][..], &vector(2, bytes)].concat()
}

#[track_caller]
fn check(client: bool, datagrams: &[Vec<u8>], expected: &[(&str, &[&str])]) {
    let (mut out, mut reader) = (Vec::new(), DtlsReader::new(client));
    for datagram in datagrams {
        reader.take(datagram, &mut out);
    }
    reader.finish(&mut out);
    let found: Vec<(&str, Vec<&str>)> = out
        .iter()
        .map(|m| (m.summary.as_str(), m.names.iter().map(|name| name.name.as_str()).collect()))
        .collect();
    let expected: Vec<_> = expected.iter().map(|(line, names)| (*line, names.to_vec())).collect();
    assert_eq!(found, expected);
}

#[test]
fn fragments_are_joined() {
    let body = hello_body(0xfefd, true, &[extension(0x33, &[3; 900]), server_name(b"a.example")]);
    let part = |from, to| fragment(1, 1, &body, from, to);
    let end = body.len();
    let hello: &[(&str, &[&str])] = &[("ClientHello (SNI=a.example, DTLS 1.2)", &["a.example"])];
    check(true, &[part(0, end)], hello);
    check(true, &[part(600, end), part(0, 300), part(200, 700)], hello);
    check(true, &[[part(0, 300), part(300, end)].concat()], hello);
    check(true, &[part(0, 300), part(600, end)], &[("ClientHello (DTLS 1.2)", &[])]);
    check(true, &[part(600, end)], &[]);
    // Between the pieces of one message there may be others.
    let verify = fragment(3, 0, &[0xfe, 0xff, 0], 0, 3);
    check(false, std::slice::from_ref(&verify), &[("HelloVerifyRequest", &[])]);
    check(true, &[part(0, 300), verify, part(300, end)], &[("HelloVerifyRequest", &[]), hello[0]]);
    // Versions count downwards: the highest offered is the lowest number.
    let three = hello_body(0xfefd, true, &[extension(43, &[4, 0xfe, 0xfd, 0xfe, 0xfc])]);
    check(true, &[fragment(1, 0, &three, 0, three.len())], &[("ClientHello (DTLS 1.3)", &[])]);
}

#[test]
fn the_servers_side_is_read_until_it_is_encrypted() {
    let chain = chain(&[certificate("a.example", &[], false)]);
    let server = server_body(0xfefd, &[5; 32], &[]);
    let datagrams = [
        fragment(2, 0, &server, 0, server.len()),
        fragment(11, 1, &chain, 0, 100),
        fragment(11, 1, &chain, 100, chain.len()),
        record(21, 0, &[1, 0]),
        record(22, 1, &[9; 60]),
    ];
    check(
        false,
        &datagrams,
        &[
            ("ServerHello (DTLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)", &[]),
            ("Certificate", &["a.example"]),
            ("Alert (warning, close_notify)", &[]),
        ],
    );
}

#[test]
fn dtls_is_told_from_other_protocols() {
    let body = hello_body(0xfeff, true, &[]);
    let whole = fragment(1, 0, &body, 0, body.len());
    let mut old = whole.clone();
    old[1..3].copy_from_slice(&[1, 0]);
    let mut strange = whole.clone();
    strange[13] = 99;
    for (bytes, answer) in [
        (whole.clone(), true),
        (whole[..whole.len() - 1].to_vec(), false),
        (old, true),
        (strange, false),
        (record(23, 1, &[0; 40]), true),
        (record(20, 0, &[1]), true),
        (record(21, 0, &[1, 2, 3]), false),
        (record(30, 0, &[1]), false),
        (record(23, 1, &[]), false),
        (vec![0x16, 0xfe], false),
        (vec![], false),
    ] {
        assert_eq!(is_dtls(&bytes), answer, "{bytes:02x?}");
    }
}
