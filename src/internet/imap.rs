//! IMAP (RFC 9051, RFC 3501), as a server that lets everybody in; its only mailbox is empty.

use super::dialogue::{Dialogue, Proving, Then, Turn, command};
use crate::contact::{Body, Protocol, Request};

const CAPABILITIES: &str = "IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=LOGIN AUTH=XOAUTH2 ID IDLE NAMESPACE \
                            UIDPLUS LITERAL+ ENABLE";
/// So much of a command with literals in it is kept.
const MOST_PENDING: usize = 4096;
/// So many characters of a mailbox's name are told.
const MOST_CHARACTERS: usize = 256;

/// A session.
#[derive(Debug, Default)]
pub(super) struct Imap {
    /// A command whose literal is being sent.
    pending: String,
    /// How long the literals of this command were.
    literals: u64,
    /// The tag of a command that waits for more lines, and what they mean.
    waiting: Option<(String, Waiting)>,
}

#[derive(Debug, Clone, Copy)]
enum Waiting {
    Proof(Proving),
    Idle,
}

impl Dialogue for Imap {
    fn protocol(&self) -> Option<Protocol> {
        Some(Protocol::Imap)
    }

    fn greeting(&self) -> &'static [u8] {
        b"* OK IMAP4rev1 ready\r\n"
    }

    fn hear(&mut self, line: &str, secure: bool) -> Turn {
        if let Some((tag, waiting)) = self.waiting.take() {
            return match waiting {
                Waiting::Idle => done(&tag, "IDLE"),
                Waiting::Proof(_) if line.trim() == "*" => {
                    Turn::say(&format!("{tag} BAD Cancelled"))
                }
                Waiting::Proof(proving) => self.prove(tag, proving.go_on()),
            };
        }
        if self.pending.len() < MOST_PENDING {
            self.pending.push_str(line);
        }
        if let Some((length, at_once)) = literal(line) {
            self.literals = self.literals.saturating_add(length);
            let reply = if at_once { "" } else { "+ Go ahead\r\n" };
            let turn = Turn { reply: reply.to_owned(), ..Turn::default() };
            return turn.then(Then::Bytes(length));
        }
        let line = std::mem::take(&mut self.pending);
        let literals = std::mem::take(&mut self.literals);
        let (tag, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        if tag.is_empty() {
            return Turn::default();
        }
        let (verb, rest) = command(rest);
        self.answer(tag, &verb, rest, literals, secure)
    }
}

impl Imap {
    fn answer(&mut self, tag: &str, verb: &str, rest: &str, literals: u64, secure: bool) -> Turn {
        let name = || mailbox(rest);
        let told = |target: String| Request::new(verb, target);
        match verb {
            "CAPABILITY" => {
                let starttls = if secure { "" } else { " STARTTLS" };
                data(&format!("CAPABILITY {CAPABILITIES}{starttls}"), tag, verb)
            }
            "STARTTLS" if !secure => Turn::say(&format!("{tag} OK Go ahead")).then(Then::Tls),
            "LOGOUT" => data("BYE", tag, verb).then(Then::Close),
            "LOGIN" => done(tag, verb).tell(told(name())),
            "AUTHENTICATE" => {
                let (mechanism, response) = rest.split_once(' ').unwrap_or((rest, ""));
                self.prove(tag.to_owned(), Proving::begin(mechanism, !response.is_empty()))
            }
            "IDLE" => {
                self.waiting = Some((tag.to_owned(), Waiting::Idle));
                Turn::say("+ idling")
            }
            "SELECT" | "EXAMINE" => {
                let access = if verb == "SELECT" { "READ-WRITE" } else { "READ-ONLY" };
                Turn::say(&format!(
                    "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n* 0 EXISTS\r\n\
                     * 0 RECENT\r\n* OK [UIDVALIDITY 1]\r\n* OK [UIDNEXT 1]\r\n\
                     {tag} OK [{access}] {verb} completed"
                ))
                .tell(told(name()))
            }
            "LIST" | "LSUB" | "XLIST" => {
                let wants_root = rest.ends_with("\"\"");
                let found = if wants_root { "(\\Noselect) \"/\" \"\"" } else { "() \"/\" INBOX" };
                data(&format!("{verb} {found}"), tag, verb)
            }
            "STATUS" => {
                let counts = "MESSAGES 0 RECENT 0 UIDNEXT 1 UIDVALIDITY 1 UNSEEN 0";
                let name = rest.split_once(" (").map_or(rest, |(name, _)| name);
                data(&format!("STATUS {name} ({counts})"), tag, verb).tell(told(mailbox(name)))
            }
            "APPEND" => {
                let body = Some(Body { bytes: literals, content_type: None });
                done(tag, verb).tell(Request { body, ..told(name()) })
            }
            "SEARCH" => data("SEARCH", tag, verb),
            "UID" if command(rest).0 == "SEARCH" => data("SEARCH", tag, "UID SEARCH"),
            "NAMESPACE" => data("NAMESPACE ((\"\" \"/\")) NIL NIL", tag, verb),
            "ID" => data("ID NIL", tag, verb).tell(told(cut(rest))),
            "ENABLE" => data("ENABLED", tag, verb),
            "" => Turn::say(&format!("{tag} BAD No command")),
            _ => done(tag, verb),
        }
    }

    fn prove(&mut self, tag: String, next: (Proving, Option<&'static str>)) -> Turn {
        match next {
            (_, None) => done(&tag, "AUTHENTICATE"),
            (proving, Some(question)) => {
                self.waiting = Some((tag, Waiting::Proof(proving)));
                Turn::say(&format!("+ {question}"))
            }
        }
    }
}

fn done(tag: &str, verb: &str) -> Turn {
    Turn::say(&format!("{tag} OK {verb} completed"))
}

fn data(data: &str, tag: &str, verb: &str) -> Turn {
    Turn::say(&format!("* {data}\r\n{tag} OK {verb} completed"))
}

/// The length of the literal that a line ends with (RFC 9051 section 4.3), and whether it comes
/// without being asked for (RFC 7888).
fn literal(line: &str) -> Option<(u64, bool)> {
    let (_, length) = line.trim_end().strip_suffix('}')?.rsplit_once('{')?;
    match length.strip_suffix('+') {
        Some(length) => Some((length.parse().ok()?, true)),
        None => Some((length.parse().ok()?, false)),
    }
}

/// The first argument, without its quotes.
fn mailbox(rest: &str) -> String {
    let name = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split(' ').next(),
    };
    cut(name.unwrap_or_default())
}

fn cut(text: &str) -> String {
    text.chars().take(MOST_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::internet::dialogue::replies;

    #[test]
    fn a_client_logs_in_and_finds_nothing() {
        for (line, expected) in [
            ("a LOGIN \"me\" \"secret\"", "a OK LOGIN completed [LOGIN me]"),
            ("a login me secret", "a OK LOGIN completed [LOGIN me]"),
            ("a AUTHENTICATE PLAIN AGEAYg==", "a OK AUTHENTICATE completed"),
            ("a LIST \"\" \"*\"", "* LIST () \"/\" INBOX|a OK LIST completed"),
            ("a LIST \"\" \"\"", "* LIST (\\Noselect) \"/\" \"\"|a OK LIST completed"),
            ("a UID SEARCH ALL", "* SEARCH|a OK UID SEARCH completed"),
            ("a FETCH 1:* FLAGS", "a OK FETCH completed"),
            (
                "a STATUS \"INBOX\" (MESSAGES)",
                "* STATUS \"INBOX\" (MESSAGES 0 RECENT 0 UIDNEXT 1 UIDVALIDITY 1 UNSEEN 0)|\
                 a OK STATUS completed [STATUS INBOX]",
            ),
            ("a APPEND Sent {3+}", " ... "),
            ("a STARTTLS", "a OK Go ahead (tls)"),
            ("a LOGOUT", "* BYE|a OK LOGOUT completed (close)"),
            ("a", "a BAD No command"),
            ("", ""),
        ] {
            assert_eq!(replies(&mut Imap::default(), &[line]), [expected], "{line}");
        }
        let selected = replies(&mut Imap::default(), &["a SELECT INBOX"]);
        assert!(selected[0].contains("* 0 EXISTS|"), "{selected:?}");
        assert!(selected[0].ends_with("[READ-WRITE] SELECT completed [SELECT INBOX]"));
    }

    #[test]
    fn what_takes_more_lines_is_one_command() {
        for (lines, expected) in [
            (&["a IDLE", "DONE"][..], &["+ idling", "a OK IDLE completed"][..]),
            (&["a AUTHENTICATE PLAIN", "AGEAYg=="], &["+", "a OK AUTHENTICATE completed"]),
            (&["a AUTHENTICATE PLAIN", "*"], &["+", "a BAD Cancelled"]),
            (
                &["a LOGIN {2}", " {3+}", ""],
                &["+ Go ahead ... ", " ... ", "a OK LOGIN completed [LOGIN {2}]"],
            ),
            (
                &["a APPEND \"Sent Items\" {310}", ""],
                &["+ Go ahead ... ", "a OK APPEND completed [APPEND Sent Items]"],
            ),
        ] {
            assert_eq!(replies(&mut Imap::default(), lines), expected, "{lines:?}");
        }
    }
}
