//! The one task that owns a yamux connection: polls it and its open-requests, nothing else.

use super::Gauge;
use super::adapter::Adapter;
use crate::shutdown::Shutdown;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use wire::limits;
use yamux::{Config, Connection, Mode, Stream};

/// One frame on the wire: bigger ones bought nothing, smaller ones cost.
const FRAME: usize = 64 * 1024;

/// Who asks for a stream waits here for it.
pub(super) type Requests = mpsc::Sender<oneshot::Sender<Stream>>;

pub(super) struct Driver<I> {
    connection: Connection<Adapter<I>>,
    role: Role,
}

enum Role {
    Opens {
        requests: mpsc::Receiver<oneshot::Sender<Stream>>,
        next: Option<oneshot::Sender<Stream>>,
    },
    Accepts(mpsc::Sender<Stream>),
}

fn config() -> Config {
    let mut config = Config::default();
    // In this order: each setter asserts that the window covers 256 KiB for every stream.
    config.set_max_num_streams(limits::LANE_ACCEPT_STREAMS);
    config.set_max_connection_receive_window(Some(limits::LANE_WINDOW));
    config.set_split_send_size(FRAME);
    config
}

impl<I: AsyncRead + AsyncWrite + Send + Unpin> Driver<I> {
    pub(super) fn opener(
        io: I,
        requests: mpsc::Receiver<oneshot::Sender<Stream>>,
        gauge: Arc<Gauge>,
    ) -> Self {
        let connection = Connection::new(Adapter::new(io, gauge), config(), Mode::Client);
        Self { connection, role: Role::Opens { requests, next: None } }
    }

    pub(super) fn acceptor(io: I, deliver: mpsc::Sender<Stream>, gauge: Arc<Gauge>) -> Self {
        let connection = Connection::new(Adapter::new(io, gauge), config(), Mode::Server);
        Self { connection, role: Role::Accepts(deliver) }
    }

    /// Runs until the peer, an error or `shutdown` ends it; its streams end with it.
    pub(super) async fn run(mut self, shutdown: Shutdown) {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => {}
            () = poll_fn(|cx| self.poll(cx)) => shutdown.cancel(),
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.poll_open(cx) == Progress::Made {
                continue;
            }
            // Only this moves bytes: it is polled on every turn.
            match self.connection.poll_next_inbound(cx) {
                Poll::Ready(Some(Ok(stream))) => match &self.role {
                    // More than the bound means the opener ignores it: its stream is reset.
                    Role::Accepts(deliver) => drop(deliver.try_send(stream)),
                    // The accepting peer opened one: not allowed, its lane ends (I12).
                    Role::Opens { .. } => return Poll::Ready(()),
                },
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn poll_open(&mut self, cx: &mut Context<'_>) -> Progress {
        let Role::Opens { requests, next } = &mut self.role else { return Progress::None };
        if next.is_none()
            && let Poll::Ready(Some(request)) = requests.poll_recv(cx)
        {
            *next = Some(request);
        }
        // Who gave up waiting costs no stream.
        if next.as_ref().is_some_and(oneshot::Sender::is_closed) {
            *next = None;
            return Progress::Made;
        }
        if next.is_some()
            && let Poll::Ready(Ok(stream)) = self.connection.poll_new_outbound(cx)
            && let Some(asker) = next.take()
        {
            drop(asker.send(stream));
            return Progress::Made;
        }
        Progress::None
    }
}

#[derive(PartialEq, Eq)]
enum Progress {
    Made,
    None,
}
