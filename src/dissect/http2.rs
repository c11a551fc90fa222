//! HTTP/2 without TLS (RFC 9113): the requests and responses in the frames of one direction.

use super::dns_summary::dns_summary;
use super::doh::Bodies;
use super::hpack::Decoder;
use super::http2_head::Head;
use super::message::Message;
use crate::contact::Protocol;

/// What a client sends first (section 3.4).
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A longer frame of headers is none: the usual limit is 16 KiB (section 4.2).
const LONGEST_HEADERS: usize = 64 * 1024;

/// A longer header block, in all its frames, is not gathered.
const LONGEST_BLOCK: usize = 128 * 1024;

/// A longer frame of any kind does not belong to HTTP/2 in use.
const LONGEST_FRAME: usize = 4 << 20;

/// The frames that matter here (section 6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PUSH_PROMISE: u8 = 5;
const CONTINUATION: u8 = 9;
/// The largest type that is registered (RFC 9412).
const LAST_TYPE: u8 = 0x20;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const PRIORITY: u8 = 0x20;

/// Reads one direction of a connection, from its beginning or from any frame on.
#[derive(Debug)]
pub struct Http2Reader {
    /// How much of the preface was seen; none where it is over or does not come.
    preface: Option<usize>,
    decoder: Decoder,
    /// The head of a frame, and what of it has come.
    head: [u8; 9],
    have: usize,
    frame: Frame,
    /// A header block that goes on in the next frame: its stream, and whether it is promised.
    open: Option<(u32, bool)>,
    block: Vec<u8>,
    /// The bodies that are messages of DNS.
    lookups: Bodies,
    done: bool,
}

/// What the bytes belong to.
#[derive(Debug)]
enum Frame {
    /// To the head of a frame.
    Head,
    /// To a frame that nobody reads: this many bytes of it.
    Passing(usize),
    /// To a frame of headers, or of a message: how many bytes it has, and those that came.
    Reading(usize, Vec<u8>),
}

impl Http2Reader {
    /// A reader of what the client sends, or of what the server does.
    pub fn new(from_client: bool) -> Self {
        Self {
            preface: from_client.then_some(0),
            decoder: Decoder::new(),
            head: [0; 9],
            have: 0,
            frame: Frame::Head,
            open: None,
            block: Vec::new(),
            lookups: Bodies::default(),
            done: false,
        }
    }

    /// Whether nothing more can be read: the bytes are no HTTP/2.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// How many bytes of memory it holds beyond its own size.
    pub fn held(&self) -> usize {
        let reading =
            if let Frame::Reading(_, payload) = &self.frame { payload.capacity() } else { 0 };
        self.block.capacity() + reading + self.decoder.held() + self.lookups.held()
    }

    /// Takes the next bytes of the stream, all of them, and adds what they say.
    pub fn take(&mut self, bytes: &[u8], out: &mut Vec<Message>) {
        let mut rest = bytes;
        while !rest.is_empty() && !self.done {
            rest = self.step(rest, out);
        }
    }

    fn step<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<Message>) -> &'a [u8] {
        if let Some(seen) = self.preface {
            return self.preface(seen, bytes);
        }
        match &mut self.frame {
            Frame::Head => {
                let wanted = self.head.len() - self.have;
                let (some, rest) = bytes.split_at_checked(wanted).unwrap_or((bytes, &[]));
                let end = self.have + some.len();
                if let Some(room) = self.head.get_mut(self.have..end) {
                    room.copy_from_slice(some);
                }
                self.have = end;
                if some.len() == wanted {
                    self.have = 0;
                    self.begin(out);
                }
                rest
            }
            Frame::Passing(left) => {
                let some = bytes.len().min(*left);
                *left -= some;
                if *left == 0 {
                    self.frame = Frame::Head;
                }
                bytes.get(some..).unwrap_or_default()
            }
            Frame::Reading(length, payload) => {
                let wanted = length.saturating_sub(payload.len());
                let (some, rest) = bytes.split_at_checked(wanted).unwrap_or((bytes, &[]));
                payload.extend_from_slice(some);
                if payload.len() == *length {
                    let payload = std::mem::take(payload);
                    self.frame = Frame::Head;
                    self.whole(&payload, out);
                }
                rest
            }
        }
    }

    /// A frame is whole.
    fn whole(&mut self, payload: &[u8], out: &mut Vec<Message>) {
        match self.head {
            [_, _, _, DATA, flags, ..] => self.data(flags, payload, out),
            _ => self.headers(payload, out),
        }
    }

    /// A part of a body (section 6.1).
    fn data(&mut self, flags: u8, payload: &[u8], out: &mut Vec<Message>) {
        let Some((_, data)) = fragment(DATA, flags & PADDED, payload) else {
            return self.give_up();
        };
        let stream = self.stream();
        if let Some(lookup) = self.lookups.take(stream, data, flags & END_STREAM != 0) {
            let line = format!("DATA[{stream}]: {}", dns_summary(&lookup, Protocol::Dns));
            let mut message = Message::new(Protocol::Http2, line);
            message.lookup = Some(lookup);
            out.push(message);
        }
    }

    fn stream(&self) -> u32 {
        let [_, _, _, _, _, stream @ ..] = self.head;
        u32::from_be_bytes(stream) & 0x7fff_ffff
    }

    /// The preface is passed over where it comes; a capture may have missed it.
    fn preface<'a>(&mut self, seen: usize, bytes: &'a [u8]) -> &'a [u8] {
        let expected = PREFACE.get(seen..).unwrap_or_default();
        let same = expected.iter().zip(bytes).take_while(|(a, b)| a == b).count();
        if same == expected.len() {
            self.preface = None;
        } else if same == bytes.len() {
            self.preface = Some(seen + same);
        } else if seen == 0 && same == 0 {
            self.preface = None;
        } else {
            self.done = true;
        }
        bytes.get(same..).unwrap_or_default()
    }

    /// A frame's head is whole.
    fn begin(&mut self, out: &mut Vec<Message>) {
        let [a, b, c, kind, ..] = self.head;
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        let continues = self.open.is_some() == (kind == CONTINUATION);
        if kind > LAST_TYPE || length > LONGEST_FRAME {
            return self.give_up();
        }
        let carries = kind == DATA && continues && self.lookups.expects(self.stream());
        match kind {
            DATA if carries && length <= LONGEST_HEADERS => {
                self.frame = Frame::Reading(length, Vec::new());
                if length == 0 {
                    self.frame = Frame::Head;
                    self.whole(&[], out);
                }
            }
            HEADERS | PUSH_PROMISE | CONTINUATION if continues => {
                if length > LONGEST_HEADERS || self.block.len() + length > LONGEST_BLOCK {
                    return self.give_up();
                }
                self.frame = Frame::Reading(length, Vec::new());
                if length == 0 {
                    self.frame = Frame::Head;
                    self.headers(&[], out);
                }
            }
            // A block whose beginning was missed changes the table in ways that were missed.
            CONTINUATION => self.frame = passing(length),
            // Nothing may come between the frames of a block (section 6.10).
            _ if self.open.is_some() => self.give_up(),
            _ => self.frame = passing(length),
        }
    }

    fn give_up(&mut self) {
        *self = Self { done: true, ..Self::new(false) };
    }

    /// A frame of headers is whole.
    fn headers(&mut self, payload: &[u8], out: &mut Vec<Message>) {
        let [_, _, _, kind, flags, ..] = self.head;
        let stream = self.stream();
        let Some((promised, fragment)) = fragment(kind, flags, payload) else {
            return self.give_up();
        };
        let (stream, promised) = *self.open.get_or_insert((stream, promised));
        self.block.extend_from_slice(fragment);
        if flags & END_HEADERS == 0 {
            return;
        }
        self.open = None;
        let block = std::mem::take(&mut self.block);
        let mut head = Head::default();
        if self.decoder.block(&block, |name, value| head.take(name, value)).is_none() {
            return self.give_up();
        }
        if head.carries_lookup {
            self.lookups.begin(stream);
        }
        out.extend(head.message(stream, promised));
    }
}

fn passing(length: usize) -> Frame {
    if length == 0 { Frame::Head } else { Frame::Passing(length) }
}

/// The part of a header block in a frame, and whether it promises an answer to a request that
/// nobody made (section 6.6).
fn fragment(kind: u8, flags: u8, payload: &[u8]) -> Option<(bool, &[u8])> {
    if kind == CONTINUATION {
        return Some((false, payload));
    }
    let (mut rest, mut padding) = (payload, 0);
    if flags & PADDED != 0 {
        let (&length, after) = rest.split_first()?;
        (rest, padding) = (after, usize::from(length));
    }
    if kind == PUSH_PROMISE {
        rest = rest.get(4..)?;
    } else if flags & PRIORITY != 0 {
        rest = rest.get(5..)?;
    }
    let end = rest.len().checked_sub(padding)?;
    Some((kind == PUSH_PROMISE, rest.get(..end)?))
}
