//! The line or block that a load balancer puts before a stream to tell whom it speaks for (the
//! PROXY protocol, versions 1 and 2, HAProxy 2.8 `doc/proxy-protocol.txt`). What the stream
//! speaks comes after it.

use std::net::{IpAddr, SocketAddr};

use super::Step;
use super::tls_fields::Fields;

/// Version 1 is one line of at most this, with its end (section 2.1).
const LONGEST_LINE: usize = 107;

/// What version 2 begins with (section 2.2).
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";

/// Whom a stream is spoken for, where the header says it: the client and the address that it
/// went to.
pub type Proxied = Option<(SocketAddr, SocketAddr)>;

/// Reads the header at the start of a stream.
pub fn proxy_header(bytes: &[u8]) -> Step<Proxied> {
    let begins = |start: &[u8]| bytes.iter().zip(start).all(|(one, other)| one == other);
    if begins(SIGNATURE) {
        return block(bytes);
    }
    if !begins(b"PROXY ") {
        return Step::Not;
    }
    let line = bytes.get(..LONGEST_LINE).unwrap_or(bytes);
    match line.iter().position(|&byte| byte == b'\n') {
        Some(end) => {
            let line = line.get(..end).unwrap_or_default();
            let words = std::str::from_utf8(line).ok().map(|line| line.split_ascii_whitespace());
            let Some(value) = words.and_then(words_of_line) else { return Step::Not };
            Step::Read { value, length: end + 1 }
        }
        None if bytes.len() < LONGEST_LINE => Step::Incomplete,
        None => Step::Not,
    }
}

/// `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443`, or `PROXY UNKNOWN` and whatever.
fn words_of_line<'a>(words: impl Iterator<Item = &'a str>) -> Option<Proxied> {
    let mut words = words.skip(1);
    if words.next()? == "UNKNOWN" {
        return Some(None);
    }
    let (client, server): (IpAddr, IpAddr) =
        (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let (from, to) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some(Some((SocketAddr::new(client, from), SocketAddr::new(server, to))))
}

fn block(bytes: &[u8]) -> Step<Proxied> {
    let mut fields = Fields::new(bytes);
    let (Some(_), Some(version), Some(family), Some(length)) =
        (fields.take(SIGNATURE.len()), fields.byte(), fields.byte(), fields.short())
    else {
        return Step::Incomplete;
    };
    if version >> 4 != 2 {
        return Step::Not;
    }
    let Some(addresses) = fields.take(usize::from(length)) else { return Step::Incomplete };
    let length = bytes.len() - fields.rest().len();
    // The command 0 is a check of the balancer's own, for no client.
    let value = if version & 15 == 1 { addresses_of(family, addresses) } else { None };
    Step::Read { value, length }
}

fn addresses_of(family: u8, bytes: &[u8]) -> Proxied {
    let mut fields = Fields::new(bytes);
    let mut address = |version_6: bool| -> Option<IpAddr> {
        Some(if version_6 {
            IpAddr::from(*fields.take(16)?.first_chunk::<16>()?)
        } else {
            IpAddr::from(*fields.take(4)?.first_chunk::<4>()?)
        })
    };
    let version_6 = match family >> 4 {
        1 => false,
        2 => true,
        _ => return None,
    };
    let (client, server) = (address(version_6)?, address(version_6)?);
    let (from, to) = (fields.short()?, fields.short()?);
    Some((SocketAddr::new(client, from), SocketAddr::new(server, to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read() {
        let four =
            [&SIGNATURE[..], b"\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x01\xdc\x04\x01\xbb"];
        let four = four.concat();
        let local = [&SIGNATURE[..], b"\x20\0\0\x02\x07\x07rest"].concat();
        let both = Some("192.0.2.1:56324 198.51.100.1:443");
        for (bytes, length, told) in [
            (&b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n\x16\x03"[..], Some(45), both),
            (b"PROXY UNKNOWN\r\n", Some(15), None),
            (b"PROXY UNKNOWN anything at all\r\n", Some(31), None),
            (
                b"PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n",
                Some(40),
                Some("[2001:db8::1]:1 [2001:db8::2]:2"),
            ),
            (&four, Some(28), both),
            (&local, Some(18), None),
        ] {
            let Step::Read { value, length: taken } = proxy_header(bytes) else {
                panic!("{bytes:?}");
            };
            let value = value.map(|(client, server)| format!("{client} {server}"));
            assert_eq!((Some(taken), value.as_deref()), (length, told));
            for cut in 0..taken {
                assert_eq!(proxy_header(&bytes[..cut]), Step::Incomplete);
            }
        }
        let long = [&b"PROXY TCP4 "[..], &[b'1'; 200]].concat();
        for bytes in [&b"GET / HTTP/1.1\r\n"[..], b"PROXY TCP4 a b c d\r\n", b"PROXYX", &long] {
            assert_eq!(proxy_header(bytes), Step::Not);
        }
    }
}
