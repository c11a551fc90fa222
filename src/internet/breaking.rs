//! Connections that are reset where the script says so.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::converse::converse;
use super::stream::Stream;
use super::talk::Talk;
use crate::script::ResetAfter;

/// How long what was sent may take to arrive before the reset, which would overtake it.
const ARRIVAL: Duration = Duration::from_millis(20);

/// Answers a connection until it is to be reset, or ends before.
pub(super) async fn until(stream: TcpStream, after: ResetAfter, talk: Talk) -> io::Result<()> {
    // Held beside the stream, so that no end of it is the connection's.
    let held = SockRef::from(&stream).try_clone()?;
    if after != ResetAfter::Received(0) {
        let reached = Arc::new(Notify::new());
        let limited = Limited { stream, after, passed: 0, reached: Arc::clone(&reached) };
        tokio::select! {
            biased;
            () = reached.notified() => {}
            ended = converse(Stream::new(limited), talk) => return ended,
        }
        tokio::time::sleep(ARRIVAL).await;
    } else {
        // The client is to see its connection stand first: it was accepted.
        tokio::time::sleep(ARRIVAL).await;
        drop(stream);
    }
    // A socket that does not linger is reset by its closing (socket(7)).
    held.set_linger(Some(Duration::ZERO))
}

/// A connection until so much has passed; then nothing moves in it.
struct Limited {
    stream: TcpStream,
    after: ResetAfter,
    passed: u64,
    reached: Arc<Notify>,
}

impl Limited {
    /// How much may still pass one way; none where that way is not counted.
    fn left(&self, sent: bool) -> Option<u64> {
        match (self.after, sent) {
            (ResetAfter::Sent(limit), true) | (ResetAfter::Received(limit), false) => {
                Some(limit.saturating_sub(self.passed))
            }
            // The other way is held up once the limit is reached.
            (ResetAfter::Sent(limit), false) | (ResetAfter::Received(limit), true) => {
                (self.passed >= limit && limit > 0).then_some(0)
            }
        }
    }

    fn pass(&mut self, length: usize, left: Option<u64>) {
        if let Some(left) = left {
            self.passed += length as u64;
            if length as u64 >= left {
                self.reached.notify_one();
            }
        }
    }
}

impl AsyncRead for Limited {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let left = self.left(false);
        if left == Some(0) {
            self.reached.notify_one();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if let Poll::Ready(Ok(())) = read {
            self.pass(buffer.filled().len() - before, left);
        }
        read
    }
}

impl AsyncWrite for Limited {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let left = self.left(true);
        if left == Some(0) {
            self.reached.notify_one();
            return Poll::Pending;
        }
        let room = left.map_or(bytes.len(), |left| {
            usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len())
        });
        let written = Pin::new(&mut self.stream).poll_write(context, &bytes[..room]);
        if let Poll::Ready(Ok(length)) = written {
            self.pass(length, left);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
