//! What is read over the datagrams of a flow: which protocol they speak, and handshakes that
//! take several of them.

use super::datagrams::Announced;
use super::seen::Seen;
use crate::contact::Protocol;
use crate::dissect::{
    DtlsReader, Message, QuicReader, datagram_message, looks_like_rtcp, looks_like_rtp,
    of_datagram, rdp_udp_hello,
};

/// So many datagrams of a flow are looked at until one is recognised: a few strange ones must
/// not hide what comes after them.
const MOST_TRIES: u8 = 64;

/// A handshake that is not over after so many datagrams will hardly be read.
const MOST_HANDSHAKE: u8 = 64;

/// How a flow's datagrams are read.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    tries: u8,
    reading: Reading,
    /// Nothing was recognised, but it has the form of media.
    media: bool,
}

#[derive(Debug, Default)]
enum Reading {
    /// Nothing was recognised yet.
    #[default]
    Unknown,
    /// A handshake over several datagrams.
    Quic(Box<QuicReader>),
    /// The same, for either direction.
    Dtls(Box<[DtlsReader; 2]>),
    /// Each datagram says something of its own.
    Each(Protocol),
    /// Nothing more is to be learned.
    Over,
}

/// A datagram on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passing<'a> {
    pub(super) payload: &'a [u8],
    /// When it passed, and between whom.
    pub(super) seen: &'a Seen,
    pub(super) from_client: bool,
    /// What is said is wanted even where nothing can be learned from it.
    pub(super) listed: bool,
}

impl Exchange {
    /// Reads a datagram; the protocol where it was recognised just now.
    pub(super) fn take(
        &mut self,
        datagram: Passing<'_>,
        announced: &Announced,
        out: &mut Vec<Message>,
    ) -> Option<Protocol> {
        let mut recognised = None;
        if matches!(self.reading, Reading::Unknown) && self.tries < MOST_TRIES {
            self.tries += 1;
            recognised = recognise(&datagram, announced);
            if recognised.is_none() {
                self.media |= looks_like_rtp(datagram.payload).is_some();
                let (from, to) = datagram.seen.ports();
                out.extend(rdp_udp_hello(datagram.payload, from, to));
            }
            if let Some(protocol) = recognised {
                self.reading = Reading::of(protocol);
                self.tries = 0;
            }
        }
        match &mut self.reading {
            Reading::Unknown => {}
            Reading::Quic(reader) => {
                reader.take(datagram.from_client, datagram.payload, out);
                self.tries += 1;
                if self.tries > MOST_HANDSHAKE {
                    self.reading = Reading::Over;
                }
            }
            Reading::Dtls(readers) => {
                let [client, server] = &mut **readers;
                let reader = if datagram.from_client { client } else { server };
                reader.take(datagram.payload, out);
                self.tries += 1;
                if self.tries > MOST_HANDSHAKE {
                    self.reading = Reading::Over;
                }
            }
            Reading::Each(protocol) => {
                // Media and its reports may share a path (RFC 5761): then it is named for the media.
                if *protocol == Protocol::Rtcp && looks_like_rtp(datagram.payload).is_some() {
                    *protocol = Protocol::Rtp;
                    recognised = Some(Protocol::Rtp);
                }
                let (from, to) = datagram.seen.ports();
                if tells(*protocol) || datagram.listed {
                    out.extend(datagram_message(*protocol, datagram.payload, from, to));
                }
            }
            Reading::Over => {}
        }
        recognised
    }

    /// How many bytes of memory wait for the rest of a handshake.
    pub(super) fn held(&self) -> usize {
        match &self.reading {
            Reading::Quic(reader) => reader.held(),
            Reading::Dtls(readers) => readers.iter().map(DtlsReader::held).sum(),
            _ => 0,
        }
    }

    /// Nothing more is read.
    pub(super) fn give_up(&mut self) {
        self.reading = Reading::Over;
    }

    /// Whether it has the form of media and of nothing else.
    pub(super) fn may_be_media(&self) -> bool {
        self.media && matches!(self.reading, Reading::Unknown | Reading::Over)
    }

    /// Gives what can be read of a handshake that broke off.
    pub(super) fn finish(&mut self, out: &mut Vec<Message>) {
        match &mut self.reading {
            Reading::Quic(reader) => reader.finish(out),
            Reading::Dtls(readers) => readers.iter_mut().for_each(|reader| reader.finish(out)),
            _ => {}
        }
        self.reading = Reading::Over;
    }
}

impl Reading {
    fn of(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Quic | Protocol::Gquic => Self::Quic(Box::new(QuicReader::new())),
            Protocol::Dtls => Self::Dtls(Box::new([DtlsReader::new(true), DtlsReader::new(false)])),
            other => Self::Each(other),
        }
    }
}

fn recognise(datagram: &Passing<'_>, announced: &Announced) -> Option<Protocol> {
    let (from, to) = (datagram.seen.source(), datagram.seen.destination());
    let known = of_datagram(datagram.payload, from.port(), to.port());
    if known.is_some() {
        return known;
    }
    // Bytes alone do not tell media from noise: SDP or STUN must have announced it.
    if !announced.holds(from) && !announced.holds(to) {
        return None;
    }
    // Reports first: their types fall where the marker bit and a payload type would.
    let reports = looks_like_rtcp(datagram.payload).map(|_| Protocol::Rtcp);
    reports.or_else(|| looks_like_rtp(datagram.payload).map(|_| Protocol::Rtp))
}

/// Whether a protocol's messages name hosts, ask for something, or announce media.
fn tells(protocol: Protocol) -> bool {
    !matches!(protocol, Protocol::Rtp | Protocol::Rtcp | Protocol::Ntp | Protocol::Wireguard)
}
