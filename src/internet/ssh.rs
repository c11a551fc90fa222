//! SSH (RFC 4253), as far as a server can go that has no host key which a client would know:
//! greeted, heard, and told that there is no session.

use std::io;

use tokio::io::AsyncReadExt;

use super::lines::Lines;
use super::stream::Stream;

const VERSION: &[u8] = b"SSH-2.0-apptrace\r\n";
/// SSH_MSG_DISCONNECT, and its reason SSH_DISCONNECT_BY_APPLICATION (section 11.1).
const DISCONNECT: u8 = 1;
const BY_APPLICATION: u32 = 11;
/// Lines that a client may say before its version are no more than these.
const MOST_LINES: usize = 16;

/// Greets a client, hears its version and its first packet, and says good-bye.
pub(super) async fn serve(stream: Stream) -> io::Result<()> {
    let mut lines = Lines::new(stream);
    lines.send(VERSION).await?;
    for _ in 0..MOST_LINES {
        match lines.line().await? {
            None => return Ok(()),
            Some(line) if line.starts_with(b"SSH-") => break,
            Some(_) => {}
        }
    }
    // The length of the first packet: a client says what it can at once.
    lines.skip(4).await?;
    lines.send(&disconnect("no session in a simulated internet")).await?;
    lines.close().await?;
    let mut rest = lines.into_stream();
    // Closed with unread bytes, the connection would be reset before the client has read.
    let mut buffer = [0; 1024];
    while rest.read(&mut buffer).await? > 0 {}
    Ok(())
}

/// A packet without encryption (section 6): length, padding, payload.
fn disconnect(why: &str) -> Vec<u8> {
    let mut payload = vec![DISCONNECT];
    payload.extend_from_slice(&BY_APPLICATION.to_be_bytes());
    for text in [why, ""] {
        payload.extend_from_slice(&(text.len() as u32).to_be_bytes());
        payload.extend_from_slice(text.as_bytes());
    }
    // A multiple of eight, at least four of padding.
    let padding = 8 - (payload.len() + 5) % 8;
    let padding = if padding < 4 { padding + 8 } else { padding };
    let mut packet = ((payload.len() + padding + 1) as u32).to_be_bytes().to_vec();
    packet.push(padding as u8);
    packet.extend_from_slice(&payload);
    packet.resize(packet.len() + padding, 0);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_padded_to_blocks() {
        for length in 0..20 {
            let packet = disconnect(&"x".repeat(length));
            assert_eq!(packet.len() % 8, 0, "{length}");
            assert!(packet[4] >= 4, "{length}");
            let stated = u32::from_be_bytes([packet[0], packet[1], packet[2], packet[3]]);
            assert_eq!(stated as usize + 4, packet.len());
            assert_eq!(packet[5], DISCONNECT);
        }
    }
}
