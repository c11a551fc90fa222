//! POP3 (RFC 1939), as a mailbox that lets everybody in and holds nothing.

use super::dialogue::{Dialogue, Proving, Then, Turn, command};
use crate::contact::{Protocol, Request};

/// A session.
#[derive(Debug, Default)]
pub(super) struct Pop3 {
    proving: Option<Proving>,
}

impl Dialogue for Pop3 {
    fn protocol(&self) -> Option<Protocol> {
        Some(Protocol::Pop3)
    }

    fn greeting(&self) -> &'static [u8] {
        b"+OK POP3 ready\r\n"
    }

    fn hear(&mut self, line: &str, secure: bool) -> Turn {
        if let Some(proving) = self.proving.take() {
            let next = if line.trim() == "*" { None } else { Some(proving.go_on()) };
            return self.prove(next);
        }
        let (verb, rest) = command(line);
        match verb.as_str() {
            "CAPA" => {
                let stls = if secure { "" } else { "STLS\r\n" };
                let reply =
                    format!("+OK\r\nTOP\r\nUIDL\r\nUSER\r\nSASL PLAIN LOGIN\r\n{stls}.\r\n");
                Turn { reply, ..Turn::default() }
            }
            "STLS" if !secure => Turn::say("+OK Go ahead").then(Then::Tls),
            "AUTH" if rest.is_empty() => Turn::say("+OK\r\nPLAIN\r\nLOGIN\r\n."),
            "AUTH" => {
                let (mechanism, response) = rest.split_once(' ').unwrap_or((rest, ""));
                self.prove(Some(Proving::begin(mechanism, !response.is_empty())))
            }
            "USER" => Turn::say("+OK"),
            "APOP" | "PASS" => Turn::say("+OK Welcome"),
            "STAT" => Turn::say("+OK 0 0").tell(Request::new("STAT", "")),
            "LIST" | "UIDL" if rest.is_empty() => {
                Turn::say("+OK\r\n.").tell(Request::new(verb.as_str(), ""))
            }
            "LIST" | "UIDL" | "RETR" | "TOP" | "DELE" => {
                Turn::say("-ERR No such message").tell(Request::new(verb.as_str(), rest))
            }
            "NOOP" | "RSET" | "UTF8" | "LANG" => Turn::say("+OK"),
            "QUIT" => Turn::say("+OK Bye").then(Then::Close),
            _ => Turn::say("-ERR Unknown command"),
        }
    }
}

impl Pop3 {
    fn prove(&mut self, next: Option<(Proving, Option<&'static str>)>) -> Turn {
        match next {
            None => Turn::say("-ERR Cancelled"),
            Some((_, None)) => Turn::say("+OK Welcome"),
            Some((proving, Some(question))) => {
                self.proving = Some(proving);
                Turn::say(&format!("+ {question}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::internet::dialogue::replies;

    #[test]
    fn a_client_logs_in_and_finds_nothing() {
        for (line, expected) in [
            ("USER a", "+OK"),
            ("PASS b", "+OK Welcome"),
            ("APOP a c4c9", "+OK Welcome"),
            ("AUTH", "+OK|PLAIN|LOGIN|."),
            ("AUTH PLAIN AGEAYg==", "+OK Welcome"),
            ("CAPA", "+OK|TOP|UIDL|USER|SASL PLAIN LOGIN|STLS|."),
            ("STAT", "+OK 0 0 [STAT ]"),
            ("list", "+OK|. [LIST ]"),
            ("UIDL 1", "-ERR No such message [UIDL 1]"),
            ("STLS", "+OK Go ahead (tls)"),
            ("QUIT", "+OK Bye (close)"),
            ("\u{0}", "-ERR Unknown command"),
        ] {
            assert_eq!(replies(&mut Pop3::default(), &[line]), [expected], "{line}");
        }
        let found = replies(&mut Pop3::default(), &["AUTH LOGIN", "YQ==", "Yg=="]);
        assert_eq!(found, ["+ VXNlcm5hbWU6", "+ UGFzc3dvcmQ6", "+OK Welcome"]);
    }
}
