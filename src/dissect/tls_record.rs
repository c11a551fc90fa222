//! TLS records (RFC 8446 section 5.1): one direction of a connection, read as far as it is in
//! the clear.

use super::Message;
use super::tls_handshake::{Carrier, Joiner, Next, tell};
use super::tls_names::alert_line;
use super::tls_sslv2::{is_sslv2_hello, sslv2_message};
use crate::contact::Protocol;

pub(super) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(super) const ALERT: u8 = 21;
pub(super) const HANDSHAKE: u8 = 22;
pub(super) const APPLICATION_DATA: u8 = 23;
pub(super) const HEARTBEAT: u8 = 24;

/// A record holds no more, encryption's own bytes included (RFC 5246 section 6.2.3).
const LONGEST_RECORD: usize = (1 << 14) + 2048;

/// After a piece was lost, so many of the next are looked at for the start of a record.
const TRIES_AFTER_LOSS: u8 = 16;

/// Reads one direction of a TLS connection record by record, in bounded memory.
#[derive(Debug)]
pub struct TlsReader {
    client: bool,
    state: State,
    joiner: Joiner,
}

#[derive(Debug)]
enum State {
    /// Nothing has come yet; the first bytes are held until they say what they are.
    Start(Vec<u8>),
    /// In the five bytes before a record.
    Header([u8; 5], usize),
    /// In a record of this type, with so many bytes to come.
    Record(u8, usize),
    /// In an alert, whose level was read.
    Alert(Option<u8>),
    /// A piece is missing: waiting for one that begins with a record.
    Lost(u8),
    /// Nothing more can be learned.
    Done,
}

impl TlsReader {
    /// A reader for what the client sends, or for what the server sends.
    pub fn new(client: bool) -> Self {
        Self { client, state: State::Start(Vec::new()), joiner: Joiner::default() }
    }

    /// Whether nothing more can be learned: what follows is encrypted, or is no TLS.
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Takes the next bytes in order and gives the messages in them.
    pub fn take(&mut self, bytes: &[u8], out: &mut Vec<Message>) {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = match std::mem::replace(&mut self.state, State::Done) {
                State::Start(held) => self.start(held, rest, out),
                State::Header(header, filled) => self.header(header, filled, rest),
                State::Record(kind, left) => self.record(kind, left, rest, out),
                State::Alert(level) => self.alert(level, rest, out),
                State::Lost(tries) => {
                    if looks_like_tls(rest) == Some(true) {
                        self.state = State::Header([0; 5], 0);
                        rest
                    } else {
                        self.state = if tries > 0 { State::Lost(tries - 1) } else { State::Done };
                        return;
                    }
                }
                State::Done => return,
            };
        }
    }

    /// So many bytes are missing from what was captured. What was begun is told as far as it
    /// goes, and reading goes on at the next record that can be found.
    pub fn lose(&mut self, length: usize, out: &mut Vec<Message>) {
        let client = self.client;
        let tell = |kind, body: &[u8]| tell(Carrier::Tls, client, kind, body, out);
        let in_step = self.joiner.lose(length, tell);
        self.state = match std::mem::replace(&mut self.state, State::Done) {
            State::Done => State::Done,
            State::Record(kind, left) if length < left && (kind != HANDSHAKE || in_step) => {
                State::Record(kind, left - length)
            }
            State::Record(kind, left) if length == left && (kind != HANDSHAKE || in_step) => {
                State::Header([0; 5], 0)
            }
            _ => {
                self.joiner.forget();
                State::Lost(TRIES_AFTER_LOSS)
            }
        };
    }

    /// No more is to come: a ClientHello that was cut off gives what can be read of it.
    pub fn finish(&mut self, out: &mut Vec<Message>) {
        if !self.is_done() {
            let client = self.client;
            self.joiner.finish(|kind, body| tell(Carrier::Tls, client, kind, body, out));
        }
        self.state = State::Done;
    }

    /// How many bytes it holds, for whoever bounds the sum of all flows.
    pub fn held(&self) -> usize {
        self.joiner.held()
    }

    fn start<'a>(
        &mut self,
        mut held: Vec<u8>,
        bytes: &'a [u8],
        out: &mut Vec<Message>,
    ) -> &'a [u8] {
        if held.is_empty() && looks_like_tls(bytes) == Some(true) && !is_sslv2_hello(bytes) {
            self.state = State::Header([0; 5], 0);
            return bytes;
        }
        // At most a few bytes are ever held here: they say soon what they are.
        held.extend_from_slice(bytes);
        match looks_like_tls(&held) {
            None => self.state = State::Start(held),
            Some(false) => self.state = State::Done,
            Some(true) => {
                self.state = State::Header([0; 5], 0);
                let mut length = 0;
                if let Some((message, taken)) = sslv2_message(&held) {
                    out.push(message);
                    // What of the hello is still to come is passed over like a record.
                    match taken.checked_sub(held.len()) {
                        Some(missing) if missing > 0 => self.state = State::Record(0, missing),
                        _ => {}
                    }
                    length = taken;
                }
                self.take(held.get(length..).unwrap_or_default(), out);
            }
        }
        &[]
    }

    fn header<'a>(&mut self, mut header: [u8; 5], filled: usize, bytes: &'a [u8]) -> &'a [u8] {
        let missing = header.get_mut(filled..).unwrap_or_default();
        let taken = missing.len().min(bytes.len());
        let (new, rest) = bytes.split_at(taken);
        for (to, from) in missing.iter_mut().zip(new) {
            *to = *from;
        }
        if filled + taken < 5 {
            self.state = State::Header(header, filled + taken);
            return rest;
        }
        let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
        if !is_record(header[0], header[1], header[2]) || length > LONGEST_RECORD {
            return self.done();
        }
        self.state = match header[0] {
            APPLICATION_DATA => return self.done(),
            CHANGE_CIPHER_SPEC => {
                self.joiner.hellos_only = true;
                State::Record(CHANGE_CIPHER_SPEC, length)
            }
            // Another length means that it is encrypted.
            ALERT if length == 2 && !self.joiner.hellos_only => State::Alert(None),
            ALERT if self.joiner.hellos_only => return self.done(),
            kind => State::Record(kind, length),
        };
        if matches!(self.state, State::Record(_, 0)) {
            self.state = State::Header([0; 5], 0);
        }
        rest
    }

    fn record<'a>(
        &mut self,
        kind: u8,
        left: usize,
        bytes: &'a [u8],
        out: &mut Vec<Message>,
    ) -> &'a [u8] {
        let (body, rest) = bytes.split_at(left.min(bytes.len()));
        let (client, strict) = (self.client, self.joiner.hellos_only);
        let each = |kind, body: &[u8]| match body {
            // Encrypted bytes may look like a message by chance.
            _ if strict && !body.starts_with(&[3, 3]) => Next::Nothing,
            _ => tell(Carrier::Tls, client, kind, body, out),
        };
        if kind == HANDSHAKE && self.joiner.take(body, each) == Next::Nothing {
            return self.done();
        }
        let left = left - body.len();
        self.state = if left > 0 { State::Record(kind, left) } else { State::Header([0; 5], 0) };
        rest
    }

    fn alert<'a>(
        &mut self,
        level: Option<u8>,
        bytes: &'a [u8],
        out: &mut Vec<Message>,
    ) -> &'a [u8] {
        let Some((&byte, rest)) = bytes.split_first() else { return bytes };
        self.state = match level {
            None => State::Alert(Some(byte)),
            Some(level) => {
                out.push(Message::new(Protocol::Tls, alert_line(level, byte)));
                State::Header([0; 5], 0)
            }
        };
        rest
    }

    fn done<'a>(&mut self) -> &'a [u8] {
        self.state = State::Done;
        self.joiner.forget();
        &[]
    }
}

/// Whether a record of a known type and version begins here. Versions beyond TLS 1.2 never
/// stand here but in drafts; some clients write them all the same.
fn is_record(kind: u8, major: u8, minor: u8) -> bool {
    (CHANGE_CIPHER_SPEC..=HEARTBEAT).contains(&kind)
        && matches!((major, minor), (3, 0..=4) | (0x7f, _) | (1, 1))
}

/// Whether a stream begins as TLS does: with the record of a handshake, an alert, or what
/// follows them where the beginning was not captured; or with the ClientHello of SSL 2.0
/// (RFC 5246 appendix E.2). None where more bytes are needed to tell.
pub fn looks_like_tls(bytes: &[u8]) -> Option<bool> {
    let &first = bytes.first()?;
    if first & 0x80 != 0 {
        return sslv2_start(bytes);
    }
    // Each byte that is there must fit, so that text is told from a record at once.
    if !is_record(first, *bytes.get(1)?, *bytes.get(2)?) {
        return Some(false);
    }
    let length = usize::from(u16::from_be_bytes([*bytes.get(3)?, *bytes.get(4)?]));
    Some(match first {
        _ if length == 0 || length > LONGEST_RECORD => false,
        // Three kinds of message may be the first of a side, none longer than a mebibyte.
        HANDSHAKE => matches!(bytes.get(5)?, 0..=2 | 11) && (length == 1 || *bytes.get(6)? <= 0x10),
        ALERT => length != 2 || matches!(bytes.get(5)?, 1 | 2),
        CHANGE_CIPHER_SPEC => length == 1 && *bytes.get(5)? == 1,
        APPLICATION_DATA => length >= 16,
        _ => false,
    })
}

fn sslv2_start(bytes: &[u8]) -> Option<bool> {
    let start = bytes.get(2..5).map(|start| (start[0], start[1], start[2]));
    match start {
        None if bytes.get(2).is_some_and(|&kind| kind != 1) => Some(false),
        None => None,
        Some((1, 3, 0..=4) | (1, 0, 2)) if bytes.len() < 11 => None,
        Some(_) => Some(is_sslv2_hello(bytes)),
    }
}
