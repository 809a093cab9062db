//! An agent's lane: bound to the node's current generation, then handed to its session. The server
//! only ever opens streams on it (TH-04).

use super::node_of;
use crate::accept::Ticket;
use crate::core::Core;
use link::control::{Reader, write_frame};
use link::dial::Conn;
use link::lane::Lane;
use link::peer::Peer;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use wire::limits::{HANDSHAKE_DEADLINE, MAX_FRAME_OPEN, MAX_LANES};
use wire::message::{LaneHello, LaneWelcome};
use wire::{NodeId, Refusal, RefusalCode};

const ANSWER: Duration = Duration::from_secs(5);

/// Takes one lane in.
pub(crate) async fn run(core: Arc<Core>, mut conn: Conn, ticket: Ticket) {
    let Some((node, peer)) = node_of(&conn) else { return };
    let mut reader = Reader::new(&mut conn.io, MAX_FRAME_OPEN);
    let hello = tokio::select! {
        biased;
        () = ticket.evicted() => return,
        hello = timeout(HANDSHAKE_DEADLINE, reader.next::<LaneHello>()) => hello,
    };
    let Ok(Ok(hello)) = hello else { return };
    let (io, ahead) = reader.into_inner();
    // The agent's side of yamux speaks only when spoken to.
    if !ahead.is_empty() {
        return;
    }
    let session = match session(&core, node, &peer, &hello) {
        Ok(session) => session,
        Err(refusal) => {
            tracing::debug!(%node, %refusal, "lane refused");
            let refused = LaneWelcome::Refused(refusal);
            let _ = timeout(ANSWER, write_frame(io, &refused, MAX_FRAME_OPEN)).await;
            return;
        }
    };
    let welcomed = timeout(ANSWER, write_frame(io, &LaneWelcome::Ok, MAX_FRAME_OPEN)).await;
    if !matches!(welcomed, Ok(Ok(()))) {
        return;
    }
    let lane = Lane::opener(conn.io, hello.lane, conn.took, &session.shutdown);
    session.add_lane(lane, peer.renewal);
    // The session may have ended meanwhile: its lanes are closed once more.
    if session.shutdown.is_cancelled() {
        session.lanes.close_all();
    }
}

fn session(
    core: &Core,
    node: NodeId,
    peer: &Peer,
    hello: &LaneHello,
) -> Result<Arc<crate::registry::Session>, Refusal> {
    hello.hello.check().map_err(|v| Refusal::new(RefusalCode::Server, v.to_string()))?;
    let record = super::admit::live(core, node, &peer.spki)?;
    if peer.renewal < record.renewals.used {
        let message = "a newer certificate of this node is in use";
        return Err(Refusal::new(RefusalCode::Conflict, message));
    }
    let current = core.registry.session(node).filter(|s| s.generation == hello.generation);
    let Some(session) = current else {
        let message = format!("generation {} is not the current one", hello.generation);
        return Err(Refusal::new(RefusalCode::Conflict, message));
    };
    if session.lanes.count() >= MAX_LANES && !session.is_newer(peer.renewal) {
        let message = format!("{MAX_LANES} lanes are open, as many as there may be");
        return Err(Refusal::new(RefusalCode::Conflict, message));
    }
    Ok(session)
}
