//! Services of one question and one answer: WHOIS (RFC 3912) and finger (RFC 1288), which know of
//! nobody.

use super::dialogue::{Dialogue, Then, Turn};
use crate::contact::{Protocol, Request};

/// So many characters of a question are told.
const MOST_CHARACTERS: usize = 256;

/// A session.
#[derive(Debug)]
pub(super) struct Whois;

impl Dialogue for Whois {
    fn protocol(&self) -> Option<Protocol> {
        Some(Protocol::Whois)
    }

    fn greeting(&self) -> &'static [u8] {
        b""
    }

    fn hear(&mut self, line: &str, _secure: bool) -> Turn {
        let asked: String = line.trim().chars().take(MOST_CHARACTERS).collect();
        Turn::say("No match.").tell(Request::new("ASK", asked)).then(Then::Close)
    }
}
