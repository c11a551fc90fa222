//! Services that say something and have done: daytime (RFC 867), quote of the day (RFC 865), time
//! (RFC 868), and the character generator (RFC 864), which here comes to an end.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::io::AsyncWriteExt;

use super::converse::drain;
use super::stream::Stream;

/// From 1900, the beginning of RFC 868's time, to 1970.
const ERA: u64 = 2_208_988_800;
/// So many lines are generated.
const LINES: usize = 512;

/// What is said at a port; none where it is not one of these.
pub(super) fn word(port: u16, now: SystemTime) -> Option<Vec<u8>> {
    Some(match port {
        13 => {
            let now = jiff::Timestamp::try_from(now).ok()?;
            format!("{}\r\n", now.strftime("%A, %B %-d, %Y %H:%M:%S-UTC")).into_bytes()
        }
        17 => b"Everything that is said here is heard.\r\n".to_vec(),
        19 => generated(),
        37 => {
            let seconds = now.duration_since(UNIX_EPOCH).ok()?.as_secs().wrapping_add(ERA);
            // It wraps in 2036, as the protocol has it.
            (seconds as u32).to_be_bytes().to_vec()
        }
        _ => return None,
    })
}

/// Lines of 72 of the printable characters, each begun one further.
fn generated() -> Vec<u8> {
    let line = |first: usize| {
        let characters = (0..72).map(move |at| b' ' + ((first + at) % 95) as u8);
        characters.chain(*b"\r\n")
    };
    (0..LINES).flat_map(line).collect()
}

/// Says it and waits for the client to go.
pub(super) async fn serve(port: u16, stream: &mut Stream) -> io::Result<()> {
    stream.write_all(&word(port, SystemTime::now()).unwrap_or_default()).await?;
    stream.shutdown().await?;
    drain(stream).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_says_its_word() {
        let moment = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let text = |port| String::from_utf8(word(port, moment).expect("a word")).expect("text");
        assert_eq!(text(13), "Sunday, September 9, 2001 01:46:40-UTC\r\n");
        assert!(text(19).starts_with(" !\"#$%") && text(19).len() == 74 * LINES);
        assert_eq!(word(37, moment), Some(3_208_988_800_u32.to_be_bytes().to_vec()));
        assert_eq!(word(7, moment), None);
    }
}
