//! How a contact's host name is known.

use serde::{Deserialize, Serialize};

/// Where a name was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// An answer to a lookup gave this address for this name.
    Dns,
    /// The server name of a TLS ClientHello (RFC 6066 section 3).
    TlsSni,
    /// The server name of a QUIC Initial's ClientHello (RFC 9001).
    QuicSni,
    /// The server name of a DTLS ClientHello.
    DtlsSni,
    /// An HTTP request's Host header or authority.
    HttpHost,
    /// A SIP request URI.
    SipUri,
    /// The domain that an XMPP stream is opened to (RFC 6120 section 4.7.2).
    XmppTo,
    /// A server certificate's names.
    Certificate,
    /// What a server calls itself in its greeting (SMTP, IMAP, POP, FTP).
    Banner,
    /// The realm that a STUN or TURN server asks for credentials of (RFC 8489 section 14.9): by
    /// custom its provider's domain (RFC 8656 section 9.2), but any text will do.
    StunRealm,
    /// What the capturing program had the address resolved to, by whatever means: pcapng's name
    /// resolution block (`draft-ietf-opsawg-pcapng` section 4.5).
    NameBlock,
    /// The answer to a reverse lookup of the address (RFC 1035 section 3.5).
    ReverseDns,
    /// The host that a proxy was asked for, by CONNECT or an absolute target (RFC 9110
    /// sections 7.1 and 9.3.6): never the name of the proxy that was contacted.
    HttpProxied,
    /// Nothing but the address is known.
    Address,
}

impl EvidenceKind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Dns,
        Self::TlsSni,
        Self::QuicSni,
        Self::DtlsSni,
        Self::HttpHost,
        Self::SipUri,
        Self::XmppTo,
        Self::Certificate,
        Self::Banner,
        Self::StunRealm,
        Self::NameBlock,
        Self::ReverseDns,
        Self::HttpProxied,
        Self::Address,
    ];

    /// Its name as it stands in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::TlsSni => "tls-sni",
            Self::QuicSni => "quic-sni",
            Self::DtlsSni => "dtls-sni",
            Self::HttpHost => "http-host",
            Self::SipUri => "sip-uri",
            Self::XmppTo => "xmpp-to",
            Self::Certificate => "certificate",
            Self::Banner => "banner",
            Self::StunRealm => "stun-realm",
            Self::NameBlock => "name-block",
            Self::ReverseDns => "reverse-dns",
            Self::HttpProxied => "http-proxied",
            Self::Address => "address",
        }
    }

    /// How far a name of this kind can be trusted to be the host that was contacted.
    pub fn strength(self) -> Strength {
        match self {
            Self::Dns => Strength::Exact,
            Self::TlsSni
            | Self::QuicSni
            | Self::DtlsSni
            | Self::HttpHost
            | Self::SipUri
            | Self::XmppTo => Strength::Claimed,
            Self::Certificate
            | Self::Banner
            | Self::StunRealm
            | Self::NameBlock
            | Self::ReverseDns
            | Self::HttpProxied
            | Self::Address => Strength::Weak,
        }
    }
}

/// How far a piece of evidence carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// Little more than a hint.
    Weak,
    /// What the application said of itself, which it could have invented.
    Claimed,
    /// The application learned the address by asking for this name.
    Exact,
}

/// One piece of evidence for a contact's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Evidence {
    /// Where the name was read.
    pub kind: EvidenceKind,
    /// The name as it stood there, lower-cased and without the final dot.
    pub name: String,
    /// How far it carries.
    pub strength: Strength,
}

impl Evidence {
    /// Evidence of a kind, with that kind's strength.
    pub fn new(kind: EvidenceKind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into(), strength: kind.strength() }
    }

    /// A server name that stands outside an encrypted ClientHello (RFC 9849): it may be the
    /// provider's public name, so it is weak and never called the host.
    pub fn outer(kind: EvidenceKind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into(), strength: Strength::Weak }
    }
}
