//! ManageSieve (RFC 5804), as a server that lets everybody in, has no scripts and takes each.

use super::dialogue::{Dialogue, Then, Turn, command};
use crate::contact::{Body, Protocol, Request};

const CAPABILITIES: &str = "\"IMPLEMENTATION\" \"apptrace\"\r\n\"VERSION\" \"1.0\"\r\n\
                            \"SASL\" \"PLAIN LOGIN\"\r\n\"SIEVE\" \"fileinto reject envelope\"\r\n";
const GREETING: &str = "\"IMPLEMENTATION\" \"apptrace\"\r\n\"VERSION\" \"1.0\"\r\n\
                        \"SASL\" \"PLAIN LOGIN\"\r\n\"SIEVE\" \"fileinto reject envelope\"\r\n\
                        \"STARTTLS\"\r\nOK\r\n";
/// So many characters of a script's name are told.
const MOST_CHARACTERS: usize = 256;

/// A session.
#[derive(Debug, Default)]
pub(super) struct Sieve {
    /// What a literal (section 4) belongs to: a command, and what is behind it.
    pending: Option<(String, String)>,
    /// More lines of a proof are to come.
    is_proving: bool,
}

impl Dialogue for Sieve {
    fn protocol(&self) -> Option<Protocol> {
        Some(Protocol::Sieve)
    }

    fn greeting(&self) -> &'static [u8] {
        GREETING.as_bytes()
    }

    /// Section 2.2: what the server can do is said anew within TLS.
    fn greeting_within(&self) -> Option<String> {
        Some(format!("{CAPABILITIES}OK\r\n"))
    }

    fn hear(&mut self, line: &str, secure: bool) -> Turn {
        // What is left of the line that a literal ended.
        if line.trim().is_empty() {
            return Turn::default();
        }
        if let Some(length) = literal(line) {
            let (verb, rest) =
                if self.is_proving { ("PROOF".to_owned(), "") } else { command(line) };
            self.pending = Some((verb, rest.to_owned()));
            return Turn::default().then(Then::Bytes(length));
        }
        if std::mem::take(&mut self.is_proving) {
            return Turn::say("OK");
        }
        let (verb, rest) = command(line);
        match verb.as_str() {
            "STARTTLS" if !secure => Turn::say("OK").then(Then::Tls),
            "CAPABILITY" if secure => Turn::say(&format!("{CAPABILITIES}OK")),
            "CAPABILITY" => Turn::say(GREETING.trim_end()),
            // A mechanism alone: the proof comes when it is asked for.
            "AUTHENTICATE" if !rest.contains(' ') => {
                self.is_proving = true;
                Turn::say("\"\"")
            }
            "AUTHENTICATE" | "UNAUTHENTICATE" | "NOOP" | "HAVESPACE" | "SETACTIVE"
            | "CHECKSCRIPT" | "DELETESCRIPT" => Turn::say("OK"),
            "LISTSCRIPTS" => Turn::say("OK").tell(Request::new("LISTSCRIPTS", "")),
            "PUTSCRIPT" => put(rest, None),
            "LOGOUT" => Turn::say("OK").then(Then::Close),
            _ => Turn::say("NO \"Not here\""),
        }
    }

    fn received(&mut self, bytes: u64) -> Turn {
        self.is_proving = false;
        match self.pending.take() {
            Some((verb, rest)) if verb == "PUTSCRIPT" => put(&rest, Some(bytes)),
            _ => Turn::say("OK"),
        }
    }
}

/// A script that was taken.
fn put(rest: &str, bytes: Option<u64>) -> Turn {
    let name = rest.split(' ').next().unwrap_or_default().trim_matches('"');
    let name: String = name.chars().take(MOST_CHARACTERS).collect();
    let body = bytes.map(|bytes| Body { bytes, content_type: None });
    Turn::say("OK").tell(Request { body, ..Request::new("PUTSCRIPT", name) })
}

/// The length of a literal that a line ends in: `{12+}`.
fn literal(line: &str) -> Option<u64> {
    let (_, length) = line.trim_end().strip_suffix('}')?.rsplit_once('{')?;
    length.strip_suffix('+').unwrap_or(length).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::internet::dialogue::replies;

    #[test]
    fn scripts_are_taken() {
        for (lines, expected) in [
            (&["AUTHENTICATE \"PLAIN\" \"AGEAYg==\""][..], "OK"),
            (&["AUTHENTICATE \"PLAIN\" {8+}"], " ... OK"),
            (&["AUTHENTICATE \"PLAIN\"", "\"AGEAYg==\""], "\"\" OK"),
            (&["LISTSCRIPTS"], "OK [LISTSCRIPTS ]"),
            (&["PUTSCRIPT \"mine\" {30+}", ""], " ... OK [PUTSCRIPT mine] "),
            (&["STARTTLS"], "OK (tls)"),
            (&["GETSCRIPT \"x\""], "NO \"Not here\""),
            (&["LOGOUT"], "OK (close)"),
        ] {
            assert_eq!(replies(&mut Sieve::default(), lines).join(" "), expected, "{lines:?}");
        }
        assert_eq!(literal("x {99999999999999999999+}"), None);
    }
}
