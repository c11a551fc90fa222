//! Dialogues in lines: mail, news and chat. What a service answers is a pure state machine; this
//! moves its bytes, takes TLS off where it is asked to, and tells what it hears of.

use std::io;

use super::converse::secure;
use super::greeting::QUIET;
use super::lines::Lines;
use super::stream::Stream;
use super::talk::Talk;
use crate::contact::{Protocol, Request};

/// A service that speaks in lines.
pub(super) trait Dialogue: Send {
    /// What is spoken, where requests in it are told.
    fn protocol(&self) -> Option<Protocol>;

    /// What the server says before the client has said anything.
    fn greeting(&self) -> &'static [u8];

    /// What it says anew within TLS that was begun on the way.
    fn greeting_within(&self) -> Option<String> {
        None
    }

    /// The answer to a line, which `secure` says came out of TLS.
    fn hear(&mut self, line: &str, secure: bool) -> Turn;

    /// The answer to the content that a line announced, so many bytes of it.
    fn received(&mut self, _bytes: u64) -> Turn {
        Turn::default()
    }
}

/// What follows upon a line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Turn {
    /// What is answered.
    pub(super) reply: String,
    /// What is told of it.
    pub(super) told: Option<Request>,
    pub(super) then: Then,
}

/// How a dialogue goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Then {
    /// With the next line.
    #[default]
    Listen,
    /// With content that ends with a dot on a line of its own.
    Dotted,
    /// With content of this length.
    Bytes(u64),
    /// With a TLS handshake.
    Tls,
    /// Not at all.
    Close,
}

impl Turn {
    /// An answer of one line.
    pub(super) fn say(line: &str) -> Self {
        Self { reply: format!("{line}\r\n"), ..Self::default() }
    }

    /// And what is told.
    pub(super) fn tell(self, request: Request) -> Self {
        Self { told: Some(request), ..self }
    }

    /// And how it goes on.
    pub(super) fn then(self, then: Then) -> Self {
        Self { then, ..self }
    }
}

/// Leads a dialogue to its end.
pub(super) async fn serve(
    stream: Stream,
    mut talk: Talk,
    mut dialogue: Box<dyn Dialogue>,
) -> io::Result<()> {
    let mut lines = Lines::new(stream);
    lines.send(dialogue.greeting()).await?;
    while let Some(line) = lines.line().await? {
        let line = String::from_utf8_lossy(&line);
        let mut turn = dialogue.hear(&line, talk.sessions > 0);
        loop {
            if let (Some(protocol), Some(request)) = (dialogue.protocol(), turn.told) {
                talk.tell_request(protocol, request);
            }
            if !turn.reply.is_empty() {
                lines.send(turn.reply.as_bytes()).await?;
            }
            let received = match turn.then {
                Then::Listen => break,
                Then::Close => return lines.close().await,
                Then::Dotted => lines.skip_to_dot().await?,
                Then::Bytes(count) => lines.skip(count).await?.then_some(count),
                Then::Tls => {
                    let greeting = dialogue.greeting_within();
                    let silence = greeting.as_ref().map(|_| QUIET);
                    let stream = lines.into_stream();
                    let Some((stream, within)) = secure(stream, talk, silence).await? else {
                        return Ok(());
                    };
                    (lines, talk) = (Lines::new(stream), within);
                    lines.send(greeting.unwrap_or_default().as_bytes()).await?;
                    break;
                }
            };
            let Some(bytes) = received else { return Ok(()) };
            turn = dialogue.received(bytes);
        }
    }
    Ok(())
}

/// A command and what follows it: the first word in capitals, and the rest.
pub(super) fn command(line: &str) -> (String, &str) {
    let line = line.trim();
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    (word.to_ascii_uppercase(), rest.trim())
}

/// How a client proves itself in further lines (RFC 4422): how many are still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Proving(u8);

impl Proving {
    /// With a mechanism, of which the first response may have come with the command. What the
    /// server asks next, in base64; none where the client is done.
    pub(super) fn begin(mechanism: &str, has_response: bool) -> (Self, Option<&'static str>) {
        let questions = match mechanism.to_ascii_uppercase().as_str() {
            "LOGIN" => 2,
            _ => 1,
        };
        let left = questions - u8::from(has_response);
        let question = match (left, questions) {
            (0, _) => None,
            (2, _) => Some("VXNlcm5hbWU6"), // Username:
            (_, 2) => Some("UGFzc3dvcmQ6"), // Password:
            _ if mechanism.to_ascii_uppercase().starts_with("CRAM") => Some("PDFAYXBwdHJhY2U+"),
            _ => Some(""),
        };
        (Self(left), question)
    }

    /// With the client's next response; what is asked after it.
    pub(super) fn go_on(self) -> (Self, Option<&'static str>) {
        match self.0 {
            2 => (Self(1), Some("UGFzc3dvcmQ6")),
            _ => (Self(0), None),
        }
    }
}

/// Says lines to a dialogue and shows what it answers, for tests.
#[cfg(test)]
pub(super) fn replies(dialogue: &mut dyn Dialogue, lines: &[&str]) -> Vec<String> {
    let shown = lines.iter().map(|line| {
        let mut turn = dialogue.hear(line, false);
        let mut shown = String::new();
        loop {
            shown += turn.reply.trim_end();
            if let Some(request) = &turn.told {
                shown += &format!(" [{}]", request.line());
            }
            match turn.then {
                Then::Listen => return shown.replace("\r\n", "|"),
                Then::Tls => return shown + " (tls)",
                Then::Close => return shown.replace("\r\n", "|") + " (close)",
                Then::Dotted => turn = dialogue.received(10),
                Then::Bytes(count) => turn = dialogue.received(count),
            }
            shown += " ... ";
        }
    });
    shown.collect()
}
