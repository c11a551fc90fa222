//! Ports on which the server speaks first: a client that says nothing there waits for it.

use std::io;
use std::time::Duration;

use super::dialogue::{self, Dialogue};
use super::imap::Imap;
use super::irc::Irc;
use super::nntp::Nntp;
use super::pop3::Pop3;
use super::rsync::Rsync;
use super::sieve::Sieve;
use super::smtp::Smtp;
use super::stream::Stream;
use super::talk::Talk;
use super::telnet::Telnet;
use super::whois::Whois;
use super::{ftp, ldap, mysql, postgres, redis, ssh, tiny, vnc};

/// Whoever is silent for so long waits for a greeting.
pub(super) const QUIET: Duration = Duration::from_millis(150);

/// A service that greets, or whose client speaks first and is told by the port alone: finger, IRC,
/// LDAP, PostgreSQL, Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Finger,
    Ftp,
    Imap,
    Irc,
    Ldap,
    Mysql,
    Nntp,
    Pop3,
    Postgres,
    Redis,
    Rsync,
    Sieve,
    Smtp,
    Ssh,
    Telnet,
    Tiny,
    Vnc,
}

/// Which service greets at a port (IANA's registry of service names and port numbers; 2525 and
/// 6667 by custom).
pub(super) fn service(port: u16) -> Option<Service> {
    Some(match port {
        13 | 17 | 19 | 37 => Service::Tiny,
        21 | 990 | 2121 => Service::Ftp,
        23 | 992 | 2323 => Service::Telnet,
        43 | 79 => Service::Finger,
        22 | 2222 => Service::Ssh,
        25 | 465 | 587 | 2525 => Service::Smtp,
        110 | 995 => Service::Pop3,
        119 | 563 => Service::Nntp,
        143 | 993 => Service::Imap,
        389 | 636 | 3268 | 3269 => Service::Ldap,
        873 => Service::Rsync,
        3306 => Service::Mysql,
        4190 => Service::Sieve,
        5432 => Service::Postgres,
        5900..=5909 => Service::Vnc,
        6379 | 6380 => Service::Redis,
        194 | 994 | 6660..=6669 | 6697 => Service::Irc,
        _ => return None,
    })
}

/// Whether the client says nothing, so far.
pub(super) async fn is_silent(stream: &mut Stream) -> bool {
    let word = stream.look(|bytes| !bytes.is_empty());
    tokio::time::timeout(QUIET, word).await.is_err()
}

/// Greets and goes on.
pub(super) async fn serve(service: Service, mut stream: Stream, talk: Talk) -> io::Result<()> {
    let dialogue: Box<dyn Dialogue> = match service {
        Service::Ftp => return ftp::serve(stream, talk).await,
        Service::Ldap => return ldap::serve(stream, talk).await,
        Service::Mysql => return mysql::serve(stream, talk).await,
        Service::Postgres => return postgres::serve(stream, talk).await,
        Service::Redis => return redis::serve(stream, &talk).await,
        Service::Ssh => return ssh::serve(stream).await,
        Service::Tiny => return tiny::serve(talk.flow.server.port(), &mut stream).await,
        Service::Vnc => return vnc::serve(&mut stream).await,
        Service::Finger => Box::new(Whois),
        Service::Imap => Box::new(Imap::default()),
        Service::Irc => Box::new(Irc::default()),
        Service::Nntp => Box::new(Nntp),
        Service::Pop3 => Box::new(Pop3::default()),
        Service::Rsync => Box::new(Rsync),
        Service::Sieve => Box::new(Sieve::default()),
        Service::Telnet => Box::new(Telnet::default()),
        Service::Smtp => Box::new(Smtp::default()),
    };
    dialogue::serve(stream, talk, dialogue).await
}
