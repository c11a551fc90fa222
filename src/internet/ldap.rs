//! LDAP (RFC 4511), as an empty directory into which everybody may log in.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::converse::secure;
use super::stream::Stream;
use super::talk::Talk;
use crate::contact::{Protocol, Request};

/// So much of a message is looked at; the rest is read and dropped.
const MOST_KEPT: u64 = 64 << 10;
/// So many characters of a name are told.
const MOST_CHARACTERS: usize = 256;
const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";
const WHO_AM_I: &[u8] = b"1.3.6.1.4.1.4203.1.11.3";
const SUCCESS: u8 = 0;
const PROTOCOL_ERROR: u8 = 2;
const COMPARE_FALSE: u8 = 5;

/// What is answered to a message.
#[derive(Debug, Default, PartialEq, Eq)]
struct Turn {
    reply: Vec<u8>,
    told: Option<Request>,
    then: Then,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Then {
    #[default]
    Listen,
    Tls,
    Close,
}

/// Leads a session to its end.
pub(super) async fn serve(mut stream: Stream, mut talk: Talk) -> io::Result<()> {
    while let Some(message) = read(&mut stream).await? {
        let turn = answer(&message, talk.sessions > 0).unwrap_or_default();
        if let Some(request) = turn.told {
            talk.tell_request(Protocol::Ldap, request);
        }
        stream.write_all(&turn.reply).await?;
        stream.flush().await?;
        match turn.then {
            Then::Listen => {}
            Then::Close => return stream.shutdown().await,
            Then::Tls => match secure(stream, talk, None).await? {
                Some(within) => (stream, talk) = within,
                None => return Ok(()),
            },
        }
    }
    Ok(())
}

/// The next message, without its outer tag and length; none at the end, and where there is none.
async fn read(stream: &mut Stream) -> io::Result<Option<Vec<u8>>> {
    let mut tag = [0];
    if stream.read(&mut tag).await? == 0 || tag != [0x30] {
        return Ok(None);
    }
    let length = match stream.read_u8().await? {
        short @ ..=0x7f => u64::from(short),
        long @ 0x81..=0x84 => {
            let mut length = 0_u64;
            for _ in 0x80..long {
                length = length << 8 | u64::from(stream.read_u8().await?);
            }
            length
        }
        _ => return Ok(None),
    };
    let kept = length.min(MOST_KEPT);
    let mut message = Vec::new();
    if stream.take(kept).read_to_end(&mut message).await? as u64 != kept {
        return Ok(None);
    }
    tokio::io::copy(&mut stream.take(length - kept), &mut tokio::io::sink()).await?;
    Ok(Some(message))
}

/// The answer to a message; none where it cannot be read.
fn answer(mut message: &[u8], is_secure: bool) -> Option<Turn> {
    let rest = &mut message;
    let (0x02, number) = element(rest)? else { return None };
    let (kind, mut body) = element(rest)?;
    let body = &mut body;
    let text = |body: &mut &[u8]| element(body).map(|(_, value)| shown(value));
    let told = |method: &str, target: Option<String>| {
        Some(Request::new(method, target.unwrap_or_default()))
    };
    let result = |kind, code| Turn { reply: reply(number, kind, code, &[]), ..Turn::default() };
    Some(match kind {
        // Bind: a version, and the name.
        0x60 => {
            element(body)?;
            Turn { told: told("LOGIN", text(body)), ..result(0x61, SUCCESS) }
        }
        0x42 => Turn { then: Then::Close, ..Turn::default() },
        0x63 => Turn { told: told("SEARCH", text(body)), ..result(0x65, SUCCESS) },
        0x66 => Turn { told: told("MODIFY", text(body)), ..result(0x67, SUCCESS) },
        0x68 => Turn { told: told("ADD", text(body)), ..result(0x69, SUCCESS) },
        0x4a => Turn { told: told("DELETE", Some(shown(body))), ..result(0x6b, SUCCESS) },
        0x6c => Turn { told: told("RENAME", text(body)), ..result(0x6d, SUCCESS) },
        0x6e => Turn { told: told("COMPARE", text(body)), ..result(0x6f, COMPARE_FALSE) },
        0x77 => match element(body)?.1 {
            START_TLS if !is_secure => Turn { then: Then::Tls, ..result(0x78, SUCCESS) },
            // The empty value says that it is nobody (RFC 4532 section 2).
            WHO_AM_I => Turn { reply: reply(number, 0x78, SUCCESS, &[0x8b, 0]), ..Turn::default() },
            _ => result(0x78, PROTOCOL_ERROR),
        },
        _ => Turn::default(),
    })
}

/// A message that bears a result (section 4.1.9): a code, and neither a name nor a text.
fn reply(number: &[u8], kind: u8, code: u8, more: &[u8]) -> Vec<u8> {
    let result = [&[0x0a, 1, code, 4, 0, 4, 0][..], more].concat();
    // A number is at most four bytes long, so that every length is a short one.
    let number = number.get(..4).unwrap_or(number);
    let body =
        [&[0x02, number.len() as u8][..], number, &[kind, result.len() as u8], &result].concat();
    [&[0x30, body.len() as u8][..], &body].concat()
}

/// The next element's tag and value (X.690 section 8.1), of the lengths that LDAP allows.
fn element<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let [tag, first, after @ ..] = *rest else { return None };
    let (length, after) = match first {
        short @ ..=0x7f => (usize::from(*short), after),
        long @ 0x81..=0x84 => {
            let (bytes, after) = after.split_at_checked(usize::from(long - 0x80))?;
            let length = bytes.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
            (length, after)
        }
        _ => return None,
    };
    let (value, after) = after.split_at_checked(length)?;
    *rest = after;
    Some((*tag, value))
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().take(MOST_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn messages_get_their_result() {
        for (message, reply, told) in [
            // A bind in the name of `cn=a`, with a password.
            (
                &b"\x02\x01\x01\x60\x0c\x02\x01\x03\x04\x04cn=a\x80\x01p"[..],
                &b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\0\x04\0\x04\0"[..],
                "LOGIN cn=a",
            ),
            (
                b"\x02\x01\x02\x63\x81\x06\x04\x04dc=b",
                b"\x30\x0c\x02\x01\x02\x65\x07\x0a\x01\0\x04\0\x04\0",
                "SEARCH dc=b",
            ),
            (
                b"\x02\x01\x03\x4a\x04dc=b",
                b"\x30\x0c\x02\x01\x03\x6b\x07\x0a\x01\0\x04\0\x04\0",
                "DELETE dc=b",
            ),
            (
                b"\x02\x01\x04\x77\x19\x80\x171.3.6.1.4.1.4203.1.11.3",
                b"\x30\x0e\x02\x01\x04\x78\x09\x0a\x01\0\x04\0\x04\0\x8b\0",
                "",
            ),
            (
                b"\x02\x01\x04\x77\x03\x80\x011",
                b"\x30\x0c\x02\x01\x04\x78\x07\x0a\x01\x02\x04\0\x04\0",
                "",
            ),
            (b"\x02\x01", b"", ""),
            (b"\x04\x01\x01\x60\0", b"", ""),
        ] {
            let turn = answer(message, false).unwrap_or_default();
            assert_eq!(turn.reply, reply, "{message:?}");
            assert_eq!(turn.told.map_or(String::new(), |it| it.line()), told, "{message:?}");
        }
        let starts_tls = b"\x02\x01\x04\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
        let then = |is_secure| answer(starts_tls, is_secure).expect("a turn").then;
        assert_eq!((then(false), then(true)), (Then::Tls, Then::Listen));
    }

    proptest! {
        #[test]
        fn any_message_is_read(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = answer(&bytes, false);
            let _ = answer(&[&[2, 1, 1][..], &bytes].concat(), true);
        }
    }
}
