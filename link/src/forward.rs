//! Local listeners that open one tunnel per accepted connection (F2.1, F2.3): plain forward,
//! SOCKS5, HTTP CONNECT. They survive the loss of the server and of the node.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use crate::operator::{Access, Operator};
use crate::shutdown::Shutdown;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::mpsc;
use wire::message::tunnel::OpenTo;
use wire::{CloseReason, Refusal, SafeText, TunnelId};

/// What a listener does.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Everything goes to one place.
    Fixed(OpenTo),
    /// SOCKS5 (and HTTP CONNECT if `http`), targets at one node, optional user and password.
    Proxy { node: SafeText, http: bool, auth: Option<(String, String)> },
}

/// What to do with new connections while the node or the server is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDrop {
    Close,
    Hold(Duration),
}

#[derive(Debug, Clone)]
pub struct Spec {
    pub listen: SocketAddr,
    pub kind: Kind,
    pub on_drop: OnDrop,
    pub idle: Option<Duration>,
    pub max: Option<Duration>,
    pub note: Option<SafeText>,
    /// Source networks that may connect; empty = all that can reach the listener.
    pub allow_from: Vec<String>,
}

/// What happens to a forward, for people and scripts.
#[derive(Debug, Clone)]
pub enum Event {
    Listening {
        address: SocketAddr,
    },
    Opened {
        tunnel: TunnelId,
        from: SocketAddr,
        target: String,
    },
    Closed {
        tunnel: TunnelId,
        reason: CloseReason,
        up: u64,
        down: u64,
        after: Duration,
    },
    Refused {
        from: SocketAddr,
        reason: CloseReason,
        refusal: Refusal,
    },
    /// The node or the server is away; new connections wait or are closed.
    Lost {
        reason: String,
        hold: Option<Duration>,
    },
    Back {
        after: Duration,
    },
}

/// A running forward.
pub struct Forward {
    pub address: SocketAddr,
    pub events: mpsc::Receiver<Event>,
}

/// Binds and serves until `shutdown`. Reconnects to the server by itself (backoff), for ever.
/// Events are dropped and counted when nobody reads them.
pub async fn start(
    spec: Spec,
    access: Access,
    operator: Option<Operator>,
    shutdown: &Shutdown,
) -> std::io::Result<Forward> {
    todo!()
}
