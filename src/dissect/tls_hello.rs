//! The ClientHello (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2) and what of it is told.

use super::Message;
use super::text::{escape, host_name};
use super::tls_fields::Fields;
use super::tls_names::version_name;
use crate::contact::{Evidence, EvidenceKind, Protocol};

/// More application protocols than this are not kept: a hello offers two or three.
const MOST_PROTOCOLS: usize = 32;

/// What a ClientHello says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClientHello {
    /// The server's name (RFC 6066 section 3).
    pub server_name: Option<String>,
    /// The application protocols offered (RFC 7301).
    pub alpn: Vec<String>,
    /// It carries another, encrypted, whose name is the true one (RFC 9849 section 5; also
    /// the encrypted SNI that came before). A client that only pretends cannot be told from
    /// one that does, so `server_name` is then not to be called the host.
    pub encrypted: bool,
    /// The highest version offered (RFC 8446 section 4.2.1), as it stands on the wire.
    pub version: u16,
    /// How many cipher suites are offered.
    pub cipher_suites: usize,
    /// It offers to resume an earlier session by a ticket or a key (RFC 5077, RFC 8446
    /// section 4.2.11).
    pub resumes: bool,
}

impl ClientHello {
    /// Reads the body of a ClientHello, or what there is of one that was cut off. DTLS has a
    /// cookie in it (RFC 6347 section 4.2.1). None where not even a
    /// version is there; which one it is does not matter, as some are invented.
    pub(super) fn read(body: &[u8], datagram: bool) -> Option<Self> {
        let mut fields = Fields::new(body);
        let mut hello = Self { version: fields.short()?, ..Self::default() };
        // From here on a hello that is cut off gives what came before.
        let _ = hello.rest(fields, datagram);
        Some(hello)
    }

    fn rest(&mut self, mut fields: Fields<'_>, datagram: bool) -> Option<()> {
        fields.take(32)?;
        fields.vector(1)?;
        if datagram {
            fields.vector(1)?;
        }
        self.cipher_suites = fields.vector(2)?.rest().len() / 2;
        fields.vector(1)?;
        let mut extensions = fields.vector(2)?;
        while let (Some(kind), Some(length)) = (extensions.short(), extensions.short()) {
            let data = Fields::new(extensions.up_to(usize::from(length)));
            let whole = data.rest().len() == usize::from(length);
            self.extension(kind, data, whole);
        }
        Some(())
    }

    fn extension(&mut self, kind: u16, mut data: Fields<'_>, whole: bool) {
        match kind {
            // The first name counts, where an extension is there twice.
            0 if self.server_name.is_none() => self.server_name = server_name(data),
            16 if self.alpn.is_empty() => {
                let mut protocols = data.vector(2).unwrap_or(data);
                while let Some(name) = protocols.byte().and_then(|n| protocols.take(n.into())) {
                    if self.alpn.len() < MOST_PROTOCOLS {
                        self.alpn.push(escape(name));
                    }
                }
            }
            35 => self.resumes |= !data.is_empty(),
            41 => self.resumes = true,
            43 => {
                let mut versions = data.vector(1).unwrap_or(data);
                let mut highest = None;
                while let Some(version) = versions.short() {
                    // Those that end in 0x?a?a are there to be passed over (RFC 8701).
                    if version & 0x0f0f != 0x0a0a {
                        highest = highest.max(Some(rank(version)));
                    }
                }
                self.version = highest.map_or(self.version, |(_, version)| version);
            }
            // encrypted_client_hello, whose first byte is 0 in an outer hello; before the
            // thirteenth draft it had other numbers and no such byte.
            0xfe0d => self.encrypted |= data.byte() == Some(0) || !whole,
            0xfe08..=0xfe0c | 0xffce => self.encrypted = true,
            _ => {}
        }
    }

    /// The evidence that the server's name is, of the kind for what carried the hello.
    pub fn evidence(&self, kind: EvidenceKind) -> Option<Evidence> {
        let name = self.server_name.as_ref()?;
        Some(if self.encrypted { Evidence::outer(kind, name) } else { Evidence::new(kind, name) })
    }

    /// The hello as a message of the protocol that carried it.
    pub fn message(&self, protocol: Protocol, kind: EvidenceKind) -> Message {
        let mut message = Message::new(protocol, self.summary());
        message.names.extend(self.evidence(kind));
        message
    }

    fn summary(&self) -> String {
        let mut facts = Vec::new();
        if let Some(name) = &self.server_name {
            let which = if self.encrypted { "outer SNI" } else { "SNI" };
            facts.push(format!("{which}={name}"));
        }
        if !self.alpn.is_empty() {
            facts.push(format!("ALPN={}", self.alpn.join(",")));
        }
        if self.encrypted {
            facts.push("ECH".to_owned());
        }
        facts.push(version_name(self.version).into_owned());
        format!("ClientHello ({})", facts.join(", "))
    }
}

/// Versions in the order of their making: DTLS counts downwards (RFC 9147 section 5.3), and
/// the drafts of TLS 1.3 came before it.
fn rank(version: u16) -> (u16, u16) {
    match version >> 8 {
        3 => (if version >= 0x0304 { 3 } else { 1 } * 0x100 + (version & 0xff), version),
        0xfe => (0x100 + (0xff - (version & 0xff)), version),
        0x7f => (0x200 + (version & 0xff), version),
        _ => (0, version),
    }
}

/// The first host name of a server name list.
fn server_name(data: Fields<'_>) -> Option<String> {
    let mut data = data;
    let mut list = data.vector(2)?;
    while let Some(kind) = list.byte() {
        // Part of a name would be the name of another host.
        let length = list.short()?;
        let name = list.take(usize::from(length))?;
        if kind == 0 {
            let name = host_name(name);
            return (!name.is_empty()).then_some(name);
        }
    }
    None
}
