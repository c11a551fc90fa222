//! Telnet (RFC 854), as a machine that lets everybody in, to a shell that does nothing.

use super::dialogue::{Dialogue, Then, Turn};
use crate::contact::Protocol;

/// How far somebody has come.
#[derive(Debug, Default)]
pub(super) enum Telnet {
    #[default]
    Name,
    Password,
    Shell,
}

impl Dialogue for Telnet {
    fn protocol(&self) -> Option<Protocol> {
        None
    }

    /// The server will echo, IAC WILL ECHO (RFC 857): an option without which clients wait for no
    /// login.
    fn greeting(&self) -> &'static [u8] {
        b"\xff\xfb\x01login: "
    }

    fn hear(&mut self, line: &str, _secure: bool) -> Turn {
        let say = |text: &str| Turn { reply: text.to_owned(), ..Turn::default() };
        match self {
            Self::Name => {
                *self = Self::Password;
                say("\r\nPassword: ")
            }
            Self::Password => {
                *self = Self::Shell;
                say("\r\n$ ")
            }
            Self::Shell if matches!(line.trim(), "exit" | "logout" | "quit") => {
                say("\r\n").then(Then::Close)
            }
            Self::Shell => say("\r\n$ "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::internet::dialogue::replies;

    #[test]
    fn everybody_is_let_in() {
        let said = replies(&mut Telnet::default(), &["me", "secret", "uname", "exit"]);
        assert_eq!(said, ["|Password:", "|$", "|$", " (close)"]);
    }
}
