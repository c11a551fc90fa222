//! PostgreSQL (its documentation's "Frontend/Backend Protocol"), as a server that lets everybody in
//! and carries every statement out, without a row.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::converse::secure;
use super::stream::Stream;
use super::talk::Talk;
use crate::contact::{Protocol, Request};

/// So much of a message is looked at; the rest is read and dropped.
const MOST_KEPT: u64 = 64 << 10;
/// So many characters of a statement are told.
const MOST_CHARACTERS: usize = 512;
/// So many parameters a statement has at most.
const MOST_PARAMETERS: u16 = 1000;
/// A session begins with one of these ("Message Formats").
const SSL_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;
/// What clients want to know of a server.
const PARAMETERS: [(&str, &str); 7] = [
    ("server_version", "16.0"),
    ("server_encoding", "UTF8"),
    ("client_encoding", "UTF8"),
    ("DateStyle", "ISO, MDY"),
    ("TimeZone", "UTC"),
    ("integer_datetimes", "on"),
    ("standard_conforming_strings", "on"),
];

/// Leads a session to its end.
pub(super) async fn serve(mut stream: Stream, mut talk: Talk) -> io::Result<()> {
    loop {
        let Some((code, body)) = begin(&mut stream).await? else { return Ok(()) };
        match code {
            SSL_REQUEST if talk.sessions == 0 => {
                stream.write_all(b"S").await?;
                stream.flush().await?;
                match secure(stream, talk, None).await? {
                    Some(within) => (stream, talk) = within,
                    None => return Ok(()),
                }
            }
            SSL_REQUEST | GSS_REQUEST => {
                stream.write_all(b"N").await?;
                stream.flush().await?;
            }
            version if version >> 16 == 3 => {
                let told = Request::new("LOGIN", shown(&user(&body)));
                talk.tell_request(Protocol::Postgres, told);
                stream.write_all(&welcome(version)).await?;
                break;
            }
            _ => return Ok(()),
        }
    }
    stream.flush().await?;
    let mut session = Session { is_in_transaction: false, prepared: String::new() };
    while let Some((kind, body)) = read(&mut stream).await? {
        if kind == b'X' {
            break;
        }
        let (reply, told) = session.answer(kind, &body);
        if let Some(request) = told {
            talk.tell_request(Protocol::Postgres, request);
        }
        stream.write_all(&reply).await?;
        stream.flush().await?;
    }
    stream.shutdown().await
}

/// The code and the content of a message that begins a session; none at the end.
async fn begin(stream: &mut Stream) -> io::Result<Option<(u32, Vec<u8>)>> {
    let Some(body) = content(stream).await? else { return Ok(None) };
    Ok(body.split_first_chunk().map(|(code, rest)| (u32::from_be_bytes(*code), rest.to_vec())))
}

/// The kind and the content of a message; none at the end.
async fn read(stream: &mut Stream) -> io::Result<Option<(u8, Vec<u8>)>> {
    let mut kind = [0];
    if stream.read(&mut kind).await? == 0 {
        return Ok(None);
    }
    Ok(content(stream).await?.map(|body| (kind[0], body)))
}

/// Content with its length in front, which counts itself.
async fn content(stream: &mut Stream) -> io::Result<Option<Vec<u8>>> {
    let length = match stream.read_u32().await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        length => u64::from(length?),
    };
    let Some(length) = length.checked_sub(4) else { return Ok(None) };
    let kept = length.min(MOST_KEPT);
    let mut body = Vec::new();
    if stream.take(kept).read_to_end(&mut body).await? as u64 != kept {
        return Ok(None);
    }
    tokio::io::copy(&mut stream.take(length - kept), &mut tokio::io::sink()).await?;
    Ok(Some(body))
}

/// The user in a startup message: names and values, each ended by a NUL.
fn user(body: &[u8]) -> Vec<u8> {
    let texts: Vec<&[u8]> = body.split(|byte| *byte == 0).collect();
    let (pairs, _) = texts.as_chunks();
    let named = pairs.iter().find(|[name, _]| *name == b"user");
    named.map(|[_, value]| value.to_vec()).unwrap_or_default()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], &(body.len() as u32 + 4).to_be_bytes()[..], body].concat()
}

/// Let in; what the server is; ready.
fn welcome(version: u32) -> Vec<u8> {
    let mut all = Vec::new();
    // NegotiateProtocolVersion: of 3 there is 3.0, and no option.
    if version & 0xffff != 0 {
        all.extend(message(b'v', &[0; 8]));
    }
    all.extend(message(b'R', &[0; 4]));
    for (name, value) in PARAMETERS {
        all.extend(message(b'S', format!("{name}\0{value}\0").as_bytes()));
    }
    all.extend(message(b'K', &[0, 0, 0, 1, 0, 0, 0, 1]));
    all.extend(message(b'Z', b"I"));
    all
}

/// What a session remembers.
struct Session {
    is_in_transaction: bool,
    /// The statement that was prepared last.
    prepared: String,
}

impl Session {
    /// The answer to a message, and what is told of it.
    fn answer(&mut self, kind: u8, body: &[u8]) -> (Vec<u8>, Option<Request>) {
        let text = |at: usize| shown(body.split(|byte| *byte == 0).nth(at).unwrap_or_default());
        let plain = |kind| (message(kind, b""), None);
        match kind {
            b'Q' => {
                let statement = text(0);
                let mut done = Vec::new();
                for each in statements(&statement) {
                    done.extend(self.carry_out(each, true));
                }
                done.extend(self.ready());
                (done, Some(Request::new("QUERY", statement)))
            }
            // Parse: a name, and the statement.
            b'P' => {
                self.prepared = text(1);
                (message(b'1', b""), Some(Request::new("QUERY", self.prepared.clone())))
            }
            b'B' => plain(b'2'),
            b'D' => (self.described(body.first() == Some(&b'S')), None),
            b'E' => {
                let statement = std::mem::take(&mut self.prepared);
                let done = self.carry_out(&statement, false);
                self.prepared = statement;
                (done, None)
            }
            b'C' => plain(b'3'),
            b'S' => (self.ready(), None),
            // Flush, a password that nobody asked for, what is copied.
            b'H' | b'p' | b'd' | b'c' | b'f' => (Vec::new(), None),
            _ => {
                let why = message(b'E', b"SERROR\0C0A000\0Mnot in a simulated internet\0\0");
                ([why, self.ready()].concat(), None)
            }
        }
    }

    fn ready(&self) -> Vec<u8> {
        message(b'Z', if self.is_in_transaction { b"T" } else { b"I" })
    }

    /// That a statement was carried out, by its tag.
    fn carry_out(&mut self, statement: &str, describes: bool) -> Vec<u8> {
        let verb = verb(statement);
        let tag = match verb.as_str() {
            "" => return message(b'I', b""),
            "BEGIN" | "START" => {
                self.is_in_transaction = true;
                "BEGIN".to_owned()
            }
            "COMMIT" | "END" | "ROLLBACK" | "ABORT" => {
                self.is_in_transaction = false;
                if matches!(&*verb, "COMMIT" | "END") { "COMMIT" } else { "ROLLBACK" }.to_owned()
            }
            "INSERT" => "INSERT 0 0".to_owned(),
            "UPDATE" | "DELETE" => format!("{verb} 0"),
            _ if has_rows(&verb) => "SELECT 0".to_owned(),
            _ => verb,
        };
        let done = message(b'C', format!("{tag}\0").as_bytes());
        // Rows, though there are none, come with what their columns are.
        let columns = (describes && tag == "SELECT 0").then(|| message(b'T', &[0; 2]));
        [columns.unwrap_or_default(), done].concat()
    }

    /// Which parameters a statement takes, each a text; and that no rows come.
    fn described(&self, is_statement: bool) -> Vec<u8> {
        let rows = match has_rows(&verb(&self.prepared)) {
            true => message(b'T', &[0; 2]),
            false => message(b'n', b""),
        };
        if !is_statement {
            return rows;
        }
        let numbers = self.prepared.split('$').skip(1).filter_map(|after| {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            after.get(..digits)?.parse::<u16>().ok()
        });
        let count = numbers.max().unwrap_or(0).min(MOST_PARAMETERS);
        const TEXT: [u8; 4] = [0, 0, 0, 25];
        let kinds = TEXT.repeat(usize::from(count));
        [message(b't', &[&count.to_be_bytes()[..], &kinds].concat()), rows].concat()
    }
}

/// The statements of a text, which semicolons outside of quotes part; one that is empty where
/// there is none.
fn statements(text: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let parts = text.split(|letter| {
        is_quoted ^= letter == '\'';
        letter == ';' && !is_quoted
    });
    let all: Vec<&str> = parts.map(str::trim).filter(|part| !part.is_empty()).collect();
    if all.is_empty() { vec![""] } else { all }
}

fn verb(statement: &str) -> String {
    let word = statement.trim().split(|c: char| c.is_whitespace() || c == '(').next();
    word.unwrap_or_default().trim_end_matches(';').to_ascii_uppercase()
}

fn has_rows(verb: &str) -> bool {
    matches!(verb, "SELECT" | "SHOW" | "WITH" | "VALUES" | "TABLE" | "EXPLAIN" | "FETCH")
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().take(MOST_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn session() -> Session {
        Session { is_in_transaction: false, prepared: String::new() }
    }

    #[test]
    fn statements_are_carried_out() {
        let mut session = session();
        for (kind, body, reply) in [
            (b'Q', &b"SELECT 1\0"[..], &b"T\0\0\0\x06\0\0C\0\0\0\x0dSELECT 0\0Z\0\0\0\x05I"[..]),
            (b'Q', b"begin;\0", b"C\0\0\0\x0aBEGIN\0Z\0\0\0\x05T"),
            (b'Q', b"delete from t\0", b"C\0\0\0\x0dDELETE 0\0Z\0\0\0\x05T"),
            (b'Q', b"COMMIT\0", b"C\0\0\0\x0bCOMMIT\0Z\0\0\0\x05I"),
            (
                b'Q',
                b"begin; insert into t values (';'); end\0",
                b"C\0\0\0\x0aBEGIN\0C\0\0\0\x0fINSERT 0 0\0C\0\0\0\x0bCOMMIT\0Z\0\0\0\x05I",
            ),
            (b'Q', b"\0", b"I\0\0\0\x04Z\0\0\0\x05I"),
            (b'P', b"\0insert into t values ($1, $2)\0\0\0", b"1\0\0\0\x04"),
            (b'D', b"S\0", b"t\0\0\0\x0e\0\x02\0\0\0\x19\0\0\0\x19n\0\0\0\x04"),
            (b'B', b"\0\0", b"2\0\0\0\x04"),
            (b'E', b"\0\0\0\0\0", b"C\0\0\0\x0fINSERT 0 0\0"),
            (b'S', b"", b"Z\0\0\0\x05I"),
        ] {
            assert_eq!(session.answer(kind, body).0, reply, "{}", kind as char);
        }
        let told = session.answer(b'Q', b"SELECT 1\0").1.expect("a request");
        assert_eq!(told.line(), "QUERY SELECT 1");
        assert_eq!(user(b"database\0user\0user\0me\0\0"), b"me");
        assert_eq!(user(b"user"), b"");
    }

    proptest! {
        #[test]
        fn any_message_is_answered(kind: u8, body in prop::collection::vec(any::<u8>(), 0..80)) {
            let mut session = session();
            session.answer(b'P', &body);
            session.answer(kind, &body);
            let _ = user(&body);
        }
    }
}
