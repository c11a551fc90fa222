//! What a connection speaks, told by its first bytes, the port deciding only where bytes alone
//! are ambiguous; and TLS taken off, after which the same is asked again.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::stream::Stream;
use super::talk::Talk;
use super::terminate::{self, Meant, Terminated};
use super::{dns, greeting, http, mqtt, sip, sip_notify, stun, tls};
use crate::contact::{Heard, Host, Protocol, TlsRefusal, TlsSession, TlsSide};

const DNS_PORT: u16 = 53;
/// DNS over TLS (RFC 7858 section 3.1).
const DOT_PORT: u16 = 853;
/// TLS within TLS is taken off so often.
const MOST_SESSIONS: u8 = 3;
/// What a connection reads at a time that nobody answers.
const CHUNK: usize = 4096;
/// Who closes a session this soon, without a word in it, may have rejected its certificate.
const REJECTS_WITHIN: Duration = Duration::from_secs(2);
/// A client that speaks first is waited for as long as it likes.
const FOREVER: Duration = Duration::MAX;

/// What a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spoken {
    Tls,
    Http,
    Mqtt,
    Sip,
    Stun,
    Other,
}

/// What bytes begin; none where more are needed to tell.
fn spoken(bytes: &[u8]) -> Option<Spoken> {
    match bytes {
        [] => None,
        [22] => None,
        _ if tls::is_client_hello(bytes) => Some(Spoken::Tls),
        _ if let Some(is) = mqtt::begins(bytes) => is.then_some(Spoken::Mqtt),
        _ if let Some(is) = stun::begins(bytes) => is.then_some(Spoken::Stun),
        _ => {
            let word = bytes.iter().position(|byte| !byte.is_ascii_uppercase() && *byte != b'-');
            let ends = bytes.contains(&b'\n');
            match word {
                // HTTP and SIP share methods: the line's end tells them apart.
                None if bytes.len() <= 20 => None,
                Some(at) if at >= 2 && bytes[at] == b' ' && !ends => None,
                _ if sip::is_request(bytes) => Some(Spoken::Sip),
                _ if http::is_request(bytes) => Some(Spoken::Http),
                _ => Some(Spoken::Other),
            }
        }
    }
}

/// Answers a connection until it ends.
pub(super) async fn converse(mut stream: Stream, talk: Talk) -> io::Result<()> {
    let port = talk.flow.server.port();
    if talk.sessions == 0
        && let Some(waiting) = talk.world.rendezvous.take(&talk.flow)
    {
        // Whoever announced it may have gone.
        let _ = waiting.send((stream, talk));
        return Ok(());
    }
    let service = greeting::service(port);
    if let Some(service) = service
        && greeting::is_silent(&mut stream).await
    {
        return greeting::serve(service, stream, talk).await;
    }
    let first = stream.look(|bytes| spoken(bytes).is_some()).await?;
    let is_over = first.is_empty();
    // Commands of other protocols look like HTTP's.
    let says_http = first.windows(6).any(|word| word == b" HTTP/");
    // A line may be longer than what is read ahead, or come in pieces.
    let begins_http = if http::is_request(first) { Spoken::Http } else { Spoken::Other };
    match spoken(first).unwrap_or(begins_http) {
        Spoken::Http | Spoken::Other
            if let Some(service) = service
                && !says_http
                && !is_over =>
        {
            greeting::serve(service, stream, talk).await
        }
        Spoken::Mqtt => mqtt::serve(stream, &talk).await,
        Spoken::Stun => stun::serve(&mut stream, &talk).await,
        Spoken::Tls if talk.sessions < MOST_SESSIONS => terminate(stream, talk).await,
        Spoken::Tls => tls::refuse(&mut stream).await,
        Spoken::Sip => register(&mut stream, &talk).await,
        Spoken::Http => http::serve(stream, talk).await,
        Spoken::Other if port == DNS_PORT || (port == DOT_PORT && talk.sessions > 0) => {
            dns::serve(&mut stream, &talk).await
        }
        Spoken::Other => drain(&mut stream).await,
    }
}

/// Takes a TLS session off, and answers what is within.
async fn terminate(stream: Stream, talk: Talk) -> io::Result<()> {
    let silence = greeting::service(talk.flow.server.port()).map(|_| greeting::QUIET);
    match secure(stream, talk, silence).await? {
        Some((stream, talk)) => Box::pin(converse(stream, talk)).await,
        None => Ok(()),
    }
}

/// Takes a TLS session off and tells how it went; none where it failed. Where the server speaks
/// first, the client's silence is taken for its consent after so long.
pub(super) async fn secure(
    stream: Stream,
    mut talk: Talk,
    silence: Option<Duration>,
) -> io::Result<Option<(Stream, Talk)>> {
    let address = talk.flow.server.ip();
    let name = talk.asked.clone().or_else(|| talk.world.name(address));
    let meant = Meant { address, name };
    let choose = |asked: Option<&str>| {
        let host = asked.map_or_else(|| talk.host(), Host::from_text);
        talk.world.scripted_tls(&host, talk.flow.server.port())
    };
    let accepted = talk.world.terminator.accept(stream, &meant, &choose).await;
    let refused = |refusal| Heard::Tls(TlsSession { refused: Some(refusal), ..Default::default() });
    let Terminated { mut stream, session, server_name } = match accepted {
        Ok(terminated) => terminated,
        Err(refusal) => {
            if refusal.by == TlsSide::Client {
                talk.world.note_refusal(talk.host());
            }
            talk.tell(refused(refusal));
            return Ok(None);
        }
    };
    talk.sessions += 1;
    talk.asked = server_name.or(talk.asked);
    let since = tokio::time::Instant::now();
    // The client may still say that it does not like the certificate, or go without a word.
    let word = stream.look(|bytes| !bytes.is_empty());
    let first = tokio::select! {
        biased;
        first = tokio::time::timeout(silence.unwrap_or(FOREVER), word) => {
            first.map_or(Ok(usize::MAX), |first| first.map(<[u8]>::len))
        }
        () = talk.ends() => Ok(usize::MAX),
    };
    let broke = first.is_err();
    let refusal = match first {
        Ok(1..) => None,
        Err(error) => terminate::alert_in(&error).map(terminate::by_alert).or_else(|| {
            let soon = since.elapsed() < REJECTS_WITHIN;
            let why = "the client closed the session without a word in it, as one does that \
                       rejects the certificate";
            soon.then(|| TlsRefusal { by: TlsSide::Client, alert: None, why: why.to_owned() })
        }),
        // Closed in order: a connection that was opened in advance, and not needed.
        Ok(0) => None,
    };
    if refusal.is_some() {
        talk.world.note_refusal(talk.host());
    }
    talk.tell(Heard::Tls(TlsSession { refused: refusal, ..session }));
    Ok((!broke).then_some((stream, talk)))
}

/// SIP over a stream: messages told apart by their Content-Length (RFC 3261 section 18.3).
async fn register(stream: &mut Stream, talk: &Talk) -> io::Result<()> {
    let mut buffer = Vec::new();
    loop {
        while buffer.starts_with(b"\r\n") {
            buffer.drain(..2);
        }
        match sip::message_length(&buffer) {
            Some(length) if length <= buffer.len() => {
                let request: Vec<u8> = buffer.drain(..length).collect();
                let secure = talk.sessions > 0;
                // Without TLS the capture shows it.
                if let Some(told) = sip_notify::told(&request).filter(|_| secure) {
                    talk.tell_request(Protocol::Sip, told);
                }
                let (client, server) = (talk.flow.client, talk.flow.server);
                let transport = if secure { "TLS" } else { "TCP" };
                let way = sip::Way { client, server, host: talk.host(), transport };
                for reply in sip::answers(&request, way, &talk.world) {
                    stream.write_all(reply.as_bytes()).await?;
                }
                stream.flush().await?;
            }
            _ if buffer.len() > sip::MAX_LENGTH => return Ok(()),
            _ => {
                if stream.read_buf(&mut buffer).await? == 0 {
                    return Ok(());
                }
            }
        }
    }
}

/// Reads whatever comes until the client has said all. The capture keeps it.
pub(super) async fn drain(stream: &mut Stream) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_what_is_spoken() {
        for (bytes, expected) in [
            (&b""[..], None),
            (b"\x16", None),
            (b"\x16\x03", Some(Spoken::Tls)),
            (b"\x16\x01", Some(Spoken::Other)),
            (b"GET", None),
            (b"GET / HTTP/1.1", None),
            (b"GET / HTTP/1.1\r\n", Some(Spoken::Http)),
            (b"PRI * HTTP/2.0\r\n", Some(Spoken::Http)),
            (b"OPTIONS sip:a.example SIP/2.0\r\n", Some(Spoken::Sip)),
            (b"OPTIONS / HTTP/1.1\r\n", Some(Spoken::Http)),
            (b"get / HTTP/1.1\r\n", Some(Spoken::Other)),
            (b"\x10\x0c\x00\x04MQTT", Some(Spoken::Mqtt)),
            (b"\x10\x0c\x00\x04MQ", None),
            (b"\x00\x01\x00\x00\x21\x12\xa4\x42", Some(Spoken::Stun)),
            (b"\x00\x1d\x00\x07", Some(Spoken::Other)),
            (b"ABCDEFGHIJKLMNOPQRSTUVW", Some(Spoken::Other)),
        ] {
            assert_eq!(spoken(bytes), expected, "{bytes:?}");
        }
    }
}
