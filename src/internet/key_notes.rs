//! The keys of the TLS sessions that were terminated, in the form of NSS (RFC 9850): with them a
//! saved capture can be read by whoever has it.

use std::fmt::Write as _;
use std::sync::Mutex;

use tokio_rustls::rustls::KeyLog;

/// Some ten thousand sessions: a session notes up to five lines of two hundred bytes.
const MOST_BYTES: usize = 8 << 20;

/// Keys as they are noted, up to a bound.
#[derive(Debug, Default)]
pub struct KeyNotes(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    lines: String,
    /// Lines for which there was no room.
    beyond: u64,
}

impl KeyNotes {
    /// All that was noted, a key a line, and how many found no room.
    pub fn take(&self) -> (String, u64) {
        match self.0.lock() {
            Ok(mut noted) => (std::mem::take(&mut noted.lines), noted.beyond),
            Err(_) => (String::new(), 0),
        }
    }
}

impl KeyLog for KeyNotes {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let Ok(mut noted) = self.0.lock() else { return };
        let length = label.len() + 2 * (client_random.len() + secret.len()) + 3;
        if noted.lines.len() + length > MOST_BYTES {
            noted.beyond += 1;
            return;
        }
        noted.lines.push_str(label);
        for bytes in [client_random, secret] {
            noted.lines.push(' ');
            for byte in bytes {
                let _ = write!(noted.lines, "{byte:02x}");
            }
        }
        noted.lines.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_noted_up_to_a_bound() {
        let notes = KeyNotes::default();
        notes.log("CLIENT_RANDOM", &[0x0a, 0xff], &[1]);
        assert_eq!(notes.take(), ("CLIENT_RANDOM 0aff 01\n".to_owned(), 0));
        let secret = vec![0; 1 << 20];
        (0..10).for_each(|_| notes.log("CLIENT_RANDOM", &[0; 32], &secret));
        let (lines, beyond) = notes.take();
        assert_eq!((lines.lines().count(), beyond), (3, 7));
    }
}
