//! DTLS (RFC 9147, RFC 6347): one direction of a flow, read as far as it is in the clear.

use super::Message;
use super::tls_fields::Fields;
use super::tls_handshake::{Carrier, Next, tell};
use super::tls_names::{alert_line, handshake_name};
use super::tls_record::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, HEARTBEAT};
use crate::contact::Protocol;

/// More of the fragments of one message are not held.
const MOST_HELD: usize = 32 * 1024;

/// So many messages may be in pieces at a time: a flight has few, and they may come in any
/// order.
const MOST_MESSAGES: usize = 4;

/// More pieces of one message are not held.
const MOST_PIECES: usize = 256;

/// Connection IDs in unified headers and records are not read (RFC 9146), but their type is
/// known: whatever follows is encrypted.
const WITH_CONNECTION_ID: u8 = 25;

/// Reads the datagrams of one direction of a DTLS flow, in bounded memory.
#[derive(Debug)]
pub struct DtlsReader {
    client: bool,
    begun: Vec<Begun>,
}

/// A message of which some fragments have come.
#[derive(Debug)]
struct Begun {
    kind: u8,
    sequence: u16,
    body: Vec<u8>,
    /// Which parts are there: sorted, none touching another.
    parts: Vec<(usize, usize)>,
}

/// A fragment of a handshake message (RFC 6347 section 4.2.2).
struct Fragment<'a> {
    kind: u8,
    length: usize,
    sequence: u16,
    offset: usize,
    bytes: &'a [u8],
}

impl DtlsReader {
    /// A reader for what the client sends, or for what the server sends.
    pub fn new(client: bool) -> Self {
        Self { client, begun: Vec::new() }
    }

    /// Takes a datagram and gives the messages in it.
    pub fn take(&mut self, datagram: &[u8], out: &mut Vec<Message>) {
        let mut fields = Fields::new(datagram);
        while let Some(record) = Record::read(&mut fields) {
            // From the first change of keys on all is encrypted.
            if record.epoch > 0 {
                continue;
            }
            match record.kind {
                HANDSHAKE => self.handshake(Fields::new(record.body), out),
                ALERT => {
                    if let [level, description] = record.body {
                        let line = alert_line(*level, *description);
                        out.push(Message::new(Protocol::Dtls, line));
                    }
                }
                _ => {}
            }
        }
    }

    /// No more is to come: a ClientHello that was cut off gives what can be read of it.
    pub fn finish(&mut self, out: &mut Vec<Message>) {
        for begun in std::mem::take(&mut self.begun) {
            let start = begun.parts.first().filter(|(start, _)| *start == 0);
            let body = start.and_then(|(_, end)| begun.body.get(..*end));
            if let (1, Some(body)) = (begun.kind, body) {
                tell(Carrier::Dtls, self.client, begun.kind, body, out);
            }
        }
    }

    /// How many bytes it holds, for whoever bounds the sum of all flows.
    pub fn held(&self) -> usize {
        self.begun.iter().map(|begun| begun.body.capacity()).sum()
    }

    fn handshake(&mut self, mut fields: Fields<'_>, out: &mut Vec<Message>) {
        while let Some(fragment) = Fragment::read(&mut fields) {
            if fragment.bytes.len() == fragment.length {
                if self.tell(fragment.kind, fragment.bytes, out) == Next::Nothing {
                    return;
                }
            } else if let Some((kind, body)) = self.join(&fragment)
                && self.tell(kind, &body, out) == Next::Nothing
            {
                return;
            }
        }
    }

    fn tell(&self, kind: u8, body: &[u8], out: &mut Vec<Message>) -> Next {
        tell(Carrier::Dtls, self.client, kind, body, out)
    }

    /// Adds a fragment to its message, and gives the message where it is whole.
    fn join(&mut self, fragment: &Fragment<'_>) -> Option<(u8, Vec<u8>)> {
        let (kind, sequence, length) = (fragment.kind, fragment.sequence, fragment.length);
        let end = fragment.offset.checked_add(fragment.bytes.len())?;
        if length > MOST_HELD || end > length {
            return None;
        }
        let same = |begun: &Begun| begun.kind == kind && begun.sequence == sequence;
        let at = match self.begun.iter().position(same) {
            Some(at) => at,
            None => {
                if self.begun.len() >= MOST_MESSAGES {
                    self.begun.remove(0);
                }
                self.begun.push(Begun { kind, sequence, body: Vec::new(), parts: Vec::new() });
                self.begun.len() - 1
            }
        };
        let begun = self.begun.get_mut(at)?;
        if begun.body.len() < end {
            begun.body.resize(end, 0);
        }
        begun.body.get_mut(fragment.offset..end)?.copy_from_slice(fragment.bytes);
        begun.add(fragment.offset, end);
        let whole = matches!(begun.parts.as_slice(), [(0, end)] if *end == length);
        whole.then(|| self.begun.remove(at)).map(|begun| (begun.kind, begun.body))
    }
}

impl Begun {
    fn add(&mut self, mut start: usize, mut end: usize) {
        self.parts.retain(|&(from, to)| {
            let apart = to < start || from > end;
            if !apart {
                (start, end) = (start.min(from), end.max(to));
            }
            apart
        });
        if self.parts.len() < MOST_PIECES {
            let at = self.parts.partition_point(|&(from, _)| from < start);
            self.parts.insert(at, (start, end));
        }
    }
}

impl<'a> Fragment<'a> {
    fn read(fields: &mut Fields<'a>) -> Option<Self> {
        let kind = fields.byte()?;
        let length = usize::try_from(fields.number(3)?).ok()?;
        let sequence = fields.short()?;
        let offset = usize::try_from(fields.number(3)?).ok()?;
        let wanted = usize::try_from(fields.number(3)?).ok()?;
        handshake_name(kind)?;
        if offset.checked_add(wanted)? > length {
            return None;
        }
        Some(Self { kind, length, sequence, offset, bytes: fields.up_to(wanted) })
    }
}

/// A record in the clear (RFC 9147 section 4).
struct Record<'a> {
    kind: u8,
    epoch: u16,
    body: &'a [u8],
}

impl<'a> Record<'a> {
    fn read(fields: &mut Fields<'a>) -> Option<Self> {
        let (kind, version) = (fields.byte()?, fields.short()?);
        let known = matches!(version, 0xfeff | 0xfefd | 0xfefc | 0x0100);
        if !known || !(CHANGE_CIPHER_SPEC..=WITH_CONNECTION_ID).contains(&kind) {
            return None;
        }
        let epoch = fields.short()?;
        fields.take(6)?;
        let length = usize::from(fields.short()?);
        Some(Self { kind, epoch, body: fields.up_to(length) })
    }
}

/// Whether a datagram begins a DTLS record, on whatever port: a handshake with its fragment in
/// order, or another record of a known type whose length fits.
pub fn is_dtls(bytes: &[u8]) -> bool {
    let mut fields = Fields::new(bytes);
    let Some(record) = Record::read(&mut fields) else { return false };
    let written = bytes.get(11..13).unwrap_or_default();
    let whole = Fields::new(written).short().map(usize::from) == Some(record.body.len());
    if record.body.is_empty() || !whole {
        return false;
    }
    // OpenSSL before 0.9.8f wrote 1.0 plainly, which is too common to tell more than a
    // handshake by it.
    if bytes.get(1) != Some(&0xfe) && (record.kind != HANDSHAKE || record.epoch > 0) {
        return false;
    }
    match record.kind {
        HANDSHAKE if record.epoch == 0 => Fragment::read(&mut Fields::new(record.body)).is_some(),
        ALERT if record.epoch == 0 => record.body.len() == 2,
        CHANGE_CIPHER_SPEC => record.body.len() <= 2 || record.epoch > 0,
        HANDSHAKE | ALERT | APPLICATION_DATA | HEARTBEAT => true,
        _ => false,
    }
}
