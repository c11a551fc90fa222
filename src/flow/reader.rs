//! Reads what a client says on a TCP connection: whom it names, what it asks for.

use super::stream::Stream;
use crate::contact::{EvidenceKind, Protocol, Request};
use crate::dissect::{
    DnsFlavour, DnsMessage, Hello, HttpBody, Message, Opening, Step, client_hello, dns_message,
    http_head, of_stream, sip_head,
};

/// Something that was read.
#[derive(Debug)]
pub(super) enum Event {
    /// The connection speaks this.
    Speaks(Protocol),
    /// The client names the host.
    Claims(EvidenceKind, String),
    /// The client asks for something.
    Requests(Request),
    /// A DNS message, and how many bytes it took.
    Dns(DnsMessage, usize),
}

/// Where the reading stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Undecided,
    Tls,
    Http,
    Sip,
    Dns,
    Done,
}

/// The first attempts to read on are made at every segment; later ones only where enough has
/// come since, so that a head in one-byte segments costs no more than its length.
const EAGER: u32 = 256;

/// Reads one direction of a connection.
#[derive(Debug)]
pub(super) struct Reader {
    stream: Stream,
    state: State,
    port: u16,
    attempts: u32,
    retry_at: usize,
}

impl Reader {
    /// For what the client sends to a port; `first` is its first byte's sequence number.
    pub(super) fn of_client(first: Option<u32>, port: u16) -> Self {
        let stream = Stream::new(first);
        Self { stream, state: State::Undecided, port, attempts: 0, retry_at: 0 }
    }

    /// For what a DNS server answers.
    pub(super) fn of_dns_server(first: Option<u32>) -> Self {
        Self { state: State::Dns, ..Self::of_client(first, 53) }
    }

    /// Takes a segment and gives what can be read now.
    pub(super) fn take(&mut self, sequence: u32, payload: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        if self.state != State::Done {
            self.stream.insert(sequence, payload);
            let ready = self.stream.ready().len();
            if ready > 0 && (self.attempts < EAGER || ready >= self.retry_at) {
                self.attempts += 1;
                self.retry_at = ready + ready / 32;
                self.read(&mut events, false);
            }
        }
        events
    }

    /// Gives what can be read of what was cut off.
    pub(super) fn finish(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        self.read(&mut events, true);
        self.give_up();
        events
    }

    /// Whether nothing more can be read.
    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// How many bytes of memory it holds.
    pub(super) fn held(&self) -> usize {
        self.stream.held()
    }

    fn give_up(&mut self) {
        self.state = State::Done;
        self.stream = Stream::default();
    }

    fn read(&mut self, events: &mut Vec<Event>, at_end: bool) {
        // What does not fit will never be whole.
        let at_end = at_end || self.stream.is_full();
        while !self.stream.ready().is_empty() {
            let before = (self.state, self.stream.ready().len());
            match self.state {
                State::Undecided => self.decide(events),
                State::Tls => self.tls(events, at_end),
                State::Http => self.http(events, at_end),
                State::Sip => self.sip(events, at_end),
                State::Dns => self.dns(events),
                State::Done => {}
            }
            if before == (self.state, self.stream.ready().len()) {
                if at_end {
                    self.give_up();
                }
                return;
            }
        }
    }

    fn decide(&mut self, events: &mut Vec<Event>) {
        let (state, protocol) = match of_stream(self.stream.ready(), self.port, true) {
            Opening::Incomplete => return,
            Opening::Is(Protocol::Tls) => (State::Tls, Protocol::Tls),
            Opening::Is(Protocol::Http) => (State::Http, Protocol::Http),
            Opening::Is(Protocol::Sip) => (State::Sip, Protocol::Sip),
            Opening::Is(Protocol::Dns) => (State::Dns, Protocol::Dns),
            Opening::Is(Protocol::Stun) => (State::Done, Protocol::Stun),
            Opening::Is(Protocol::Http2) => (State::Done, Protocol::Http2),
            Opening::Is(_) | Opening::Unknown => return self.give_up(),
        };
        self.state = state;
        events.push(Event::Speaks(protocol));
        if state == State::Done {
            self.give_up();
        }
    }

    fn tls(&mut self, events: &mut Vec<Event>, at_end: bool) {
        match client_hello(self.stream.ready(), at_end) {
            Hello::Incomplete => return,
            Hello::Not => {}
            Hello::Read(hello) => {
                if let Some(name) = hello.server_name.filter(|_| !hello.encrypted) {
                    events.push(Event::Claims(EvidenceKind::TlsSni, name));
                }
            }
        }
        self.give_up();
    }

    fn http(&mut self, events: &mut Vec<Event>, at_end: bool) {
        match http_head(self.stream.ready(), at_end) {
            Step::Incomplete => {}
            Step::Not => self.give_up(),
            Step::Read { value, length } => {
                message_events(value.message, events);
                self.stream.consume(length);
                match value.body {
                    _ if value.tunnel || value.upgrade.is_some() => self.give_up(),
                    HttpBody::None => {}
                    HttpBody::Length(length) => self.stream.pass(length),
                    HttpBody::Chunked | HttpBody::UntilClose => self.give_up(),
                }
            }
        }
    }

    fn sip(&mut self, events: &mut Vec<Event>, at_end: bool) {
        match sip_head(self.stream.ready(), at_end) {
            Step::Incomplete => {}
            Step::Not => self.give_up(),
            Step::Read { value, length } => {
                message_events(value.message, events);
                self.stream.consume(length);
                match value.body {
                    Some(length) => self.stream.pass(length),
                    // RFC 3261 section 18.3 demands a length over a stream.
                    None => self.give_up(),
                }
            }
        }
    }

    fn dns(&mut self, events: &mut Vec<Event>) {
        let Some((&length, rest)) = self.stream.ready().split_first_chunk() else { return };
        let length = usize::from(u16::from_be_bytes(length));
        let Some(message) = rest.get(..length) else { return };
        if let Some(message) = dns_message(message, DnsFlavour::Dns) {
            events.push(Event::Dns(message, length + 2));
        }
        self.stream.consume(length + 2);
    }
}

/// What a message says, in a datagram as in a stream.
pub(super) fn message_events(message: Message, events: &mut Vec<Event>) {
    events.extend(message.names.into_iter().map(|named| Event::Claims(named.kind, named.name)));
    if let Some(request) = message.request {
        events.push(Event::Requests(Request::new(request.method, request.target)));
    }
}
