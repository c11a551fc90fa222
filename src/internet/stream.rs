//! A connection's bytes, of which some may be read ahead to tell what it speaks.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// At most so much is read ahead.
const MOST_AHEAD: usize = 4096;
/// How long more bytes are waited for where those that came decide nothing.
const UNDECIDED: Duration = Duration::from_millis(200);

/// Whatever bytes go through: a TCP connection, a TLS session in one.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// A connection, or a session within one.
pub(super) struct Stream {
    ahead: BytesMut,
    inner: Box<dyn Wire>,
}

impl Stream {
    /// Nothing is read of it yet.
    pub(super) fn new(inner: impl Wire + 'static) -> Self {
        Self { ahead: BytesMut::new(), inner: Box::new(inner) }
    }

    /// Reads ahead until what came is decided, no more comes, or it is enough. What is read
    /// ahead is read again by whoever reads next. Empty at the end of the stream.
    pub(super) async fn look(&mut self, is_decided: impl Fn(&[u8]) -> bool) -> io::Result<&[u8]> {
        while self.ahead.is_empty() || (self.ahead.len() < MOST_AHEAD && !is_decided(&self.ahead)) {
            let undecided = !self.ahead.is_empty();
            if self.ahead.capacity() - self.ahead.len() < 512 {
                self.ahead.reserve(512);
            }
            let reading = self.inner.read_buf(&mut self.ahead);
            let length = if undecided {
                match tokio::time::timeout(UNDECIDED, reading).await {
                    Ok(read) => read?,
                    Err(_) => break,
                }
            } else {
                reading.await?
            };
            if length == 0 {
                break;
            }
        }
        Ok(&self.ahead)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            return Pin::new(&mut self.inner).poll_read(context, buffer);
        }
        let length = self.ahead.len().min(buffer.remaining());
        buffer.put_slice(&self.ahead[..length]);
        self.ahead.advance(length);
        if self.ahead.is_empty() {
            // What was read ahead once is given back to the allocator: connections are many.
            self.ahead = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[test]
    fn what_was_read_ahead_is_read_again() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(async {
            let (mut client, server) = tokio::io::duplex(64);
            let mut stream = Stream::new(server);
            client.write_all(b"AB").await.expect("written");
            assert_eq!(stream.look(|bytes| bytes.len() >= 2).await.expect("bytes"), b"AB");
            // Undecided: it waits, and then makes do with what there is.
            assert_eq!(stream.look(|_| false).await.expect("bytes"), b"AB");
            client.write_all(b"CD").await.expect("written");
            drop(client);
            let mut all = Vec::new();
            stream.read_to_end(&mut all).await.expect("read");
            assert_eq!(all, b"ABCD");
            assert_eq!(stream.look(|_| false).await.expect("the end"), b"");
        });
    }
}
