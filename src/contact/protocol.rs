//! The application protocols that apptrace tells apart.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The application protocol that a flow was seen to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// RFC 1035, over UDP or TCP.
    Dns,
    /// RFC 6762.
    Mdns,
    /// RFC 4795.
    Llmnr,
    /// RFC 1002, the name service.
    Nbns,
    /// UPnP Device Architecture 2.0, section 1.
    Ssdp,
    /// RFC 9112.
    Http,
    /// RFC 9113 without TLS.
    Http2,
    /// RFC 8446 and before.
    Tls,
    /// RFC 9147 and before.
    Dtls,
    /// RFC 9000 and the drafts before it.
    Quic,
    /// Google's QUIC, before the IETF's.
    Gquic,
    /// RFC 3261.
    Sip,
    /// RFC 3550, the media.
    Rtp,
    /// RFC 3550, the reports.
    Rtcp,
    /// RFC 5905.
    Ntp,
    /// RFC 8489, and TURN (RFC 8656).
    Stun,
    /// RFC 2131, RFC 8415.
    Dhcp,
    /// RFC 5321.
    Smtp,
    /// RFC 9051.
    Imap,
    /// RFC 1939.
    Pop3,
    /// RFC 959.
    Ftp,
    /// RFC 4253.
    Ssh,
    /// MQTT 3.1 to 5.0 (OASIS).
    Mqtt,
    /// BEP 5.
    BittorrentDht,
    /// The WireGuard protocol (Donenfeld, NDSS 2017).
    Wireguard,
    /// RFC 6120.
    Xmpp,
    /// RFC 1928, and versions 4 and 4a.
    Socks,
    /// MySQL's "Client/Server Protocol".
    Mysql,
    /// PostgreSQL's "Frontend/Backend Protocol".
    Postgres,
    /// RESP, Redis's protocol.
    Redis,
    /// RFC 4511.
    Ldap,
    /// The daemon of rsync.
    Rsync,
    /// RFC 5804.
    Sieve,
    /// RFC 3912, and finger (RFC 1288).
    Whois,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 34] = [
        Self::Dns,
        Self::Mdns,
        Self::Llmnr,
        Self::Nbns,
        Self::Ssdp,
        Self::Http,
        Self::Http2,
        Self::Tls,
        Self::Dtls,
        Self::Quic,
        Self::Gquic,
        Self::Sip,
        Self::Rtp,
        Self::Rtcp,
        Self::Ntp,
        Self::Stun,
        Self::Dhcp,
        Self::Smtp,
        Self::Imap,
        Self::Pop3,
        Self::Ftp,
        Self::Ssh,
        Self::Mqtt,
        Self::BittorrentDht,
        Self::Wireguard,
        Self::Xmpp,
        Self::Socks,
        Self::Mysql,
        Self::Postgres,
        Self::Redis,
        Self::Ldap,
        Self::Rsync,
        Self::Sieve,
        Self::Whois,
    ];

    /// The protocol's name as it stands in scenarios and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Mdns => "mdns",
            Self::Llmnr => "llmnr",
            Self::Nbns => "nbns",
            Self::Ssdp => "ssdp",
            Self::Http => "http",
            Self::Http2 => "http2",
            Self::Tls => "tls",
            Self::Dtls => "dtls",
            Self::Quic => "quic",
            Self::Gquic => "gquic",
            Self::Sip => "sip",
            Self::Rtp => "rtp",
            Self::Rtcp => "rtcp",
            Self::Ntp => "ntp",
            Self::Stun => "stun",
            Self::Dhcp => "dhcp",
            Self::Smtp => "smtp",
            Self::Imap => "imap",
            Self::Pop3 => "pop3",
            Self::Ftp => "ftp",
            Self::Ssh => "ssh",
            Self::Mqtt => "mqtt",
            Self::BittorrentDht => "bittorrent-dht",
            Self::Wireguard => "wireguard",
            Self::Xmpp => "xmpp",
            Self::Socks => "socks",
            Self::Mysql => "mysql",
            Self::Postgres => "postgres",
            Self::Redis => "redis",
            Self::Ldap => "ldap",
            Self::Rsync => "rsync",
            Self::Sieve => "sieve",
            Self::Whois => "whois",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
