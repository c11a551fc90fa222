//! NNTP (RFC 3977), as a server without articles that takes what is posted.

use super::dialogue::{Dialogue, Then, Turn, command};
use crate::contact::Protocol;

/// A session.
#[derive(Debug, Default)]
pub(super) struct Nntp;

impl Dialogue for Nntp {
    fn protocol(&self) -> Option<Protocol> {
        None
    }

    fn greeting(&self) -> &'static [u8] {
        b"200 Ready, posting allowed\r\n"
    }

    fn hear(&mut self, line: &str, secure: bool) -> Turn {
        let (verb, rest) = command(line);
        let first = || command(rest).0;
        match verb.as_str() {
            "CAPABILITIES" => {
                let starttls = if secure { "" } else { "STARTTLS\r\n" };
                let list = "VERSION 2\r\nREADER\r\nPOST\r\nLIST ACTIVE\r\nAUTHINFO USER\r\n";
                Turn::say(&format!("101 Capabilities\r\n{list}{starttls}."))
            }
            "MODE" => Turn::say("200 Posting allowed"),
            "STARTTLS" if !secure => Turn::say("382 Go ahead").then(Then::Tls),
            "AUTHINFO" if first() == "USER" => Turn::say("381 Password"),
            "AUTHINFO" => Turn::say("281 Accepted"),
            "GROUP" => Turn::say(&format!("211 0 0 0 {rest}")),
            "LISTGROUP" => Turn::say(&format!("211 0 0 0 {rest}\r\n.")),
            "LIST" => Turn::say("215 List follows\r\n."),
            "NEWGROUPS" => Turn::say("231 List follows\r\n."),
            "NEWNEWS" => Turn::say("230 List follows\r\n."),
            "OVER" | "XOVER" | "HDR" | "XHDR" => Turn::say("423 No articles"),
            "ARTICLE" | "HEAD" | "BODY" | "STAT" | "NEXT" | "LAST" => {
                Turn::say("430 No such article")
            }
            "DATE" => {
                Turn::say(&format!("111 {}", jiff::Timestamp::now().strftime("%Y%m%d%H%M%S")))
            }
            "POST" => Turn::say("340 End with a dot on a line of its own").then(Then::Dotted),
            "IHAVE" => Turn::say("435 Not wanted"),
            "QUIT" => Turn::say("205 Bye").then(Then::Close),
            _ => Turn::say("500 Unknown command"),
        }
    }

    fn received(&mut self, _bytes: u64) -> Turn {
        Turn::say("240 Received")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::internet::dialogue::replies;

    #[test]
    fn a_reader_finds_nothing_and_may_post() {
        for (line, expected) in [
            ("MODE READER", "200 Posting allowed"),
            ("GROUP a.b", "211 0 0 0 a.b"),
            ("list active", "215 List follows|."),
            ("ARTICLE <1@a>", "430 No such article"),
            ("AUTHINFO USER a", "381 Password"),
            ("AUTHINFO PASS b", "281 Accepted"),
            ("POST", "340 End with a dot on a line of its own ... 240 Received"),
            ("QUIT", "205 Bye (close)"),
        ] {
            assert_eq!(replies(&mut Nntp, &[line]), [expected], "{line}");
        }
    }
}
