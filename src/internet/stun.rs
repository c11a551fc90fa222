//! STUN (RFC 8489, RFC 5389, and the classic RFC 3489), over UDP and TCP: a client learns the
//! address that it has here. Nothing is relayed: TURN (RFC 8656) asks for credentials that
//! nobody has.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::stream::Stream;
use super::talk::Talk;

const HEADER: usize = 20;
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const BINDING: u16 = 1;
const ALLOCATE: u16 = 3;
/// The methods of TURN that are requests: Allocate, Refresh, CreatePermission, ChannelBind,
/// Connect, ConnectionBind.
const RELAYING: [u16; 6] = [ALLOCATE, 4, 8, 9, 10, 11];
/// Classes (RFC 8489 section 5): a response to success, one to failure.
const SUCCESS: u16 = 0x0100;
const FAILURE: u16 = 0x0110;
// Attributes (section 18.3; CHANGE-REQUEST: RFC 5780 section 7.2).
const MAPPED_ADDRESS: u16 = 1;
const CHANGE_REQUEST: u16 = 3;
const ERROR_CODE: u16 = 9;
const UNKNOWN_ATTRIBUTES: u16 = 10;
const REALM: u16 = 0x14;
const NONCE: u16 = 0x15;
const XOR_MAPPED_ADDRESS: u16 = 0x20;
const FINGERPRINT: u16 = 0x8028;

/// Whether bytes are the beginning of a request in a stream; none where they are of something
/// else, false where more are needed.
pub(super) fn begins(bytes: &[u8]) -> Option<bool> {
    let kind = bytes.first_chunk().map_or(BINDING, |kind| u16::from_be_bytes(*kind));
    let fits = bytes.first() == Some(&0) && (kind == BINDING || RELAYING.contains(&kind));
    let cookie = bytes.get(4..bytes.len().min(8)).unwrap_or_default();
    (fits && COOKIE.starts_with(cookie)).then_some(cookie.len() == 4)
}

/// Answers requests in a stream until the client goes.
pub(super) async fn serve(stream: &mut Stream, talk: &Talk) -> io::Result<()> {
    loop {
        let mut request = vec![0; HEADER];
        match stream.read_exact(&mut request).await {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
        let length = u64::from(u16::from_be_bytes([request[2], request[3]]));
        if stream.take(length).read_to_end(&mut request).await? as u64 != length {
            return Ok(());
        }
        let Some(reply) = answer(&request, talk.flow.client) else { return Ok(()) };
        stream.write_all(&reply).await?;
        stream.flush().await?;
    }
}

/// The answer to a request from `client`; none where it is none.
pub(super) fn answer(request: &[u8], client: SocketAddr) -> Option<Vec<u8>> {
    let [kind, length] = [request.first_chunk()?, request.get(2..)?.first_chunk()?];
    let (kind, length) = (u16::from_be_bytes(*kind), u16::from_be_bytes(*length));
    let is_modern = request.get(4..8)? == COOKIE;
    let attributes = request.get(HEADER..)?;
    if attributes.len() != usize::from(length) || length % 4 != 0 {
        return None;
    }
    if kind != BINDING && !(is_modern && RELAYING.contains(&kind)) {
        return None;
    }
    let identifier: &[u8; 16] = request.get(4..)?.first_chunk()?;
    let asked = Attributes(attributes);
    let wants_change = |(kind, value): (u16, &[u8])| {
        kind == CHANGE_REQUEST && value.last().is_some_and(|flags| flags & 6 != 0)
    };
    let mut reply = if kind != BINDING {
        let mut reply = Reply::new(kind | FAILURE, identifier);
        reply.add(ERROR_CODE, b"\0\0\x04\x01Unauthorized");
        reply.add(REALM, b"apptrace");
        reply.add(NONCE, b"apptrace");
        reply
    } else if asked.clone().any(wants_change) {
        // There is no second address to answer from (RFC 5780 section 6.1).
        let mut reply = Reply::new(kind | FAILURE, identifier);
        reply.add(ERROR_CODE, b"\0\0\x04\x14Unknown Attribute");
        reply.add(UNKNOWN_ATTRIBUTES, &CHANGE_REQUEST.to_be_bytes());
        reply
    } else {
        let mut reply = Reply::new(kind | SUCCESS, identifier);
        if is_modern {
            reply.add(XOR_MAPPED_ADDRESS, &address(client, identifier));
        } else {
            reply.add(MAPPED_ADDRESS, &address(client, &[0; 16]));
        }
        reply
    };
    if is_modern && asked.clone().any(|(kind, _)| kind == FINGERPRINT) {
        reply.add_fingerprint();
    }
    Some(reply.0)
}

/// A message's attributes, as far as they are whole.
#[derive(Clone)]
struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let [a, b, c, d] = *self.0.first_chunk()?;
        let length = usize::from(u16::from_be_bytes([c, d]));
        let value = self.0.get(4..4 + length)?;
        self.0 = self.0.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
        Some((u16::from_be_bytes([a, b]), value))
    }
}

/// A message being written.
struct Reply(Vec<u8>);

impl Reply {
    fn new(kind: u16, identifier: &[u8; 16]) -> Self {
        Self([&kind.to_be_bytes()[..], &[0, 0], identifier].concat())
    }

    fn add(&mut self, kind: u16, value: &[u8]) {
        self.0.extend_from_slice(&kind.to_be_bytes());
        self.0.extend_from_slice(&(value.len() as u16).to_be_bytes());
        self.0.extend_from_slice(value);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self.set_length(0);
    }

    fn set_length(&mut self, more: usize) {
        let length = (self.0.len() - HEADER + more) as u16;
        self.0[2..4].copy_from_slice(&length.to_be_bytes());
    }

    /// The sum over all before it, with the length that includes it (section 14.7).
    fn add_fingerprint(&mut self) {
        self.set_length(8);
        let mut sum = flate2::Crc::new();
        sum.update(&self.0);
        self.add(FINGERPRINT, &(sum.sum() ^ 0x5354_554e).to_be_bytes());
    }
}

/// An address, each byte of it and of its port crossed with the identifier's (section 14.2).
fn address(address: SocketAddr, identifier: &[u8; 16]) -> Vec<u8> {
    let (family, bytes) = match address.ip() {
        IpAddr::V4(v4) => (1, v4.octets().to_vec()),
        IpAddr::V6(v6) => (2, v6.octets().to_vec()),
    };
    let crossed = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().zip(identifier).map(|(byte, with)| byte ^ with).collect()
    };
    [vec![0, family], crossed(&address.port().to_be_bytes()), crossed(&bytes)].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request(kind: u16, identifier: &[u8; 16], attributes: &[u8]) -> Vec<u8> {
        let length = (attributes.len() as u16).to_be_bytes();
        [&kind.to_be_bytes()[..], &length, identifier, attributes].concat()
    }

    /// The transaction of RFC 5769 section 2.
    const IDENTIFIER: [u8; 16] =
        *b"\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae";

    #[test]
    fn addresses_are_written_as_in_the_test_vectors() {
        // RFC 5769 sections 2.2 and 2.3.
        for (client, expected) in [
            ("192.0.2.1:32853", &b"\0\x01\xa1\x47\xe1\x12\xa6\x43"[..]),
            (
                "[2001:db8:1234:5678:11:2233:4455:6677]:32853",
                b"\0\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9",
            ),
        ] {
            let client = client.parse().expect("an address");
            let reply = answer(&request(BINDING, &IDENTIFIER, b""), client).expect("a reply");
            assert_eq!(reply[..2], [1, 1]);
            assert_eq!(reply[4..20], IDENTIFIER);
            assert_eq!(reply[24..], *expected);
        }
    }

    #[test]
    fn a_fingerprint_is_answered_with_one_that_is_right() {
        let client = "192.0.2.1:32853".parse().expect("an address");
        let asked = request(BINDING, &IDENTIFIER, b"\x80\x28\0\x04\x01\x02\x03\x04");
        let reply = answer(&asked, client).expect("a reply");
        let (before, last) = reply.split_at(reply.len() - 8);
        assert_eq!(last[..4], *b"\x80\x28\0\x04");
        let mut sum = flate2::Crc::new();
        sum.update(before);
        assert_eq!(last[4..], (sum.sum() ^ 0x5354_554e).to_be_bytes());
        assert_eq!(usize::from(reply[3]) + HEADER, reply.len());
    }

    #[test]
    fn requests_get_their_kind_of_answer() {
        let classic = [7; 16];
        for (kind, identifier, attributes, expected) in [
            (BINDING, &IDENTIFIER, &b""[..], Some((0x0101, XOR_MAPPED_ADDRESS))),
            (BINDING, &classic, b"", Some((0x0101, MAPPED_ADDRESS))),
            (BINDING, &classic, b"\0\x03\0\x04\0\0\0\x06", Some((0x0111, ERROR_CODE))),
            (BINDING, &classic, b"\0\x03\0\x04\0\0\0\0", Some((0x0101, MAPPED_ADDRESS))),
            (ALLOCATE, &IDENTIFIER, b"\0\x19\0\x04\x11\0\0\0", Some((0x0113, ERROR_CODE))),
            (ALLOCATE, &classic, b"", None),
            (0x0101, &IDENTIFIER, b"", None),
            (0x0011, &IDENTIFIER, b"", None),
            (BINDING, &IDENTIFIER, b"\0\x03\0", None),
        ] {
            let client = "192.0.2.1:7".parse().expect("an address");
            let reply = answer(&request(kind, identifier, attributes), client);
            let found = reply.map(|reply| {
                let number = |at: usize| u16::from_be_bytes([reply[at], reply[at + 1]]);
                (number(0), number(20))
            });
            assert_eq!(found, expected, "{kind:x} {attributes:?}");
        }
    }

    #[test]
    fn a_stream_is_told_by_its_cookie() {
        for (bytes, expected) in [
            (&b"\0"[..], Some(false)),
            (b"\0\x01\0\x08\x21", Some(false)),
            (b"\0\x01\0\x08\x21\x12\xa4\x42\x01", Some(true)),
            (b"\0\x01\0\x08\x21\x13", None),
            (b"\0\x1d\0\x07", None),
            (b"G", None),
        ] {
            assert_eq!(begins(bytes), expected, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let client = "192.0.2.1:7".parse().expect("an address");
            let _ = answer(&bytes, client);
            if let Some(length) = bytes.len().checked_sub(HEADER) {
                bytes[..4].copy_from_slice(&[0, 1, 0, length as u8 & 0xfc]);
                let _ = answer(&bytes, client);
            }
        }
    }
}
