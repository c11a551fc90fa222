//! TLS, read as far as the ClientHello (RFC 8446 section 4.1.2) and then refused: what is not
//! to be terminated. The capture holds the ClientHello, which names the host.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::stream::Stream;

/// A fatal handshake_failure alert (RFC 8446 section 6.2): what a server sends that has no
/// certificate for the name.
const HANDSHAKE_FAILURE: [u8; 7] = [21, 3, 3, 0, 2, 2, 40];
const HANDSHAKE: u8 = 22;
/// The longest ClientHello that is waited for.
const MAX_LENGTH: usize = 65_536;

/// Whether bytes begin as a TLS connection does.
pub(super) fn is_client_hello(bytes: &[u8]) -> bool {
    matches!(bytes, [HANDSHAKE, 3, ..])
}

/// Reads the ClientHello and refuses.
pub(super) async fn refuse(stream: &mut Stream) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    while !is_complete(&bytes) && bytes.len() < MAX_LENGTH {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    }
    alert(stream).await
}

/// Refuses by an alert.
pub(super) async fn alert(stream: &mut Stream) -> std::io::Result<()> {
    stream.write_all(&HANDSHAKE_FAILURE).await?;
    stream.shutdown().await
}

/// Whether the records hold one whole handshake message, or something else altogether.
fn is_complete(mut records: &[u8]) -> bool {
    let mut message = Vec::new();
    loop {
        let [kind, _, _, high, low, rest @ ..] = records else { return false };
        if *kind != HANDSHAKE {
            return true;
        }
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        message.extend_from_slice(&rest[..length.min(rest.len())]);
        if let [_, a, b, c, body @ ..] = message.as_slice()
            && body.len() >= u32::from_be_bytes([0, *a, *b, *c]) as usize
        {
            return true;
        }
        match rest.get(length..) {
            Some(next) => records = next,
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_is_complete_at_its_last_byte() {
        let hello = [1, 0, 0, 3, 7, 8, 9];
        let whole = [&[22, 3, 1, 0, 7][..], &hello].concat();
        let split = [&[22, 3, 1, 0, 4][..], &hello[..4], &[22, 3, 1, 0, 3], &hello[4..]].concat();
        for bytes in [&whole, &split] {
            for cut in 0..bytes.len() {
                assert!(!is_complete(&bytes[..cut]), "{:?}", &bytes[..cut]);
            }
            assert!(is_complete(bytes));
        }
        assert!(is_complete(&[23, 3, 3, 0, 0]));
    }
}
