//! An agent's control connection: hello → live check → generation → registered → welcome, then
//! heartbeats until it ends. Its lanes are `conn::node::lane`.

mod admit;
mod holders;
mod lane;
mod run;

pub(crate) use holders::cut as cut_holders;
pub(crate) use lane::run as lane;

use crate::accept::{Fault, Ticket};
use crate::core::Core;
use link::control::{ControlError, Reader, write_frame};
use link::dial::Conn;
use link::peer::{Peer, PeerId};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWrite;
use wire::limits::{HANDSHAKE_DEADLINE, MAX_FRAME};
use wire::message::{Envelope, ToAgent, ToServer};
use wire::{DisconnectReason, NodeId, Refusal};

/// How long last words may take.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Serves one agent until its connection ends.
pub(crate) async fn run(core: Arc<Core>, conn: Conn, source: IpAddr, ticket: Ticket) {
    let Some((node, peer)) = node_of(&conn) else { return };
    let web = conn.web;
    let (read, mut write) = tokio::io::split(conn.io);
    let mut reader = Reader::new(read, MAX_FRAME);
    let first = tokio::select! {
        biased;
        () = ticket.evicted() => return,
        first = tokio::time::timeout(HANDSHAKE_DEADLINE, reader.next::<Envelope<ToServer>>()) => first,
    };
    let first = match first {
        Ok(Ok(first)) => first,
        Ok(Err(ControlError::Violation(_))) => return core.fault(source, Fault::Malformed),
        Ok(Err(_)) => return core.fault(source, Fault::Idle),
        Err(_) => return core.fault(source, Fault::Slow),
    };
    let greeting = admit::Greeting { node, peer, source, web, first: first.body };
    match admit::check(&core, greeting) {
        Ok(greeting) => {
            if let Some(session) = admit::take_in(&core, greeting, write).await {
                let _proven = ticket.proven();
                run::until_the_end(core, session, reader).await;
            }
        }
        Err(refusal) => {
            tracing::info!(%node, %source, %refusal, "node refused");
            refuse(&mut write, refusal).await;
        }
    }
}

/// The node a connection proved to be.
fn node_of(conn: &Conn) -> Option<(NodeId, Peer)> {
    let peer = conn.peer.clone()?;
    match peer.id {
        PeerId::Node(node) => Some((node, peer)),
        PeerId::Operator(_) => None,
    }
}

async fn refuse<W: AsyncWrite + Unpin>(io: &mut W, refusal: Refusal) {
    let body = Some(ToAgent::Refused(refusal));
    let envelope = Envelope { id: 1, reply_to: Some(1), body, deadline_ms: None };
    // Whether it was read does not matter: the connection ends either way.
    let _ = tokio::time::timeout(LAST_WORDS, write_frame(io, &envelope, MAX_FRAME)).await;
    let _ = tokio::time::timeout(LAST_WORDS, tokio::io::AsyncWriteExt::shutdown(io)).await;
}

fn reason_of(error: &ControlError) -> DisconnectReason {
    match error {
        ControlError::Closed => DisconnectReason::PeerClosed,
        ControlError::Lost(_) | ControlError::Stuck => DisconnectReason::PeerReset,
        ControlError::Violation(_) => DisconnectReason::ProtocolError,
        ControlError::Timeout => DisconnectReason::KeepaliveTimeout,
    }
}
