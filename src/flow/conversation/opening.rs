//! What a side of a conversation speaks, and which end asks: told by its first bytes, or by
//! those after what was lost.

use super::reader::Reader;
use super::talk::{Conversation, Said, Stepped};
use crate::contact::Protocol;
use crate::dissect::{Opening, Step, of_stream, proxy_header};
use crate::flow::key::End;

impl Conversation {
    /// What the bytes begin with.
    pub(super) fn recognise(&mut self, end: End, bytes: &[u8], out: &mut Vec<Said>) -> Stepped {
        // A load balancer's header stands before what the client itself says.
        if matches!(self.sides[end.index()].reader, Reader::Undecided) {
            match proxy_header(bytes) {
                Step::Incomplete => return Stepped::Wait,
                Step::Read { length, .. } => return Stepped::Read(length),
                Step::Not => {}
            }
        }
        let mut opening = of_stream(bytes, self.server_port, end == self.client);
        if !self.begun && opening == Opening::Unknown {
            opening = of_stream(bytes, self.server_port, end != self.client);
            if matches!(opening, Opening::Is(_)) {
                self.swap(out);
            }
        }
        match opening {
            Opening::Incomplete => Stepped::Wait,
            Opening::Unknown => {
                self.sides[end.index()].reader = Reader::Lost;
                Stepped::Read(bytes.len())
            }
            Opening::Is(protocol) => {
                self.adopt(end, protocol, out);
                Stepped::Read(0)
            }
        }
    }

    /// An end was recognised, and where the other was not, it speaks the same.
    fn adopt(&mut self, end: End, protocol: Protocol, out: &mut Vec<Said>) {
        out.push(Said::Speaks(protocol));
        let client = self.client;
        self.sides[end.index()].reader = Reader::of(protocol, end == client);
        let other = end.other();
        let side = &mut self.sides[other.index()];
        if side.reader.is_open() {
            side.reader = Reader::of(protocol, other == client);
            if !side.buffer.is_empty() {
                self.again(other, false, out);
            }
        }
    }

    /// An end asks, which makes it the client.
    pub(super) fn asks(&mut self, end: End, out: &mut Vec<Said>) {
        if !self.begun && end != self.client {
            self.swap(out);
        }
        self.begun = true;
    }

    fn swap(&mut self, out: &mut Vec<Said>) {
        self.client = self.client.other();
        self.begun = true;
        out.push(Said::Swapped);
    }
}
