//! Standard input and output as one end of a tunnel. When the target has finished, input ends too:
//! a client that keeps its side open (ssh does) must not keep the process.

use link::splice::End;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Whether output has been shut down, and who waits for input meanwhile.
#[derive(Default)]
struct Shared(Mutex<(bool, Option<Waker>)>);

impl Shared {
    fn end(&self) {
        if let Ok(mut state) = self.0.lock() {
            state.0 = true;
            if let Some(waker) = state.1.take() {
                waker.wake();
            }
        }
    }

    /// True if the end has come; otherwise `waker` will hear of it.
    fn has_ended(&self, waker: &Waker) -> bool {
        self.0.lock().is_ok_and(|mut state| {
            if !state.0 {
                state.1 = Some(waker.clone());
            }
            state.0
        })
    }
}

/// Standard input and output.
pub(super) fn standard() -> End {
    let (input, output) = joined(tokio::io::stdin(), tokio::io::stdout());
    End::Pipe(Box::new(input), Box::new(output))
}

fn joined<R, W>(reader: R, writer: W) -> (Input<R>, Output<W>) {
    let shared = Arc::new(Shared::default());
    (Input { reader, shared: Arc::clone(&shared) }, Output { writer, shared })
}

struct Input<R> {
    reader: R,
    shared: Arc<Shared>,
}

impl<R: AsyncRead + Unpin> AsyncRead for Input<R> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.shared.has_ended(cx.waker()) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut this.reader).poll_read(cx, buffer)
    }
}

struct Output<W> {
    writer: W,
    shared: Arc<Shared>,
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Output<W> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().writer).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().writer).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let done = Pin::new(&mut this.writer).poll_shutdown(cx);
        if done.is_ready() {
            this.shared.end();
        }
        done
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn input_that_stays_open_ends_when_output_does() {
        let (open, input) = tokio::io::duplex(16);
        let (mut input, mut output) = joined(input, Vec::new());
        let mut waits = tokio::task::JoinSet::new();
        waits.spawn(async move { input.read(&mut [0; 4]).await });
        output.write_all(b"last").await.unwrap();
        output.shutdown().await.unwrap();
        assert_eq!(waits.join_next().await.unwrap().unwrap().unwrap(), 0);
        assert_eq!(output.writer, b"last");
        drop(open);
    }
}
