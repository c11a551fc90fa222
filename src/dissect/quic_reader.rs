//! QUIC flows: the hellos of both sides, taken out of their Initial packets.

use super::Message;
use super::gquic::google_message;
use super::quic::{LongHeader, PacketKind, variable};
use super::quic_crypto::CryptoStream;
use super::quic_frames::{Frame, frames};
use super::quic_keys::InitialKeys;
use super::quic_versions::{Family, family, schemes, version_name};
use super::tls_fields::Fields;
use crate::contact::Protocol;

/// One flow seldom has more connections: after a Retry, and where a port is used again.
const MOST_CONNECTIONS: usize = 3;

/// The versions that one connection may change between (RFC 9368).
const MOST_KEYS: usize = 3;

/// So many packets that cannot be opened are tried before a flow is left alone.
const MOST_FAILURES: u8 = 32;

/// Looks for Google's handshake in so many packets of a flow.
const MOST_GOOGLE_PACKETS: u8 = 32;

/// Reads the datagrams of one QUIC flow, in bounded memory.
#[derive(Debug, Default)]
pub struct QuicReader {
    /// The newest last.
    connections: Vec<Connection>,
    failures: u8,
    /// The version of Google's, as written, and how many packets were looked at.
    google: Option<[u8; 4]>,
    google_packets: u8,
}

/// What follows from one first connection ID of the client.
#[derive(Debug)]
struct Connection {
    first_id: Vec<u8>,
    keys: Vec<(u32, InitialKeys)>,
    client: CryptoStream,
    server: CryptoStream,
}

impl QuicReader {
    /// A reader for a flow of which nothing was seen.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a datagram and gives the messages in it.
    pub fn take(&mut self, from_client: bool, datagram: &[u8], out: &mut Vec<Message>) {
        let Some(&first) = datagram.first() else { return };
        if first & 0x80 == 0 {
            self.google_packet(datagram, None, out);
            return;
        }
        let mut rest = datagram;
        // Packets may share a datagram (RFC 9000 section 12.2).
        while rest.first().is_some_and(|first| first & 0x80 != 0)
            && let Some(length) = self.packet(from_client, rest, out)
        {
            rest = rest.get(length..).unwrap_or_default();
        }
    }

    /// No more is to come: a hello that was cut off gives what can be read of it.
    pub fn finish(&mut self, out: &mut Vec<Message>) {
        for connection in &mut self.connections {
            connection.client.finish(true, out);
            connection.server.finish(false, out);
        }
        self.connections = Vec::new();
        self.failures = MOST_FAILURES;
    }

    /// How many bytes it holds, for whoever bounds the sum of all flows.
    pub fn held(&self) -> usize {
        self.connections.iter().map(|one| one.client.held() + one.server.held()).sum()
    }

    /// Takes a packet with a long header, and gives its length where another may follow.
    fn packet(&mut self, from_client: bool, bytes: &[u8], out: &mut Vec<Message>) -> Option<usize> {
        let header = LongHeader::read(bytes)?;
        if header.version == 0 {
            let versions: Vec<String> = header.offered().take(16).map(version_name).collect();
            let line = format!("Version Negotiation ({})", versions.join(", "));
            out.push(Message::new(Protocol::Quic, line));
            return None;
        }
        let family = family(header.version)?;
        if family == Family::GoogleClear {
            self.google_packet(bytes, Some(header.version.to_be_bytes()), out);
            return None;
        }
        let kind = header.kind();
        let mut fields = Fields::new(header.rest);
        if kind == PacketKind::Retry {
            out.push(Message::new(Protocol::Quic, "Retry"));
            return None;
        }
        if kind == PacketKind::Initial {
            let token = usize::try_from(variable(&mut fields)?).ok()?;
            fields.take(token)?;
        }
        let length = usize::try_from(variable(&mut fields)?).ok()?;
        let number_at = bytes.len() - fields.rest().len();
        let end = number_at.checked_add(length)?;
        let packet = bytes.get(..end)?;
        if kind == PacketKind::Initial {
            self.initial(from_client, &header, packet, number_at, out);
        }
        Some(end)
    }

    fn initial(
        &mut self,
        from_client: bool,
        header: &LongHeader<'_>,
        packet: &[u8],
        number_at: usize,
        out: &mut Vec<Message>,
    ) {
        let opened = self.connections.iter_mut().rev().find_map(|connection| {
            let (client, frames) =
                connection.open(from_client, header.version, packet, number_at)?;
            Some((connection, client, frames))
        });
        if let Some((connection, client, frames)) = opened {
            connection.read(client, header.version, &frames, out);
            return;
        }
        if self.failures >= MOST_FAILURES {
            return;
        }
        let mut connection = Connection::new(header.destination);
        // Which side is the client may have been guessed wrong, but its keys tell.
        match connection.open(true, header.version, packet, number_at) {
            Some((client, frames)) => {
                connection.read(client, header.version, &frames, out);
                if self.connections.len() >= MOST_CONNECTIONS {
                    self.connections.remove(0);
                }
                self.connections.push(connection);
            }
            None => self.failures += 1,
        }
    }

    fn google_packet(&mut self, bytes: &[u8], version: Option<[u8; 4]>, out: &mut Vec<Message>) {
        self.google = version.or(self.google);
        // Of the IETF's QUIC, packets with a short header are all encrypted.
        if !self.connections.is_empty() || self.google_packets >= MOST_GOOGLE_PACKETS {
            return;
        }
        self.google_packets += 1;
        out.extend(google_message(bytes, self.google.as_ref().map(<[u8; 4]>::as_slice)));
    }
}

impl Connection {
    fn new(first_id: &[u8]) -> Self {
        Self {
            first_id: first_id.to_vec(),
            keys: Vec::new(),
            client: CryptoStream::default(),
            server: CryptoStream::default(),
        }
    }

    /// The frames of a packet, and whether the client sent it.
    fn open(
        &mut self,
        from_client: bool,
        version: u32,
        packet: &[u8],
        number_at: usize,
    ) -> Option<(bool, Vec<u8>)> {
        for (known, keys) in &mut self.keys {
            if *known == version
                && let Some(frames) = open(keys, from_client, packet, number_at)
            {
                return Some(frames);
            }
        }
        if self.keys.iter().any(|(known, _)| *known == version) || self.keys.len() >= MOST_KEYS {
            return None;
        }
        for scheme in schemes(version) {
            let mut keys = InitialKeys::derive(scheme, &self.first_id)?;
            if let Some(frames) = open(&mut keys, from_client, packet, number_at) {
                self.keys.push((version, keys));
                return Some(frames);
            }
        }
        None
    }

    fn read(&mut self, client: bool, version: u32, packet: &[u8], out: &mut Vec<Message>) {
        let family = family(version);
        if family == Some(Family::GoogleLong) {
            out.extend(google_message(packet, Some(&version.to_be_bytes())));
            return;
        }
        let stream = if client { &mut self.client } else { &mut self.server };
        for frame in frames(packet, family.is_some_and(Family::has_google_frames)) {
            match frame {
                Frame::Crypto(offset, bytes) => stream.take(offset, bytes, client, out),
                Frame::Close(error) => {
                    let line = format!("CONNECTION_CLOSE (error {error:#x})");
                    out.push(Message::new(Protocol::Quic, line));
                }
            }
        }
    }
}

/// Tries the side that is said to have sent the packet, then the other.
fn open(
    keys: &mut InitialKeys,
    from_client: bool,
    packet: &[u8],
    number_at: usize,
) -> Option<(bool, Vec<u8>)> {
    let InitialKeys { client, server } = keys;
    let mut sides = [(true, client), (false, server)];
    if !from_client {
        sides.reverse();
    }
    sides.into_iter().find_map(|(client, keys)| Some((client, keys.open(packet, number_at)?)))
}
