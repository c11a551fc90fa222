//! The ServerHello (RFC 8446 section 4.1.3), as far as it decides what can be read after it.

use super::text::escape;
use super::tls_fields::Fields;
use super::tls_names::{cipher_name, version_name};

/// The random of a ServerHello that asks for another ClientHello (RFC 8446 section 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// What a ServerHello says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ServerHello {
    pub(super) version: u16,
    pub(super) cipher: Option<u16>,
    pub(super) alpn: Option<String>,
    pub(super) retry: bool,
}

impl ServerHello {
    /// Reads the body of a ServerHello. None where it begins like nothing of the kind.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let mut fields = Fields::new(body);
        let version = fields.short()?;
        if !matches!(version >> 8, 3 | 0x7f | 0xfe) && !matches!(version, 0x0100 | 0x0101) {
            return None;
        }
        let mut hello = Self { version, ..Self::default() };
        // From here on a hello that is cut off gives what came before.
        let _ = hello.rest(fields);
        Some(hello)
    }

    fn rest(&mut self, mut fields: Fields<'_>) -> Option<()> {
        self.retry = fields.take(32)? == RETRY;
        // The drafts of TLS 1.3 before the twenty-second have no session and no compression.
        let draft = self.version >> 8 == 0x7f;
        if !draft {
            fields.vector(1)?;
        }
        self.cipher = Some(fields.short()?);
        if !draft {
            fields.byte()?;
        }
        let mut extensions = fields.vector(2)?;
        while let (Some(kind), Some(mut data)) = (extensions.short(), extensions.vector(2)) {
            match kind {
                16 => {
                    let name = data.vector(2).and_then(|mut list| list.vector(1));
                    self.alpn = name.map(|name| escape(name.rest()));
                }
                43 => self.version = data.short().unwrap_or(self.version),
                _ => {}
            }
        }
        Some(())
    }

    /// Whether what follows it is encrypted, as in TLS 1.3 (and DTLS 1.3).
    pub(super) fn encrypts(&self) -> bool {
        !self.retry && matches!(self.version, 0x0304 | 0x7f00..=0x7fff | 0xfefc | 0xfb17..=0xfb1a)
    }

    pub(super) fn summary(&self) -> String {
        let mut facts = version_name(self.version).into_owned();
        if let Some(cipher) = self.cipher {
            facts.push_str(", ");
            facts.push_str(&cipher_name(cipher));
        }
        if let Some(alpn) = &self.alpn {
            facts.push_str(", ALPN=");
            facts.push_str(alpn);
        }
        format!("{} ({facts})", if self.retry { "HelloRetryRequest" } else { "ServerHello" })
    }
}
