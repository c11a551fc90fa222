//! TLS: the ClientHello (RFC 8446 section 4.1.2), from the records of a stream.

use tls_parser::{
    TlsExtension, parse_tls_client_hello_extension, parse_tls_handshake_client_hello,
};

use super::text::{escape, host_name};

/// What a ClientHello says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClientHello {
    /// The server's name (RFC 6066 section 3).
    pub server_name: Option<String>,
    /// The application protocols offered (RFC 7301).
    pub alpn: Vec<String>,
    /// It carries another, encrypted, whose name is the true one (RFC 9849 section 5; also
    /// the encrypted SNI that came before). A client that only pretends cannot be told from
    /// one that does, so `server_name` is then not to be called the host.
    pub encrypted: bool,
}

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
    let Ok((cut, contents)) = parse_tls_handshake_client_hello(body) else { return Hello::Not };
    // Where the extensions are cut off, those that are whole still count.
    let mut extensions = contents.ext.or_else(|| cut.get(2..)).unwrap_or_default();
    let mut hello = ClientHello::default();
    while let Some((header, rest)) = extensions.split_first_chunk::<4>() {
        let kind = u16::from_be_bytes([header[0], header[1]]);
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        let Some(data) = rest.get(..length) else { break };
        match kind {
            0 | 16 => {
                let whole = extensions.get(..4 + length).unwrap_or_default();
                match parse_tls_client_hello_extension(whole) {
                    Ok((_, TlsExtension::SNI(names))) => {
                        let name = names.iter().find(|(kind, _)| kind.0 == 0);
                        let name = name.map(|(_, name)| host_name(name));
                        hello.server_name = name.filter(|name| !name.is_empty());
                    }
                    Ok((_, TlsExtension::ALPN(protocols))) => {
                        hello.alpn = protocols.iter().map(|protocol| escape(protocol)).collect();
                    }
                    _ => {}
                }
            }
            // encrypted_client_hello, whose first byte is 0 in an outer hello.
            0xfe0d => hello.encrypted |= data.first() == Some(&0),
            0xffce => hello.encrypted = true,
            _ => {}
        }
        extensions = rest.get(length..).unwrap_or_default();
    }
    Hello::Read(hello)
}
