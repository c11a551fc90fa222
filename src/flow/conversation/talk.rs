//! The conversation itself: pieces of both sides in, messages out.

use std::collections::VecDeque;

use super::http;
use super::reader::Reader;
use super::side::Side;
use super::streams::Streams;
use crate::contact::{Protocol, Request};
use crate::dissect::{
    DnsFlavour, DnsMessage, Message, Step, dns_message, sip_head, stream_message,
};
use crate::flow::key::End;
use crate::flow::tcp::Piece;

/// Something that was said.
#[derive(Debug)]
pub(in crate::flow) enum Said {
    /// A message of an end, and the request that it answers.
    Message(End, Box<Message>, Option<Box<Request>>),
    /// A DNS message, and how many bytes it took.
    Dns(End, Box<DnsMessage>, usize),
    /// The connection speaks this.
    Speaks(Protocol),
    /// It is the other end that asks: the beginning was missed, and the ends were guessed.
    Swapped,
}

/// A conversation.
#[derive(Debug)]
pub(in crate::flow) struct Conversation {
    pub(super) sides: [Side; 2],
    pub(super) client: End,
    /// Which end is the client is certain.
    pub(super) begun: bool,
    pub(super) server_port: u16,
    /// Requests of HTTP/1 that have not been answered yet, each by itself: the room for them
    /// outlives them.
    pending: VecDeque<Box<Request>>,
    /// The same of HTTP/2.
    streams: Streams,
}

/// So many messages of a side are read where they stand line by line: names come early, and a
/// mail may be long.
const MOST_MESSAGES: u32 = 1024;

/// How far one step came.
pub(super) enum Stepped {
    /// This many bytes were read; none of them where only the reader changed.
    Read(usize),
    /// More bytes are needed.
    Wait,
}

impl Conversation {
    /// A conversation with a server's port; `begun` where it is certain which end is the client.
    pub(in crate::flow) fn new(client: End, begun: bool, server_port: u16) -> Self {
        let (sides, pending, streams) = Default::default();
        Self { sides, client, begun, server_port, pending, streams }
    }

    /// Whether nothing more of an end is read.
    pub(in crate::flow) fn is_done(&self, end: End) -> bool {
        matches!(self.sides[end.index()].reader, Reader::Done)
    }

    /// How many bytes of memory wait to be read.
    pub(in crate::flow) fn held(&self) -> usize {
        let sides = self.sides.iter().map(|side| side.buffer.capacity() + side.reader.held());
        sides.sum::<usize>() + self.streams.held()
    }

    /// Nothing more is read of it.
    pub(in crate::flow) fn end(&mut self) {
        self.sides.iter_mut().for_each(Side::end);
        self.pending = VecDeque::new();
        self.streams = Streams::default();
    }

    /// Takes what an end said next.
    pub(in crate::flow) fn take(&mut self, end: End, piece: Piece<'_>, out: &mut Vec<Said>) {
        match piece {
            Piece::Bytes(bytes) => self.bytes(end, bytes, out),
            Piece::Gap(missing) | Piece::Cut(missing) => {
                let side = &mut self.sides[end.index()];
                if let Reader::Tls(reader) = &mut side.reader {
                    let mut messages = Vec::new();
                    reader.lose(usize::try_from(missing).unwrap_or(usize::MAX), &mut messages);
                    said(end, messages, out);
                } else if missing <= side.pass {
                    side.pass -= missing;
                } else {
                    side.is_left_out = matches!(piece, Piece::Cut(_));
                    self.cut(end, out);
                }
            }
        }
    }

    /// Gives what can be read of what was cut off.
    pub(in crate::flow) fn finish(&mut self, out: &mut Vec<Said>) {
        for end in [self.client, self.client.other()] {
            self.cut(end, out);
        }
        self.end();
    }

    fn bytes(&mut self, end: End, bytes: &[u8], out: &mut Vec<Said>) {
        let side = &mut self.sides[end.index()];
        let bytes = side.passing(bytes);
        if bytes.is_empty() || matches!(side.reader, Reader::Done) {
            return;
        }
        if side.buffer.is_empty() {
            // In the usual case messages are read where they stand, uncopied.
            let read = self.read(end, bytes, false, out);
            let rest = bytes.get(read..).unwrap_or_default();
            let side = &mut self.sides[end.index()];
            if !rest.is_empty() && !matches!(side.reader, Reader::Done) {
                side.wait(rest);
            }
        } else if side.wait(bytes) {
            self.again(end, false, out);
        }
        if self.sides[end.index()].is_full() {
            self.cut(end, out);
        }
    }

    /// Reads what waits.
    pub(super) fn again(&mut self, end: End, at_end: bool, out: &mut Vec<Said>) {
        let mut waiting = std::mem::take(&mut self.sides[end.index()].buffer);
        let read = self.read(end, &waiting, at_end, out);
        waiting.drain(..read.min(waiting.len()));
        let side = &mut self.sides[end.index()];
        if !waiting.is_empty() && !matches!(side.reader, Reader::Done) {
            side.buffer = waiting;
        }
    }

    /// Bytes are missing after those that wait.
    fn cut(&mut self, end: End, out: &mut Vec<Said>) {
        if !self.sides[end.index()].buffer.is_empty() {
            self.again(end, true, out);
        }
        let side = &mut self.sides[end.index()];
        side.buffer = Vec::new();
        side.pass = 0;
        side.progressed();
        match &mut side.reader {
            Reader::Tls(reader) => {
                let mut messages = Vec::new();
                reader.finish(&mut messages);
                said(end, messages, out);
                side.end();
            }
            // The tables of its header compression are lost with the bytes.
            Reader::Http2(_) => side.end(),
            Reader::Done => {}
            _ => side.reader = Reader::Lost,
        }
    }

    /// Reads as far as possible; how many bytes that was.
    fn read(&mut self, end: End, bytes: &[u8], at_end: bool, out: &mut Vec<Said>) -> usize {
        let mut at = 0;
        let mut changes = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let rest = self.sides[end.index()].passing(rest);
            at = bytes.len() - rest.len();
            if rest.is_empty() || matches!(self.sides[end.index()].reader, Reader::Done) {
                return bytes.len();
            }
            match self.step(end, rest, at_end, out) {
                // A reader that changes without reading does so a few times at most.
                Stepped::Read(0) if changes < 4 => changes += 1,
                Stepped::Read(0) => return self.pass_by(end, bytes),
                Stepped::Read(read) => {
                    at += read;
                    changes = 0;
                    self.sides[end.index()].progressed();
                }
                Stepped::Wait if at_end => return self.pass_by(end, bytes),
                Stepped::Wait => return at,
            }
        }
    }

    fn pass_by(&mut self, end: End, bytes: &[u8]) -> usize {
        self.sides[end.index()].reader = Reader::Lost;
        bytes.len()
    }

    fn step(&mut self, end: End, bytes: &[u8], at_end: bool, out: &mut Vec<Said>) -> Stepped {
        let side = &mut self.sides[end.index()];
        match &mut side.reader {
            Reader::Undecided | Reader::Lost => self.recognise(end, bytes, out),
            Reader::Done => Stepped::Read(bytes.len()),
            Reader::Tls(_) | Reader::Http2(_) => {
                // One that grows begins with four, which is more than an allocator has at hand.
                let mut messages = Vec::with_capacity(2);
                if side.reader.take(bytes, &mut messages) {
                    side.end();
                }
                for message in messages {
                    if message.request.is_some() {
                        self.asks(end, out);
                    }
                    let answers = self.streams.take(&message).map(Box::new);
                    out.push(Said::Message(end, Box::new(message), answers));
                }
                Stepped::Read(bytes.len())
            }
            Reader::Http(_) => match http::step(side, bytes, at_end, &mut self.pending) {
                None => Stepped::Wait,
                Some((read, None)) => Stepped::Read(read),
                Some((read, Some(exchanged))) => {
                    if exchanged.asks {
                        self.asks(end, out);
                    }
                    if let Some(request) = exchanged.upgraded {
                        self.streams.upgraded(*request);
                    }
                    let message = Box::new(exchanged.message);
                    out.push(Said::Message(end, message, exchanged.answers));
                    Stepped::Read(read)
                }
            },
            Reader::Messages(Protocol::Dns) => dns(end, bytes, out),
            Reader::Messages(Protocol::Sip) => match sip_head(bytes, at_end) {
                Step::Incomplete => Stepped::Wait,
                Step::Not => self.recognise(end, bytes, out),
                Step::Read { value, length } => {
                    match value.body {
                        Some(body) => side.pass = body,
                        // Over a stream a length is demanded (RFC 3261 section 18.3).
                        None => side.reader = Reader::Lost,
                    }
                    said(end, [value.message], out);
                    Stepped::Read(length)
                }
            },
            Reader::Messages(protocol) => {
                let protocol = *protocol;
                match stream_message(protocol, bytes, end == self.client, at_end) {
                    Step::Incomplete => Stepped::Wait,
                    // What follows an upgrade, or the middle of something.
                    Step::Not => self.recognise(end, bytes, out),
                    Step::Read { value, length } => {
                        said(end, [value], out);
                        // What follows the opening is encrypted, or says nothing of a host.
                        side.messages = side.messages.saturating_add(1);
                        if protocol == Protocol::Ssh || side.messages > MOST_MESSAGES {
                            side.end();
                            return Stepped::Read(bytes.len());
                        }
                        Stepped::Read(length)
                    }
                }
            }
        }
    }
}

/// DNS over TCP (RFC 1035 section 4.2.2): a length before each message.
fn dns(end: End, bytes: &[u8], out: &mut Vec<Said>) -> Stepped {
    let Some((&length, rest)) = bytes.split_first_chunk() else { return Stepped::Wait };
    let length = usize::from(u16::from_be_bytes(length));
    let Some(message) = rest.get(..length) else { return Stepped::Wait };
    if let Some(message) = dns_message(message, DnsFlavour::Dns) {
        out.push(Said::Dns(end, Box::new(message), length + 2));
    }
    Stepped::Read(length + 2)
}

fn said(end: End, messages: impl IntoIterator<Item = Message>, out: &mut Vec<Said>) {
    let said = |message| Said::Message(end, Box::new(message), None);
    out.extend(messages.into_iter().map(said));
}
