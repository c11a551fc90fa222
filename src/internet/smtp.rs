//! SMTP (RFC 5321), as a server that takes every message to the end: the envelope is told as
//! requests, the content by its length.

use super::dialogue::{Dialogue, Proving, Then, Turn, command};
use crate::contact::{Body, Protocol, Request};

/// So many recipients of a message are told.
const MOST_RECIPIENTS: usize = 100;
/// So many characters of an address are told (RFC 5321 section 4.5.3.1.3).
const MOST_CHARACTERS: usize = 256;

/// A session, and the message under way in it.
#[derive(Debug, Default)]
pub(super) struct Smtp {
    sender: Option<String>,
    recipients: Vec<String>,
    proving: Option<Proving>,
    /// What came of the message in chunks (RFC 3030).
    chunks: u64,
    /// Whether the chunk that comes now is the last; none where none comes.
    chunk: Option<bool>,
}

impl Dialogue for Smtp {
    fn protocol(&self) -> Option<Protocol> {
        Some(Protocol::Smtp)
    }

    // No name that could be taken for the host's own.
    fn greeting(&self) -> &'static [u8] {
        b"220 apptrace ESMTP\r\n"
    }

    fn hear(&mut self, line: &str, secure: bool) -> Turn {
        if let Some(proving) = self.proving.take() {
            let next = if line.trim() == "*" { None } else { Some(proving.go_on()) };
            return self.prove(next);
        }
        let (verb, rest) = command(line);
        match verb.as_str() {
            "EHLO" | "LHLO" => {
                self.forget();
                Turn { reply: extensions(secure), ..Turn::default() }
            }
            "HELO" => {
                self.forget();
                Turn::say("250 apptrace")
            }
            "STARTTLS" if !secure => {
                self.forget();
                Turn::say("220 Go ahead").then(Then::Tls)
            }
            "AUTH" => {
                let (mechanism, response) = rest.split_once(' ').unwrap_or((rest, ""));
                self.prove(Some(Proving::begin(mechanism, !response.is_empty())))
            }
            "MAIL" => {
                self.forget();
                let sender = path(rest);
                self.sender = Some(sender.clone());
                let told = Request { from: Some(sender.clone()), ..accepted("MAIL", sender) };
                Turn::say("250 OK").tell(told)
            }
            "RCPT" => {
                let recipient = path(rest);
                if self.recipients.len() < MOST_RECIPIENTS {
                    self.recipients.push(recipient.clone());
                }
                let told = Request { to: Some(recipient.clone()), ..accepted("RCPT", recipient) };
                Turn::say("250 OK").tell(Request { from: self.sender.clone(), ..told })
            }
            "DATA" => Turn::say("354 End with a dot on a line of its own").then(Then::Dotted),
            "BDAT" => {
                let (length, last) = rest.split_once(' ').unwrap_or((rest, ""));
                self.chunk = Some(last.trim().eq_ignore_ascii_case("last"));
                match length.parse() {
                    Ok(length) => Turn::default().then(Then::Bytes(length)),
                    Err(_) => Turn::say("501 BDAT takes a length"),
                }
            }
            "RSET" => {
                self.forget();
                Turn::say("250 OK")
            }
            "VRFY" => Turn::say("252 Cannot verify, but takes messages"),
            "NOOP" | "EXPN" | "HELP" | "ETRN" => Turn::say("250 OK"),
            "QUIT" => Turn::say("221 Bye").then(Then::Close),
            _ => Turn::say("500 Unknown command"),
        }
    }

    fn received(&mut self, bytes: u64) -> Turn {
        let bytes = self.chunks.saturating_add(bytes);
        if self.chunk.take() == Some(false) {
            self.chunks = bytes;
            return Turn::say("250 OK");
        }
        let to = self.recipients.join(", ");
        let body = Some(Body { bytes, content_type: None });
        let (from, target) = (self.sender.take(), to.clone());
        let told = Request { from, to: Some(to), body, ..accepted("DATA", target) };
        self.forget();
        Turn::say("250 OK: queued").tell(told)
    }
}

impl Smtp {
    fn forget(&mut self) {
        *self = Self::default();
    }

    fn prove(&mut self, next: Option<(Proving, Option<&'static str>)>) -> Turn {
        match next {
            None => Turn::say("501 Cancelled"),
            Some((_, None)) => Turn::say("235 Accepted"),
            Some((proving, Some(question))) => {
                self.proving = Some(proving);
                Turn::say(&format!("334 {question}"))
            }
        }
    }
}

fn extensions(secure: bool) -> String {
    let starttls = if secure { "" } else { "250-STARTTLS\r\n" };
    format!(
        "250-apptrace\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n\
         250-CHUNKING\r\n250-DSN\r\n{starttls}250 AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2\r\n"
    )
}

fn accepted(method: &str, target: String) -> Request {
    Request { status: Some(250), ..Request::new(method, target) }
}

/// The address in `FROM:<a@example.org> SIZE=7` (section 4.1.2).
fn path(rest: &str) -> String {
    let address = rest.split_once(':').map_or(rest, |(_, address)| address).trim();
    let address = match address.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        Some((address, _)) => address,
        None => address.split(' ').next().unwrap_or_default(),
    };
    address.chars().take(MOST_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::internet::dialogue::replies;

    fn check(lines: &[&str], expected: &[&str]) {
        assert_eq!(replies(&mut Smtp::default(), lines), expected, "{lines:?}");
    }

    #[test]
    fn a_message_is_taken_to_the_end() {
        check(
            &[
                "HELO me",
                "MAIL FROM:<a@example.org> SIZE=7",
                "rcpt to:<b@example.org>",
                "RCPT TO: c@example.org",
                "DATA",
                "QUIT",
            ],
            &[
                "250 apptrace",
                "250 OK [MAIL a@example.org]",
                "250 OK [RCPT b@example.org]",
                "250 OK [RCPT c@example.org]",
                "354 End with a dot on a line of its own ... \
                 250 OK: queued [DATA b@example.org, c@example.org]",
                "221 Bye (close)",
            ],
        );
    }

    #[test]
    fn a_message_in_chunks_is_one_message() {
        let mut smtp = Smtp::default();
        smtp.hear("RCPT TO:<b@example.org>", false);
        assert_eq!(smtp.hear("BDAT 7", false).then, Then::Bytes(7));
        assert_eq!(smtp.received(7), Turn::say("250 OK"));
        assert_eq!(smtp.hear("BDAT 0 LAST", false).then, Then::Bytes(0));
        let told = smtp.received(0).told.expect("a request");
        assert_eq!(told.body.map(|body| body.bytes), Some(7));
        check(&["BDAT much"], &["501 BDAT takes a length"]);
    }

    #[test]
    fn every_proof_is_accepted() {
        check(&["AUTH PLAIN AGEAYg=="], &["235 Accepted"]);
        check(&["AUTH PLAIN", "AGEAYg=="], &["334", "235 Accepted"]);
        check(
            &["AUTH LOGIN", "YQ==", "Yg=="],
            &["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 Accepted"],
        );
        check(&["AUTH LOGIN YQ==", "Yg=="], &["334 UGFzc3dvcmQ6", "235 Accepted"]);
        check(&["AUTH CRAM-MD5", "*"], &["334 PDFAYXBwdHJhY2U+", "501 Cancelled"]);
    }

    #[test]
    fn tls_is_offered_once() {
        assert!(extensions(false).contains("STARTTLS"));
        assert!(!extensions(true).contains("STARTTLS"));
        check(&["STARTTLS"], &["220 Go ahead (tls)"]);
        assert_eq!(Smtp::default().hear("STARTTLS", true), Turn::say("500 Unknown command"));
    }
}
