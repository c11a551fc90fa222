//! The daemon of rsync (rsyncd.conf(5); its protocol is that of clientserver.c), as one that has
//! no modules: a list of them is empty, and none can be had.

use super::dialogue::{Dialogue, Then, Turn};
use crate::contact::{Protocol, Request};

/// So many characters of a module's name are told.
const MOST_CHARACTERS: usize = 256;

/// A session.
#[derive(Debug, Default)]
pub(super) struct Rsync;

impl Dialogue for Rsync {
    fn protocol(&self) -> Option<Protocol> {
        Some(Protocol::Rsync)
    }

    fn greeting(&self) -> &'static [u8] {
        b"@RSYNCD: 31.0\n"
    }

    fn hear(&mut self, line: &str, _secure: bool) -> Turn {
        let say = |text: &str| Turn { reply: text.to_owned(), ..Turn::default() };
        match line.trim() {
            // The client's own greeting.
            greeting if greeting.starts_with("@RSYNCD:") => Turn::default(),
            "" | "#list" => say("@RSYNCD: EXIT\n").tell(Request::new("LIST", "")).then(Then::Close),
            module => {
                let module: String = module.chars().take(MOST_CHARACTERS).collect();
                say(&format!("@ERROR: Unknown module '{module}'\n"))
                    .tell(Request::new("MODULE", module))
                    .then(Then::Close)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::internet::dialogue::replies;

    #[test]
    fn there_are_no_modules() {
        assert_eq!(replies(&mut Rsync, &["@RSYNCD: 31.0 md5"]), [""]);
        assert_eq!(replies(&mut Rsync, &["#list"]), ["@RSYNCD: EXIT [LIST ] (close)"]);
        let said = replies(&mut Rsync, &["data"]);
        assert_eq!(said, ["@ERROR: Unknown module 'data' [MODULE data] (close)"]);
    }
}
