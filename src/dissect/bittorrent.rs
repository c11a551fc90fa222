//! BitTorrent's distributed hash table (BEP 5): bencoded queries and answers.

use super::message::Message;
use super::text::escape;
use crate::contact::Protocol;

/// Nested deeper than this nothing is read.
const DEEPEST: usize = 8;

/// Reads a datagram: one bencoded dictionary that says with `y` what it is, and with `t` which
/// question it belongs to.
pub fn dht_message(bytes: &[u8]) -> Option<Message> {
    // The keys stand in order, and all but extensions' begin with one of these.
    let mut rest = bytes.strip_prefix(b"d").filter(|_| is_dht(bytes))?;
    let (mut kind, mut query, mut version) = (None, None, None);
    while !rest.starts_with(b"e") {
        let (key, after) = string(rest)?;
        let (value, after) = match string(after) {
            Some(found) => found,
            None => (&b""[..], skip(after, 0)?),
        };
        match key {
            b"y" => kind = Some(value),
            b"q" => query = Some(value),
            b"v" => version = Some(value),
            _ => {}
        }
        rest = after;
    }
    let line = match (kind?, query) {
        (b"q", Some(query)) => format!("BitTorrent DHT query {}", escape(query)),
        (b"r", _) => "BitTorrent DHT response".to_owned(),
        (b"e", _) => "BitTorrent DHT error".to_owned(),
        _ => return None,
    };
    let mut message = Message::new(Protocol::BittorrentDht, line);
    message.sender = version.map(escape);
    Some(message)
}

/// Whether a datagram could be one, by its first and last bytes.
pub(super) fn is_dht(bytes: &[u8]) -> bool {
    bytes.len() >= 12
        && bytes.first() == Some(&b'd')
        && bytes.last() == Some(&b'e')
        && bytes.get(1).is_some_and(u8::is_ascii_digit)
        && bytes.get(2).is_some_and(|&b| b == b':' || b.is_ascii_digit())
        && memchr::memmem::rfind(bytes, b"1:y1:").is_some()
}

/// A byte string, `4:spam`, and what follows it.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let digits = bytes.iter().take(6).take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = bytes.split_at_checked(digits)?;
    let length = std::str::from_utf8(digits).ok()?.parse().ok()?;
    rest.strip_prefix(b":")?.split_at_checked(length)
}

/// What follows any value.
fn skip(bytes: &[u8], depth: usize) -> Option<&[u8]> {
    let (&first, mut rest) = bytes.split_first()?;
    match first {
        b'i' => rest.get(memchr::memchr(b'e', rest)? + 1..),
        b'l' | b'd' if depth < DEEPEST => {
            while !rest.starts_with(b"e") {
                rest = skip(rest, depth + 1)?;
            }
            rest.get(1..)
        }
        _ => string(bytes).map(|(_, rest)| rest),
    }
}
