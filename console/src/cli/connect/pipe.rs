//! Standard input and output as one end of a tunnel. When the target has finished, input ends too:
//! a client that keeps its side open (ssh does) must not keep the process.
//!
//! Output is written by a thread behind a buffer: what was taken is not yet out. It is pushed out
//! before output counts as shut down, and once more by [`Last`] when the tunnel was cut.

use link::splice::End;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, Stdout};

/// Standard output, seen from the tunnel's two directions and from the one who waits for its end.
struct Shared<W>(Mutex<State<W>>);

struct State<W> {
    writer: W,
    /// Output has been shut down: input is at its end.
    ended: bool,
    /// Who reads input meanwhile.
    reading: Option<Waker>,
    /// Why writing failed first.
    failed: Option<io::Error>,
}

impl<W> Shared<W> {
    fn state(&self) -> MutexGuard<'_, State<W>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: AsyncWrite + Unpin> State<W> {
    /// Passes an outcome on and keeps the first failure.
    fn noted<T>(&mut self, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        outcome.map_err(|error| {
            let kind = error.kind();
            self.failed.get_or_insert(error);
            kind.into()
        })
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.writer).poll_flush(cx);
        self.noted(flushed)
    }

    fn end(&mut self) {
        self.ended = true;
        if let Some(waker) = self.reading.take() {
            waker.wake();
        }
    }
}

/// Standard input and output, and what outlives them.
pub(super) fn standard() -> (End, Last<Stdout>) {
    let (input, output, last) = joined(tokio::io::stdin(), tokio::io::stdout());
    (End::Pipe(Box::new(input), Box::new(output)), last)
}

fn joined<R, W>(reader: R, writer: W) -> (Input<R, W>, Output<W>, Last<W>) {
    let state = State { writer, ended: false, reading: None, failed: None };
    let shared = Arc::new(Shared(Mutex::new(state)));
    let input = Input { reader, shared: Arc::clone(&shared) };
    (input, Output(Arc::clone(&shared)), Last(shared))
}

/// Output after the tunnel has ended, however it did.
pub(super) struct Last<W>(Arc<Shared<W>>);

impl<W: AsyncWrite + Unpin> Last<W> {
    /// Waits until everything that came is out.
    ///
    /// # Errors
    /// The first write that failed, now or before.
    pub(super) async fn out(self) -> io::Result<()> {
        let flushed = poll_fn(|cx| self.0.state().poll_flush(cx)).await;
        self.0.state().failed.take().map_or(flushed, Err)
    }
}

struct Input<R, W> {
    reader: R,
    shared: Arc<Shared<W>>,
}

impl<R: AsyncRead + Unpin, W: Unpin> AsyncRead for Input<R, W> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let mut state = this.shared.state();
        if state.ended {
            return Poll::Ready(Ok(()));
        }
        state.reading = Some(cx.waker().clone());
        drop(state);
        Pin::new(&mut this.reader).poll_read(cx, buffer)
    }
}

struct Output<W>(Arc<Shared<W>>);

impl<W: AsyncWrite + Unpin> AsyncWrite for Output<W> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.0.state();
        let written = Pin::new(&mut state.writer).poll_write(cx, bytes);
        state.noted(written)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.state().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.state();
        // Shutting down tokio's standard output does not push out what it holds.
        let flushed = ready!(state.poll_flush(cx));
        state.end();
        Poll::Ready(flushed)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Takes everything at once and lets it out only when flushed, after one refusal.
    #[derive(Default)]
    struct Held {
        taken: Vec<u8>,
        out: Vec<u8>,
        asked: bool,
        full: bool,
    }

    impl AsyncWrite for Held {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.get_mut().taken.extend_from_slice(bytes);
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            let this = self.get_mut();
            if this.full {
                return Poll::Ready(Err(io::ErrorKind::StorageFull.into()));
            }
            if !this.asked {
                this.asked = true;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            this.out.append(&mut this.taken);
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn input_that_stays_open_ends_when_output_does() {
        let (open, input) = tokio::io::duplex(16);
        let (mut input, mut output, _last) = joined(input, Held::default());
        let mut waits = tokio::task::JoinSet::new();
        waits.spawn(async move { input.read(&mut [0; 4]).await });
        output.write_all(b"last").await.unwrap();
        output.shutdown().await.unwrap();
        assert_eq!(waits.join_next().await.unwrap().unwrap().unwrap(), 0);
        drop(open);
    }

    #[tokio::test]
    async fn the_last_bytes_are_out_before_output_is_shut_down() {
        let (_input, mut output, last) = joined(tokio::io::empty(), Held::default());
        output.write_all(b"last").await.unwrap();
        output.shutdown().await.unwrap();
        assert_eq!(last.0.state().writer.out, b"last");
    }

    #[tokio::test]
    async fn what_came_before_a_cut_is_out_and_a_failed_write_is_known() {
        let (_input, mut output, last) = joined(tokio::io::empty(), Held::default());
        output.write_all(b"before the cut").await.unwrap();
        drop(output);
        let shared = Arc::clone(&last.0);
        last.out().await.unwrap();
        assert_eq!(shared.state().writer.out, b"before the cut");

        let full = Held { full: true, ..Held::default() };
        let (_input, mut output, last) = joined(tokio::io::empty(), full);
        output.write_all(b"lost").await.unwrap();
        assert!(output.shutdown().await.is_err());
        assert_eq!(last.out().await.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
