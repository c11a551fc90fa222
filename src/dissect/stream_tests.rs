//! The protocols of streams: what their bytes are recognised as, and what they say.

use super::small_tests::shown;
use super::*;
use crate::contact::Protocol;
use proptest::prelude::*;

/// Both sides of a stream, a line or packet each: recognised, then read to the end.
fn check_stream(port: u16, protocol: Protocol, from_client: bool, bytes: &[u8], expected: &[&str]) {
    assert_eq!(of_stream(bytes, port, from_client), Opening::Is(protocol), "{bytes:x?}");
    let (mut lines, mut rest) = (Vec::new(), bytes);
    while let Step::Read { value, length } = stream_message(protocol, rest, from_client, false) {
        assert_eq!(value.protocol, protocol);
        assert!(length > 0 && length <= rest.len());
        lines.push(shown(&value));
        rest = &rest[length..];
        if rest.is_empty() {
            break;
        }
    }
    assert_eq!(lines, expected, "{bytes:x?}");
    for cut in 0..bytes.len() {
        of_stream(&bytes[..cut], port, from_client);
        stream_message(protocol, &bytes[..cut], from_client, cut % 2 == 0);
    }
}

#[test]
fn mail_is_read_by_lines() {
    use Protocol::{Ftp, Imap, Pop3, Smtp};
    check_stream(
        25,
        Smtp,
        false,
        b"220 mx.Example.org ESMTP ready\r\n250-mx.example.org\r\n250 STARTTLS\r\n220 go ahead\r\n",
        &[
            "S: 220 mx.Example.org ESMTP ready | Banner mx.example.org",
            "S: 250-mx.example.org",
            "S: 250 STARTTLS",
            "S: 220 go ahead",
        ],
    );
    check_stream(
        9,
        Smtp,
        true,
        b"EHLO client.example\r\nSTARTTLS\r\nAUTH PLAIN c2VjcmV0\r\n",
        &["C: EHLO client.example | from client.example", "C: STARTTLS", "C: AUTH PLAIN ***"],
    );
    check_stream(
        2100,
        Ftp,
        false,
        b"220-ProFTPD 1.3.0a Server (ftp.example.org) [192.0.2.1]\r\n",
        &[
            "Response: 220-ProFTPD 1.3.0a Server (ftp.example.org) [192.0.2.1] | Banner ftp.example.org",
        ],
    );
    check_stream(
        21,
        Ftp,
        true,
        b"USER me\r\nPASS secret\r\n",
        &["Request: USER me", "Request: PASS ***"],
    );
    check_stream(
        110,
        Pop3,
        false,
        b"+OK ready <1896.697@dbc.example.net>\r\n+OK 2 messages for a@b.example\r\n",
        &[
            "S: +OK ready <1896.697@dbc.example.net> | Banner dbc.example.net",
            "S: +OK 2 messages for a@b.example",
        ],
    );
    check_stream(
        143,
        Imap,
        false,
        b"* OK [CAPABILITY IMAP4rev1] imap.example.org ready\r\n* OK [UIDNEXT 5] for x.example\r\n",
        &[
            "Response: * OK [CAPABILITY IMAP4rev1] imap.example.org ready | Banner imap.example.org",
            "Response: * OK [UIDNEXT 5] for x.example",
        ],
    );
    check_stream(143, Imap, true, b"a1 LOGIN me secret\r\n", &["Request: a1 LOGIN me ***"]);
    check_stream(143, Imap, true, b"a1 STARTTLS\r\n\x16\x03\x01\x00", &["Request: a1 STARTTLS"]);
    // A version is no name; without a port only the words tell.
    check_stream(21, Ftp, false, b"220 (vsFTPd 3.0.3)\r\n", &["Response: 220 (vsFTPd 3.0.3)"]);
    assert_eq!(of_stream(b"220 hello\r\n", 9, false), Opening::Unknown);
    assert_eq!(of_stream(b"+OK\r\n", 6379, false), Opening::Unknown);
    assert_eq!(of_stream(b"220 hel", 9, false), Opening::Incomplete);
}

#[test]
fn other_streams_are_read() {
    check_stream(
        22,
        Protocol::Ssh,
        false,
        b"SSH-2.0-OpenSSH_9.6 Debian\r\n\0\0\x03\xcc",
        &["Protocol: (SSH-2.0-OpenSSH_9.6 Debian) | from OpenSSH_9.6 Debian"],
    );
    let connect = b"\x10\x0f\0\x04MQTT\x04\x02\0\x3c\0\x03abc\x30\x01";
    check_stream(1883, Protocol::Mqtt, true, connect, &["Connect Command 3.1.1 abc | from abc"]);
    let five = b"\x10\x11\0\x04MQTT\x05\x02\0\x3c\x01\x11\0\x03abc";
    check_stream(9, Protocol::Mqtt, true, five, &["Connect Command 5.0 abc | from abc"]);
    let opening = b"<?xml version='1.0'?>\n<stream:stream xmlns='jabber:client' to='Example.org' version='1.0'>\
        <starttls xmlns='urn:x'/>\x16\x03";
    check_stream(
        5222,
        Protocol::Xmpp,
        true,
        opening,
        &["?XML", "STREAM > example.org | XmppTo example.org", "STARTTLS"],
    );
    let socks = b"\x05\x01\0\x05\x01\0\x03\x09h.example\x01\xbb\x16\x03";
    assert_eq!(of_stream(&socks[..3], 1080, true), Opening::Is(Protocol::Socks));
    let mut lines = Vec::new();
    let mut at = 0;
    while let Step::Read { value, length } =
        stream_message(Protocol::Socks, &socks[at..], true, false)
    {
        lines.push(shown(&value));
        at += length;
    }
    assert_eq!(
        lines,
        [
            "Version: 5, greeting",
            "Version: 5, CONNECT h.example:443 | HttpProxied h.example | CONNECT h.example:443",
        ]
    );
    assert_eq!(at, socks.len() - 2);
    check_stream(
        1080,
        Protocol::Socks,
        true,
        b"\x04\x01\0\x50\0\0\0\x01user\0h.example\0",
        &["Version: 4, CONNECT h.example:80 | HttpProxied h.example | CONNECT h.example:80"],
    );
    check_stream(
        1080,
        Protocol::Socks,
        true,
        b"\x04\x01\0\x50\xc0\0\x02\x01\0",
        &["Version: 4, CONNECT 192.0.2.1:80 | HttpProxied 192.0.2.1 | CONNECT 192.0.2.1:80"],
    );
    for (bytes, length) in [
        (&b"\x05\x00"[..], 2),
        (b"\x05\0\0\x01\xc0\0\x02\x01\0\x50xx", 10),
        (b"\0\x5a\0\0\0\0\0\0x", 8),
    ] {
        let step = stream_message(Protocol::Socks, bytes, false, false);
        assert!(matches!(step, Step::Read { length: l, .. } if l == length), "{bytes:x?} {step:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_taken_for_something(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        port in prop::sample::select(&[21_u16, 25, 53, 67, 110, 123, 137, 138, 143, 547, 1080, 3478, 5060, 9999][..]),
        from_client: bool,
        at_end: bool,
    ) {
        of_datagram(&bytes, port, 40_000);
        of_stream(&bytes, port, from_client);
        looks_like_dns(&bytes);
        for protocol in Protocol::ALL {
            datagram_message(protocol, &bytes, port, 40_000);
            if let Step::Read { length, .. } = stream_message(protocol, &bytes, from_client, at_end) {
                prop_assert!(length > 0 && length <= bytes.len());
            }
        }
    }

    #[test]
    fn noise_is_hardly_ever_taken_for_dns(bytes in prop::collection::vec(any::<u8>(), 17..300)) {
        prop_assert!(!looks_like_dns(&bytes));
    }
}
