//! TCP segments: to their flows, and their data to whoever reads it.

use super::connection::Reading;
use super::lookups::Passing;
use super::reader::{Event, Reader};
use super::surveyor::{Seen, Surveyor};
use crate::contact::{FlowKey, LookupVia, Phase, Protocol};
use crate::dissect::{DnsMessage, Segment};
use crate::packet::Timestamp;

/// All streams together may hold this much that is not read yet.
const MOST_STREAM_BYTES: usize = 64 << 20;

impl Surveyor<'_> {
    /// A TCP segment.
    pub(super) fn segment(&mut self, seen: Seen, segment: Segment<'_>) {
        let opens = segment.syn && !segment.ack;
        // A SYN with another sequence number is a new connection on the same 5-tuple.
        if opens
            && self.is_renewed(&seen, segment.sequence)
            && let Some(old) = self.table.remove(seen.transport, seen.source, seen.destination)
        {
            self.retire(old);
        }
        // Where the beginning was missed, the lower of the well-known ports is the server's.
        let answers = seen.source.port() < 1024 && seen.destination.port() >= 1024;
        let begins = if segment.syn { !segment.ack } else { !answers };
        let no_phases = self.setting.phases.is_empty();
        let Some(flow) = self.flow(&seen, begins) else { return };
        let sent = seen.source == flow.key.client;
        let at = usize::from(!sent);
        let speaks = !segment.payload.is_empty();
        // In a capture of unknown beginning, an acknowledgement shows a connection too.
        let missed = no_phases && flow.spells.is_empty() && !segment.rst;
        let counted = flow.count(seen.counted(sent, sent && (opens || speaks || missed)));
        flow.closed |= segment.fin || segment.rst;
        flow.spoke |= sent && speaks;
        if segment.syn {
            flow.opened[at] = Some(segment.sequence);
        }
        if !counted {
            return self.count("tcp-without-contact");
        }
        // Of what the server says only the answers of DNS are read.
        if !speaks || !sent && flow.protocol != Some(Protocol::Dns) {
            return;
        }
        self.read(&seen, segment, at);
    }

    /// Whether a SYN begins another connection on the 5-tuple of one before.
    fn is_renewed(&mut self, seen: &Seen, sequence: u32) -> bool {
        let old = self.table.get(seen.transport, seen.source, seen.destination);
        old.is_some_and(|old| {
            let from_client = old.key.client == seen.source;
            old.closed || from_client && old.opened[0] != Some(sequence)
        })
    }

    /// Reads on in one direction of a connection.
    fn read(&mut self, seen: &Seen, segment: Segment<'_>, at: usize) {
        let held_by_all = self.held;
        let flow = self.table.get(seen.transport, seen.source, seen.destination);
        let Some(flow) = flow else { return };
        let first = flow.opened[at].map(|sequence| sequence.wrapping_add(1));
        if matches!(flow.readers[at], Reading::Waiting) {
            let port = flow.key.server.port();
            let reader =
                if at == 0 { Reader::of_client(first, port) } else { Reader::of_dns_server(first) };
            flow.readers[at] = Reading::On(Box::new(reader));
        }
        let Reading::On(reader) = &mut flow.readers[at] else { return };
        let before = reader.held();
        // A SYN takes one number of its own (RFC 9293 section 3.4).
        let sequence = segment.sequence.wrapping_add(u32::from(segment.syn));
        let events = reader.take(sequence, segment.payload);
        let mut after = reader.held();
        let poor = (held_by_all + after).saturating_sub(before) > MOST_STREAM_BYTES;
        if reader.is_done() || poor {
            flow.readers[at] = Reading::Over;
            after = 0;
        }
        let messages = flow.note(events, seen.phase);
        let key = flow.key;
        self.held = (held_by_all + after).saturating_sub(before);
        if poor {
            *self.survey.overflow.entry("streams").or_default() += 1;
        }
        for event in messages {
            if let Event::Dns(message, length) = event {
                self.dns_over_tcp(key, message, length, seen.time, seen.phase);
            }
        }
    }

    /// A DNS message on a connection.
    pub(super) fn dns_over_tcp(
        &mut self,
        key: FlowKey,
        message: DnsMessage,
        length: usize,
        time: Timestamp,
        phase: Phase,
    ) {
        let passing = Passing {
            message: &message,
            via: LookupVia::DnsTcp,
            server: key.server.ip(),
            time,
            phase,
            bytes: length as u64,
        };
        if message.response {
            self.lookups.answered(passing, &mut self.book);
        } else {
            self.lookups.asked(passing, self.setting.owners.get(&key));
        }
    }
}
