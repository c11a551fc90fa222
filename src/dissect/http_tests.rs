//! Heads of HTTP/1, and what is read of them.

use super::*;
use proptest::prelude::*;

fn shown(step: Step<HttpHead>) -> String {
    let Step::Read { value, length } = step else { return format!("{step:?}") };
    assert_eq!(value.length, length);
    let cut = (!value.whole).then(|| "cut".to_owned());
    let request = value.message.request.iter().map(|r| {
        let host = r.host.as_deref().unwrap_or("-");
        format!("{} {host} {}", r.method, r.target)
    });
    let names = value.message.names.iter().map(|named| format!("{:?} {}", named.kind, named.name));
    let mut parts: Vec<String> = request.chain(names).collect();
    parts.extend(value.status.map(|status| format!("{status} {}", value.message.summary)));
    parts.push(format!("{:?}", value.body));
    parts.extend(value.upgrade.map(|upgrade| format!("upgrade {upgrade}")));
    parts.extend(value.tunnel.then(|| "tunnel".to_owned()));
    parts.extend(cut);
    parts.join(" | ")
}

fn check(bytes: &str, expected: &str) {
    assert_eq!(shown(http_head(bytes.as_bytes(), false)), expected, "{bytes:?}");
}

fn check_cut(bytes: &str, expected: &str) {
    assert_eq!(shown(http_head(bytes.as_bytes(), false)), "Incomplete", "{bytes:?}");
    assert_eq!(shown(http_head(bytes.as_bytes(), true)), expected, "{bytes:?}");
}

#[test]
fn requests_are_read() {
    check(
        "GET /x HTTP/1.1\r\nhost: H.example:80\r\n\r\n",
        "GET H.example:80 /x | HttpHost h.example | None",
    );
    check("\r\n\nGET / HTTP/1.0\nHost:h\n\n", "GET h / | HttpHost h | None");
    check("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET a / | HttpHost a | None");
    check("GET / HTTP/1.1\r\nHost :\ta \r\n\r\n", "GET a / | HttpHost a | None");
    check("GET / HTTP/1.1\r\n\r\n", "GET - / | None");
    check("GET / HTTP/1.1\r\nHost:\r\nHost: b\r\n\r\n", "GET - / | None");
    check(
        "GET / HTTP/1.1\r\nno header\r\n folded\r\nHost: a\r\n\r\n",
        "GET a / | HttpHost a | None",
    );
    check("GET / HTTP/1.1\r\nHost: not a host\r\n\r\n", "GET not a host / | None");
    check("GET / HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n", "GET [::1]:8000 / | HttpHost ::1 | None");
    check(
        "GET http://a.example/x HTTP/1.1\r\nHost: b.example\r\n\r\n",
        "GET b.example http://a.example/x | HttpProxied a.example | None",
    );
    check(
        "CONNECT a.example:443 HTTP/1.1\r\n\r\n",
        "CONNECT - a.example:443 | HttpProxied a.example | None | tunnel",
    );
    check("CONNECT / HTTP/1.1\r\nHost: b\r\n\r\n", "CONNECT b / | None | tunnel");
    check(
        "PUT /?u=http://x HTTP/1.1\r\nContent-Length: 7\r\n\r\n",
        "PUT - /?u=http://x | Length(7)",
    );
    check("GET /old\r\nHost: a\r\n\r\n", "GET a /old | HttpHost a | None");
    check(
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: H2C\r\n\r\n",
        "GET h / | HttpHost h | None | upgrade h2c",
    );
    check("\u{1}\u{2}", "Not");
    check("SSH-2.0-x\r\n", "Not");
    check("PRI * HTTP/2.0\r\n\r\n", "Not");
    check("OPTIONS rtsp://h RTSP/1.0\r\n\r\n", "Not");
    check("FROB /x HTTP/1.1\r\nHost: h\r\n\r\n", "FROB h /x | HttpHost h | None");
    check("FROB /x HTTP/1.1\r\n\r\n", "Not");
    check("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", "GET a / | HttpHost a | None");
    check("M-SEARCH * HTTP/1.1\r\nST: x\r\n\r\n", "M-SEARCH - * | None");
}

#[test]
fn heads_that_were_cut_off_say_what_they_can() {
    check_cut(
        "GET /x HTTP/1.1\r\nHost: h.example\r\nUser",
        "GET h.example /x | HttpHost h.example | None | cut",
    );
    // Who knows how the name goes on.
    check_cut("GET /x HTTP/1.1\r\nHost: h.exam", "GET h.exam /x | None | cut");
    check_cut("GET /x HTTP/1.1", "GET - /x | None | cut");
    check_cut("GET /x", "Not");
    check_cut("\r\n", "Not");
}

#[test]
fn responses_are_read() {
    let close = "UntilClose";
    check("HTTP/1.1 200 OK\r\n\r\n", &format!("200 HTTP/1.1 200 OK | {close}"));
    check(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=x\r\nContent-Length: 5\r\n\r\nhello",
        "200 HTTP/1.1 200 OK (text/plain) | Length(5)",
    );
    check("HTTP/1.0 404\r\nContent-Length: 0\r\n\r\n", "404 HTTP/1.0 404 | Length(0)");
    check(
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
        "304 HTTP/1.1 304 Not Modified | None",
    );
    check(
        "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n",
        "101 HTTP/1.1 101 Switching | None | upgrade websocket",
    );
}

#[test]
fn bodies_are_as_long_as_their_heads_say() {
    for (headers, expected) in [
        ("Transfer-Encoding: gzip, Chunked\r\nContent-Length: 3\r\n", "Chunked"),
        ("Transfer-Encoding: gzip\r\n", "UntilClose"),
        ("Transfer-Encoding: identity\r\nContent-Length: 3\r\n", "Length(3)"),
        ("Content-Length: 3, 3\r\n", "Length(3)"),
        ("Content-Length: 3\r\nContent-Length: 4\r\n", "Length(4)"),
        ("Content-Length: x\r\n", "UntilClose"),
        ("Content-Length: -3\r\n", "UntilClose"),
    ] {
        check(
            &format!("HTTP/1.1 200 OK\r\n{headers}\r\n"),
            &format!("200 HTTP/1.1 200 OK | {expected}"),
        );
    }
}

#[test]
fn a_head_without_end_is_read_as_far_as_it_goes() {
    let long = format!("GET / HTTP/1.1\r\nHost: h\r\n{}", "X: y\r\n".repeat(50_000));
    check(&long, "GET h / | HttpHost h | None | cut");
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300), at_end: bool) {
        if let Step::Read { length, .. } = http_head(&bytes, at_end) {
            prop_assert!(length <= bytes.len());
        }
    }

    #[test]
    fn damaged_heads_are_read(cut in 0_usize..200, at in 0_usize..200, flip: u8, at_end: bool) {
        let mut bytes = b"POST http://a.example/x?y HTTP/1.1\r\nHost: a.example:8080\r\n\
            Content-Length: 12\r\nTransfer-Encoding: chunked\r\nUpgrade: h2c\r\n\r\n"
            .to_vec();
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= flip;
        }
        bytes.truncate(cut);
        if let Step::Read { length, .. } = http_head(&bytes, at_end) {
            prop_assert!(length <= bytes.len());
        }
    }
}
