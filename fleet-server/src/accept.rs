//! The TLS listeners: one task each, which never awaits a peer. The handshake happens in the
//! connection's own task. What is too much is closed before any TLS work.

mod gate;

pub(crate) use gate::{Gate, Ticket};

use crate::conn;
use crate::core::Core;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

const PAUSE_FIRST: Duration = Duration::from_millis(20);
const PAUSE_MOST: Duration = Duration::from_secs(1);

/// Accepts until shutdown.
pub(crate) async fn run(core: Arc<Core>, gate: Arc<Gate>, listener: TcpListener) {
    let mut pause = Pause::new("tls listener");
    loop {
        let accepted = tokio::select! {
            biased;
            () = core.accepting.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((tcp, remote)) => {
                pause.worked();
                let source = remote.ip().to_canonical();
                // Without a ticket the socket is dropped: closed before any TLS work.
                match Gate::enter(&gate, source, core.clock.now()) {
                    Some(ticket) => {
                        let task = Arc::clone(&core);
                        core.shutdown.spawn("connection", conn::run(task, tcp, source, ticket));
                    }
                    None => core.metrics.handshake("shed"),
                }
            }
            Err(error) => {
                tokio::select! {
                    biased;
                    () = core.accepting.cancelled() => return,
                    () = pause.after(&error) => {}
                }
            }
        }
    }
}

/// How an accept loop waits when the machine is out of something, without spinning and without
/// parking for ever.
pub(crate) struct Pause {
    what: &'static str,
    next: Duration,
}

impl Pause {
    pub(crate) const fn new(what: &'static str) -> Self {
        Self { what, next: Duration::ZERO }
    }

    /// A connection was accepted.
    pub(crate) fn worked(&mut self) {
        if !self.next.is_zero() {
            tracing::info!(listener = self.what, "accepting again");
            self.next = Duration::ZERO;
        }
    }

    /// Waits as long as `error` calls for: not at all if only one connection failed.
    pub(crate) async fn after(&mut self, error: &io::Error) {
        use io::ErrorKind as K;
        if matches!(
            error.kind(),
            K::ConnectionAborted | K::ConnectionReset | K::ConnectionRefused | K::Interrupted
        ) {
            return;
        }
        if self.next.is_zero() {
            tracing::warn!(listener = self.what, %error, "cannot accept, waiting");
        }
        self.next = (self.next * 2).clamp(PAUSE_FIRST, PAUSE_MOST);
        tokio::time::sleep(self.next).await;
    }
}
