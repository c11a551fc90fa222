//! DNS messages (RFC 1035), and what shares their form: multicast DNS (RFC 6762), LLMNR (RFC
//! 4795), the NetBIOS name service (RFC 1002). The good records of a bad message are kept.

use std::borrow::Cow;
use std::sync::Arc;

use super::dns_data::{DnsData, Field, data};
use super::dns_kind::{OPT, status_name, type_name};
use super::dns_name::Names;
use super::message::Step;

/// Which protocol's names and types a message uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DnsFlavour {
    /// DNS, multicast DNS, LLMNR.
    Dns,
    /// The NetBIOS name service, whose names are encoded once more.
    NetBios,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsMessage {
    /// Which protocol's names it uses.
    pub flavour: DnsFlavour,
    /// What ties an answer to its query.
    pub id: u16,
    /// What is to be done: 0 is a query, 4 a notification (RFC 1996), 5 an update (RFC 2136);
    /// NetBIOS has its own (RFC 1002 section 4.2.1.1).
    pub opcode: u8,
    /// An answer, not a query.
    pub response: bool,
    /// It was cut to fit a datagram.
    pub truncated: bool,
    /// The response code's mnemonic, that of EDNS where it has one.
    pub status: Cow<'static, str>,
    /// What is asked; in an update, its zone.
    pub questions: Vec<DnsQuestion>,
    /// The answer section.
    pub answers: Vec<DnsRecord>,
    /// The authority section; in an update, what is changed.
    pub authority: Vec<DnsRecord>,
    /// The additional section, without EDNS.
    pub additional: Vec<DnsRecord>,
    /// It speaks EDNS (RFC 6891).
    pub edns: bool,
    /// How many bytes it took; what follows belongs to no section.
    pub length: usize,
}

impl DnsMessage {
    /// Whether it changes a zone (RFC 2136) and looks nothing up: its question is the zone, its
    /// authority section what is changed.
    pub fn is_update(&self) -> bool {
        self.opcode == 5 && self.flavour == DnsFlavour::Dns
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsQuestion {
    /// The name, lower-cased and without the final dot; the root is `.`.
    pub name: Arc<str>,
    /// The record type's mnemonic, or `TYPE65000`.
    pub record_type: Cow<'static, str>,
    /// The class, without multicast DNS's flag.
    pub class: u16,
    /// Multicast DNS: an answer by unicast is welcome (RFC 6762 section 5.4).
    pub unicast: bool,
    /// What kind of NetBIOS name it is, its last byte.
    pub suffix: Option<u8>,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsRecord {
    /// Whose it is.
    pub owner: Arc<str>,
    /// The record type's mnemonic, or `TYPE65000`.
    pub record_type: Cow<'static, str>,
    /// The class, without multicast DNS's flag.
    pub class: u16,
    /// For how many seconds it may be kept.
    pub ttl: u32,
    /// What it says.
    pub data: DnsData,
}

/// The bit of a class that multicast DNS uses for itself (RFC 6762 sections 5.4 and 10.2).
const MULTICAST_FLAG: u16 = 0x8000;

/// More records than this in one section are not read.
const MOST_RECORDS: usize = 1024;

/// Reads a message. None where the bytes are no message: too short for a header, a first
/// question that cannot be read, or an operation that is not in use and bytes left over.
pub fn dns_message(bytes: &[u8], flavour: DnsFlavour) -> Option<DnsMessage> {
    let header: &[u8; 12] = bytes.first_chunk()?;
    let pair = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let flags = pair(2);
    let opcode = (flags >> 11 & 15) as u8;
    // RFC 1002 uses operations up to 9, DNS none above 6: what uses one has to be a question
    // and no byte more.
    let in_use = opcode <= 9;
    if !in_use && (flags & 0x8000 != 0 || bytes.get(4..12) != Some(&[0, 1, 0, 0, 0, 0, 0, 0])) {
        return None;
    }
    let mut message = DnsMessage {
        flavour,
        id: pair(0),
        opcode,
        response: flags & 0x8000 != 0,
        truncated: flags & 0x0200 != 0,
        status: Cow::Borrowed(""),
        questions: Vec::new(),
        answers: Vec::new(),
        authority: Vec::new(),
        additional: Vec::new(),
        edns: false,
        length: 12,
    };
    let mut reader = Reader { bytes, at: 12, names: Names::new(bytes, flavour), flavour };
    let mut status = flags & 15;
    let mut whole = true;
    for _ in 0..usize::from(pair(4)).min(MOST_RECORDS) {
        match reader.question() {
            Some(question) => message.questions.push(question),
            None if message.questions.is_empty() => return None,
            None => whole = false,
        }
        if !whole {
            break;
        }
    }
    let sections = [&mut message.answers, &mut message.authority, &mut message.additional];
    for (section, count) in sections.into_iter().zip([pair(6), pair(8), pair(10)]) {
        let count = usize::from(count).min(MOST_RECORDS);
        for _ in 0..count {
            let Some(record) = Some(()).filter(|()| whole).and_then(|()| reader.record()) else {
                whole = false;
                break;
            };
            match record {
                Read::Record(record) => section.push(record),
                Read::Edns { status: high } => {
                    status |= u16::from(high) << 4;
                    message.edns = true;
                }
            }
        }
    }
    message.length = reader.at;
    message.status = status_name(status);
    let says_nothing = message.questions.is_empty()
        && message.answers.is_empty()
        && message.authority.is_empty()
        && message.additional.is_empty();
    let fits = in_use || whole && message.length == bytes.len();
    (fits && (!says_nothing || message.response)).then_some(message)
}

/// Reads the message at the start of a stream, behind its length (RFC 1035 section 4.2.2).
/// Bytes that are no message within a sound length are passed over by the caller.
pub fn dns_stream_message(bytes: &[u8]) -> Step<Option<DnsMessage>> {
    let Some((length, rest)) = bytes.split_first_chunk() else { return Step::Incomplete };
    let length = usize::from(u16::from_be_bytes(*length));
    if length < 12 {
        return Step::Not;
    }
    let Some(message) = rest.get(..length) else { return Step::Incomplete };
    Step::Read { value: dns_message(message, DnsFlavour::Dns), length: length + 2 }
}

/// What a section holds.
enum Read {
    Record(DnsRecord),
    /// An OPT record; the upper bits of the response code (RFC 6891 section 6.1.3).
    Edns {
        status: u8,
    },
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    names: Names<'a>,
    flavour: DnsFlavour,
}

impl Reader<'_> {
    fn question(&mut self) -> Option<DnsQuestion> {
        let (name, at) = self.names.read(self.at)?;
        let &[a, b, c, d] = self.bytes.get(at..)?.first_chunk()?;
        self.at = at + 4;
        let class = u16::from_be_bytes([c, d]);
        Some(DnsQuestion {
            name: name.text,
            record_type: type_name(u16::from_be_bytes([a, b]), self.flavour),
            class: class & !MULTICAST_FLAG,
            unicast: class & MULTICAST_FLAG != 0,
            suffix: name.suffix,
        })
    }

    fn record(&mut self) -> Option<Read> {
        // EDNS is owned by the root, and has no need of its name.
        if let Some(&[0, 0, 41, _, _, status, _, _, _, high, low]) =
            self.bytes.get(self.at..).and_then(<[u8]>::first_chunk)
        {
            let end = self.at + 11 + usize::from(u16::from_be_bytes([high, low]));
            if end > self.bytes.len() {
                return None;
            }
            self.at = end;
            return Some(Read::Edns { status });
        }
        let (owner, at) = self.names.read(self.at)?;
        let &[a, b, c, d, e, f, g, h, i, j] = self.bytes.get(at..)?.first_chunk()?;
        let start = at + 10;
        let end = start + usize::from(u16::from_be_bytes([i, j]));
        if end > self.bytes.len() {
            return None;
        }
        self.at = end;
        let number = u16::from_be_bytes([a, b]);
        if number == OPT {
            return Some(Read::Edns { status: e });
        }
        let field = Field { bytes: self.bytes, start, end, flavour: self.flavour };
        Some(Read::Record(DnsRecord {
            owner: owner.text,
            record_type: type_name(number, self.flavour),
            class: u16::from_be_bytes([c, d]) & !MULTICAST_FLAG,
            ttl: u32::from_be_bytes([e, f, g, h]),
            data: data(number, &field, &mut self.names),
        }))
    }
}
