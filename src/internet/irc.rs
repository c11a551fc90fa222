//! IRC (RFC 2812), as a server that lets everybody in, into channels in which nobody else is.

use super::dialogue::{Dialogue, Then, Turn, command};
use crate::contact::Protocol;

/// So many characters of a name are given back.
const MOST_CHARACTERS: usize = 64;

/// A session.
#[derive(Debug, Default)]
pub(super) struct Irc {
    nick: Option<String>,
    has_user: bool,
    negotiates: bool,
    is_in: bool,
}

impl Dialogue for Irc {
    fn protocol(&self) -> Option<Protocol> {
        None
    }

    // The client speaks first.
    fn greeting(&self) -> &'static [u8] {
        b""
    }

    fn hear(&mut self, line: &str, secure: bool) -> Turn {
        let (verb, rest) = command(line);
        let first: String = rest.split(' ').next().unwrap_or_default().into();
        let first: String = first.chars().take(MOST_CHARACTERS).collect();
        let nick = self.nick.clone().unwrap_or_else(|| "*".to_owned());
        match verb.as_str() {
            "CAP" => {
                // IRCv3's capability negotiation: none is there.
                self.negotiates = !first.eq_ignore_ascii_case("END");
                if self.negotiates {
                    return Turn::say(&format!(":apptrace CAP {nick} LS :"));
                }
                self.welcome()
            }
            "NICK" => {
                self.nick = Some(first.trim_start_matches(':').to_owned());
                self.welcome()
            }
            "USER" => {
                self.has_user = true;
                self.welcome()
            }
            "PING" => Turn::say(&format!(":apptrace PONG apptrace {rest}")),
            "STARTTLS" if !secure => Turn::say(":apptrace 670 * :Go ahead").then(Then::Tls),
            "JOIN" => Turn::say(&format!(
                ":{nick} JOIN {first}\r\n:apptrace 353 {nick} = {first} :{nick}\r\n\
                 :apptrace 366 {nick} {first} :End of names"
            )),
            "PART" => Turn::say(&format!(":{nick} PART {first}")),
            "QUIT" => Turn::say("ERROR :Bye").then(Then::Close),
            _ => Turn::default(),
        }
    }
}

impl Irc {
    /// Once the client has said who it is (section 5.1).
    fn welcome(&mut self) -> Turn {
        let Some(nick) = self.nick.as_ref().filter(|_| self.has_user && !self.negotiates) else {
            return Turn::default();
        };
        if std::mem::replace(&mut self.is_in, true) {
            return Turn::default();
        }
        Turn::say(&format!(
            ":apptrace 001 {nick} :Welcome\r\n:apptrace 004 {nick} apptrace 1 o o\r\n\
             :apptrace 422 {nick} :No message of the day"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::internet::dialogue::replies;

    #[test]
    fn a_client_is_let_in_once_it_has_said_who_it_is() {
        let welcome = ":apptrace 001 me :Welcome|:apptrace 004 me apptrace 1 o o|\
                       :apptrace 422 me :No message of the day";
        for (lines, expected) in [
            (&["NICK me", "USER a 0 * :A"][..], &["", welcome][..]),
            (
                &["CAP LS 302", "NICK me", "USER a 0 * :A", "CAP END"],
                &[":apptrace CAP * LS :", "", "", welcome],
            ),
            (&["PING :x"], &[":apptrace PONG apptrace :x"]),
            (&["QUIT :bye"], &["ERROR :Bye (close)"]),
        ] {
            assert_eq!(replies(&mut Irc::default(), lines), expected, "{lines:?}");
        }
    }
}
