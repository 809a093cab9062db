//! The TLS listeners: one task each, which never awaits a peer. The handshake happens in the
//! connection's own task. What is too much is closed before any TLS work.

mod bucket;
mod gate;
mod penalty;
pub(crate) mod proxied;

pub(crate) use gate::{Gate, Ticket};
pub(crate) use penalty::Fault;

use crate::conn;
use crate::core::Core;
use crate::noise::{self, Kind};
use crate::process;
use link::Shutdown;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use wire::audit::{Actor, AuditResult, Entry, Object};

const PAUSE_FIRST: Duration = Duration::from_millis(20);
const PAUSE_MOST: Duration = Duration::from_secs(1);

/// Accepts until shutdown.
pub(crate) async fn run(core: Arc<Core>, listener: TcpListener) {
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
                if process::is_scarce(&tcp, process::FOR_OURSELVES) {
                    core.metrics.handshake("shed");
                    continue;
                }
                let source = remote.ip().to_canonical();
                // Without a ticket the socket is dropped: closed before any TLS work.
                let enter = || Gate::enter(&core.gate, source, core.clock.now());
                match Shutdown::contain("gate", enter) {
                    Some(Ok(ticket)) => {
                        let task = Arc::clone(&core);
                        core.shutdown.spawn("connection", conn::run(task, tcp, remote, ticket));
                    }
                    Some(Err(turned)) => core.metrics.handshake(turned.as_str()),
                    None => {}
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

impl Core {
    /// A stranger from `source` did something that has its price.
    pub(crate) fn fault(&self, source: IpAddr, fault: Fault) {
        let Some(barred) = self.gate.fault(source, fault, self.clock.now()) else { return };
        tracing::info!(%source, seconds = barred.as_secs(), "source barred for its failures");
        let kind = Kind { action: "source.barred", object: String::new(), source };
        noise::refused(self, kind, || {
            let actor = Actor { source_ip: Some(source.to_string().into()), ..Actor::default() };
            Entry::new("source.barred", actor, Object::default())
                .result(AuditResult::Denied)
                .with("seconds", barred.as_secs())
        });
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
