//! MySQL (its documentation's "Client/Server Protocol"), as a server that lets everybody in and
//! carries every statement out, without a row.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::converse::secure;
use super::stream::Stream;
use super::talk::Talk;
use crate::contact::{Protocol, Request};

/// So much of a packet is looked at; the rest is read and dropped.
const MOST_KEPT: u64 = 64 << 10;
/// So many characters of a statement are told.
const MOST_CHARACTERS: usize = 512;

/// Flags of what a side can do ("Capabilities Flags").
const CONNECT_WITH_DB: u32 = 1 << 3;
const SSL: u32 = 1 << 11;
const SECURE_CONNECTION: u32 = 1 << 15;
const PLUGIN_AUTH: u32 = 1 << 19;
const PLUGIN_AUTH_LENENC: u32 = 1 << 21;
/// Those, and of protocol 4.1: long flags, found rows, transactions, several statements at once.
const CAPABILITIES: u32 =
    CONNECT_WITH_DB | SSL | SECURE_CONNECTION | PLUGIN_AUTH | PLUGIN_AUTH_LENENC | 0x0003_2207;
const PLUGIN: &[u8] = b"caching_sha2_password";
/// What a password is mixed with; nobody looks at what comes of it.
const SCRAMBLE: &[u8; 20] = b"apptrace-simulated-s";
/// Nothing changed, autocommit, no warnings ("OK_Packet").
const OK: &[u8] = b"\0\0\0\x02\0\0\0";
/// The proof is known already ("caching_sha2_password": fast authentication succeeded).
const KNOWN: &[u8] = b"\x01\x03";

/// Leads a session to its end.
pub(super) async fn serve(mut stream: Stream, mut talk: Talk) -> io::Result<()> {
    send(&mut stream, 0, &greeting()).await?;
    let Some((mut number, mut packet)) = read(&mut stream).await? else { return Ok(()) };
    // A request for TLS is the beginning of a response.
    if packet.len() == 32 && flags(&packet).is_some_and(|flags| flags & SSL != 0) {
        match secure(stream, talk, None).await? {
            Some(within) => (stream, talk) = within,
            None => return Ok(()),
        }
        let Some(within) = read(&mut stream).await? else { return Ok(()) };
        (number, packet) = within;
    }
    let Some(login) = Login::read(&packet) else { return Ok(()) };
    talk.tell_request(Protocol::Mysql, Request::new("LOGIN", login.user));
    if login.is_cached {
        number = number.wrapping_add(1);
        send(&mut stream, number, KNOWN).await?;
    }
    send(&mut stream, number.wrapping_add(1), OK).await?;
    while let Some((number, packet)) = read(&mut stream).await? {
        let Some((reply, told)) = answer(&packet) else { break };
        if let Some(request) = told {
            talk.tell_request(Protocol::Mysql, request);
        }
        send(&mut stream, number.wrapping_add(1), &reply).await?;
    }
    stream.shutdown().await
}

/// "Protocol::HandshakeV10".
fn greeting() -> Vec<u8> {
    let flags = CAPABILITIES.to_le_bytes();
    let (first, rest) = SCRAMBLE.split_at(8);
    [
        b"\x0a8.0.36\0\x01\0\0\0",
        first,
        &[0, flags[0], flags[1]],
        // utf8mb4_general_ci; autocommit.
        &[45, 2, 0],
        &[flags[2], flags[3], SCRAMBLE.len() as u8 + 1],
        &[0; 10],
        rest,
        &[0],
        PLUGIN,
        &[0],
    ]
    .concat()
}

async fn send(stream: &mut Stream, number: u8, packet: &[u8]) -> io::Result<()> {
    let [a, b, c, _] = (packet.len() as u32).to_le_bytes();
    stream.write_all(&[&[a, b, c, number], packet].concat()).await?;
    stream.flush().await
}

/// A packet and its number; none at the end.
async fn read(stream: &mut Stream) -> io::Result<Option<(u8, Vec<u8>)>> {
    let mut header = [0; 4];
    match stream.read_exact(&mut header).await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    };
    let [a, b, c, number] = header;
    let length = u64::from(u32::from_le_bytes([a, b, c, 0]));
    let kept = length.min(MOST_KEPT);
    let mut packet = Vec::new();
    if stream.take(kept).read_to_end(&mut packet).await? as u64 != kept {
        return Ok(None);
    }
    tokio::io::copy(&mut stream.take(length - kept), &mut tokio::io::sink()).await?;
    Ok(Some((number, packet)))
}

fn flags(packet: &[u8]) -> Option<u32> {
    packet.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

/// "Protocol::HandshakeResponse41".
#[derive(Debug, PartialEq, Eq)]
struct Login {
    user: String,
    /// Whether the client waits for a word on its proof, which it made by the plugin offered.
    is_cached: bool,
}

impl Login {
    fn read(packet: &[u8]) -> Option<Self> {
        let flags = flags(packet)?;
        let mut rest = packet.get(32..)?;
        let user = shown(text(&mut rest)?);
        let proof = match flags & (SECURE_CONNECTION | PLUGIN_AUTH_LENENC) {
            0 => text(&mut rest)?,
            _ => {
                // Proofs are short: their length takes one byte in either form.
                let (length, after) = rest.split_first()?;
                let (proof, after) = after.split_at_checked(usize::from(*length))?;
                rest = after;
                proof
            }
        };
        if flags & CONNECT_WITH_DB != 0 {
            text(&mut rest)?;
        }
        let plugin = if flags & PLUGIN_AUTH != 0 { text(&mut rest) } else { None };
        Some(Self { user, is_cached: plugin == Some(PLUGIN) && !matches!(proof, [] | [0]) })
    }
}

/// Text up to a NUL or the end.
fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
    let (text, after) = rest.split_at_checked(end)?;
    *rest = after.get(1..).unwrap_or_default();
    Some(text)
}

/// The answer to a command ("Command Phase"), and what is told of it; none where it is the last.
fn answer(packet: &[u8]) -> Option<(Vec<u8>, Option<Request>)> {
    let (command, rest) = packet.split_first()?;
    let told = |method: &str| Some(Request::new(method, shown(rest)));
    Some(match command {
        0x01 => return None,
        0x02 => (OK.to_vec(), told("USE")),
        0x03 => (OK.to_vec(), told("QUERY")),
        0x09 => (b"Uptime: 1".to_vec(), None),
        // Debugging, ping, another user, statements closed and reset, the connection reset.
        0x0d | 0x0e | 0x11 | 0x1a | 0x1b | 0x1f => (OK.to_vec(), None),
        0x16 => (refusal(1295, "HY000", "no prepared statements here"), told("PREPARE")),
        _ => (refusal(1047, "08S01", "unknown command"), None),
    })
}

/// "ERR_Packet".
fn refusal(code: u16, state: &str, why: &str) -> Vec<u8> {
    [&[0xff], &code.to_le_bytes()[..], b"#", state.as_bytes(), why.as_bytes()].concat()
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().take(MOST_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn response(flags: u32, rest: &[u8]) -> Vec<u8> {
        [&flags.to_le_bytes()[..], &[0; 28], rest].concat()
    }

    #[test]
    fn who_logs_in_is_told_by_name_alone() {
        let cached = PLUGIN_AUTH | SECURE_CONNECTION;
        for (packet, expected) in [
            (response(cached, b"me\0\x03abccaching_sha2_password\0"), Some(("me", true))),
            (response(cached, b"me\0\0caching_sha2_password\0"), Some(("me", false))),
            (response(cached, b"me\0\x03abcmysql_native_password\0"), Some(("me", false))),
            (
                response(cached | CONNECT_WITH_DB, b"me\0\x03abcdb\0caching_sha2_password\0"),
                Some(("me", true)),
            ),
            (response(0, b"me\0abc\0"), Some(("me", false))),
            (response(cached, b"me\0\x09abc"), None),
            (vec![1, 2, 3], None),
        ] {
            let login = Login::read(&packet);
            let told = login.as_ref().map(|it| (it.user.as_str(), it.is_cached));
            assert_eq!(told, expected, "{packet:?}");
        }
    }

    #[test]
    fn statements_are_carried_out() {
        let (reply, told) = answer(b"\x03SELECT 1").expect("an answer");
        assert_eq!((&*reply, told.map(|it| it.line())), (OK, Some("QUERY SELECT 1".to_owned())));
        assert_eq!(answer(b"\x01"), None);
        assert_eq!(answer(b"\x1c").expect("an answer").0, b"\xff\x17\x04#08S01unknown command");
        assert!(greeting().ends_with(b"ulated-s\0caching_sha2_password\0"));
    }

    proptest! {
        #[test]
        fn any_packet_is_read(bytes in prop::collection::vec(any::<u8>(), 0..90)) {
            let _ = (answer(&bytes), Login::read(&bytes));
        }
    }
}
