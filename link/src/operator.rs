//! An operator's connection to the server: requests, pushes, tunnels. Used by the command line,
//! the console, the demo and tests alike.
#![allow(
    clippy::todo,
    clippy::unimplemented,
    missing_docs,
    unused_variables,
    unused_imports,
    dead_code
)]
use crate::dial::DialError;
use crate::lane::LaneStream;
use crate::shutdown::Shutdown;
use crate::tls::ClientTls;
use std::time::Duration;
use tokio::sync::mpsc;
use wire::message::operator::{Push, Reply, Request, Subscription};
use wire::message::tunnel::{Opened, OperatorOpen};
use wire::message::view::WhoamiView;
use wire::{CloseReason, Refusal};

#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    #[error(transparent)]
    Dial(#[from] DialError),
    #[error(transparent)]
    Refused(Refusal),
    /// The connection went away before the answer: the outcome is unknown.
    #[error("the connection to the server was lost")]
    Lost,
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// A tunnel was refused, with the reason for its record.
    #[error("{refusal}")]
    Open { reason: CloseReason, refusal: Refusal },
    /// The server does not know this request.
    #[error("the server is too old for this")]
    Unsupported,
    #[error("the server broke the protocol: {0}")]
    Protocol(String),
}

/// How to reach the server.
#[derive(Debug, Clone)]
pub struct Access {
    /// `HOST:PORT`, tried in turn.
    pub servers: Vec<String>,
    pub tls: ClientTls,
    /// Program and version, for the audit record.
    pub client: String,
    /// Connect and reply deadline.
    pub timeout: Duration,
}

/// A live connection; cheap to clone. Heartbeats and dead-peer detection run inside.
#[derive(Clone)]
pub struct Operator {}

impl Operator {
    pub async fn connect(access: &Access, shutdown: &Shutdown) -> Result<Self, OperatorError> {
        todo!()
    }
    pub fn whoami(&self) -> &WhoamiView {
        todo!()
    }
    pub fn server_version(&self) -> &str {
        todo!()
    }
    /// Round trip of the newest heartbeat.
    pub fn rtt(&self) -> Option<Duration> {
        todo!()
    }
    /// How long the server has been silent.
    pub fn silence(&self) -> Duration {
        todo!()
    }
    pub async fn request(&self, request: Request) -> Result<Reply, OperatorError> {
        todo!()
    }
    /// Replaces the subscription; pushes arrive on the receiver (bounded; a slow reader gets Push::Resync).
    pub async fn subscribe(
        &self,
        subscription: Subscription,
    ) -> Result<mpsc::Receiver<Push>, OperatorError> {
        todo!()
    }
    /// Opens a tunnel (dials the operator lane on first use). Returns after the target answered.
    pub async fn open(&self, open: &OperatorOpen) -> Result<(Opened, LaneStream), OperatorError> {
        todo!()
    }
    pub fn is_closed(&self) -> bool {
        todo!()
    }
    pub async fn closed(&self) {
        todo!()
    }
    pub fn close(&self) {
        todo!()
    }
}
