//! VNC's remote framebuffer (RFC 6143), as a small and dark screen that asks for no password.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::converse::drain;
use super::stream::Stream;

const VERSION: &[u8; 12] = b"RFB 003.008\n";
/// The security type None (section 7.2.1).
const NONE: u8 = 1;
/// Section 7.3.2: 64 by 64 pixels of 32 bits, of which each colour has eight; and a name.
const SCREEN: &[u8] = b"\0\x40\0\x40\x20\x18\0\x01\0\xff\0\xff\0\xff\x10\x08\0\0\0\0\
                        \0\0\0\x08apptrace";

/// Shows the screen to who wants to see it. What the client asks for is read and not answered:
/// nothing ever changes on it.
pub(super) async fn serve(stream: &mut Stream) -> io::Result<()> {
    stream.write_all(VERSION).await?;
    let mut version = [0; 12];
    stream.read_exact(&mut version).await?;
    // Before 3.7 the server chose, and before 3.8 None was no news (appendix A).
    match version.get(8..11) {
        Some(b"003") => stream.write_all(&[0, 0, 0, NONE]).await?,
        minor => {
            stream.write_all(&[1, NONE]).await?;
            stream.read_u8().await?;
            if minor != Some(b"007") {
                stream.write_all(&[0; 4]).await?;
            }
        }
    }
    // Whether the client would share the screen.
    stream.read_u8().await?;
    stream.write_all(SCREEN).await?;
    drain(stream).await
}
