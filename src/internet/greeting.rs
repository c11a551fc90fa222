//! Ports on which the server speaks first: a client that says nothing there waits for it.

use std::io;
use std::time::Duration;

use super::dialogue::{self, Dialogue};
use super::imap::Imap;
use super::irc::Irc;
use super::nntp::Nntp;
use super::pop3::Pop3;
use super::smtp::Smtp;
use super::stream::Stream;
use super::talk::Talk;
use super::{ftp, ssh};

/// Whoever is silent for so long waits for a greeting.
pub(super) const QUIET: Duration = Duration::from_millis(150);

/// A service that greets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Ftp,
    Imap,
    /// Its client speaks first; its port tells it from other lines.
    Irc,
    Nntp,
    Pop3,
    Smtp,
    Ssh,
}

/// Which service greets at a port (IANA's registry of service names and port numbers; 2525 and
/// 6667 by custom).
pub(super) fn service(port: u16) -> Option<Service> {
    Some(match port {
        21 | 990 | 2121 => Service::Ftp,
        22 | 2222 => Service::Ssh,
        25 | 465 | 587 | 2525 => Service::Smtp,
        110 | 995 => Service::Pop3,
        119 | 563 => Service::Nntp,
        143 | 993 => Service::Imap,
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
pub(super) async fn serve(service: Service, stream: Stream, talk: Talk) -> io::Result<()> {
    let dialogue: Box<dyn Dialogue> = match service {
        Service::Ftp => return ftp::serve(stream, talk).await,
        Service::Ssh => return ssh::serve(stream).await,
        Service::Imap => Box::new(Imap::default()),
        Service::Irc => Box::new(Irc::default()),
        Service::Nntp => Box::new(Nntp),
        Service::Pop3 => Box::new(Pop3::default()),
        Service::Smtp => Box::new(Smtp::default()),
    };
    dialogue::serve(stream, talk, dialogue).await
}
