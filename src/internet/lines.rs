//! A connection read a line at a time, bounded, for the protocols that speak in lines.

use std::io;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::stream::Stream;

/// Of a longer line the rest is dropped: IMAP's are the longest (RFC 9051 section 4 has none,
/// servers allow 8 KiB).
const LONGEST: usize = 8192;
/// So much is read at a time.
const CHUNK: usize = 2048;

/// A connection, and what was read of it beyond the last line.
pub(super) struct Lines {
    stream: Stream,
    buffer: BytesMut,
}

impl Lines {
    /// From where the stream is now.
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, buffer: BytesMut::new() }
    }

    /// The connection without what was read ahead: before TLS begins nothing may be pending
    /// (RFC 3207 section 4.2).
    pub(super) fn into_stream(self) -> Stream {
        self.stream
    }

    /// Sends, at once.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// Says that nothing more comes.
    pub(super) async fn close(&mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }

    /// The next line, without its end; none where the connection ended.
    pub(super) async fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        loop {
            let end = self.buffer.iter().position(|byte| *byte == b'\n');
            let length = end.unwrap_or(self.buffer.len());
            let room = LONGEST.saturating_sub(line.len()).min(length);
            line.extend_from_slice(&self.buffer[..room]);
            self.buffer.advance(end.map_or(length, |end| end + 1));
            if end.is_some() {
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(Some(line));
            }
            if !self.fill().await? {
                return Ok(None);
            }
        }
    }

    /// Reads so many bytes and drops them: the capture keeps what is not encrypted. Whether they
    /// all came.
    pub(super) async fn skip(&mut self, mut count: u64) -> io::Result<bool> {
        while count > 0 {
            if self.buffer.is_empty() && !self.fill().await? {
                return Ok(false);
            }
            let length = u64::min(count, self.buffer.len() as u64);
            self.buffer.advance(length as usize);
            count -= length;
        }
        Ok(true)
    }

    /// Reads so many bytes, of which the first are kept; none where the connection ended before.
    pub(super) async fn take(
        &mut self,
        mut count: u64,
        most: usize,
    ) -> io::Result<Option<Vec<u8>>> {
        let mut kept = Vec::new();
        while count > 0 {
            if self.buffer.is_empty() && !self.fill().await? {
                return Ok(None);
            }
            let length = u64::min(count, self.buffer.len() as u64);
            let room = most.saturating_sub(kept.len()).min(length as usize);
            kept.extend_from_slice(&self.buffer[..room]);
            self.buffer.advance(length as usize);
            count -= length;
        }
        Ok(Some(kept))
    }

    /// Reads until a line that is one dot (RFC 5321 section 4.1.1.4), and says how many bytes
    /// came before it; none where the connection ended.
    pub(super) async fn skip_to_dot(&mut self) -> io::Result<Option<u64>> {
        let (mut count, mut at_start) = (0_u64, true);
        loop {
            if at_start {
                while self.buffer.len() < 3 && !self.buffer.starts_with(b".\n") {
                    if self.buffer.first().is_some_and(|byte| *byte != b'.') {
                        break;
                    }
                    if !self.fill().await? {
                        return Ok(None);
                    }
                }
                for end in [&b".\r\n"[..], b".\n"] {
                    if self.buffer.starts_with(end) {
                        self.buffer.advance(end.len());
                        return Ok(Some(count));
                    }
                }
            }
            if self.buffer.is_empty() && !self.fill().await? {
                return Ok(None);
            }
            let end = self.buffer.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(self.buffer.len(), |end| end + 1);
            count += length as u64;
            self.buffer.advance(length);
            at_start = end.is_some();
        }
    }

    /// Reads on; whether anything came.
    async fn fill(&mut self) -> io::Result<bool> {
        self.buffer.reserve(CHUNK);
        Ok((&mut self.stream).take(CHUNK as u64).read_buf(&mut self.buffer).await? > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &[u8], read: impl AsyncFnOnce(&mut Lines)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(async {
            let (mut client, server) = tokio::io::duplex(7);
            let text = text.to_vec();
            tokio::spawn(async move { client.write_all(&text).await });
            read(&mut Lines::new(Stream::new(server))).await;
        });
    }

    #[test]
    fn lines_end_with_or_without_a_return() {
        check(b"one\r\ntwo\n\r\nrest", async |lines| {
            for expected in [Some("one"), Some("two"), Some(""), None] {
                let line = lines.line().await.expect("read");
                assert_eq!(line.as_deref(), expected.map(str::as_bytes));
            }
        });
    }

    #[test]
    fn a_long_line_is_cut() {
        let text = [&vec![b'x'; 3 * LONGEST][..], b"\nnext\n"].concat();
        check(&text, async |lines| {
            assert_eq!(lines.line().await.expect("read").map(|line| line.len()), Some(LONGEST));
            assert_eq!(lines.line().await.expect("read").as_deref(), Some(&b"next"[..]));
        });
    }

    #[test]
    fn content_ends_at_its_dot_alone() {
        for (text, count) in [
            (&b".\r\nQUIT\r\n"[..], Some(0)),
            (b"a\r\n.\r\nQUIT\r\n", Some(3)),
            (b"a\n.\nQUIT\n", Some(2)),
            (b"..\r\na.\r\n.\r\nQUIT\r\n", Some(8)),
            (b"a\r\n.", None),
            (b"a", None),
        ] {
            check(text, async |lines| {
                assert_eq!(lines.skip_to_dot().await.expect("read"), count, "{text:?}");
                if count.is_some() {
                    let next = lines.line().await.expect("read");
                    assert_eq!(next.as_deref(), Some(&b"QUIT"[..]), "{text:?}");
                }
            });
        }
        check(b"12345rest", async |lines| {
            assert_eq!(lines.take(2, 1).await.expect("read").as_deref(), Some(&b"1"[..]));
            assert!(lines.skip(3).await.expect("read"));
            assert!(!lines.skip(5).await.expect("read"));
        });
    }
}
