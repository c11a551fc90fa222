//! The ClientHello at the start of a stream that is held as a whole.

use super::tls_hello::ClientHello;

/// What could be read of a ClientHello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hello {
    /// More bytes are needed.
    Incomplete,
    /// Something else.
    Not,
    /// It was read.
    Read(ClientHello),
}

/// Longer hellos are none; the largest seen hold post-quantum keys of a few kilobytes.
const LONGEST: usize = 64 * 1024;

/// Reads the ClientHello at the start of a stream. With `at_end` there are no more bytes to
/// come, and what can be read of a cut one is given.
pub fn client_hello(stream: &[u8], at_end: bool) -> Hello {
    // Most hellos fill one record and need no copy.
    let mut joined = Vec::new();
    let mut rest = stream;
    loop {
        let Some((header, after)) = rest.split_first_chunk::<5>() else {
            return started(rest, &joined, at_end);
        };
        let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
        if header[0] != 22 || header[1] != 3 || length == 0 {
            return Hello::Not;
        }
        let fragment = after.get(..length).unwrap_or(after);
        if joined.is_empty()
            && let Some(body) = whole(fragment)
        {
            return read(body);
        }
        joined.extend_from_slice(fragment);
        if joined.first().is_some_and(|&kind| kind != 1) || joined.len() > LONGEST {
            return Hello::Not;
        }
        if let Some(body) = whole(&joined) {
            return read(body);
        }
        match after.get(length..) {
            Some(next) => rest = next,
            None => return started(&[], &joined, at_end),
        }
    }
}

/// A stream that ends within the hello.
fn started(header: &[u8], joined: &[u8], at_end: bool) -> Hello {
    if header.first().is_some_and(|&b| b != 22) || header.get(1).is_some_and(|&b| b != 3) {
        return Hello::Not;
    }
    match joined.get(4..) {
        Some(body) if at_end => read(body),
        _ => Hello::Incomplete,
    }
}

/// The body of the handshake message, where all of it is there.
fn whole(message: &[u8]) -> Option<&[u8]> {
    let (header, body) = message.split_first_chunk::<4>()?;
    let length = u32::from_be_bytes([0, header[1], header[2], header[3]]);
    if header[0] != 1 {
        return None;
    }
    body.get(..usize::try_from(length).ok()?)
}

fn read(body: &[u8]) -> Hello {
    match ClientHello::read(body, false) {
        Some(hello) => Hello::Read(hello),
        None => Hello::Not,
    }
}
