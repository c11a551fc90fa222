//! FTP (RFC 959, RFC 2428, RFC 4217), as a server that lets everybody in, takes every file, and
//! has only empty ones. Connections for data are passive.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;

use super::converse::secure;
use super::dialogue::command;
use super::lines::Lines;
use super::rendezvous::Arrival;
use super::stream::Stream;
use super::talk::Talk;
use crate::contact::{Body, Protocol, Request};

/// How long the connection for data is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// A session for data is not asked for its first word any longer.
const QUIET: Duration = Duration::from_millis(50);
const FEATURES: &str = "211-Features\r\n AUTH TLS\r\n EPSV\r\n MLST type*;size*;modify*;\r\n PASV\r\n \
                        PBSZ\r\n PROT\r\n REST STREAM\r\n SIZE\r\n UTF8\r\n211 End";

/// Which way a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Down,
    Up,
}

/// Leads a session to its end.
pub(super) async fn serve(stream: Stream, mut talk: Talk) -> io::Result<()> {
    let mut lines = Lines::new(stream);
    let mut awaited: Option<oneshot::Receiver<Arrival>> = None;
    let mut is_private = false;
    lines.send(b"220 FTP ready\r\n").await?;
    while let Some(line) = lines.line().await? {
        let line = String::from_utf8_lossy(&line);
        let (verb, rest) = command(&line);
        let reply = match verb.as_str() {
            "PASV" | "EPSV" => match await_data(&talk, &verb) {
                Some((reply, arrival)) => {
                    awaited = Some(arrival);
                    reply
                }
                None => "425 Not now".to_owned(),
            },
            "PROT" => {
                is_private = rest.eq_ignore_ascii_case("P");
                "200 OK".to_owned()
            }
            _ if let Some(way) = way(&verb) => match awaited.take() {
                None => "425 Ask for a connection first: PASV or EPSV".to_owned(),
                Some(arrival) => {
                    lines.send(b"150 Go ahead\r\n").await?;
                    let moved = transfer(arrival, way, is_private).await;
                    if let Some(bytes) = moved {
                        let body = Some(Body { bytes, content_type: None });
                        let body = body.filter(|_| way == Way::Up);
                        tell(&talk, Request { body, ..Request::new(verb.as_str(), rest) });
                    }
                    moved.map_or("426 The connection did not come", |_| "226 Done").to_owned()
                }
            },
            _ => {
                if matches!(
                    verb.as_str(),
                    "CWD" | "DELE" | "MKD" | "RMD" | "RNFR" | "RNTO" | "USER"
                ) {
                    tell(&talk, Request::new(verb.as_str(), rest));
                }
                simple(&verb, rest, talk.sessions > 0).to_owned()
            }
        };
        lines.send(format!("{reply}\r\n").as_bytes()).await?;
        match verb.as_str() {
            "QUIT" => return lines.close().await,
            "AUTH" if reply.starts_with("234") => {
                let Some((stream, within)) = secure(lines.into_stream(), talk, None).await? else {
                    return Ok(());
                };
                (lines, talk) = (Lines::new(stream), within);
            }
            _ => {}
        }
    }
    Ok(())
}

fn tell(talk: &Talk, request: Request) {
    talk.tell_request(Protocol::Ftp, request);
}

/// Which way a command moves data.
fn way(verb: &str) -> Option<Way> {
    match verb {
        "LIST" | "NLST" | "MLSD" | "RETR" => Some(Way::Down),
        "STOR" | "STOU" | "APPE" => Some(Way::Up),
        _ => None,
    }
}

/// The answer to what moves no data.
fn simple(verb: &str, rest: &str, secure: bool) -> &'static str {
    match verb {
        "USER" => "331 Password",
        "PASS" | "ACCT" => "230 Welcome",
        "AUTH"
            if !secure && matches!(rest.to_ascii_uppercase().as_str(), "TLS" | "TLS-C" | "SSL") =>
        {
            "234 Go ahead"
        }
        "AUTH" => "504 Not known",
        "SYST" => "215 UNIX Type: L8",
        "FEAT" => FEATURES,
        "PWD" | "XPWD" => "257 \"/\"",
        "CWD" | "XCWD" | "CDUP" | "DELE" | "RMD" | "RNTO" => "250 OK",
        "MKD" => "257 \"/\" created",
        "RNFR" | "REST" => "350 Go on",
        "SIZE" => "213 0",
        "MDTM" => "213 20260101000000",
        "TYPE" | "MODE" | "STRU" | "OPTS" | "PBSZ" | "NOOP" | "SITE" | "CLNT" | "ALLO" => "200 OK",
        "ABOR" => "226 OK",
        "STAT" => "211 OK",
        "HELP" => "214 OK",
        "QUIT" => "221 Bye",
        "PORT" | "EPRT" => "502 Passive only",
        _ => "500 Unknown command",
    }
}

/// Awaits a connection for data, and says where (RFC 959 section 4.2.1, RFC 2428 section 3).
fn await_data(talk: &Talk, verb: &str) -> Option<(String, oneshot::Receiver<Arrival>)> {
    let server = talk.flow.server.ip();
    let expect = || talk.world.rendezvous.expect(talk.flow.client.ip(), server);
    match server {
        _ if verb == "EPSV" => {
            let (port, arrival) = expect()?;
            Some((format!("229 Extended passive mode (|||{port}|)"), arrival))
        }
        IpAddr::V4(v4) => {
            let (port, arrival) = expect()?;
            let [a, b, c, d] = v4.octets();
            let [high, low] = port.to_be_bytes();
            Some((format!("227 Passive mode ({a},{b},{c},{d},{high},{low})"), arrival))
        }
        IpAddr::V6(_) => None,
    }
}

/// Moves a file and says how long it was; none where the connection for it did not come.
async fn transfer(arrival: oneshot::Receiver<Arrival>, way: Way, is_private: bool) -> Option<u64> {
    let (mut stream, talk) = tokio::time::timeout(PATIENCE, arrival).await.ok()?.ok()?;
    if is_private {
        (stream, _) = secure(stream, talk, Some(QUIET)).await.ok()??;
    }
    let mut bytes = 0_u64;
    if way == Way::Up {
        let mut buffer = vec![0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            bytes = bytes.saturating_add(length as u64);
        }
    }
    // A client that closed first has all that there is.
    let _ = stream.shutdown().await;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_get_their_answer() {
        for (verb, rest, expected) in [
            ("USER", "a", "331 Password"),
            ("PASS", "b", "230 Welcome"),
            ("AUTH", "tls", "234 Go ahead"),
            ("AUTH", "GSSAPI", "504 Not known"),
            ("SIZE", "x", "213 0"),
            ("PORT", "1,2,3,4,5,6", "502 Passive only"),
            ("WHAT", "", "500 Unknown command"),
        ] {
            assert_eq!(simple(verb, rest, false), expected, "{verb}");
        }
        assert_eq!(simple("AUTH", "TLS", true), "504 Not known");
        assert_eq!((way("LIST"), way("STOR"), way("PWD")), (Some(Way::Down), Some(Way::Up), None));
    }
}
