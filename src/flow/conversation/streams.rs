//! Requests of HTTP/2 and their responses, which come in any order: what ties them together is
//! the number of their stream (RFC 9113 section 5.1).

use std::collections::VecDeque;

use crate::contact::Request;
use crate::dissect::Message;

/// At most this many requests of one connection wait for their responses; the oldest leave
/// first. Servers seldom allow more streams at once (RFC 9113 section 6.5.2 suggests no fewer
/// than 100).
const MOST_WAITING: usize = 256;

/// The stream on which a request is answered that asked for the upgrade to HTTP/2 (RFC 7540
/// section 3.2).
const UPGRADED: u32 = 1;

/// Requests that have not been answered yet, oldest first.
#[derive(Debug, Default)]
pub(super) struct Streams {
    waiting: VecDeque<(u32, Request)>,
    bytes: usize,
}

impl Streams {
    /// Takes a message of either side; the request that it answers.
    pub(super) fn take(&mut self, message: &Message) -> Option<Request> {
        let stream = message.stream?;
        if let Some(request) = &message.request {
            self.wait(stream, request.clone());
        }
        // An interim response leaves its request waiting (RFC 9110 section 15.2).
        message.status.filter(|status| *status >= 200)?;
        let at = self.waiting.iter().position(|(waits, _)| *waits == stream)?;
        let (_, request) = self.waiting.remove(at)?;
        self.bytes = self.bytes.saturating_sub(size(&request));
        Some(request)
    }

    /// A request of HTTP/1 was answered by going over to HTTP/2.
    pub(super) fn upgraded(&mut self, request: Request) {
        self.wait(UPGRADED, request);
    }

    /// How many bytes of memory it holds.
    pub(super) fn held(&self) -> usize {
        self.bytes
    }

    fn wait(&mut self, stream: u32, request: Request) {
        if self.waiting.len() >= MOST_WAITING
            && let Some((_, oldest)) = self.waiting.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(size(&oldest));
        }
        self.bytes += size(&request);
        self.waiting.push_back((stream, request));
    }
}

fn size(request: &Request) -> usize {
    size_of::<(u32, Request)>() + request.size()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Protocol;

    fn asks(stream: u32, target: &str) -> Message {
        let request = Some(Request::new("GET", target));
        Message { request, stream: Some(stream), ..Message::new(Protocol::Http2, "") }
    }

    fn answers(stream: u32, status: u16) -> Message {
        let status = Some(status);
        Message { status, stream: Some(stream), ..Message::new(Protocol::Http2, "") }
    }

    fn check(messages: &[Message], expected: &[&str]) {
        let mut streams = Streams::default();
        let answered = messages.iter().filter_map(|message| streams.take(message));
        let answered: Vec<_> = answered.map(|request| request.target).collect();
        assert_eq!(answered, expected, "{messages:?}");
        let waiting = streams.waiting.iter().map(|(_, request)| size(request)).sum::<usize>();
        assert_eq!(streams.held(), waiting);
    }

    #[test]
    fn a_response_answers_the_request_of_its_stream() {
        let (one, three) = (asks(1, "/one"), asks(3, "/three"));
        check(&[one.clone(), three.clone(), answers(3, 200), answers(1, 404)], &["/three", "/one"]);
        check(&[one.clone(), answers(1, 103), answers(1, 200)], &["/one"]);
        check(&[one.clone(), answers(1, 200), answers(1, 200)], &["/one"]);
        check(&[one, answers(2, 200)], &[]);
        check(&[answers(1, 200), three], &[]);
    }

    #[test]
    fn the_number_of_those_that_wait_is_bounded() {
        let many = MOST_WAITING as u32 + 1;
        let mut messages: Vec<_> = (0..many).map(|stream| asks(stream, "/")).collect();
        messages.extend([answers(0, 200), answers(many - 1, 200)]);
        check(&messages, &["/"]);
    }
}
