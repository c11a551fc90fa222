//! Handshake messages (RFC 8446 section 4), whatever carries them: put together from pieces,
//! and told.

use super::Message;
use super::certificate::chain_names;
use super::tls_hello::ClientHello;
use super::tls_names::handshake_name;
use super::tls_server::ServerHello;
use crate::contact::{EvidenceKind, Protocol};

/// More of one message is not held: the largest hellos, with keys for after quantum
/// computers, take a few kilobytes, and long certificate chains some tens.
const MOST_HELD: usize = 64 * 1024;

/// A message that says it is longer than this is none.
const LONGEST: usize = 1 << 20;

/// What carries a handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    Tls,
    Dtls,
    Quic,
}

impl Carrier {
    pub(super) fn protocol(self) -> Protocol {
        match self {
            Self::Tls => Protocol::Tls,
            Self::Dtls => Protocol::Dtls,
            Self::Quic => Protocol::Quic,
        }
    }

    pub(super) fn evidence(self) -> EvidenceKind {
        match self {
            Self::Tls => EvidenceKind::TlsSni,
            Self::Dtls => EvidenceKind::DtlsSni,
            Self::Quic => EvidenceKind::QuicSni,
        }
    }
}

/// What may follow a handshake message on its side of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// More in the clear.
    More,
    /// Nothing that can be read.
    Nothing,
}

/// Tells one handshake message, of which `body` may be cut off. `client` says whose side it
/// was seen on: a client's certificate does not name the server.
pub(super) fn tell(
    carrier: Carrier,
    client: bool,
    kind: u8,
    body: &[u8],
    out: &mut Vec<Message>,
) -> Next {
    let protocol = carrier.protocol();
    match kind {
        1 => match ClientHello::read(body, carrier == Carrier::Dtls) {
            Some(hello) => out.push(hello.message(protocol, carrier.evidence())),
            None => return Next::Nothing,
        },
        2 => match ServerHello::read(body) {
            Some(hello) => {
                out.push(Message::new(protocol, hello.summary()));
                if hello.encrypts() {
                    return Next::Nothing;
                }
            }
            None => return Next::Nothing,
        },
        _ => match handshake_name(kind) {
            Some(name) => {
                let mut message = Message::new(protocol, name);
                if kind == 11 && !client {
                    message.names = chain_names(body);
                }
                out.push(message);
            }
            None => return Next::Nothing,
        },
    }
    Next::More
}

/// Whether the message's body is worth holding until all of it is there.
fn is_read(kind: u8) -> bool {
    matches!(kind, 1 | 2 | 11)
}

/// Puts handshake messages together from the pieces that arrive in order.
#[derive(Debug, Default)]
pub(super) struct Joiner {
    held: Vec<u8>,
    /// How much of the message in hand is to be passed over.
    skip: usize,
    /// Encryption has begun, so that only a second hello can be in the clear: the one after a
    /// HelloRetryRequest (RFC 8446 appendix D.4).
    pub(super) hellos_only: bool,
}

impl Joiner {
    /// Takes the next piece and hands on each message that is whole.
    pub(super) fn take(
        &mut self,
        mut bytes: &[u8],
        mut each: impl FnMut(u8, &[u8]) -> Next,
    ) -> Next {
        while !bytes.is_empty() {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = bytes.get(skipped..).unwrap_or_default();
            // A header that was cut in two is made whole first.
            if !self.held.is_empty() && self.held.len() < 4 {
                bytes = self.hold(4, bytes);
            }
            let start = if self.held.is_empty() { bytes } else { self.held.as_slice() };
            let Some(&header) = start.first_chunk::<4>() else {
                self.held.extend_from_slice(bytes);
                return Next::More;
            };
            let (kind, length) = (header[0], length_of(&header));
            if !self.is_plausible(kind, length) {
                return self.stop();
            }
            // Most messages come in one piece and need no copy.
            if self.held.is_empty()
                && let Some(body) = bytes.get(4..4 + length)
            {
                bytes = bytes.get(4 + length..).unwrap_or_default();
                if each(kind, body) == Next::Nothing {
                    return self.stop();
                }
                continue;
            }
            let wanted = 4 + if is_read(kind) { length.min(MOST_HELD) } else { 0 };
            bytes = self.hold(wanted, bytes);
            if self.held.len() == wanted {
                let next = each(kind, self.held.get(4..).unwrap_or_default());
                self.skip = length + 4 - wanted;
                self.held = Vec::new();
                if next == Next::Nothing {
                    return self.stop();
                }
            }
        }
        Next::More
    }

    /// Hands on what there is of a message that will not be whole.
    pub(super) fn finish(&mut self, mut each: impl FnMut(u8, &[u8]) -> Next) {
        if let Some((header, body)) = self.held.split_first_chunk::<4>()
            && !body.is_empty()
        {
            each(header[0], body);
        }
        self.held = Vec::new();
    }

    /// So many bytes of the messages are missing. The one in hand is handed on as far as it
    /// goes; false where it is not known where the next begins.
    pub(super) fn lose(&mut self, length: usize, each: impl FnMut(u8, &[u8]) -> Next) -> bool {
        let left = match self.held.first_chunk::<4>() {
            Some(header) => (length_of(header) + 4).checked_sub(self.held.len()),
            None => Some(self.skip),
        };
        let begun = self.held.is_empty() || self.held.len() >= 4;
        self.finish(each);
        match left {
            Some(left) if begun && length <= left => self.skip = left - length,
            _ => return false,
        }
        true
    }

    /// Forgets the message in hand.
    pub(super) fn forget(&mut self) {
        self.held = Vec::new();
        self.skip = 0;
    }

    /// How much is held.
    pub(super) fn held(&self) -> usize {
        self.held.capacity()
    }

    /// Moves bytes into the hold until it has so many, and gives what is left of them.
    fn hold<'a>(&mut self, wanted: usize, bytes: &'a [u8]) -> &'a [u8] {
        let missing = wanted.saturating_sub(self.held.len()).min(bytes.len());
        let (taken, rest) = bytes.split_at(missing);
        self.held.extend_from_slice(taken);
        rest
    }

    fn is_plausible(&self, kind: u8, length: usize) -> bool {
        if self.hellos_only {
            return matches!(kind, 1 | 2) && (38..MOST_HELD).contains(&length);
        }
        handshake_name(kind).is_some() && length <= LONGEST
    }

    fn stop(&mut self) -> Next {
        self.held = Vec::new();
        Next::Nothing
    }
}

fn length_of(header: &[u8; 4]) -> usize {
    header.iter().skip(1).fold(0, |length, &byte| length << 8 | usize::from(byte))
}
