//! TLS 1.2 and 1.3 (RFC 5246, RFC 8446), terminated with a certificate for whom the client asks
//! for, so that what is said within can be answered and told.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::server::{Acceptor, ClientHello, ServerConfig};
use tokio_rustls::rustls::{AlertDescription, Error as TlsError, ProtocolVersion};
use tokio_rustls::server::TlsStream;

use super::authority::{Authority, Issuing};
use super::stream::Stream;
use super::tls;
use super::{InternetError, KeyNotes};
use crate::contact::{Host, TlsRefusal, TlsSession, TlsSide};
use crate::script::{CertificateFlaw as Flaw, TlsAnswer};

/// How long a handshake may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// For so many hosts at once the certificate is kept.
const MOST_HOSTS: usize = 4096;
/// What is spoken where the client offers it, the best first.
const SPOKEN: [&[u8]; 2] = [b"h2", b"http/1.1"];

type Configs = HashMap<(Vec<Host>, Option<Flaw>), Arc<ServerConfig>>;

/// Terminates TLS in the name of any host.
pub(super) struct Terminator {
    issuing: Issuing,
    provider: Arc<CryptoProvider>,
    configs: Mutex<Configs>,
    /// Where keys are noted.
    keys: Option<Arc<KeyNotes>>,
}

impl fmt::Debug for Terminator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminator").finish_non_exhaustive()
    }
}

/// A session that was set up.
pub(super) struct Terminated {
    pub(super) stream: Stream,
    pub(super) session: TlsSession,
    /// The name that the client asked for (RFC 6066 section 3).
    pub(super) server_name: Option<String>,
}

/// How a client is met that asks for this name, or for none.
pub(super) type Choose<'a> = &'a (dyn Fn(Option<&str>) -> Option<TlsAnswer> + Send + Sync);

/// Whom a client may mean.
pub(super) struct Meant {
    /// The address that it connected to.
    pub(super) address: IpAddr,
    /// The name that was given this address.
    pub(super) name: Option<String>,
}

impl Terminator {
    /// With certificates of this authority.
    pub(super) fn new(
        authority: &Authority,
        keys: Option<Arc<KeyNotes>>,
    ) -> Result<Self, InternetError> {
        Ok(Self {
            issuing: authority.issuing()?,
            provider: Arc::new(ring::default_provider()),
            configs: Mutex::default(),
            keys,
        })
    }

    /// Shakes hands, as the host that the client asks for, or else as the address and the name
    /// that it has.
    pub(super) async fn accept(
        &self,
        stream: Stream,
        meant: &Meant,
        choose: Choose<'_>,
    ) -> Result<Terminated, TlsRefusal> {
        let shaking = self.shake_hands(stream, meant, choose);
        match tokio::time::timeout(PATIENCE, shaking).await {
            Ok(shaken) => shaken,
            Err(_) => Err(TlsRefusal {
                by: TlsSide::Server,
                alert: None,
                why: format!("the client did not finish its handshake in {} s", PATIENCE.as_secs()),
            }),
        }
    }

    async fn shake_hands(
        &self,
        stream: Stream,
        meant: &Meant,
        choose: Choose<'_>,
    ) -> Result<Terminated, TlsRefusal> {
        let mut start =
            LazyConfigAcceptor::new(Acceptor::default(), stream).await.map_err(|e| refusal(&e))?;
        let hello = start.client_hello();
        let server_name = hello.server_name().map(|name| name.to_ascii_lowercase());
        let flaw = match choose(server_name.as_deref()) {
            Some(TlsAnswer::Flawed(flaw)) => Some(flaw),
            Some(TlsAnswer::Dropped) => {
                return Err(by_script(None, "the scenario has it closed after the ClientHello"));
            }
            Some(TlsAnswer::Untouched | TlsAnswer::UntouchedAfterRefusal) => {
                // A client that has gone leaves nobody to tell.
                let _ = tls::alert(&mut start.io).await;
                let why = "the scenario has it refused unterminated";
                return Err(by_script(Some("handshake_failure"), why));
            }
            None => None,
        };
        let hello = start.client_hello();
        let config = self.config(&hello, meant, flaw).map_err(|error| TlsRefusal {
            by: TlsSide::Server,
            alert: None,
            why: format!("no certificate can be made: {error}"),
        })?;
        let stream = start.into_stream(config).await.map_err(|error| refusal(&error))?;
        let session = session_of(&stream);
        Ok(Terminated { stream: Stream::new(stream), session, server_name })
    }

    /// A list of the run's authority in which nothing is revoked.
    pub(super) fn revoked_none(&self) -> Option<Vec<u8>> {
        self.issuing.revoked_none().ok()
    }

    fn config(
        &self,
        hello: &ClientHello<'_>,
        meant: &Meant,
        flaw: Option<Flaw>,
    ) -> Result<Arc<ServerConfig>, Box<dyn std::error::Error>> {
        let hosts = match hello.server_name() {
            Some(name) => vec![Host::Name(name.to_ascii_lowercase())],
            None => {
                let name = meant.name.clone().map(Host::Name);
                [Host::Address(meant.address)].into_iter().chain(name).collect()
            }
        };
        let config = self.config_for(hosts, flaw)?;
        let mut offered = hello.alpn().into_iter().flatten().peekable();
        let first = offered.peek().map(|first| first.to_vec());
        match first {
            // A client that speaks another protocol only, DNS or mail, gets what it wants.
            Some(first) if !offered.any(|name| SPOKEN.contains(&name)) => {
                let mut other = (*config).clone();
                other.alpn_protocols = vec![first];
                Ok(Arc::new(other))
            }
            _ => Ok(config),
        }
    }

    fn config_for(
        &self,
        hosts: Vec<Host>,
        flaw: Option<Flaw>,
    ) -> Result<Arc<ServerConfig>, Box<dyn std::error::Error>> {
        let key = (hosts, flaw);
        if let Ok(configs) = self.configs.lock()
            && let Some(config) = configs.get(&key)
        {
            return Ok(Arc::clone(config));
        }
        let (certificate, private) = self.issuing.leaf(&key.0, flaw)?;
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], private)?;
        config.alpn_protocols = SPOKEN.map(<[u8]>::to_vec).to_vec();
        if let Some(keys) = &self.keys {
            config.key_log = Arc::<KeyNotes>::clone(keys);
        }
        let config = Arc::new(config);
        if let Ok(mut configs) = self.configs.lock() {
            if configs.len() >= MOST_HOSTS {
                configs.clear();
            }
            configs.insert(key, Arc::clone(&config));
        }
        Ok(config)
    }
}

fn session_of(stream: &TlsStream<Stream>) -> TlsSession {
    let (_, connection) = stream.get_ref();
    let version = connection.protocol_version().and_then(|version| match version {
        ProtocolVersion::TLSv1_2 => Some("1.2".to_owned()),
        ProtocolVersion::TLSv1_3 => Some("1.3".to_owned()),
        _ => None,
    });
    let alpn = connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
    TlsSession { version, alpn, refused: None }
}

/// Why a handshake came to nothing.
fn refusal(error: &io::Error) -> TlsRefusal {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
    match inner {
        Some(TlsError::AlertReceived(alert)) => by_alert(*alert),
        Some(error) => TlsRefusal {
            by: TlsSide::Server,
            alert: None,
            why: format!("the client's handshake cannot be answered: {error}"),
        },
        None => TlsRefusal {
            by: TlsSide::Client,
            alert: None,
            why: "the client broke the handshake off without a word".to_owned(),
        },
    }
}

/// A session that the script does not let come about.
fn by_script(alert: Option<&str>, why: &str) -> TlsRefusal {
    TlsRefusal { by: TlsSide::Server, alert: alert.map(str::to_owned), why: why.to_owned() }
}

/// The client's own word.
pub(super) fn by_alert(alert: AlertDescription) -> TlsRefusal {
    let name = alert_name(alert);
    let why = match alert {
        AlertDescription::UnknownCA
        | AlertDescription::BadCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateExpired => "the client did not accept the certificate",
        _ => "the client broke the session off",
    };
    TlsRefusal { by: TlsSide::Client, alert: Some(name), why: why.to_owned() }
}

/// The error of a session that the client broke off with an alert.
pub(super) fn alert_in(error: &io::Error) -> Option<AlertDescription> {
    match error.get_ref()?.downcast_ref::<TlsError>()? {
        TlsError::AlertReceived(alert) => Some(*alert),
        _ => None,
    }
}

/// An alert's name as RFC 8446 section 6 writes it: `unknown_ca`.
fn alert_name(alert: AlertDescription) -> String {
    let camel = format!("{alert:?}");
    let mut name = String::new();
    let mut previous_is_lower = false;
    for character in camel.chars() {
        if character.is_ascii_uppercase() && previous_is_lower {
            name.push('_');
        }
        previous_is_lower = character.is_ascii_lowercase();
        name.push(character.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_named_as_in_the_rfc() {
        for (alert, name) in [
            (AlertDescription::UnknownCA, "unknown_ca"),
            (AlertDescription::BadCertificate, "bad_certificate"),
            (AlertDescription::CertificateUnknown, "certificate_unknown"),
            (AlertDescription::HandshakeFailure, "handshake_failure"),
            (AlertDescription::UserCanceled, "user_canceled"),
        ] {
            assert_eq!(alert_name(alert), name);
        }
    }
}
